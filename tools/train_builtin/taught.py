"""Feeds the training of the feature model with composed faces and what the teacher says about them."""

from multiprocessing.queues import Queue
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from faces import SIZE, Pool, compose, degrade, worsen
from producing import feed

DIM = 256
INNER = {  # the student's part: the teacher's node whose output it makes
    "stem": "430",
    "fine1": "462",
    "fine2": "494",
    "down1": "509",
    "middle1": "541",
    "middle2": "573",
    "middle3": "605",
    "down2": "620",
    "last": "652",
}
WORSE_SHARE = 0.35  # of the faces that every part looks at: what is blurred or small is so to the teacher, too


class Taught(NamedTuple):
    """Faces (n, 112, 112, 3), the teacher's unit features (n, 256) and its maps (m, ...) of the first m faces."""

    images: np.ndarray
    features: np.ndarray
    maps: dict[str, np.ndarray]


class Teacher:
    """The face feature teacher in OpenVINO: 128x128 BGR 0..255 -> unit vectors of 256, and the `inner` maps."""

    def __init__(self, model: Path, batch: int = 8, inner: dict[str, str] | None = None) -> None:
        import openvino as ov

        core, self.batch = ov.Core(), batch
        self.inner = INNER if inner is None else inner
        network = core.read_model(model)
        for node in self.inner.values():
            network.add_outputs(node)
        network.reshape([batch, 3, 128, 128])
        compiled = core.compile_model(network, "CPU", {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"})
        self.request, self.outputs = compiled.create_infer_request(), compiled.outputs

    def __call__(self, crops: np.ndarray) -> Taught:
        """(n, 112, 112, 3) uint8, n a multiple of the batch size -> float32 features, float16 maps."""
        x = np.stack([cv2.resize(crop, (128, 128)) for crop in crops]).transpose(0, 3, 1, 2).astype(np.float32)
        vectors: list[np.ndarray] = []
        maps: dict[str, list[np.ndarray]] = {name: [] for name in self.inner}
        for i in range(0, len(x), self.batch):
            found = self.request.infer([x[i : i + self.batch]])
            vectors.append(found[self.outputs[0]].reshape(self.batch, -1).copy())
            for name, output in zip(self.inner, self.outputs[1:], strict=True):
                maps[name].append(found[output].astype(np.float16))
        features = np.concatenate(vectors).astype(np.float32)
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        return Taught(crops, features, {name: np.concatenate(parts) for name, parts in maps.items()})


class Replay:
    """The last composed faces: each is used twice or so, since composing and describing one costs half a step."""

    def __init__(self, capacity: int) -> None:
        self.images = np.zeros((capacity, SIZE, SIZE, 3), np.uint8)
        self.features = np.zeros((capacity, DIM), np.float32)
        self.count = 0

    def add(self, faces: Taught) -> None:
        rows = (self.count + np.arange(len(faces.images))) % len(self.images)
        self.images[rows], self.features[rows] = faces.images, faces.features
        self.count += len(rows)

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = rng.integers(min(self.count, len(self.images)), size=size)
        return self.images[rows], self.features[rows]


def produce(queue: Queue, work: Path, model: Path, sizes: tuple[int, int, int], seed: int) -> None:
    """Endless batches; the body of a process of its own. `sizes`: new faces, faces used again, the replay.

    New faces come as the teacher saw them, with its maps; used again, the student sees another worse copy each time,
    and the teacher's words stay: it saw the composed face itself.
    """
    cv2.setNumThreads(1)
    new, again, capacity = sizes
    pool, teacher, replay, rng = Pool(work), Teacher(model), Replay(capacity), np.random.default_rng(seed)

    def face() -> np.ndarray:
        image = compose(pool, rng)
        return worsen(image, rng) if rng.random() < WORSE_SHARE else image

    def make() -> Taught:
        if not again:
            return teacher(np.stack([face() for _ in range(new)]))
        fresh = teacher(np.stack([compose(pool, rng) for _ in range(new)]))
        replay.add(fresh)
        images, features = replay.sample(again, rng)
        worse = np.stack([degrade(image, rng) for image in images])
        both = np.concatenate([fresh.images, worse]), np.concatenate([fresh.features, features])
        return Taught(*both, fresh.maps)

    feed(queue, make)
