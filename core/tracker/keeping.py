"""The few best sights of a face, different from one another, for enrolling it later."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import hypot

from core.samples import Sample
from core.types import Quality

_POSE = 10.0  # degrees within which two poses are alike
_TIME = 1.0  # seconds within which two sights of one pose are alike
_BETTER = 0.03
_BETWEEN = 0.2  # seconds between two looks at whether a sight is worth keeping
_FAR_WORSE = 0.5  # part of the best quality below which nothing is kept


class Kept:
    """At most so many samples of one face."""

    def __init__(self, most: int, least_quality: float) -> None:
        self.samples: tuple[Sample, ...] = ()
        self._most, self._least = most, least_quality
        self._next = float("-inf")

    def offer(self, quality: Quality, seconds: float, cut: Callable[[], Sample]) -> None:
        """Keeps the sight if it is worth it; only then it is cut out of its frame."""
        if seconds < self._next or quality.score < self._least:
            return
        self._next = seconds + _BETWEEN
        samples = [each for each in self.samples if each.quality.score >= _FAR_WORSE * quality.score]
        if samples and quality.score < _FAR_WORSE * max(each.quality.score for each in samples):
            return
        alike = [each for each in samples if _alike(each, quality, seconds)]
        if any(each.quality.score > quality.score - _BETTER for each in alike):
            return
        samples = [each for each in samples if each not in alike]
        if len(samples) < self._most:
            self.samples = (*samples, cut())
            return
        unneeded = _unneeded([*((each.quality, each.seconds) for each in samples), (quality, seconds)])
        if unneeded < len(samples):
            self.samples = (*samples[:unneeded], *samples[unneeded + 1 :], cut())

    def best(self, count: int) -> tuple[Sample, ...]:
        return tuple(sorted(self.samples, key=lambda each: -each.quality.score)[:count])


def _alike(sample: Sample, quality: Quality, seconds: float) -> bool:
    return abs(seconds - sample.seconds) < _TIME and _turned(sample.quality, quality) < _POSE


def _turned(first: Quality, second: Quality) -> float:
    """Degrees between two poses."""
    return hypot(first.yaw - second.yaw, first.pitch - second.pitch)


def _unneeded(sights: list[tuple[Quality, float]]) -> int:
    """The worse one of the two whose poses are most alike; of equally alike ones, of those nearest in time."""
    pairs = combinations(range(len(sights)), 2)
    first, second = min(
        pairs,
        key=lambda pair: (
            _turned(sights[pair[0]][0], sights[pair[1]][0]),
            abs(sights[pair[0]][1] - sights[pair[1]][1]),
        ),
    )
    return first if sights[first][0].score < sights[second][0].score else second
