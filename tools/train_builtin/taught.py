"""Feeds the training of the feature model with composed faces and what the teacher says about them."""

from multiprocessing.queues import Queue
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from faces import SIZE, Pool, compose, degrade
from producing import feed

DIM, MAPS = 256, (128, 8, 8)
INNER = "652"  # the teacher's node before its last two layers, of the shape MAPS


class Taught(NamedTuple):
    """Faces (n, 112, 112, 3), the teacher's unit features (n, 256) and its last maps (n, 128, 8, 8)."""

    images: np.ndarray
    features: np.ndarray
    maps: np.ndarray


class Teacher:
    """The face feature teacher in OpenVINO: 128x128 BGR 0..255 -> unit vectors of 256, and its last maps."""

    def __init__(self, model: Path, batch: int = 8) -> None:
        import openvino as ov

        core, self.batch = ov.Core(), batch
        network = core.read_model(model)
        network.add_outputs(INNER)
        network.reshape([batch, 3, 128, 128])
        compiled = core.compile_model(network, "CPU", {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"})
        self.request, self.outputs = compiled.create_infer_request(), (compiled.output(0), compiled.output(1))

    def __call__(self, crops: np.ndarray) -> Taught:
        """(n, 112, 112, 3) uint8, n a multiple of the batch size -> with (n, 256) float32, (n, 128, 8, 8) float16."""
        x = np.stack([cv2.resize(crop, (128, 128)) for crop in crops]).transpose(0, 3, 1, 2).astype(np.float32)
        vectors, maps = [], []
        for i in range(0, len(x), self.batch):
            found = self.request.infer([x[i : i + self.batch]])
            vectors.append(found[self.outputs[0]].reshape(self.batch, -1).copy())
            maps.append(found[self.outputs[1]].astype(np.float16))
        features = np.concatenate(vectors).astype(np.float32)
        return Taught(crops, features / np.linalg.norm(features, axis=1, keepdims=True), np.concatenate(maps))


class Replay:
    """The last composed faces: each is used twice or so, since composing and describing one costs half a step."""

    def __init__(self, capacity: int) -> None:
        self.kept = Taught(
            np.zeros((capacity, SIZE, SIZE, 3), np.uint8),
            np.zeros((capacity, DIM), np.float32),
            np.zeros((capacity, *MAPS), np.float16),
        )
        self.count = 0

    def add(self, faces: Taught) -> None:
        rows = (self.count + np.arange(len(faces.images))) % len(self.kept.images)
        for kept, new in zip(self.kept, faces, strict=True):
            kept[rows] = new
        self.count += len(rows)

    def sample(self, size: int, rng: np.random.Generator) -> Taught:
        rows = rng.integers(min(self.count, len(self.kept.images)), size=size)
        return Taught(*(kept[rows] for kept in self.kept))


def produce(queue: Queue, work: Path, model: Path, sizes: tuple[int, int], seed: int) -> None:
    """Endless batches, half of them new faces; the body of a process of its own. `sizes`: of a batch, of the replay.

    The student sees another worse copy each time, the teacher's words stay: it saw the composed face itself.
    """
    cv2.setNumThreads(1)
    half = sizes[0] // 2
    pool, teacher, replay, rng = Pool(work), Teacher(model), Replay(sizes[1]), np.random.default_rng(seed)

    def make() -> Taught:
        fresh = teacher(np.stack([compose(pool, rng) for _ in range(half)]))
        replay.add(fresh)
        faces = Taught(*map(np.concatenate, zip(fresh, replay.sample(half, rng), strict=True)))
        return faces._replace(images=np.stack([degrade(face, rng) for face in faces.images]))

    feed(queue, make)
