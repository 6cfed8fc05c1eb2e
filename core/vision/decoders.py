"""From a detector's raw outputs to faces in frame pixels: one function per family of detectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelProblem
from core.types import Faces, Floats
from core.vision.preprocess import Geometry

Outputs = Mapping[str, NDArray[Any]]
_STRIDES = (8, 16, 32)
_MOST_CANDIDATES = 2000  # of one frame, best first; a sensible threshold leaves some dozens
# Cells whose boxes overlap a face's this much tell its landmarks together with the best one: none is as exact alone.
_SAME_FACE = 0.6
_HINT = "The card names a decoder that does not fit this model; check it with `facefolio models check`."


@dataclass(frozen=True)
class Limits:
    """What a decoder keeps."""

    score: float  # 0..1
    iou: float  # boxes overlapping more are one face


Decoder = Callable[[Outputs, Sequence[Geometry], Limits], list[Faces]]


def anchor_free(outputs: Outputs, geometries: Sequence[Geometry], limits: Limits) -> list[Faces]:
    """YuNet's family: cls, obj, bbox and kps at strides 8, 16 and 32, each (n, cells, values)."""
    parts = _by_stride(outputs)
    return [_anchor_free_one(parts, row, geometry, limits) for row, geometry in enumerate(geometries)]


def paddle_boxes(outputs: Outputs, geometries: Sequence[Geometry], limits: Limits) -> list[Faces]:
    """PaddleDetection's exported graphs: rows (class, score, x1, y1, x2, y2) in frame pixels, and rows per frame.

    As PaddleX: score above the threshold, class not negative, cut to the frame, empty boxes dropped, order kept.
    """
    arrays = list(outputs.values())
    if len(arrays) < 2 or arrays[0].ndim != 2 or arrays[0].shape[1] != 6:
        raise ModelProblem("The detector's outputs are not rows of six numbers and their counts.", _HINT)
    counts = arrays[1].reshape(-1)
    if len(counts) != len(geometries) or int(counts.sum()) > len(arrays[0]):
        raise ModelProblem("The detector answered for another number of pictures than it was given.", _HINT)
    ends = np.cumsum(counts)
    return [
        _paddle_one(arrays[0][end - count : end], geometry, limits)
        for end, count, geometry in zip(ends, counts, geometries, strict=True)
    ]


DECODERS: dict[str, Decoder] = {"anchor_free": anchor_free, "paddle_boxes": paddle_boxes}


def suppress(boxes: Floats, order: NDArray[np.intp], iou: float) -> NDArray[np.intp]:
    """Positions kept of boxes (n, 4): in `order`, each one unless it overlaps one kept before by more than `iou`."""
    order = order[:_MOST_CANDIDATES]
    if len(order) < 2:
        return order
    chosen = boxes[order]
    clash = _overlapping(chosen, chosen, iou)
    kept: list[int] = []
    free = np.ones(len(order), bool)
    while free.any():
        best = int(free.argmax())
        kept.append(best)
        free[clash[best]] = False
        free[best] = False  # an empty box does not clash even with itself
    return order[kept]


def _overlapping(boxes: Floats, others: Floats, iou: float) -> NDArray[np.bool_]:
    """(n, m): whether each of boxes (n, 4) and each of others (m, 4) overlap by more than `iou`."""
    low = np.maximum(boxes[:, None, :2], others[:, :2])
    sides = np.maximum(np.minimum(boxes[:, None, 2:], others[:, 2:]) - low, 0)
    shared = sides[..., 0] * sides[..., 1]
    result: NDArray[np.bool_] = shared > iou * (_areas(boxes)[:, None] + _areas(others) - shared)
    return result


def _areas(boxes: Floats) -> Floats:
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    areas: Floats = sides[:, 0] * sides[:, 1]
    return areas


def clipped(boxes: Floats, *, width: int, height: int) -> Floats:
    """Boxes (n, 4) cut at the edges of a frame."""
    limits = np.array([width, height, width, height], np.float32)
    return np.clip(boxes, np.float32(0), limits)


