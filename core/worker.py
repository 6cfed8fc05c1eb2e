"""Threads that work for a surface: lanes for quick calls in order, and one thread per job."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from core.types import Step

Result = TypeVar("Result")
Ending = Literal["done", "failed", "cancelled"]
_BACK = 10  # steps of niceness: with 5, six busy threads still take half of the two cores from the screen
_log = logging.getLogger(__name__)
_working: list[int] = []  # one entry for each job and live lane; appending and popping need no lock


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """How a call or a job ended: with its result, with an error, or cancelled."""

    ending: Ending
    result: Result | None = None
    error: BaseException | None = None


def step_back() -> None:
    """Lets the system prefer every other thread of the program to this one and to those it starts (on Linux).

    What a person looks at must not stutter because a folder is being worked on.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):  # a system that forbids it only loses smoothness
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.nice(0) + _BACK)
    elif sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), -1)  # THREAD_PRIORITY_BELOW_NORMAL


@contextlib.contextmanager
def at_work() -> Iterator[None]:
    """Counts this thread among those that share the processor for the length of the block."""
    _working.append(1)
    try:
        yield
    finally:
        _working.pop()


def crowded() -> bool:
    """Whether more than one job or live lane is at work."""
    return len(_working) > 1


def share() -> int:
    """How many threads a computation may start: every core when nothing else works, else its part of them.

    More threads than cores make the screen wait: whoever holds the interpreter's lock then queues for a core.
    """
    return max(1, (os.cpu_count() or 1) // max(1, len(_working)))


class Lane:
    """One thread that makes calls in the order they were handed in; what they own stays on that thread."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._closed = False
        self._thread.start()

    def submit(self, call: Callable[[], Result], ended: Callable[[Outcome[Result]], None] | None = None) -> None:
        """Makes the call soon; `ended` is called on the lane's thread. Nothing is taken any more once closed."""
        if not self._closed:
            self._calls.put(lambda: _made(call, ended))

    def close(self, last: Callable[[], None] | None = None, *, wait: float | None = None) -> bool:
        """Ends the thread after the calls handed in, `last` being the very last; whether it has ended."""
        if not self._closed:
            self._closed = True
            if last is not None:
                self._calls.put(lambda: _made(last, None))
            self._calls.put(None)
        self._thread.join(wait)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def _made(call: Callable[[], Result], ended: Callable[[Outcome[Result]], None] | None) -> None:
    try:
        outcome = Outcome("done", result=call())
    except BaseException as error:  # a library that calls sys.exit must not end the lane
        outcome = Outcome("failed", error=error)
        if ended is None:
            _log.exception("a call of nobody's failed")
    if ended is not None:
        try:
            ended(outcome)
        except Exception:
            _log.exception("nobody could be told how a call ended")


class Running(Generic[Result]):
    """A job on a thread of its own. The callbacks are called on that thread.

    `job` is called there too, so that what the job opens belongs to that thread.
    """

    def __init__(
        self,
        job: Callable[[], Generator[Step[Any], None, Result]],
        *,
        name: str,
        on_step: Callable[[Step[Any]], None],
        on_end: Callable[[Outcome[Result]], None],
    ) -> None:
        self._job, self._on_step, self._on_end = job, on_step, on_end
        self._going = threading.Event()
        self._going.set()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def paused(self) -> bool:
        return not self._going.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def pause(self) -> None:
        """Holds the job after its current step."""
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def cancel(self) -> None:
        """Returns at once; the job is closed after its current step, and `on_end` hears of it then."""
        self._cancelled.set()
        self._going.set()

    def join(self, seconds: float | None = None) -> bool:
        """Whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        step_back()
        try:
            with at_work():
                outcome = self._followed()
        except BaseException as error:  # also sys.exit in a library: whoever waits for the end must hear of it
            outcome = Outcome("failed", error=error)
        self._on_end(outcome)

    def _followed(self) -> Outcome[Result]:
        if self._cancelled.is_set():
            return Outcome("cancelled")
        job = self._job()
        try:
            while not self._cancelled.is_set():
                self._on_step(next(job))
                self._going.wait()
        except StopIteration as end:
            return Outcome("done", result=end.value)
        finally:
            job.close()
        return Outcome("cancelled")
