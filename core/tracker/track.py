"""One face followed: where it is, how it looks, what it is named."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.tracker.keeping import Kept
from core.tracker.naming import Naming
from core.tracker.records import Box, Steadiness
from core.types import Floats, Quality

Thumbnail = NDArray[np.uint8]  # (16, 16) grey
_FOLLOWING = 0.5  # how much of a new movement is believed
_LEARNING = np.float32(0.2)  # how much of a new feature goes into the mean


@dataclass(eq=False)
class Track:
    """Belongs to the tracker's thread; `kept.samples` is replaced whole and may be read by others."""

    id: int
    box: Box
    born: float
    seen: float  # seconds of the last frame in which it was found
    quality: Quality
    naming: Naming
    kept: Kept
    landmarks: Floats | None = None
    velocity: tuple[float, float] = (0.0, 0.0)
    found: int = 1  # times
    feature: Floats | None = None
    mean: Floats | None = None
    feature_seconds: float = 0.0
    thumbnail: Thumbnail | None = None  # of the crop that the feature was computed from
    told: set[int] = field(default_factory=set)  # identities that were told as new sightings; 0 = without name

    @staticmethod
    def begun(number: int, box: Box, seconds: float, quality: Quality, steadiness: Steadiness) -> Track:
        kept = Kept(steadiness.samples, steadiness.least_quality)
        return Track(number, box, seconds, seconds, quality, Naming(), kept)

    def expected(self, seconds: float, *, furthest: float) -> Box:
        """Where it must be, its movement going on."""
        ahead = min(max(seconds - self.seen, 0.0), furthest)
        x, y = self.velocity[0] * ahead, self.velocity[1] * ahead
        x1, y1, x2, y2 = self.box
        return x1 + x, y1 + y, x2 + x, y2 + y

    def move(self, box: Box, landmarks: Floats | None, seconds: float, quality: Quality) -> None:
        """It was found again."""
        passed = seconds - self.seen
        if passed > 1e-6:
            moved = [(box[i] + box[i + 2] - self.box[i] - self.box[i + 2]) / 2 / passed for i in (0, 1)]
            share = 1.0 if self.found == 1 else _FOLLOWING
            x, y = (old + share * (new - old) for old, new in zip(self.velocity, moved, strict=True))
            self.velocity = (x, y)
        self.box, self.landmarks, self.quality = box, landmarks, quality
        self.seen = max(seconds, self.seen)
        self.found += 1

    def learn(self, feature: Floats, thumbnail: Thumbnail | None, seconds: float) -> None:
        """Its looks now."""
        self.feature, self.thumbnail, self.feature_seconds = feature, thumbnail, seconds
        # not made unit length again: a mean of looks that differ should count for less
        self.mean = feature if self.mean is None else self.mean + _LEARNING * (feature - self.mean)

    def forget_looks(self) -> None:
        """Features of another model say nothing."""
        self.feature = self.mean = self.thumbnail = None
        self.kept.samples = ()
