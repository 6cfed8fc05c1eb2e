"""Checking and fitting of tensors before an engine sees them: engines crash or answer nonsense where this refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines.session import Port
from core.errors import EngineProblem

_HINT = "The card of this model does not fit the model; check it with `facefolio models check`."


def checked_feeds(ports: tuple[Port, ...], feeds: dict[str, NDArray[Any]], *, file: str) -> dict[str, NDArray[Any]]:
    """The feeds as contiguous arrays in the order of the ports. Raises EngineProblem for what does not fit."""
    wanted = [port.name for port in ports]
    if set(feeds) != set(wanted):
        raise EngineProblem(
            "{file} takes the inputs {wanted}, not {given}.",
            _HINT,
            file=file,
            wanted=", ".join(wanted),
            given=", ".join(map(str, feeds)) or "none",
        )
    return {port.name: _checked(port, feeds[port.name], file) for port in ports}


def _checked(port: Port, array: Any, file: str) -> NDArray[Any]:
    if not isinstance(array, np.ndarray) or array.dtype != np.dtype(port.dtype) or not fits(port.shape, array.shape):
        given = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
        raise EngineProblem(
            "The input {name} of {file} takes {wanted}, not {given}.",
            _HINT,
            name=port.name,
            file=file,
            wanted=f"{port.dtype} {describe(port.shape)}",
            given=given,
        )
    return np.ascontiguousarray(array)


def fits(wanted: tuple[int | None, ...], given: tuple[int, ...]) -> bool:
    """Whether a real shape fits a port's, None being free."""
    return len(wanted) == len(given) and all(w is None or w == g for w, g in zip(wanted, given, strict=True))


def describe(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("any" if side is None else str(side) for side in shape) + ")"
