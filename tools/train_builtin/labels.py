"""What the detector learns from: composed scenes with the teacher's dense outputs and last maps."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx

from detection import KINDS, STRIDES, Detector
from geometry import MIRRORED_POINTS

# The student's parts and the teacher's nodes that they copy: (n, 16 or 64, h / stride, w / stride).
INNER = {
    "first": "216",
    "stem": "233",
    "fine": "241",
    "middle": "250",
    "coarse": "263",
    "join16": "273",
    "join8": "283",
    "head8": "287",
    "head16": "291",
    "head32": "295",
}
# Faces (square root of the area, pixels) that each level answers for, as the teacher's levels do; they overlap.
LEVEL_RANGES = ((0, 44), (28, 130), (90, 9999))

Face = tuple[np.ndarray, np.ndarray]  # box x, y, w, h; landmarks (5, 2)


class Batch(NamedTuple):
    """Pictures (n, side, side, 3); for each stride (n, cells, 16) = cls, obj, box 4, landmarks 10; the last maps."""

    images: np.ndarray
    targets: list[np.ndarray]
    maps: dict[str, np.ndarray]  # float16, by the student's part: see INNER


class Teacher(Detector):
    """YuNet, which also shows the maps that its outputs are made of."""

    def __init__(self, path: Path) -> None:
        model = onnx.load(str(path))
        model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in INNER.values())
        super().__init__(model.SerializeToString(), raw=True)

    def label(self, images: np.ndarray) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
        """Targets and maps of a batch."""
        dense = self.dense(images)
        targets = [np.concatenate([dense[f"{kind}_{stride}"] for kind in KINDS], 2) for stride in STRIDES]
        return targets, {name: dense[node].astype(np.float16) for name, node in INNER.items()}


def write_exact(targets: list[np.ndarray], picture: int, face: Face, side: int) -> None:
    """Puts a face with known box and landmarks into the dense targets, the score falling from its centre."""
    (x, y, w, h), landmarks = face
    size, centre = np.sqrt(w * h), np.array([x + w / 2, y + h / 2])
    for target, stride, (low, high) in zip(targets, STRIDES, LEVEL_RANGES, strict=True):
        if not low <= size < high:
            continue
        radius = max(0.22 * size, 0.6 * stride)
        grid = np.stack(np.meshgrid(np.arange(side // stride), np.arange(side // stride)), -1).reshape(-1, 2)
        away = (grid + 0.5) * stride - centre
        cells = np.nonzero((np.abs(away) < radius).all(1))[0]
        place = grid[cells]
        rows = target[picture]
        rows[cells, 0] = 1
        rows[cells, 1] = np.clip(1 - 0.5 * np.linalg.norm(away[cells], axis=1) / radius, 0.55, 1)
        rows[cells, 2:4] = centre / stride - place
        rows[cells, 4:6] = np.log([w / stride, h / stride])
        rows[cells, 6:] = (landmarks[None] / stride - place[:, None]).reshape(len(cells), 10)


def seen_anew(images: np.ndarray, before: list[np.ndarray], teacher: Teacher) -> Batch:
    """The teacher's words about other pictures of the same scenes; cells with exact labels keep those of `before`."""
    targets, maps = teacher.label(images)
    for target, given in zip(targets, before, strict=True):
        exact = given[..., 0] == 1
        target[exact] = given[exact]
    return Batch(images, targets, maps)


def mirrored(seen: Batch, teacher: Teacher) -> Batch:
    """The same batch in a mirror: another use of what was composed."""
    images, flipped = np.ascontiguousarray(seen.images[:, :, ::-1]), []
    for target, stride in zip(seen.targets, STRIDES, strict=True):
        cells = images.shape[1] // stride
        grid = target.reshape(len(images), cells, cells, 16)[:, :, ::-1].copy()
        grid[..., 2] = 1 - grid[..., 2]  # offsets count from the left edge of the cell
        grid[..., 6::2] = 1 - grid[..., 6::2]
        order = [6 + 2 * point + axis for point in MIRRORED_POINTS for axis in (0, 1)]
        grid[..., 6:] = grid[..., order]
        flipped.append(grid.reshape(target.shape))
    return seen_anew(images, flipped, teacher)
