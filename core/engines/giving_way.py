"""A session that lets something more urgent go first."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from core.engines.session import Session
from core.worker import crowded

# Where several jobs, or a job and a camera, are at work, runs that can wait leave a core to the screen: else threads
# that need only a moment of one queue behind them. A job alone may have all cores: the screen stays free all the same.
_ROOM = threading.Semaphore(max(1, (os.cpu_count() or 1) - 1))


class GivingWay:
    """Runs another session; before each run it lets `give_way` wait for as long as that sees fit.

    A folder's photos are worked on beside a camera: what is seen there is late after 100 ms, a folder never.
    """

    def __init__(self, session: Session, give_way: Callable[[], None]) -> None:
        self._session, self._give_way = session, give_way
        self.inputs, self.outputs = session.inputs, session.outputs
        self.engine, self.device, self.note = session.engine, session.device, session.note

    def run(self, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        with _ROOM if crowded() else contextlib.nullcontext():
            self._give_way()
            return self._session.run(feeds)

    def close(self) -> None:
        """Nothing: whoever opened the other session closes it."""
