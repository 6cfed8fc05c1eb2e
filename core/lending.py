"""Things that several threads use and that somebody must close: the last one to leave does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Lending(Generic[Thing]):
    """Lends one thing to any number of threads; it is closed once retired and given back by all."""

    def __init__(self, thing: Thing, close: Callable[[], None]) -> None:
        self._thing, self._close = thing, close
        self._lock = threading.Lock()
        self._users = 1  # the owner, until it retires the thing
        self._retired = False

    @contextmanager
    def lend(self) -> Iterator[Thing]:
        """The thing for the length of a `with` block. Raises LookupError when it is closed already."""
        with self._lock:
            if self._users == 0:
                raise LookupError("closed")
            self._users += 1
        try:
            yield self._thing
        finally:
            self._left()

    def retire(self) -> None:
        """No longer wanted by its owner. May be called again."""
        with self._lock:
            first, self._retired = not self._retired, True
        if first:
            self._left()

    def _left(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            self._close()
