"""Keeps a training fed by a process of its own that composes batches."""

import multiprocessing as mp
from collections.abc import Callable
from multiprocessing.queues import Queue
from queue import Full
from typing import Any


def feed(queue: Queue, make: Callable[[], Any]) -> None:
    """Puts what `make` makes into the queue until the training that waits for it has ended, however it ended."""
    parent, item = mp.parent_process(), make()
    while parent is not None and parent.is_alive():
        try:
            queue.put(item, timeout=5)
        except Full:
            continue
        item = make()
    queue.cancel_join_thread()  # nobody takes what is still in it: waiting for that would last for ever
