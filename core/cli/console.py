"""What the command line says: results on standard output, progress and problems on standard error."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from types import TracebackType
from typing import Any, NoReturn, TypeVar

from core.cli.status import INTERRUPTED, INTERRUPTED_WORDS
from core.errors import Problem
from core.types import Step

Item = TypeVar("Item")
Result = TypeVar("Result")


def number(count: int, one: str, many: str = "") -> str:
    """`1 face`, `2 faces`, `2 people`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


class Console:
    """Says things, follows jobs and counts the inputs that failed."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.failures = 0
        self._bar: Any = None

    def __enter__(self) -> Console:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if sys.stdout is not None:
            sys.stdout.flush()

    def say(self, text: object = "") -> None:
        """A result."""
        self._write(str(text), sys.stdout)

    def note(self, text: object) -> None:
        """Something worth knowing that is no result; not said when quiet."""
        if not self.quiet:
            self._write(str(text), sys.stderr)

    def failed(self, problem: Problem) -> None:
        """One input failed: it is named, and the exit status will tell."""
        self.failures += 1
        self._write(str(problem), sys.stderr)

    def follow(
        self,
        job: Generator[Step[Item], None, Result],
        title: str,
        *,
        unit: str = "photo",
        each: Callable[[Step[Item]], None] | None = None,
    ) -> Result:
        """Runs a job to its end with a progress bar, handing every step to `each`; returns the job's result."""
        with closing(job), _interrupted_by(self.leave):
            try:
                return self._stepped(job, title, unit, each)
            finally:
                if self._bar is not None:
                    self._bar.close()
                self._bar = None

    def leave(self) -> NoReturn:
        """Ends the program at once after Ctrl-C, without waiting for the pictures that are being decoded.

        Everything on disk is made to survive even a kill, so nothing is lost by not unwinding; closing models
        under working threads would be the greater risk.
        """
        print(f"\n{INTERRUPTED_WORDS}", file=sys.stderr)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(INTERRUPTED)

    def _stepped(
        self, job: Generator[Step[Item], None, Result], title: str, unit: str, each: Callable[[Step[Item]], None] | None
    ) -> Result:
        while True:
            try:
                step = next(job)
            except StopIteration as end:
                result: Result = end.value
                return result
            self._show(step, title, unit)
            if each is not None:
                each(step)

    def _show(self, step: Step[Any], title: str, unit: str) -> None:
        if self.quiet or not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=step.total, desc=title, unit=f" {unit}s", dynamic_ncols=True, leave=False)
        self._bar.total = step.total  # a download learns its size on the way
        self._bar.update(step.done - self._bar.n)

    def _write(self, text: str, stream: Any) -> None:
        if self._bar is None:
            print(text, file=stream)
        else:
            self._bar.write(text, file=stream)


@contextlib.contextmanager
def _interrupted_by(act: Callable[[], object]) -> Iterator[None]:
    """Ctrl-C calls `act` at once; an exception would first wait for the threads that the job has at work."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: act())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
