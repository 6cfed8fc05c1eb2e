"""Values in PaddleX's YAML: it takes every text that is a plain Python value for that value."""

from __future__ import annotations

import ast
import re
from typing import Any

from core.errors import Text
from core.models.card_fields import Fault, text

_NODES, _DEPTH = 10_000, 12
_WORDS = {"None": None, "True": True, "False": False}
_NUMBER = re.compile(r"[-+]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_QUOTED = re.compile(
    r"""(['"])(?:(?!\1)[^\\\n\r\0]|\\[\\'"abfnrtv]|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U00[0-9a-f]{6})*\1"""
)
_LONGEST = 40  # signs of a number


def plain(value: Any) -> Any:
    """A copy without aliases, all text evaluated. Raises Fault for what no configuration holds.

    A few lines of aliases could stand for any number of values, or for themselves: hence the limits.
    """
    return _plain(value, "", [_NODES], 0)


def evaluated(written: str) -> Any:
    """None, true, false, a number or a quoted text where the text is one; the text itself otherwise."""
    if written in _WORDS:
        return _WORDS[written]
    if (len(written) <= _LONGEST and _NUMBER.fullmatch(written)) or _QUOTED.fullmatch(written):
        try:
            return ast.literal_eval(written)
        except (ValueError, SyntaxError):
            return written
    return written


def protected(value: Any) -> Any:
    """What `plain` and PaddleX turn into `value` again: text that they would evaluate is quoted once more."""
    if isinstance(value, dict):
        return {name: protected(one) for name, one in value.items()}
    if isinstance(value, list):
        return [protected(one) for one in value]
    return repr(value) if isinstance(value, str) and _may_be_python(value) else value


def _may_be_python(written: str) -> bool:
    """Rather too often than not: quoting harms nothing."""
    start = written.lstrip(" \t\f")
    if start[:1] in tuple("0123456789+-'\"([{") or written in _WORDS or start.startswith("set("):
        return True
    prefixed = any(quote in written[1:4] for quote in "'\"")
    return prefixed or (start.startswith(".") and not start.startswith(("./", "../", ".\\", "..\\")))


def _plain(value: Any, field: str, left: list[int], depth: int) -> Any:
    left[0] -= 1
    if left[0] < 0 or depth > _DEPTH:
        most = Text("at most {most} values, nested at most {depth} times", {"most": _NODES, "depth": _DEPTH})
        raise Fault(field or Text("the file"), most, value)
    if isinstance(value, dict):
        inner = ((text(100)(name, field or "the name of a field"), one) for name, one in value.items())
        return {name: _plain(one, f"{field}.{name}".lstrip("."), left, depth + 1) for name, one in inner}
    if isinstance(value, list):
        return [_plain(one, field, left, depth + 1) for one in value]
    if isinstance(value, str):
        return evaluated(value)
    if value is not None and not isinstance(value, bool | int | float):
        raise Fault(field, "a text, a number, true or false", value)
    return value
