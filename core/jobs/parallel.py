"""Using all cores for a folder: results come out in order and no more than a few are ever in memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores(threads: int = 0) -> int:
    """The number of worker threads: as asked, or every core this process may use."""
    if threads:
        return threads
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def ordered(function: Callable[[Item], Result], items: Iterable[Item], *, workers: int) -> Iterator[Result]:
    """`function` of every item, computed on `workers` threads, in the order of the items.

    Decoding, inference and searching release the interpreter's lock, so threads fill the cores. At most
    2 * workers results wait at a time. Closing the generator drops what has not begun and waits for the rest.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="job")
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
