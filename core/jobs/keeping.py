"""Keeping a gallery well as jobs: back up, restore, check, erase for good."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from core.errors import Problem
from core.gallery.gallery import Gallery
from core.gallery.records import Erased
from core.index.shelf import Shelf
from core.types import Step


def backup(folder: Path, file: Path) -> Generator[Step[Path], None, Path]:
    """One file of the whole gallery; returns it. Raises GalleryProblem."""
    with Gallery.open(folder) as gallery:
        yield Step(0, 1, folder)
        gallery.backup(file)
        yield Step(1, 1, file)
    return file


def restore(file: Path, folder: Path) -> Generator[Step[Path], None, Path]:
    """A backup as a new gallery; returns its folder. Raises GalleryProblem."""
    yield Step(0, 1, file)
    with Gallery.restore(file, folder) as gallery:
        return gallery.folder


def check(folder: Path) -> Generator[Step[Path], None, list[Problem]]:
    """Reads everything; returns what is wrong."""
    with Gallery.open(folder) as gallery:
        yield Step(0, 1, folder)
        problems = gallery.check()
        yield Step(1, 1, folder)
    return problems


def erase(folder: Path, identities: Sequence[int]) -> Generator[Step[str], None, Erased]:
    """Erases people beyond undo and makes the indexes anew without them. Raises GalleryProblem.

    Closed before its first step it erases nobody; after it they are gone, whatever else is left undone.
    """
    with Gallery.open(folder) as gallery:
        yield Step(0, 1, gallery.name)
        erased = gallery.erase(identities)
        shelf = Shelf(gallery)
        try:
            for name in shelf.names():
                yield from shelf.compact(name)
        finally:
            shelf.close()
    return erased
