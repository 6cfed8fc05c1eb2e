"""Tagging a whole folder: with its journal, so that it can go on later, and the tables it is to write."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.errors import InputProblem, Problem, Text
from core.export.annotate import annotated_under
from core.export.places import check_output
from core.export.records import PhotoResult
from core.export.table import write_csv, write_json
from core.gallery.gallery import Gallery
from core.jobs.journal import Journal, JournalTaken
from core.jobs.tag import Looked, tag
from core.photos import list_photos
from core.recognizer import Recognizer
from core.standing import Standing
from core.types import Step

Note = Callable[[Text], None]


@dataclass(frozen=True)
class TagOptions:
    """What to tag and what to write. With `resume`, photos that an earlier run has done are taken from its journal."""

    folder: Path
    recursive: bool = True
    resume: bool = False
    whatever_changed: bool = False  # resume what was found though the gallery, index or limits were others then
    only: tuple[Path, ...] | None = None  # these photos of the folder alone
    index: str = "default"  # that the recognizer searches
    csv: Path | None = None
    json: Path | None = None
    annotated: Path | None = None  # folder for pictures with boxes
    max_megapixels: float = 250.0
    threads: int = 0


@dataclass(frozen=True)
class Tagged:
    """How it went."""

    counts: Counter[str]  # photos, faces, known, unsure, unknown, failed
    written: tuple[Path, ...] = ()  # tables
    unwritten: tuple[Problem, ...] = ()  # why tables are missing; the results are kept in the journal


def tag_folder(
    options: TagOptions,
    recognizer: Recognizer,
    gallery: Gallery,
    *,
    note: Note | None = None,
    looked: Looked | None = None,
) -> Generator[Step[PhotoResult], None, Tagged]:
    """Tags the photos of a folder, each result as a Step; then writes the tables that are wanted.

    `note` is told what is worth knowing, `looked` of every photo while its pixels are at hand (see `tag`). Raises
    InputProblem when there is nothing to do, when an output cannot be written and when the folder vanishes on the
    way, its drive unplugged: what was found until then is kept.
    """
    photos = _photos(options)
    check_output(options.csv, options.json)
    standing = Standing.of(gallery)
    run = _Run(options, recognizer, standing)
    with _journal(options, recognizer, gallery, note or (lambda _: None)) as journal:
        job = tag(
            _chosen(photos, options.only),
            recognizer,
            journal=journal,
            annotated=annotated_under(options.annotated, [options.folder]),
            standing=standing,
            max_megapixels=options.max_megapixels,
            threads=options.threads,
            looked=looked,
        )
        try:
            for step in job:
                yield run.counted(step)
        finally:
            job.close()
        return run.ended(photos, journal)


@dataclass
class _Run:
    options: TagOptions
    recognizer: Recognizer
    standing: Standing
    counts: Counter[str] = field(default_factory=Counter)
    failed: dict[str, PhotoResult] = field(default_factory=dict)

    def counted(self, step: Step[PhotoResult]) -> Step[PhotoResult]:
        result = step.item
        count(result, self.counts)
        if result.problem is not None:
            self.failed[result.path] = result
            if not self.options.folder.is_dir():
                raise InputProblem(
                    "{folder} is gone: its drive may have been unplugged.",
                    "What was found is kept. Connect it and start again: it goes on where it stopped.",
                    folder=self.options.folder,
                )
        return step

    def ended(self, photos: Sequence[Path], journal: Journal) -> Tagged:
        written, unwritten = [], []
        for file, write in ((self.options.csv, write_csv), (self.options.json, write_json)):
            if file is None:
                continue
            try:
                write(file, self._results(photos, journal))
                written.append(file)
            except Problem as problem:
                unwritten.append(problem)
        return Tagged(self.counts, tuple(written), tuple(unwritten))

    def _results(self, photos: Sequence[Path], journal: Journal) -> Iterator[PhotoResult]:
        for photo in photos:
            if (failed := self.failed.get(str(photo))) is not None:
                yield failed
            elif journal.holds(photo):
                result = PhotoResult.from_json(journal.result(photo))
                yield self.standing.settle(result, self.recognizer.limits)


def count(result: PhotoResult, counts: Counter[str]) -> None:
    """Adds one photo's result to the counts."""
    kinds = [decision.kind for decision in result.decisions]
    counts.update(["photos", *kinds, *["failed"] * (result.problem is not None)])
    counts["faces"] += len(kinds)


def photos_of(inputs: Sequence[Path], *, recursive: bool = True) -> list[Path]:
    """The photos of files and folders. Raises InputProblem when there are none."""
    photos = list_photos(inputs, recursive=recursive)
    if not photos:
        raise InputProblem(
            "No pictures found in {inputs}.",
            "Give pictures, or a folder that holds some.",
            inputs=", ".join(str(each) for each in inputs),
        )
    return photos


def _photos(options: TagOptions) -> list[Path]:
    """All photos of the folder but the pictures that were written from them. Raises InputProblem."""
    folder = options.folder
    if not folder.is_dir():
        message = "{path} is not a folder." if folder.exists() else "{path} is not there."
        hint = "Give the folder that holds the photos; if it is on a drive, connect that first."
        raise InputProblem(message, hint, path=folder)
    photos = photos_of([folder], recursive=options.recursive)
    if options.annotated is None or not options.annotated.absolute().is_relative_to(folder.absolute()):
        return photos
    drawn = options.annotated.absolute()
    own = [photo for photo in photos if not photo.absolute().is_relative_to(drawn)]
    return own or photos


def _chosen(photos: list[Path], only: tuple[Path, ...] | None) -> list[Path]:
    wanted = set(only or ())
    return photos if only is None else [photo for photo in photos if photo in wanted]


@contextmanager
def _journal(options: TagOptions, recognizer: Recognizer, gallery: Gallery, note: Note) -> Iterator[Journal]:
    """The journal of this folder in the gallery's own folder, or one that goes with this run where none can be kept."""
    folder = str(options.folder.resolve())
    name = f"tag-{hashlib.sha256(folder.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.jsonl"
    about = {
        "folder": folder,
        "gallery": gallery.uuid,
        "models": [recognizer.detector.card.name, recognizer.extractor.card.space],
        "detection": recognizer.det_threshold,
    }
    state = _state(options, recognizer, gallery)
    if not gallery.read_only:
        try:
            with Journal(
                gallery.folder / "jobs" / name,
                about,
                resume=options.resume,
                state=state,
                any_state=options.whatever_changed,
            ) as journal:
                if options.resume and journal.other:
                    note(Text("The gallery or the options have changed: all photos are looked at anew."))
                yield journal
                return
        except JournalTaken:
            note(Text("Another run tags this folder now: this one keeps no journal."))
    with TemporaryDirectory(prefix="facefolio-") as place, Journal(Path(place) / name, about, resume=False) as journal:
        yield journal


def _state(options: TagOptions, recognizer: Recognizer, gallery: Gallery) -> list[Any]:
    """What names depend on beside what is seen in the photos."""
    last = gallery.next_undo
    return [last.id if last else 0, options.index, vars(recognizer.limits), recognizer.top_k]
