"""Work on the indexes of a gallery that takes its time; each job opens the gallery on the thread it runs on.

Closing a job early leaves the index that served before; see each for what stays of it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel
from core.index import checks, foreign, measures
from core.index.shelf import Shelf
from core.jobs.interchange import import_people
from core.types import Step

Result = TypeVar("Result")
Work = Generator[Step[str], None, Result]


@dataclass(frozen=True)
class Verified:
    """What verifying found, and whether the index had to be brought up to date before."""

    report: checks.Report
    refreshed: bool


def build(
    folder: Path,
    name: str,
    *,
    kind: str,
    metric: str = "IP",
    parameters: Mapping[str, int] | None = None,
    identities: Iterable[int] | None = None,
) -> Work[Change]:
    """A new index of the gallery in `folder` over `identities` (None = everyone), or another shape for one.

    Cancelled before its structure is whole it leaves everything as it was.
    """
    chosen = None if identities is None else frozenset(identities)
    return (
        yield from _on(
            folder,
            lambda _, shelf: shelf.build(name, kind=kind, metric=metric, parameters=parameters, identities=chosen),
        )
    )


def append(folder: Path, name: str, identities: Iterable[int]) -> Work[Change]:
    """People that the index shall hold. Searches find them after the first step; the rest makes and saves it anew."""
    people = frozenset(identities)
    return (yield from _on(folder, lambda _, shelf: _covered(shelf, name, lambda: shelf.append(name, people))))


def remove(folder: Path, name: str, identities: Iterable[int]) -> Work[Change]:
    """People that the index shall not hold; searches leave them out after the first step. They stay enrolled."""
    people = frozenset(identities)
    return (yield from _on(folder, lambda _, shelf: _covered(shelf, name, lambda: shelf.remove(name, people))))


def rebuild(folder: Path, name: str) -> Work[None]:
    """The structure anew from the gallery's features."""
    return (yield from _on(folder, lambda _, shelf: shelf.rebuild(name)))


def compact(folder: Path, name: str) -> Work[None]:
    """Without the faces that are gone, and saved."""
    return (yield from _on(folder, lambda _, shelf: shelf.compact(name)))


def verify(folder: Path, name: str) -> Work[Verified]:
    """Brings the saved index up to date where it is not, compares it with the gallery, measures, keeps the figures."""
    return (yield from _on(folder, lambda gallery, shelf: _verified(gallery, shelf, name)))


def export(folder: Path, name: str, to: Path) -> Work[int]:
    """A folder that PaddleX reads; the number of faces in it."""
    return (yield from _on(folder, lambda _, shelf: foreign.exporting_index(shelf, name, to)))


def take_in(folder: Path, source: Path, *, model: FeatureModel) -> Work[Change | None]:
    """The people of the PaddleX index folder `source`, whose features are of `model`, as one change.

    None when all of them are there already. Reading and writing is one step, whole or not at all.
    """
    return (yield from _on(folder, lambda gallery, _: _taken_in(gallery, source, model)))


def _on(folder: Path, work: Callable[[Gallery, Shelf], Work[Result]]) -> Work[Result]:
    # The shelf is not closed: that may save, which a cancelled job must not wait for. Each work saves what it made.
    with Gallery.open(folder) as gallery:
        return (yield from work(gallery, Shelf(gallery)))


def _covered(shelf: Shelf, name: str, act: Callable[[], Change]) -> Work[Change]:
    change = act()
    yield Step(0, 0, name)
    yield from shelf.compact(name)
    return change


def _verified(gallery: Gallery, shelf: Shelf, name: str) -> Work[Verified]:
    behind = shelf.state(name).condition in ("stale", "missing") and not gallery.read_only
    if behind:
        yield from shelf.compact(name)
    report = yield from checks.verify(shelf, name)
    measured = report.measured
    if measured is not None and not gallery.read_only:
        measures.keep(shelf.folder(name), measured)
    return Verified(report, behind)


def _taken_in(gallery: Gallery, source: Path, model: FeatureModel) -> Work[Change | None]:
    yield Step(0, 0, source.name)
    return import_people(gallery, source, model=model)
