"""Writing what was chosen: one undoable change, made at once or as a job."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from core.gallery.gallery import Gallery
from core.gallery.records import Change
from core.jobs.enroll import label_of
from core.jobs.enroll_draft import EnrollDraft
from core.types import Step

_EVERY = 16  # faces between two steps


def write_into(folder: Path, draft: EnrollDraft) -> Generator[Step[None], None, Change | None]:
    """Enrolls the chosen faces into the gallery of a folder; None when none is chosen. Cancelled, it enrolls nobody.

    Raises GalleryProblem and has changed nothing then.
    """
    with Gallery.open(folder) as gallery:
        return (yield from _written(gallery, draft))


def write_now(gallery: Gallery, draft: EnrollDraft) -> Change | None:
    """The same at once, for a few faces."""
    writing = _written(gallery, draft)
    while True:
        try:
            next(writing)
        except StopIteration as end:
            change: Change | None = end.value
            return change


def _written(gallery: Gallery, draft: EnrollDraft) -> Generator[Step[None], None, Change | None]:
    names, total, model = draft.chosen_names(), draft.counts().faces, draft.plan.model
    if not total or model is None:
        return None
    with closing(gallery.enrolling(draft.accepted(), model=model, label=label_of(total, names), once=True)) as writing:
        while True:
            try:
                done = next(writing)
            except StopIteration as end:
                change: Change = end.value
                return change
            if done % _EVERY == 0 or done == total:
                yield Step(done, total, None)
