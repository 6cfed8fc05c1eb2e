"""The gate before the models: as many requests at work as there are cores, a bounded number waiting, none for ever."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

from core.server.answers import Visit
from core.server.refusal import Gone, Refusal

Result = TypeVar("Result")
_BUSY = "The service is busy; try again soon."
_LATE = "The request took longer than {seconds:g} seconds; nothing was changed."


class Ticket:
    """The work of one request, which may lose its client or its time until the moment it begins to write."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: Literal["working", "writing", "abandoned"] = "working"

    def go_on(self) -> None:
        """Called now and then by long work. Raises Gone when nobody waits for it any more."""
        if self._state == "abandoned":
            raise Gone

    def write(self) -> None:
        """From here on the work is finished whatever happens. Raises Gone when it was abandoned before."""
        with self._lock:
            self.go_on()
            self._state = "writing"

    def abandon(self) -> bool:
        """Whether the work will change nothing; False once it writes."""
        with self._lock:
            if self._state == "working":
                self._state = "abandoned"
            return self._state == "abandoned"


class Gate:
    """Runs work on threads. Belongs to the thread of one event loop."""

    def __init__(self, *, runs: int, waiting: int, wait_seconds: float, seconds: float) -> None:
        self._free, self._most_waiting = runs, waiting
        self._wait_seconds, self._seconds = wait_seconds, seconds
        self._queue: deque[asyncio.Future[None]] = deque()
        self._pool = ThreadPoolExecutor(runs, thread_name_prefix="service")
        self._tickets: set[Ticket] = set()

    async def run(self, work: Callable[[Ticket], Result], *, visit: Visit, gone: Awaitable[Any]) -> Result:
        """The result of the work, once it is its turn. Raises what the work raises, Refusal (busy, late) or Gone."""
        leaving = asyncio.ensure_future(gone)
        try:
            await self._enter(visit, leaving)
            return await self._worked(work, visit, leaving)
        finally:
            leaving.add_done_callback(_looked_at)
            leaving.cancel()

    def abandon(self) -> None:
        """The service ends: what has not begun to write is given up."""
        for ticket in [*self._tickets]:
            ticket.abandon()

    def close(self) -> None:
        """Waits for the threads."""
        self.abandon()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _enter(self, visit: Visit, leaving: asyncio.Future[Any]) -> None:
        if self._free:
            self._free -= 1
            return
        if len(self._queue) >= self._most_waiting:
            raise _busy()
        began = time.monotonic()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        patience = min(self._wait_seconds, self._left(visit))
        try:
            await asyncio.wait({turn, leaving}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._leave_queue(turn)
            raise
        visit.waited = time.monotonic() - began
        if turn.done() and not leaving.done():
            return
        self._leave_queue(turn)
        raise Gone if leaving.done() else _busy()

    def _leave_queue(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self._next()  # it was called just now: the turn goes to the one behind
        else:
            self._queue.remove(turn)

    async def _worked(self, work: Callable[[Ticket], Result], visit: Visit, leaving: asyncio.Future[Any]) -> Result:
        ticket = Ticket()
        self._tickets.add(ticket)
        future = asyncio.get_running_loop().run_in_executor(self._pool, work, ticket)
        future.add_done_callback(lambda ended: self._ended(ticket, ended))
        try:
            await asyncio.wait({future, leaving}, timeout=self._left(visit), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            ticket.abandon()
            raise
        if future.done() or not ticket.abandon():
            return await asyncio.shield(future)
        raise Gone if leaving.done() else Refusal(504, _LATE.format(seconds=self._seconds))

    def _ended(self, ticket: Ticket, ended: asyncio.Future[Any]) -> None:
        """Only now is the core free again, whoever had stopped waiting before."""
        self._tickets.discard(ticket)
        _looked_at(ended)
        self._next()

    def _next(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _left(self, visit: Visit) -> float:
        return max(0.0, visit.began + self._seconds - time.monotonic())


def _looked_at(ended: asyncio.Future[Any]) -> None:
    """So that nobody complains about an error that is not wanted any more."""
    if not ended.cancelled():
        ended.exception()


def _busy() -> Refusal:
    return Refusal(503, _BUSY, headers={"Retry-After": "1"})
