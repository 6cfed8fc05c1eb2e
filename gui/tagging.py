"""Tagging folders one after the other: the queue behind the batch panel."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from core.errors import Problem, Text
from core.export.records import PhotoResult
from core.result_row import ResultRow, rows_of
from core.types import Step
from gui.bridge import Job
from gui.kit import Kit
from gui.language import said, tr
from gui.seen import SIDE, offer_faces

if TYPE_CHECKING:
    from core.jobs.tagging import Tagged

RunState = Literal["waiting", "running", "paused", "cancelling", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class TagWish:
    """What the user asked for; plain enough to be kept until the next start."""

    folder: Path
    recursive: bool = True
    only_new: bool = True
    csv: Path | None = None
    json: Path | None = None
    annotated: Path | None = None
    only: tuple[Path, ...] | None = None  # these photos of the folder alone

    def kept(self) -> dict[str, Any]:
        paths = {name: str(path) for name in ("folder", "csv", "json", "annotated") if (path := getattr(self, name))}
        only = None if self.only is None else [str(path) for path in self.only]
        return {**paths, "recursive": self.recursive, "only": only}

    @staticmethod
    def from_kept(values: dict[str, Any]) -> TagWish:
        """Goes on where it stopped. Raises KeyError or TypeError when the values are damaged."""
        csv, json, annotated = (
            Path(values[name]) if values.get(name) else None for name in ("csv", "json", "annotated")
        )
        only = values.get("only")
        photos = None if only is None else tuple(Path(path) for path in only)
        recursive = bool(values.get("recursive", True))
        return TagWish(
            Path(values["folder"]), recursive=recursive, csv=csv, json=json, annotated=annotated, only=photos
        )


@dataclass(frozen=True)
class _Seen:
    """One photo, its rows made on the job's thread."""

    result: PhotoResult
    rows: list[ResultRow]

    @property
    def problem(self) -> Problem | None:
        return self.result.problem


@dataclass
class TagRun:
    """One folder in the queue, and how far it is."""

    wish: TagWish
    job: Job | None = None
    counts: Counter[str] = field(default_factory=Counter)
    failed: dict[str, Problem] = field(default_factory=dict)  # by photo
    written: tuple[Path, ...] = ()

    @property
    def state(self) -> RunState:
        return self.job.state if self.job is not None else "waiting"

    @property
    def over(self) -> bool:
        return self.job is not None and self.job.over


