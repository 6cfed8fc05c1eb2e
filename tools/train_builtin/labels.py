"""What the detector learns from: composed scenes with the teacher's dense outputs and last maps."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx

from detection import KINDS, STRIDES, Detector
from geometry import MIRRORED_POINTS

INNER = ("287", "291", "295")  # the teacher's nodes before its outputs: (n, 64, h / stride, w / stride)
# Faces (square root of the area, pixels) that each level answers for, as the teacher's levels do; they overlap.
LEVEL_RANGES = ((0, 44), (28, 130), (90, 9999))

Face = tuple[np.ndarray, np.ndarray]  # box x, y, w, h; landmarks (5, 2)


class Batch(NamedTuple):
    """Pictures (n, side, side, 3); for each stride (n, cells, 16) = cls, obj, box 4, landmarks 10; the last maps."""

    images: np.ndarray
    targets: list[np.ndarray]
    maps: list[np.ndarray]  # (n, 64, side / stride, side / stride) float16


class Teacher(Detector):
    """YuNet, which also shows the maps that its outputs are made of."""

    def __init__(self, path: Path) -> None:
        model = onnx.load(str(path))
        model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in INNER)
        super().__init__(model.SerializeToString(), raw=True)

    def label(self, images: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Targets and maps of a batch."""
        dense = self.dense(images)
        targets = [np.concatenate([dense[f"{kind}_{stride}"] for kind in KINDS], 2) for stride in STRIDES]
        return targets, [dense[name].astype(np.float16) for name in INNER]


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


def mirrored(seen: Batch, teacher: Teacher) -> Batch:
    """The same batch seen in a mirror: a second use of what was composed. The teacher's maps are not symmetric."""
    images, flipped = np.ascontiguousarray(seen.images[:, :, ::-1]), []
    for target, stride in zip(seen.targets, STRIDES, strict=True):
        cells = images.shape[1] // stride
        grid = target.reshape(len(images), cells, cells, 16)[:, :, ::-1].copy()
        grid[..., 2] = 1 - grid[..., 2]  # offsets count from the left edge of the cell
        grid[..., 6::2] = 1 - grid[..., 6::2]
        order = [6 + 2 * point + axis for point in MIRRORED_POINTS for axis in (0, 1)]
        grid[..., 6:] = grid[..., order]
        flipped.append(grid.reshape(target.shape))
    return Batch(images, flipped, teacher.label(images)[1])
