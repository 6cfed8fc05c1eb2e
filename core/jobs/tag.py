"""Tagging: who is in the photos of a folder."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path

from core.errors import InputProblem, Problem
from core.export.annotate import annotate
from core.export.records import PhotoResult
from core.jobs.journal import Journal
from core.jobs.parallel import cores, ordered
from core.photos import open_photo
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.types import Step


def tag(
    photos: Sequence[Path],
    recognizer: Recognizer,
    *,
    journal: Journal | None = None,
    annotated: Callable[[Path], Path] | None = None,
    max_megapixels: float = 250.0,
    threads: int = 0,
) -> Generator[Step[PhotoResult], None, None]:
    """Recognizes the faces of every photo, in order, on all cores; a photo that cannot be read is a Step too.

    Photos that `journal` holds are taken from there. `annotated` tells where a photo's picture with boxes goes.
    """
    work = partial(_result, recognizer=recognizer, journal=journal, annotated=annotated, limit=max_megapixels)
    for done, (photo, result) in enumerate(ordered(work, photos, workers=cores(threads)), 1):
        kept = None if result else _kept(photo, journal)
        # Neither: a line of the journal that is no result. The photo is looked at again.
        found = result or kept or recognize_photo(photo, recognizer, max_megapixels=max_megapixels)
        if kept is None and journal is not None and found.problem is None:
            journal.add(photo, found.to_json())
        yield Step(done, len(photos), found)


def _kept(photo: Path, journal: Journal | None) -> PhotoResult | None:
    """What the journal holds of a photo; None when it is damaged."""
    try:
        return None if journal is None else PhotoResult.from_json(journal.result(photo))
    except InputProblem:
        return None


def _result(
    path: Path,
    *,
    recognizer: Recognizer,
    journal: Journal | None,
    annotated: Callable[[Path], Path] | None,
    limit: float,
) -> tuple[Path, PhotoResult | None]:
    """The photo and its result, None when the journal holds it; runs on a worker thread."""
    try:
        target = annotated(path) if annotated else None
    except Problem as problem:
        return path, PhotoResult.failed(str(path), problem)
    if journal is not None and journal.holds(path) and (target is None or target.exists()):
        return path, None
    return path, recognize_photo(path, recognizer, target=target, max_megapixels=limit)


def recognize_photo(
    path: Path, recognizer: Recognizer, *, target: Path | None = None, max_megapixels: float = 250.0
) -> PhotoResult:
    """The result of one photo, its problem included; `target` gets the picture with boxes."""
    try:
        photo = open_photo(path, max_megapixels=max_megapixels)
        result = PhotoResult.of(recognizer.recognize_photo(photo), photo)
        if target is not None:
            write_picture(target, annotate(photo.decode(), result))
    except Problem as problem:
        return PhotoResult.failed(str(path), problem)
    return result
