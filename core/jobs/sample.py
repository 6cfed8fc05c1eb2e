"""A gallery of drawn people to try everything with, and group photos to find them on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.demo.town import TRUTH_FILE, draw_town
from core.gallery.gallery import Gallery
from core.gallery.store import FILE
from core.jobs.enroll import EnrollOptions, EnrollPlan, EnrollRow, accept, enrolled_names, look
from core.jobs.enroll_look import Lend
from core.jobs.sources import labelled
from core.recognizer import Recognizer
from core.types import Step

PICTURES = "pictures"  # folder inside that of the gallery
_PEOPLE, _PORTRAITS, _GROUPS = 12, 4, 8
Result = TypeVar("Result")


@dataclass(frozen=True)
class SamplePlaces:
    """Where the sample lies. Its people are `core.demo.town.townspeople()`, as are those of the sample film."""

    gallery: Path

    @property
    def portraits(self) -> Path:
        """A folder per person."""
        return self.gallery / PICTURES / "portraits"

    @property
    def groups(self) -> Path:
        """Group photos, for tagging."""
        return self.gallery / PICTURES / "groups"

    def complete(self) -> bool:
        if not (self.gallery / FILE).is_file() or not (self.gallery / PICTURES / TRUTH_FILE).is_file():
            return False
        with Gallery.open(self.gallery) as gallery:
            return bool(gallery.identities())


def build_sample(folder: Path, lend: Lend, *, options: EnrollOptions) -> Generator[Step[object], None, SamplePlaces]:
    """Draws people and enrolls them into a gallery in `folder`; what is there already stays, so it may be repeated.

    Raises InputProblem when other pictures lie there, and GalleryProblem.
    """
    places = SamplePlaces(folder)
    if places.complete():
        return places
    drawn, looked = _PEOPLE * _PORTRAITS + _GROUPS, _PEOPLE * _PORTRAITS
    for step in draw_town(folder / PICTURES, people=_PEOPLE, portraits=_PORTRAITS, groups=_GROUPS):
        yield Step(step.done, drawn + looked, step.item)
    with (
        lend() as recognizer,
        _gallery(folder) as gallery,
        closing(enroll_portraits(gallery, places.portraits, recognizer, options=options)) as job,
    ):
        for done in job:
            yield Step(drawn + done.done, drawn + looked, done.item)
    return places


def enroll_portraits(
    gallery: Gallery, portraits: Path, recognizer: Recognizer, *, options: EnrollOptions
) -> Generator[Step[EnrollRow], None, list[EnrollRow]]:
    """Enrolls a folder per person as one change without asking; gives the rows that were refused.

    For pictures that are known to be good, like drawn ones.
    """
    job = look(labelled([portraits]), recognizer, enrolled=enrolled_names(gallery), options=options)
    plan: EnrollPlan = yield from job
    with closing(plan):
        if plan.model is not None:
            accept(gallery, plan, plan.model)
        return plan.problems()


def _gallery(folder: Path) -> Gallery:
    return Gallery.open(folder) if (folder / FILE).exists() else Gallery.create(folder)
