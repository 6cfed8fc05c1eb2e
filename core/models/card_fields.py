"""Checks for values that come from a file: each returns the value in its type or raises Fault naming the field."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import Any, TypeVar

from core.errors import Text

# Aliases can make a few lines stand for more text than memory holds, or for themselves.
_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxlong, _short.maxother = 3, 80, 80, 80
Value = TypeVar("Value")
Check = Callable[[Any, str], Value]


class Fault(ValueError):  # noqa: N818 - it becomes a Problem
    """`field` holds what is not `wanted`."""

    def __init__(self, field: str | Text, wanted: str | Text, given: Any) -> None:
        super().__init__(field, wanted)
        shown = _short.repr(given)
        self.field, self.wanted = field, wanted if isinstance(wanted, Text) else Text(wanted)
        self.given = shown if len(shown) <= 80 else shown[:77] + "..."


def text(longest: int) -> Check[str]:
    def check(value: Any, field: str) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise Fault(field, Text("a text of at most {most} characters", {"most": longest}), value)
        return value

    return check


def choice(*known: str) -> Check[str]:
    def check(value: Any, field: str) -> str:
        if not isinstance(value, str) or value not in known:
            raise Fault(field, Text("one of {known}", {"known": ", ".join(known)}), value)
        return value

    return check


def number(low: float, high: float) -> Check[float]:
    wanted = Text("a number from {low:g} to {high:g}", {"low": low, "high": high})

    def check(value: Any, field: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Fault(field, wanted, value)
        if not low <= value <= high:
            raise Fault(field, wanted, value)
        return float(value)

    return check


def whole(low: int, high: int) -> Check[int]:
    def check(value: Any, field: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Fault(field, Text("a whole number from {low} to {high}", {"low": low, "high": high}), value)
        return value

    return check


def boolean(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise Fault(field, "true or false", value)
    return value


def optional(check: Check[Value]) -> Check[Value | None]:
    return lambda value, field: None if value is None else check(value, field)


def several(check: Check[Value], *, least: int = 0, most: int = 64) -> Check[tuple[Value, ...]]:
    def check_all(value: Any, field: str) -> tuple[Value, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            some = Text("a list of {least} to {most}", {"least": least, "most": most})
            raise Fault(field, Text("a list of {count}", {"count": least}) if least == most else some, value)
        return tuple(check(item, f"{field}[{index}]") for index, item in enumerate(value))

    return check_all


def mapping(key: Check[str], check: Check[Value], *, most: int = 64) -> Check[dict[str, Value]]:
    def check_all(value: Any, field: str) -> dict[str, Value]:
        if not isinstance(value, dict) or len(value) > most:
            raise Fault(field, Text("a mapping of at most {most} entries", {"most": most}), value)
        return {key(name, field): check(item, f"{field}.{name}") for name, item in value.items()}

    return check_all


def record(fields: dict[str, Check[Any]], *, required: tuple[str, ...] = ()) -> Check[dict[str, Any]]:
    """A mapping with known names only; what is absent stays absent."""

    def check_all(value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Fault(field or Text("the file"), "a mapping of fields", value)
        prefix = f"{field}." if field else ""
        for name in value:
            if name not in fields:
                known = Text("one of the known fields ({known})", {"known": ", ".join(fields)})
                raise Fault(f"{prefix}{name}", known, name)
        for name in required:
            if name not in value:
                raise Fault(f"{prefix}{name}", "given", None)
        return {name: fields[name](item, f"{prefix}{name}") for name, item in value.items()}

    return check_all
