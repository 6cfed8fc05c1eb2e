"""Tagging: who is in the photos of a folder."""

from __future__ import annotations

import errno
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import InputProblem, Problem
from core.export.annotate import annotate
from core.export.records import PhotoResult
from core.jobs.journal import Journal
from core.jobs.parallel import cores, ordered
from core.photos import Photo, open_photo
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.standing import Standing
from core.types import Pixels, Step

Looked = Callable[[PhotoResult, Pixels], None]  # a photo's result and its pixels, decoded no larger than needed
_NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def tag(
    photos: Sequence[Path],
    recognizer: Recognizer,
    *,
    journal: Journal | None = None,
    annotated: Callable[[Path], Path] | None = None,
    standing: Standing | None = None,
    max_megapixels: float = 250.0,
    threads: int = 0,
    looked: Looked | None = None,
) -> Generator[Step[PhotoResult], None, None]:
    """Recognizes the faces of every photo, in order, on all cores; a photo that cannot be read is a Step too.

    Photos that `journal` holds are taken from there. `annotated` tells where a photo's picture with boxes goes.
    What people said of faces, as `standing` knows it, holds for every result; the journal keeps what was seen.
    `looked` is told of photos while their pixels are at hand, on whichever thread looked at them.
    """
    tagger = Tagger(recognizer, journal, annotated, standing, max_megapixels, looked)
    for done, (photo, found) in enumerate(ordered(tagger.look, photos, workers=cores(threads)), 1):
        kept = None if found else tagger.kept(photo)
        # Neither: a line of the journal that is no result. The photo is looked at again.
        result = found or kept or tagger.recognized(photo)
        if kept is None and journal is not None and result.problem is None:
            journal.add(photo, result.to_json())
        yield Step(done, len(photos), tagger.settled(result, fresh=kept is None))


@dataclass
class Tagger:
    """Looks at photos, one by one; called on worker threads."""

    recognizer: Recognizer
    journal: Journal | None = None
    annotated: Callable[[Path], Path] | None = None
    standing: Standing | None = None
    max_megapixels: float = 250.0
    looked: Looked | None = None
    full: bool = field(default=False, init=False)  # no room for pictures: said once, the names go on

    def look(self, path: Path) -> tuple[Path, PhotoResult | None]:
        """The photo and what was seen, None when the journal holds it."""
        try:
            target = self.annotated(path) if self.annotated else None
        except Problem as problem:
            return path, PhotoResult.failed(str(path), problem)
        drawn = target is None or self.full or target.exists()
        if self.journal is not None and self.journal.holds(path) and drawn:
            return path, None
        return path, self.recognized(path, target)

    def recognized(self, path: Path, target: Path | None = None) -> PhotoResult:
        """What is seen in a photo; `target` gets the picture with boxes. A problem is part of the answer."""
        try:
            photo = open_photo(path, max_megapixels=self.max_megapixels)
            seen = self.recognizer.recognize_photo(photo)
            result = PhotoResult.of(seen, photo, sha256=photo.sha256)
        except Problem as problem:
            return PhotoResult.failed(str(path), problem)
        if self.looked is not None:
            self.looked(result, seen.frame.pixels)
        if target is None or self.full:
            return result
        try:
            self._draw(photo, result, target)
        except Problem as problem:  # what was seen is not lost with its picture
            self.full = self.full or _no_room(problem)
            return replace(result, problem=problem)
        return result

    def kept(self, photo: Path) -> PhotoResult | None:
        """What the journal holds of a photo; None when it is damaged."""
        try:
            return None if self.journal is None else PhotoResult.from_json(self.journal.result(photo))
        except InputProblem:
            return None

    def settled(self, result: PhotoResult, *, fresh: bool) -> PhotoResult:
        if self.standing is None:
            return result
        return self.standing.settle(result, self.recognizer.limits, fresh=fresh)

    def _draw(self, photo: Photo, result: PhotoResult, target: Path) -> None:
        write_picture(target, annotate(photo.decode(), self.settled(result, fresh=True)))


def _no_room(problem: Problem) -> bool:
    cause = problem.__cause__
    return isinstance(cause, OSError) and cause.errno in _NO_ROOM
