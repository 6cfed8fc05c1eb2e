"""How many of a drawn town's people were named right."""

from __future__ import annotations

from collections import Counter

import numpy as np

from core.demo.town import GroupTruth
from core.export.records import PhotoResult

LEAST_OVERLAP = 0.4  # intersection over union of a found and a true box that are the same face


def score(result: PhotoResult, truth: GroupTruth) -> Counter[str]:
    """Counts of one group picture: people, right, unsure, wrong, missed; strangers, strangers_left, false."""
    counts: Counter[str] = Counter()
    free = set(range(len(result.faces)))
    for face in truth.faces:
        place = _nearest(result, free, face.box)
        free -= {place}
        counts += _judged(result, place, face.name)
    counts["false"] += len(free)
    return counts


def _judged(result: PhotoResult, place: int | None, name: str | None) -> Counter[str]:
    kind = "unknown" if place is None else result.decisions[place].kind
    said = result.matches[place][0].name if place is not None and kind == "known" else None
    if name is None:
        return Counter({"strangers": 1, "strangers_left": int(said is None)})
    verdict = "right" if said == name else "wrong" if said else "unsure" if kind == "unsure" else "missed"
    return Counter({"people": 1, verdict: 1})


def _nearest(result: PhotoResult, free: set[int], box: tuple[float, float, float, float]) -> int | None:
    overlaps = {place: _overlap(result.faces.boxes[place], box) for place in free}
    best = max(overlaps, key=overlaps.__getitem__, default=None)
    return best if best is not None and overlaps[best] >= LEAST_OVERLAP else None


def _overlap(first: np.ndarray, second: tuple[float, float, float, float]) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    shared = max(float(width), 0.0) * max(float(height), 0.0)
    return shared / (_area(first) + _area(second) - shared)


def _area(box: np.ndarray | tuple[float, float, float, float]) -> float:
    return float((box[2] - box[0]) * (box[3] - box[1]))
