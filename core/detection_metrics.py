"""Figures of a face detector: what it finds and what is none, by the size of faces; where its landmarks lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from core.types import Faces, Flags, Floats

LEAST_IOU = 0.5
SIZES = (0, 16, 32, 64, 128, 256)  # bands of the shorter side in pixels of the picture; the last has no end


class Hit(NamedTuple):
    """One detection that counts. `truth` is the row of the face that it found; None = there is no face."""

    score: float
    size: float  # shorter side in pixels: of the true face where it found one, else of the box
    row: int  # of the detection
    truth: int | None = None


@dataclass(frozen=True)
class Tally:
    """Faces that are there, those that were found, and boxes where none is."""

    faces: int
    found: int
    wrong: int

    @property
    def recall(self) -> float | None:
        """Share of the faces that were found; None where there is no face."""
        return self.found / self.faces if self.faces else None

    @property
    def precision(self) -> float | None:
        """Share of the boxes that are faces; None where there is no box."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else None


@dataclass(frozen=True)
class Band:
    """The faces whose shorter side is at least `low` and under `high` pixels; None = without end."""

    low: int
    high: int | None
    tally: Tally


@dataclass(frozen=True)
class OperatingPoint:
    """The greatest recall at which the precision asked for is reached; recall 0 and no score where it never is."""

    precision: float
    recall: float
    score: float | None


def sides(boxes: Floats) -> Floats:
    """(n,) the shorter sides of boxes (n, 4) x1 y1 x2 y2."""
    return np.asarray((boxes[:, 2:] - boxes[:, :2]).min(1), np.float32)


def overlaps(box: Floats, others: Floats) -> Floats:
    """(n,) intersection over union of one box (4,) with others (n, 4)."""
    inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.clip(inner, 0, None).prod(1)
    area = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(1) - shared
    return np.asarray(shared / np.maximum(area, 1e-9), np.float32)


def hits(faces: Faces, truth: Floats, counted: Flags, *, least: float = 0.0) -> list[Hit]:
    """By falling score each detection takes the free true face that it covers best, if by an IoU of 0.5 or more.

    truth (n, 4); counted (n,) False for faces that count neither as found nor as missed, however often covered. A
    box that finds nothing counts as wrong unless its shorter side is under `least` pixels.
    """
    made, free, sizes = [], counted.copy(), sides(faces.boxes)
    for row in np.argsort(-faces.scores, kind="stable").tolist():
        overlap = overlaps(faces.boxes[row], truth)
        best = int(np.argmax(np.where(free, overlap, -1))) if free.any() else -1
        score = float(faces.scores[row])
        if best >= 0 and overlap[best] >= LEAST_IOU:
            free[best] = False
            made.append(Hit(score, float(sides(truth[best : best + 1])[0]), row, best))
        elif not (overlap[~counted] >= LEAST_IOU).any() and sizes[row] >= least:
            made.append(Hit(score, float(sizes[row]), row))
    return made


def tally(made: Sequence[Hit], total: int) -> Tally:
    found = sum(hit.truth is not None for hit in made)
    return Tally(total, found, len(made) - found)


def bands(made: Sequence[Hit], sizes: Sequence[float]) -> tuple[Band, ...]:
    """The tally of each band in which there is a face or a box; `sizes` are those of the true faces."""
    parts = []
    for low, high in pairwise((*SIZES, np.inf)):
        inside = [hit for hit in made if low <= hit.size < high]
        total = sum(low <= size < high for size in sizes)
        if inside or total:
            parts.append(Band(int(low), None if np.isinf(high) else int(high), tally(inside, total)))
    return tuple(parts)


def operating_point(made: Sequence[Hit], total: int, precision: float) -> OperatingPoint:
    """The lowest score at which the boxes from there on are faces in at least that share."""
    ordered = sorted(made, key=lambda hit: -hit.score)
    scores = np.array([hit.score for hit in ordered])
    right = np.cumsum([hit.truth is not None for hit in ordered])
    enough = right / np.arange(1, len(ordered) + 1) >= precision
    enough[:-1] &= scores[1:] < scores[:-1]  # a threshold takes all boxes of one score or none
    places = np.nonzero(enough)[0]
    if not len(places) or not total:
        return OperatingPoint(precision, 0.0, None)
    return OperatingPoint(precision, float(right[places[-1]] / total), float(scores[places[-1]]))


def landmark_error(found: Floats, truth: Floats) -> float:
    """Mean distance of the five points (5, 2) from where they should be, as a part of the distance of the eyes."""
    between = float(np.linalg.norm(truth[0] - truth[1]))
    return float(np.linalg.norm(found - truth, axis=1).mean()) / between
