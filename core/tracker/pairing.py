"""Which face of a frame is which track: by place and by looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.types import Floats

_REACH = 1.5  # face sizes that a middle may lie away from where it was expected
_FAR_REACH = 4.0  # the same for a face that looks just like the track's
_JUST_LIKE = 0.6  # cosine
_SIZES = 2.5  # most ratio of sizes


def overlaps(first: Floats, second: Floats) -> Floats:
    """(m, n) intersection over union of boxes (m, 4) and (n, 4)."""
    width = np.minimum.outer(first[:, 2], second[:, 2]) - np.maximum.outer(first[:, 0], second[:, 0])
    height = np.minimum.outer(first[:, 3], second[:, 3]) - np.maximum.outer(first[:, 1], second[:, 1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    union = np.add.outer(_areas(first), _areas(second)) - common
    return np.asarray(common / np.maximum(union, 1e-6), np.float32)


def pair(
    expected: Floats,
    found: Floats,
    alike: Floats,
    *,
    looks: Floats | None = None,
    refused: NDArray[np.bool_] | None = None,
) -> list[tuple[int, int]]:
    """Pairs (track, face), each once, the surest first.

    `expected` (m, 4) and `found` (n, 4) are boxes, `alike` (m, n) their overlaps; `looks` (m, n) cosines; `refused`
    (m, n) cannot be the same.
    """
    if not alike.size:
        return []
    near, possible = _nearness(expected, found, looks)
    score = (alike + near) / 2
    if looks is not None:
        score = score + looks
    if refused is not None:
        possible &= ~refused
    return _greedy(np.asarray(score, np.float32), possible)


def _nearness(expected: Floats, found: Floats, looks: Floats | None) -> tuple[Floats, NDArray[np.bool_]]:
    """(m, n) how near the places are, 0..1, and whether they can be of one face."""
    sizes = np.sqrt(_areas(expected)), np.sqrt(_areas(found))
    size = np.maximum.outer(*sizes)
    possible = size <= _SIZES * np.minimum.outer(*sizes)
    x, y = (np.subtract.outer(expected[:, i] + expected[:, i + 2], found[:, i] + found[:, i + 2]) / 2 for i in (0, 1))
    way = np.sqrt(x * x + y * y) / size
    here = way < _REACH
    if looks is not None:
        here |= (way < _FAR_REACH) & (looks >= _JUST_LIKE)
    return np.asarray(np.maximum(1 - way / _REACH, 0), np.float32), possible & here


def _areas(boxes: Floats) -> Floats:
    area: Floats = np.maximum(boxes[:, 2] - boxes[:, 0], 1e-3) * np.maximum(boxes[:, 3] - boxes[:, 1], 1e-3)
    return area


def _greedy(score: Floats, possible: NDArray[np.bool_]) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(possible)
    order = np.argsort(-score[rows, columns], kind="stable")
    pairs, tracks, faces = [], set(), set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in tracks and column not in faces:
            tracks.add(row)
            faces.add(column)
            pairs.append((row, column))
    return pairs
