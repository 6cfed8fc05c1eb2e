"""Detect, align, feature, search and decide, for one frame or one photo."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.decision import Limits, decide_all
from core.models.cards import Alignment
from core.photos import Photo
from core.types import Faces, Flags, Floats, Frame, Match, Pixels, Quality, Recognition
from core.vision.align import STANDARD, crop_faces, enlargements
from core.vision.detector import Detector
from core.vision.feature import FeatureExtractor
from core.vision.quality import assess

Crops = NDArray[np.uint8]  # (n, S, S, 3) BGR
# Told the faces of a frame and their standard crops, gives per face a feature known already, or None to compute it.
Recall = Callable[[Frame, Faces, Crops], Sequence[Floats | None]]


class Searcher(Protocol):
    """Finds identities: one entry per identity and face, best first."""

    def search(self, features: Floats, top_k: int, *, space: str) -> tuple[tuple[Match, ...], ...]: ...


@dataclass(frozen=True, eq=False)
class Sighting:
    """The faces of one picture with what a feature model and a person need of them; parallel arrays."""

    frame: Frame
    faces: Faces  # frame pixels
    crops: Crops  # aligned for the feature model
    qualities: tuple[Quality, ...]
    features: Floats  # (n, d) unit length
    standard: Crops  # (n, 112, 112, 3) aligned to the standard template: for quality and for keeping
    milliseconds: dict[str, float] = field(default_factory=dict)
    fresh: Flags | None = None  # (n,) which features were computed from this frame; None = all


@dataclass(frozen=True)
class Recognizer:
    """Models and an index put together. It may be called from several threads at once."""

    detector: Detector
    extractor: FeatureExtractor
    limits: Limits
    searcher: Searcher | None = None
    top_k: int = 5
    det_threshold: float | None = None
    try_turned: bool = True

    def recognize(self, frame: Frame) -> Recognition:
        """Everything found in a frame."""
        return self.name(self.look(frame))

    def recognize_photo(self, photo: Photo) -> Recognition:
        """Everything found in a photo. The frame of the answer holds the photo decoded no larger than needed."""
        return self.name(self.look_at_photo(photo))

    def look(self, frame: Frame, *, recall: Recall | None = None) -> Sighting:
        """Faces, qualities and features of a frame, without names; features that `recall` knows are not computed."""
        clock: dict[str, float] = {}
        faces = self._detect(frame.pixels, clock)
        return self._described(frame, faces, [frame.pixels], clock, recall)

    def look_at_photo(self, photo: Photo) -> Sighting:
        """The same of a photo: detection on a reduced decode, crops of small faces from a larger one."""
        clock: dict[str, float] = {}
        with _timed(clock, "decode"):
            reduction = self._reduction(photo)
            pixels = photo.decode(reduction)
        frame = Frame(pixels, source=str(photo.path))
        faces = self._detect(pixels, clock)
        with _timed(clock, "decode"):
            finer = self._finer(photo, faces, reduction)
        return self._described(frame, faces, [pixels, *finer], clock)

    def _detect(self, pixels: Pixels, clock: dict[str, float]) -> Faces:
        with _timed(clock, "detect"):
            return self.detector.find(pixels, threshold=self.det_threshold, turned=self.try_turned)

    def name(self, seen: Sighting) -> Recognition:
        """The matches and decisions of faces already looked at."""
        clock = dict(seen.milliseconds)
        with _timed(clock, "search"):
            matches: tuple[tuple[Match, ...], ...] = tuple(() for _ in range(len(seen.faces)))
            if self.searcher is not None and len(seen.faces):
                matches = self.searcher.search(seen.features, self.top_k, space=self.extractor.card.space)
            decisions = decide_all(matches, self.limits)
        return Recognition(
            seen.frame, seen.faces, seen.features, seen.qualities, matches, decisions, milliseconds=clock
        )

    def _described(
        self,
        frame: Frame,
        faces: Faces,
        sources: Sequence[Pixels],
        clock: dict[str, float],
        recall: Recall | None = None,
    ) -> Sighting:
        with _timed(clock, "align"):
            crops, standard = self._crops(faces, sources)
        with _timed(clock, "quality"):
            qualities = assess_all(standard, faces, full=sources[-1].shape[1] / sources[0].shape[1])
        with _timed(clock, "feature"):
            known = recall(frame, faces, standard) if recall else [None] * len(faces)
            features, fresh = self._features(crops, known)
        return Sighting(frame, faces, crops, qualities, features, standard, clock, fresh)

    def _features(self, crops: Crops, known: Sequence[Floats | None]) -> tuple[Floats, Flags]:
        """(n, d) features, the known ones as they are, and (n,) which were computed."""
        fresh = np.array([each is None for each in known], np.bool_)
        if fresh.all():
            return self.extractor.features(crops), fresh
        computed = iter(self.extractor.features(crops[fresh]) if fresh.any() else ())
        return np.stack([next(computed) if each is None else each for each in known]), fresh

    def _crops(self, faces: Faces, sources: Sequence[Pixels]) -> tuple[Crops, Crops]:
        """Crops for the model, and standard ones on which quality is measured (the same where it takes those)."""
        alignment = self.extractor.card.alignment
        crops = _from_sources(faces, sources, alignment)
        standard = crops if alignment == STANDARD else _from_sources(faces, sources, STANDARD)
        return crops, standard

    def _reduction(self, photo: Photo) -> int:
        side = self.detector.longest_side
        if side is None:
            return 1
        fitting = [each for each in photo.reductions if max(photo.width, photo.height) // each >= side]
        return max(fitting, default=1)

    def _finer(self, photo: Photo, faces: Faces, reduction: int) -> list[Pixels]:
        """A larger decode when some face would otherwise have to be enlarged for its crop."""
        if reduction == 1 or not len(faces):
            return []
        needed = float(enlargements(faces, self.extractor.card.alignment).max())
        if needed <= _BEARABLE_ENLARGEMENT:
            return []
        wanted = max(1, reduction // 2 ** math.ceil(math.log2(needed)))
        return [photo.decode(max((each for each in photo.reductions if each <= wanted), default=1))]


_BEARABLE_ENLARGEMENT = 1.15  # a crop enlarged by less than this gains nothing from a finer decode


def assess_all(crops: Crops, faces: Faces, *, full: float = 1.0) -> tuple[Quality, ...]:
    """Qualities of faces whose photo is really `full` times as large as the frame they were found in."""
    boxes = faces.boxes * np.float32(full)
    points = [None] * len(faces) if faces.landmarks is None else list(faces.landmarks * np.float32(full))
    return tuple(assess(crop, box, point) for crop, box, point in zip(crops, boxes, points, strict=True))


def _from_sources(faces: Faces, sources: Sequence[Pixels], alignment: Alignment) -> Crops:
    """Crops from the first source, and from the finer second one where the first would have to be enlarged."""
    crops = crop_faces(sources[0], faces, alignment)
    if len(sources) == 1:
        return crops
    small = enlargements(faces, alignment) > _BEARABLE_ENLARGEMENT
    factor = sources[1].shape[1] / sources[0].shape[1]
    crops[small] = crop_faces(sources[1], faces[small].scaled(factor), alignment)
    return crops


@contextmanager
def _timed(clock: dict[str, float], stage: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    clock[stage] = clock.get(stage, 0.0) + (time.perf_counter() - began) * 1e3