class Tagging(QObject):
    """Runs at work, waiting and done, the oldest first; one works at a time."""

    changed = Signal()  # a run came, went, or is another than before
    advanced = Signal(object)  # TagRun that got on

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.runs: list[TagRun] = []
        self._gallery: Path | None = None
        kit.state.unfinished.know("tag", self._take_up)
        kit.state.desk.opened.connect(self._gallery_opened)

    def add(self, wish: TagWish) -> TagRun:
        """Puts a folder into the queue; it starts when no other is at work."""
        run = TagRun(wish)
        self.runs.append(run)
        self._next()
        self.changed.emit()
        return run

    def again(self, run: TagRun, *, failed_only: bool = False) -> None:
        """Once more: what was done stays done. With `failed_only` the photos that could not be read alone."""
        only = tuple(Path(path) for path in run.failed) if failed_only else run.wish.only
        self.add(replace(run.wish, only_new=True, only=only))

    def forget(self, run: TagRun) -> None:
        """Takes a run off that is over or has not begun."""
        if run in self.runs and (run.job is None or run.over):
            self.runs.remove(run)
            self._keep()
            self.changed.emit()

    @property
    def at_work(self) -> TagRun | None:
        return next((run for run in self.runs if run.job is not None and not run.over), None)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _next(self) -> None:
        waiting = [run for run in self.runs if run.job is None]
        if self.at_work is None and waiting:
            self._start(waiting[0])
        self._keep()

    def _keep(self) -> None:
        """What the next start goes on with: the run at work and those that wait."""
        working = self.at_work
        if working is not None and working.job is not None and working.job.again is not None:
            waiting = [run.wish.kept() for run in self.runs if run.job is None]
            working.job.again["runs"] = [working.wish.kept(), *waiting]

    def _start(self, run: TagRun) -> None:
        state = self._kit.state
        facts = state.gallery
        if facts is None:
            return
        self._gallery = facts.folder
        run.counts.clear()
        run.job = self._kit.bridge.run(
            Text("Tag {folder}", {"folder": run.wish.folder}),
            partial(
                _job,
                self._kit,
                run.wish,
                facts.folder,
                state.desk.searcher,
                round(SIDE * QGuiApplication.primaryScreen().devicePixelRatio()),
            ),
            steps=partial(self._stepped, run),
            done=partial(self._done, run),
            failed=partial(self._failed, run),
            ended=partial(self._ended, run),
            again={"kind": "tag", "gallery": str(facts.folder), "runs": []},
        )
        run.job.changed.connect(lambda: self.advanced.emit(run))

    def _stepped(self, run: TagRun, steps: list[Step[Any]]) -> None:
        from core.jobs.tagging import count

        rows: list[ResultRow] = []
        results = self._kit.state.results
        for step in steps:
            seen: _Seen = step.item
            count(seen.result, run.counts)
            if seen.problem is not None:
                run.failed[seen.result.path] = seen.problem
            if seen.rows:
                rows += seen.rows
            elif seen.problem is None and results.book.of_photo(seen.result.path):
                results.leave_out(seen.result.path)
        if rows:
            self._kit.state.sighted.emit(rows)
        self.advanced.emit(run)

    def _done(self, run: TagRun, tagged: Tagged) -> None:
        run.written = tagged.written
        for problem in tagged.unwritten:
            self._kit.state.notices.problem(problem)
        name = run.wish.folder.name or str(run.wish.folder)
        text = tr("Tagged {folder}: {photos} photos, {faces} faces.", folder=name, **_numbers(run.counts))
        self._kit.state.notices.info(text)

    def _failed(self, run: TagRun, error: BaseException) -> None:
        self._kit.state.notices.problem(error)

    def _ended(self, run: TagRun) -> None:
        self._next()
        self.changed.emit()

    def _gallery_opened(self) -> None:
        """A run names people of its own gallery: it does not go on in another."""
        facts, working = self._kit.state.gallery, self.at_work
        if working is not None and working.job is not None and (facts is None or facts.folder != self._gallery):
            working.job.cancel()
            self._kit.state.notices.info(tr("Tagging was stopped with its gallery; what was found is kept there."))
        self.runs = [run for run in self.runs if run.job is not None]
        self.changed.emit()

    def _take_up(self, values: dict[str, Any]) -> None:
        facts = self._kit.state.gallery
        if facts is None or str(facts.folder) != values.get("gallery"):
            return
        for kept in values.get("runs", []):
            try:
                self.add(TagWish.from_kept(kept))
            except (KeyError, TypeError) as error:
                self._kit.state.notices.warning(tr("A paused run is not readable any more: {error}.", error=error))


def _numbers(counts: Counter[str]) -> dict[str, str]:
    from PySide6.QtCore import QLocale

    return {name: QLocale().toString(counts[name]) for name in ("photos", "faces")}


def _job(kit: Kit, wish: TagWish, folder: Path, searcher: Any, size: int) -> Generator[Step[_Seen], None, Tagged]:
    """Runs on the job's own thread, with a gallery handle of its own. `size` is that of a face in the results."""
    from contextlib import closing

    from core.gallery.gallery import Gallery
    from core.jobs.tagging import TagOptions, tag_folder

    state, settings = kit.state, kit.state.settings

    def tell(text: Text) -> None:
        state.notices.info(said(text))

    def note(text: Text) -> None:
        kit.bridge.post(lambda: tell(text))

    options = TagOptions(
        wish.folder,
        recursive=wish.recursive,
        resume=wish.only_new,
        whatever_changed=wish.only_new,
        only=wish.only,
        index=settings.index,
        csv=wish.csv,
        json=wish.json,
        annotated=wish.annotated,
        max_megapixels=settings.max_megapixels,
        threads=settings.threads,
    )
    with Gallery.open(folder) as gallery, state.bench.lend() as bench:
        recognizer = bench.recognizer(settings, searcher)
        looked = partial(offer_faces, state.pictures, size)
        with closing(tag_folder(options, recognizer, gallery, note=note, looked=looked)) as job:
            while True:
                try:
                    step = next(job)
                except StopIteration as end:
                    tagged: Tagged = end.value
                    return tagged
                yield Step(step.done, step.total, _Seen(step.item, rows_of(step.item, time.time())))
