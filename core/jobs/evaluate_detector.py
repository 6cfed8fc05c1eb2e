"""Measuring a detector on pictures whose faces are known."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from core.detection_metrics import (
    Band,
    Hit,
    OperatingPoint,
    Tally,
    bands,
    hits,
    landmark_error,
    operating_point,
    sides,
    tally,
)
from core.errors import InputProblem, PhotoProblem, Problem
from core.jobs.evaluate_truth import Annotated
from core.jobs.parallel import cores, ordered
from core.opencv import cv2
from core.photos import open_photo
from core.types import Faces, Pixels, Step
from core.vision.detector import Detector

PRECISION = 0.95
_LEAST_SCORE = 0.15  # where the search for a score of that precision begins


@dataclass(frozen=True)
class DetectorEvaluation:
    """What was measured. Pictures that cannot be read are left out and counted."""

    pictures: int
    left_out: int
    threshold: float
    total: Tally  # at the threshold, as the program looks at photos
    bands: tuple[Band, ...]  # the same by the size of faces
    best: OperatingPoint
    landmark_errors: tuple[float, ...]  # of faces found whose landmarks are known; parts of the eye distance
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Look:
    """What one picture adds."""

    at_threshold: list[Hit]
    from_least: list[Hit]
    sizes: list[float]  # of the faces that count
    errors: list[float]


@dataclass
class _Sum:
    looks: list[_Look] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def evaluate_detector(
    pictures: Sequence[Annotated],
    detector: Detector,
    *,
    threshold: float | None = None,
    turned: bool = True,
    least: float = 0.0,
    max_megapixels: float = 250.0,
    threads: int = 0,
) -> Generator[Step[Problem | None], None, DetectorEvaluation]:
    """Measures at `threshold` (None = the card's) and finds the score of precision 0.95. Reads only.

    Faces whose shorter side is under `least` pixels do not count. Raises InputProblem when no picture can be used.
    """
    score = detector.card.thresholds.detect if threshold is None else threshold
    work = partial(_looked, detector=detector, threshold=score, turned=turned, least=least, limit=max_megapixels)
    made = _Sum()
    for done, found in enumerate(ordered(work, pictures, workers=cores(threads)), 1):
        problem = found if isinstance(found, Problem) else None
        if isinstance(found, _Look):
            made.looks.append(found)
        else:
            made.problems.append(found)
        yield Step(done, len(pictures), problem)
    return _measured(made, score, least)


def _looked(
    picture: Annotated, *, detector: Detector, threshold: float, turned: bool, least: float, limit: float
) -> _Look | Problem:
    try:
        pixels = _pixels(picture, limit)
    except PhotoProblem as problem:
        return problem
    counted = ~picture.ignored & (sides(picture.boxes) >= least)
    seen = detector.find(pixels, threshold=threshold, turned=turned)
    # Below its threshold a detector may prefer other boxes: the two looks are kept apart.
    wide = detector.find(pixels, threshold=min(_LEAST_SCORE, threshold))
    made = hits(seen, picture.boxes, counted, least=least)
    sizes = sides(picture.boxes)[counted].tolist()
    return _Look(made, hits(wide, picture.boxes, counted, least=least), sizes, _errors(made, seen, picture))


def _pixels(picture: Annotated, limit: float) -> Pixels:
    """The picture with the size that its annotations mean."""
    pixels = open_photo(picture.path, max_megapixels=limit).decode()
    if picture.size is None or pixels.shape[1::-1] == picture.size:
        return pixels
    if picture.size[0] * picture.size[1] > limit * 1e6:
        raise PhotoProblem(
            "{path} is to be enlarged to {width} x {height} pixels, which is too much.",
            "Correct its original_size in the annotations; the other pictures are measured.",
            path=picture.path,
            width=picture.size[0],
            height=picture.size[1],
        )
    return cv2.resize(pixels, picture.size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _errors(made: Sequence[Hit], seen: Faces, picture: Annotated) -> list[float]:
    if seen.landmarks is None:
        return []
    pairs = [(seen.landmarks[hit.row], picture.landmarks[hit.truth]) for hit in made if hit.truth is not None]
    errors = (landmark_error(found, truth) for found, truth in pairs if np.isfinite(truth).all())
    return [error for error in errors if np.isfinite(error)]


def _measured(made: _Sum, threshold: float, least: float) -> DetectorEvaluation:
    sizes = [size for look in made.looks for size in look.sizes]
    if not sizes:
        raise InputProblem(
            "None of the {count} pictures that could be read has a face of {least:g} pixels or more.",
            "Look at the problems that were named.",
            count=len(made.looks),
            least=least,
        )
    at_threshold = [hit for look in made.looks for hit in look.at_threshold]
    from_least = [hit for look in made.looks for hit in look.from_least]
    return DetectorEvaluation(
        pictures=len(made.looks),
        left_out=len(made.problems),
        threshold=threshold,
        total=tally(at_threshold, len(sizes)),
        bands=bands(at_threshold, sizes),
        best=operating_point(from_least, len(sizes), PRECISION),
        landmark_errors=tuple(error for look in made.looks for error in look.errors),
        problems=tuple(made.problems),
    )
