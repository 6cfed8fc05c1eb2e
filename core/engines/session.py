"""A model opened in an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from core.errors import Text


@dataclass(frozen=True)
class Port:
    """One input or output; None stands for a free dimension."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str  # numpy's name: "float32"


class Session(Protocol):
    """Any thread may call `run`; the engine's own rule about threads is kept inside the session."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    engine: str
    device: str  # the device really in use: "CPU", "CUDA:0", "GPU.0"
    note: Text  # why it is not the device asked for, in words; empty when it is

    def run(self, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """All outputs in order, each with its batch first. Raises EngineProblem."""
        ...

    def close(self) -> None: ...
