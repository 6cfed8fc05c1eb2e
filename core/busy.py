"""Who computes right now, for those that can wait; light, because the window's start needs it."""

from __future__ import annotations

import threading


class Busy:
    """Whether something is being computed right now; others can wait until it is not."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()

    def is_set(self) -> bool:
        return not self._free.is_set()

    def set(self) -> None:
        self._free.clear()

    def clear(self) -> None:
        self._free.set()

    def wait_until_free(self, timeout: float | None = None) -> bool:
        """False when it was busy all the time."""
        return self._free.wait(timeout)
