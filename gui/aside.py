"""Small reading for windows beside the work (model cards, versions, files), on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject

from core.worker import Lane, Outcome
from gui.bridge import Bridge

Answer = TypeVar("Answer")


class Aside:
    """Answers come on the GUI thread, in the order asked. The thread begins with the first question."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._lane: Lane | None = None

    def ask(
        self,
        work: Callable[[], Answer],
        done: Callable[[Answer], object],
        failed: Callable[[BaseException], object] | None = None,
        *,
        owner: QObject | None = None,
    ) -> None:
        """`work()` on the thread, then `done(answer)` here unless `owner` is gone by then."""

        def ended(outcome: Outcome[Answer]) -> None:
            self._bridge.post(lambda: told(outcome), owner)

        def told(outcome: Outcome[Answer]) -> None:
            if outcome.error is not None:
                (failed or self._bridge.failed.emit)(outcome.error)
            else:
                done(outcome.result)  # type: ignore[arg-type]  # None only where `work` gives None

        if self._lane is None:
            self._lane = Lane("aside")
        self._lane.submit(work, ended)

    def close(self, seconds: float = 5.0) -> bool:
        """Ends the thread; whether it has ended."""
        return self._lane is None or self._lane.close(wait=seconds)
