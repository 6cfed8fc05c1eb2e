"""A free batch for models that were made for one picture at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines.session import Port, Session


def free_batch(session: Session) -> Session:
    """The session itself, or one that runs it picture by picture where its batch is fixed to one."""
    fixed = all(len(port.shape) > 0 and port.shape[0] == 1 for port in session.inputs)
    return OneByOne(session) if fixed else session


class OneByOne:
    """Runs the items of a batch one after another and joins what comes out."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.inputs = tuple(_freed(port) for port in session.inputs)
        self.outputs = tuple(_freed(port) for port in session.outputs)
        self.engine, self.device, self.note = session.engine, session.device, session.note

    def run(self, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        sizes = {len(array) for array in feeds.values() if isinstance(array, np.ndarray) and array.ndim}
        if len(sizes) != 1 or sizes == {1}:
            return self._session.run(feeds)  # which refuses what does not fit
        singles = [
            self._session.run({name: array[item : item + 1] for name, array in feeds.items()})
            for item in range(sizes.pop())
        ]
        return [np.concatenate(parts) for parts in zip(*singles, strict=True)]

    def close(self) -> None:
        self._session.close()


def _freed(port: Port) -> Port:
    return replace(port, shape=(None, *port.shape[1:]))
