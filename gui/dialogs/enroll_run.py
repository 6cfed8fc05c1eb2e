"""One enrollment from the first look to the change: the jobs behind its window."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.errors import InputProblem, Text
from core.gallery.records import Change
from core.jobs.enroll_look import Called, Choosing, Lend, LookRequest
from core.jobs.enroll_plan import EnrollOptions, EnrollPlan, EnrollRow
from core.jobs.enroll_write import write_into, write_now
from core.jobs.spool import Spool
from core.types import Step
from gui.bridge import Job
from gui.dialogs.enroll import EnrollDialog
from gui.kit import Kit
from gui.language import tr
from gui.state import State

AT_ONCE = 64  # faces that are written on the gallery's own thread; more are a job
Looking = Callable[[Lend, Choosing, EnrollOptions], Generator[Step[EnrollRow], None, EnrollPlan]]


def lender(state: State) -> Lend:
    """Lends a recognizer with the models, settings and index of this moment, to any thread."""
    return partial(state.bench.lend_recognizer, state.settings, state.desk.searcher)


def options_of(state: State) -> EnrollOptions:
    settings = state.settings
    return EnrollOptions(
        min_quality=settings.min_quality, max_megapixels=settings.max_megapixels, threads=settings.threads
    )


class EnrollRun(QObject):
    """Lives as long as its window and jobs do; `over` comes last."""

    over = Signal(object)  # itself

    def __init__(self, kit: Kit, request: LookRequest, looking: Looking, *, at_once: bool = False) -> None:
        """`at_once`: without a question where nothing is doubtful."""
        super().__init__()
        self._kit, self._request, self._at_once = kit, request, at_once
        self._choosing = Choosing(EnrollPlan(Spool()), Called())
        self._left = self._ended = False
        gallery = kit.state.gallery
        self.dialog = EnrollDialog(kit, gallery.name if gallery else request.gallery.name, self._choosing)
        self.dialog.wanted.connect(self.write)
        self.dialog.stopped.connect(self._stop)
        self.dialog.left.connect(self._leave)
        self.job: Job | None = None
        self._look(looking)
        if not at_once:
            self.dialog.show()

    def close(self, seconds: float) -> None:
        """At the end of the program: without a question, and without a word to anybody."""
        if self.job is not None:
            self.job.cancel()
            self.job.join(seconds)
        self.dialog.pictures.close(self._choosing.plan.close, wait=seconds)
        self.dialog.deleteLater()

    # --- looking ---------------------------------------------------------------------------------------------------

    def _look(self, looking: Looking) -> None:
        lend, options = lender(self._kit.state), options_of(self._kit.state)
        what = ", ".join(path.name for path in self._request.sources[:2]) or tr("a picture")
        self.job = self._kit.bridge.run(
            Text("Look at the faces of {what}", {"what": what}),
            lambda: looking(lend, self._choosing, options),
            steps=self._found,
            done=self._looked,
            failed=self._look_failed,
            ended=self._look_ended,
        )

    def _found(self, steps: Sequence[Step[EnrollRow]]) -> None:
        if not self._left:
            self.dialog.found([step.item for step in steps], steps[-1].done, steps[-1].total)

    def _looked(self, plan: EnrollPlan) -> None:
        if self._left:
            return
        self.dialog.looked(plan.rows)
        counts = self.dialog.draft.counts()
        if self._at_once and counts.faces and not counts.doubtful and not counts.problems:
            self.write()
        else:
            self.dialog.show()

    def _look_failed(self, error: BaseException) -> None:
        if self._left:
            return
        if isinstance(error, InputProblem) and not len(self.dialog.draft):
            self._kit.state.notices.problem(error)  # there was nothing to look at: a window would show nothing
            self.dialog.finish()
            return
        self.dialog.ended(error)
        self.dialog.show()

    def _look_ended(self) -> None:
        job, self.job = self.job, None
        if self._left:
            self._end()
        elif job is not None and job.state == "cancelled":
            self.dialog.ended()

    def _stop(self) -> None:
        if self.job is not None:
            self.job.cancel()

    # --- writing ---------------------------------------------------------------------------------------------------

    def write(self) -> None:
        draft, state = self.dialog.draft, self._kit.state
        self.dialog.write(True)
        here = state.gallery is not None and state.gallery.folder == self._request.gallery
        if here and draft.counts().faces <= AT_ONCE:
            state.desk.change(lambda gallery: write_now(gallery, draft), self._written, self._write_failed)
            return
        folder = self._request.gallery
        self.job = self._kit.bridge.run(
            Text("Add faces to {folder}", {"folder": folder.name}),
            lambda: write_into(folder, draft),
            steps=lambda steps: self.dialog.tell_written(steps[-1].done, steps[-1].total),
            done=self._written_by_job,
            failed=self._write_failed,
            ended=self._write_ended,
        )

    def _written_by_job(self, change: Change | None) -> None:
        self._kit.state.desk.look_again()
        self._written(change)

    def _written(self, change: Change | None) -> None:
        state = self._kit.state
        if change is None or not change.id:
            state.notices.info(tr("All of it is in the gallery already; nothing was added."))
        elif state.gallery is not None and state.gallery.folder == self._request.gallery:
            state.tell_done(change)
        else:  # another gallery is open by now: its last change is not ours to take back
            state.notices.info(tr("The faces were added to {gallery}.", gallery=self._request.gallery.name))
        self.dialog.finish()

    def _write_failed(self, error: BaseException) -> None:
        self.dialog.write(False, error)
        self.dialog.show()

    def _write_ended(self) -> None:
        job, self.job = self.job, None
        if job is not None and job.state == "cancelled":
            self.dialog.write(False)
        if self._left:
            self._end()

    # --- the end ---------------------------------------------------------------------------------------------------

    def _leave(self) -> None:
        self._left = True
        if self.job is not None and not self.job.over:
            self.job.cancel()  # it still uses the plan's file
        else:
            self._end()

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        self.dialog.pictures.close(self._choosing.plan.close)
        self.over.emit(self)