def _by_stride(outputs: Outputs) -> dict[int, tuple[NDArray[Any], ...]]:
    names = [f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in _STRIDES]
    arrays = dict(outputs)
    if not all(name in arrays for name in names):
        if len(arrays) != len(names):
            raise ModelProblem("The detector has not the twelve outputs of its kind.", _HINT)
        arrays = dict(zip(names, arrays.values(), strict=True))  # conversion to Paddle loses names, not their order
    return {stride: tuple(arrays[f"{part}_{stride}"] for part in ("cls", "obj", "bbox", "kps")) for stride in _STRIDES}


def _anchor_free_one(parts: dict[int, tuple[NDArray[Any], ...]], row: int, geometry: Geometry, limits: Limits) -> Faces:
    found = []
    for stride, (cls, obj, box, kps) in parts.items():
        columns = geometry.outer[1] // stride
        if cls.shape[1] != columns * (geometry.outer[0] // stride):
            raise ModelProblem("The detector's grid does not fit its input.", _HINT)
        # the score is the root of the product: comparing squares leaves the root to the few that survive
        product = (cls[row] * obj[row]).reshape(-1)
        alive = np.flatnonzero(product > limits.score * limits.score)
        if len(alive):
            cell = np.stack([alive % columns, alive // columns, np.full(len(alive), stride)], 1)
            found.append(np.concatenate([product[alive, None], cell, box[row, alive], kps[row, alive]], 1))
    if not found:
        return Faces.none()
    return _finished(np.concatenate(found).astype(np.float32), geometry, limits)


def _finished(rows: Floats, geometry: Geometry, limits: Limits) -> Faces:
    """Faces of the surviving cells, rows of (squared score, column, row, stride, 4 of the box, 10 of the landmarks)."""
    rows = rows[np.argsort(-rows[:, 0], kind="stable")]
    cell, stride = rows[:, 1:3], rows[:, 3:4]
    centre = (cell + rows[:, 4:6]) * stride
    half = np.exp(np.minimum(rows[:, 6:8], 20)) * (stride / 2)
    boxes: Floats = np.concatenate([centre - half, centre + half], 1).astype(np.float32)
    kept = suppress(boxes, np.arange(len(rows)), limits.iou)
    points = _agreed(boxes, kept, rows[:, 0], (rows[:, 8:].reshape(-1, 5, 2) + cell[:, None]) * stride[:, None])
    scale = geometry.per_frame_pixel
    boxes = clipped(boxes[kept] / scale, width=geometry.width, height=geometry.height)
    faces = Faces(boxes, np.sqrt(np.minimum(rows[kept, 0], 1)), points / scale[:2])
    return faces[_with_area(boxes)]


def _agreed(boxes: Floats, kept: NDArray[np.intp], products: Floats, points: Floats) -> Floats:
    """Landmarks (k, 5, 2) of the kept boxes: the mean of all cells' that see the same face, surer ones counting more.

    The cells err differently, so their mean errs by a tenth less than the best one, and faces are aligned better.
    """
    voters = slice(_MOST_CANDIDATES)
    weights = _overlapping(boxes[kept], boxes[voters], _SAME_FACE) * products[voters] ** 2
    weights[np.arange(len(kept)), kept] += 1e-6  # an empty box overlaps nothing, not even itself
    shares = weights / weights.sum(1, keepdims=True)
    agreed: Floats = np.einsum("kn,npx->kpx", shares, points[voters]).astype(np.float32)
    return agreed


def _paddle_one(rows: NDArray[Any], geometry: Geometry, limits: Limits) -> Faces:
    rows = rows[(rows[:, 1] > limits.score) & (rows[:, 0] > -1)]
    boxes = clipped(rows[:, 2:6].astype(np.float32), width=geometry.width, height=geometry.height)
    return Faces(boxes, rows[:, 1].astype(np.float32))[_with_area(boxes)]


def _with_area(boxes: Floats) -> NDArray[np.bool_]:
    kept: NDArray[np.bool_] = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return kept
