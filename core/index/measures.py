"""What verifying has measured of an index, kept in its folder: it goes when another structure takes its place."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import IndexProblem, why
from core.files import write_text
from core.index import folder as saved

FILE = "measured.json"


@dataclass(frozen=True)
class Measured:
    """Figures of one saved structure."""

    recall_at_1: float  # share of disturbed faces whose exact first is found first, 0..1
    recall_at_5: float
    median_ms: float  # of one search for five faces
    p99_ms: float
    sample: int  # searches compared
    faces: int
    seconds: float  # when, since 1970


def keep(place: Path, measured: Measured) -> None:
    """Writes the figures beside the index saved in the folder `place`. Raises IndexProblem when it cannot."""
    sidecar = saved.read_sidecar(place)
    if sidecar is None:
        return
    values = {**dataclasses.asdict(measured), "of": sidecar.files[saved.VECTORS]["sha256"]}
    try:
        write_text(place / FILE, json.dumps(values, indent=1))
    except OSError as error:
        raise IndexProblem(
            "What was measured of the index {name} cannot be kept: {reason}.",
            "The index itself is as it was; make room or mend the rights of its folder.",
            name=place.name,
            reason=why(error),
        ) from error


def read(place: Path, sidecar: saved.Sidecar) -> Measured | None:
    """The figures of the very structure that is saved in `place`; None while it was not measured."""
    try:
        values: dict[str, Any] = json.loads((place / FILE).read_text(encoding="utf-8"))
        if values.pop("of") != sidecar.files[saved.VECTORS]["sha256"]:
            return None
        measured = Measured(**values)
        numbers = dataclasses.astuple(measured)
        sound = all(type(number) in (int, float) and math.isfinite(number) for number in numbers)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # as good as never measured: verifying again is all that is lost
    return measured if sound else None
