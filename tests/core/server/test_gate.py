"""Turns, time and clients that leave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.server.answers import Visit
from core.server.gate import Gate, Ticket
from core.server.refusal import Gone, Refusal


def run(test: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


async def never() -> None:
    await asyncio.get_running_loop().create_future()


def gate(*, runs: int = 1, waiting: int = 1, wait_seconds: float = 20, seconds: float = 20) -> Gate:
    return Gate(runs=runs, waiting=waiting, wait_seconds=wait_seconds, seconds=seconds)


class Slow:
    """Work that goes on when it is told to."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()
        self.ended = "not yet"

    def __call__(self, ticket: Ticket) -> str:
        self.began.set()
        assert self.go.wait(20)
        try:
            ticket.write()
        except Gone:
            self.ended = "abandoned"
            raise
        self.ended = "written"
        return "result"


def test_one_runs_one_waits_and_the_third_is_sent_away() -> None:
    async def test() -> None:
        slow, doors = Slow(), gate()
        first = asyncio.ensure_future(doors.run(slow, visit=Visit(), gone=never()))
        await asyncio.to_thread(slow.began.wait, 20)
        second = asyncio.ensure_future(doors.run(lambda ticket: "second", visit=Visit(), gone=never()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        with pytest.raises(Refusal) as busy:
            await doors.run(lambda ticket: "third", visit=Visit(), gone=never())
        assert (busy.value.status, busy.value.headers) == (503, {"Retry-After": "1"})
        slow.go.set()
        assert (await first, await second) == ("result", "second")
        assert await doors.run(lambda ticket: "fourth", visit=Visit(), gone=never()) == "fourth"
        doors.close()

    run(test)


def test_waiting_has_an_end() -> None:
    async def test() -> None:
        slow, doors = Slow(), gate(wait_seconds=0.01)
        first = asyncio.ensure_future(doors.run(slow, visit=Visit(), gone=never()))
        await asyncio.to_thread(slow.began.wait, 20)
        with pytest.raises(Refusal, match="busy"):
            await doors.run(lambda ticket: "second", visit=Visit(), gone=never())
        slow.go.set()
        assert await first == "result"
        assert await doors.run(lambda ticket: "third", visit=Visit(), gone=never()) == "third"
        doors.close()

    run(test)


@pytest.mark.parametrize("why", ["late", "left"])
def test_work_that_nobody_waits_for_changes_nothing(why) -> None:
    async def test() -> None:
        slow, doors = Slow(), gate(seconds=0.05 if why == "late" else 20)
        left = asyncio.get_running_loop().create_future()
        first = asyncio.ensure_future(doors.run(slow, visit=Visit(), gone=left))
        await asyncio.to_thread(slow.began.wait, 20)
        if why == "left":
            left.set_result(None)
        with pytest.raises(Refusal if why == "late" else Gone) as caught:
            await first
        assert why == "left" or caught.value.status == 504
        slow.go.set()
        await asyncio.to_thread(doors.close)
        assert slow.ended == "abandoned"

    run(test)


def test_what_writes_already_is_finished_and_told() -> None:
    async def test() -> None:
        began, go, left = threading.Event(), threading.Event(), asyncio.get_running_loop().create_future()

        def work(ticket: Ticket) -> str:
            ticket.write()
            began.set()
            assert go.wait(20)
            return "kept"

        doors = gate()
        first = asyncio.ensure_future(doors.run(work, visit=Visit(), gone=left))
        await asyncio.to_thread(began.wait, 20)
        left.set_result(None)
        await asyncio.sleep(0)
        go.set()
        assert await first == "kept"
        doors.close()

    run(test)


def test_one_that_leaves_the_queue_takes_nobodys_turn() -> None:
    async def test() -> None:
        slow, doors = Slow(), gate(waiting=3)
        first = asyncio.ensure_future(doors.run(slow, visit=Visit(), gone=never()))
        await asyncio.to_thread(slow.began.wait, 20)
        left = asyncio.get_running_loop().create_future()
        leaves = asyncio.ensure_future(doors.run(lambda ticket: "no", visit=Visit(), gone=left))
        ended = asyncio.ensure_future(doors.run(lambda ticket: "no", visit=Visit(), gone=never()))
        stays = asyncio.ensure_future(doors.run(lambda ticket: "yes", visit=Visit(), gone=never()))
        await asyncio.sleep(0)
        left.set_result(None)
        ended.cancel()
        slow.go.set()
        with pytest.raises(Gone):
            await leaves
        assert (await first, await stays) == ("result", "yes")
        assert await doors.run(lambda ticket: "next", visit=Visit(), gone=never()) == "next"
        doors.close()

    run(test)


def test_errors_of_the_work_come_through_and_free_the_turn() -> None:
    async def test() -> None:
        doors = gate()
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await doors.run(lambda ticket: 1 // 0, visit=Visit(), gone=never())
        doors.close()

    run(test)
