"""Arguments of a script: checked, and named when they have no effect."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.errors import SettingsProblem
from core.models.cards import Card

_log = logging.getLogger(__name__)


def whole(name: str, value: Any) -> int:
    """A whole number of at least 1. Raises SettingsProblem."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise SettingsProblem(
            "{name} must be a whole number of at least 1, not {value!r}.", "Nothing was done.", name=name, value=value
        )
    return int(value)


def number(name: str, value: Any) -> float:
    """A finite number. Raises SettingsProblem."""
    good = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if not good or not math.isfinite(value):
        raise SettingsProblem("{name} must be a number, not {value!r}.", "Nothing was done.", name=name, value=value)
    return float(value)


def tell_unknown(unknown: Mapping[str, Any]) -> None:
    """Names what was given and has no effect, which PaddleX passes over in silence."""
    if unknown:
        _log.warning("Not known here and without effect: %s", ", ".join(sorted(unknown)))


def tell_unused(card: Card, **given: Any) -> None:
    unused = [name for name, value in given.items() if value is not None]
    if unused:
        _log.warning("%s has no use for %s", card.name, ", ".join(unused))
