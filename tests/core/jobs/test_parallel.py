"""Using all cores without losing order, memory or threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.jobs.parallel import cores, ordered


def test_results_come_in_order_though_work_does_not_end_in_order() -> None:
    gates = [threading.Event() for _ in range(3)]

    def work(index: int) -> int:
        if index < 2:
            assert gates[index + 1].wait(10)  # each waits for the next one
        gates[index].set()
        return index

    assert list(ordered(work, range(3), workers=3)) == [0, 1, 2]


def test_no_more_than_two_items_per_worker_are_ever_taken_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    results = ordered(lambda item: item, items(), workers=2)
    assert next(results) == 0
    assert len(taken) <= 4
    results.close()


def test_closing_ends_the_threads() -> None:
    results = ordered(lambda item: item, range(100), workers=2)
    next(results)
    results.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job")]


def test_a_fault_of_the_function_comes_out_where_its_item_would() -> None:
    def work(item: int) -> int:
        if item == 2:
            raise RuntimeError("broken")
        return item

    results = ordered(work, range(5), workers=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(RuntimeError, match="broken"):
        next(results)


def test_cores_as_asked_or_all() -> None:
    assert cores(3) == 3
    assert cores() >= 1
