"""From worker threads to the GUI thread: posted calls, and jobs with their steps."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Literal, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.errors import Problem, Text
from core.types import Step
from core.worker import Outcome, Running

Result = TypeVar("Result")
JobState = Literal["running", "paused", "cancelling", "done", "failed", "cancelled"]
FLUSH = 50  # milliseconds between two deliveries of steps
_BACKLOG = 2000  # steps not yet shown from which a job waits for the screen
_AT_ONCE = 200  # steps delivered in one turn of the event loop
_log = logging.getLogger(__name__)


class Job(QObject):
    """A job as the screen sees it; lives on the GUI thread."""

    changed = Signal()
    stepped = Signal(list)  # the new Steps, in order, at most 20 times a second
    ended = Signal(object)  # Outcome

    _numbers = itertools.count(1)

    def __init__(
        self,
        title: Text,
        job: Callable[[], Generator[Step[Any], None, Any]],
        post: Callable[..., None],
        again: dict[str, Any] | None,
    ) -> None:
        super().__init__()
        self.title = title
        self.again = again  # plain values with a "kind", by which gui.unfinished takes it up at the next start
        self.number = next(self._numbers)
        self.done = self.total = 0
        self.state: JobState = "running"
        self.problems: list[Problem] = []  # of single items; the job went on
        self.outcome: Outcome[Any] | None = None
        self.began = time.monotonic()
        self.worked = 0.0  # seconds, without pauses
        self._steps: deque[Step[Any]] = deque()
        self._room = threading.Semaphore(_BACKLOG)
        self._tick = self.began
        self._running = Running(
            job,
            name=f"job {self.number}",
            on_step=self._keep,
            on_end=lambda outcome: post(lambda: self._end(outcome)),
        )

    @property
    def over(self) -> bool:
        return self.state in {"done", "failed", "cancelled"}

    @property
    def rate(self) -> float:
        """Items a second, 0 while unknown."""
        return self.done / self.worked if self.worked > 0.2 else 0.0

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.rate and self.total else None

    def pause(self) -> None:
        if self.state == "running":
            self._running.pause()
            self._become("paused")

    def resume(self) -> None:
        if self.state == "paused":
            self._running.resume()
            self._tick = time.monotonic()
            self._become("running")

    def cancel(self) -> None:
        """The job shows as cancelling at once and ends after its current step."""
        if not self.over and self.state != "cancelling":
            self._running.cancel()
            self._become("cancelling")

    def start(self) -> None:
        self._running.start()

    def join(self, seconds: float) -> bool:
        """Whether its thread has ended; only for closing the program."""
        while self._steps:  # a job that waits for the screen must see that it need not
            self._steps.popleft()
            self._room.release()
        return self._running.join(seconds)

    def flush(self) -> None:
        """Delivers what has come since the last time."""
        now = time.monotonic()
        if self.state == "running":
            self.worked += now - self._tick
        self._tick = now
        steps = [self._steps.popleft() for _ in range(min(_AT_ONCE, len(self._steps)))]
        if not steps:
            return
        for _ in steps:
            self._room.release()
        self.done, self.total = steps[-1].done, steps[-1].total
        self.problems += [problem for step in steps if (problem := _problem_of(step.item)) is not None]
        self.stepped.emit(steps)
        self.changed.emit()

    def _keep(self, step: Step[Any]) -> None:  # on the job's thread
        while not self._room.acquire(timeout=0.1):
            if self._running.cancelled:
                return
        self._steps.append(step)

    def _end(self, outcome: Outcome[Any]) -> None:
        while self._steps:
            self.flush()
        self.outcome = outcome
        self._become(outcome.ending)
        self.ended.emit(outcome)

    def _become(self, state: JobState) -> None:
        self.state = state
        self.changed.emit()


def _problem_of(item: Any) -> Problem | None:
    if isinstance(item, Problem):
        return item
    problem = getattr(item, "problem", None)
    return problem if isinstance(problem, Problem) else None


class Bridge(QObject):
    """Runs jobs and brings calls to the GUI thread."""

    job_added = Signal(object)  # Job
    job_ended = Signal(object)  # Job
    failed = Signal(object)  # an error nobody took: Problem or any other exception
    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Job] = []  # the newest last; ended ones stay until forgotten
        self._closed = False
        # Queued also from the GUI thread: what is told while the window is made must wait until somebody listens.
        self._posted.connect(self._called, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self, interval=FLUSH)
        self._timer.timeout.connect(self._flush)

    def post(self, call: Callable[[], None], owner: QObject | None = None) -> None:
        """Makes the call on the GUI thread soon, unless `owner` is gone by then. From any thread."""
        if not self._closed and shiboken6.isValid(self):
            self._posted.emit((call, owner))

    def run(
        self,
        title: Text,
        job: Callable[[], Generator[Step[Any], None, Result]],
        *,
        steps: Callable[[list[Step[Any]]], None] | None = None,
        done: Callable[[Result], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        ended: Callable[[], None] | None = None,
        again: dict[str, Any] | None = None,
    ) -> Job:
        """Starts a job on a thread of its own; `job` is called there. The other callables run on the GUI thread.

        An error that ends the job goes to `failed`, or else to the signal of that name. `ended` comes last in any
        case, also when the job was cancelled.
        """
        made = Job(title, job, self.post, again)
        if steps is not None:
            made.stepped.connect(steps)
        made.ended.connect(lambda outcome: self._over(made, outcome, done, failed, ended))
        self.jobs.append(made)
        self.job_added.emit(made)
        made.start()
        self._timer.start()
        return made

    def running(self) -> list[Job]:
        return [job for job in self.jobs if not job.over]

    def forget(self, job: Job) -> None:
        """Takes an ended job off the list."""
        if job.over and job in self.jobs:
            self.jobs.remove(job)
            job.changed.emit()

    def close(self, seconds: float = 2.0) -> bool:
        """Cancels all and waits a little; whether every thread has ended. Nothing is posted any more."""
        for job in self.running():
            job.cancel()
        until = time.monotonic() + seconds
        self._closed = True
        self._timer.stop()
        ended = [job.join(max(0.0, until - time.monotonic())) for job in self.jobs]
        return all(ended)

    def _over(
        self,
        job: Job,
        outcome: Outcome[Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[BaseException], None] | None,
        ended: Callable[[], None] | None,
    ) -> None:
        try:
            if outcome.ending == "done" and done is not None:
                done(outcome.result)
            elif outcome.error is not None:
                (failed or self.failed.emit)(outcome.error)
        finally:
            if ended is not None:
                ended()
            self.job_ended.emit(job)

    def _flush(self) -> None:
        for job in self.running():
            job.flush()
            if job.state == "running":
                job.changed.emit()  # times go on though no step came
        if not self.running():
            self._timer.stop()

    def _called(self, posted: tuple[Callable[[], None], QObject | None]) -> None:
        call, owner = posted
        if self._closed or (owner is not None and not shiboken6.isValid(owner)):
            return
        try:
            call()
        except Exception as error:
            _log.exception("a posted call failed")
            self.failed.emit(error)
