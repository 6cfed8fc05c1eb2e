"""Reads an id_map.yaml of any origin: event by event, so that no alias, tag or depth in it can do harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import IndexProblem, Text, why
from core.gallery.paddlex import id_map_text

__all__ = ["LARGEST", "IdMap", "id_map_text", "read_id_map"]
LARGEST = 64 << 20  # bytes
_SAFE = "Nothing was imported and nothing was changed."
_KEYS = {"id_map", "index_type", "metric_type"}


@dataclass(frozen=True)
class IdMap:
    """Labels under their ids, and what the file says of its index."""

    labels: dict[int, str]
    index_type: str
    metric_type: str


def read_id_map(path: Path) -> IdMap:
    """Raises IndexProblem naming what is wrong: absent, too large, not YAML, not of this form, an id twice."""
    import yaml

    data = _bytes(path)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _top(yaml.parse(data, Loader=loader), path)
    except (yaml.YAMLError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        if line is None:
            raise _unsound(path, Text("it is not valid YAML")) from None
        raise _unsound(path, Text("it is not valid YAML (line {line})", {"line": line + 1})) from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(min(LARGEST + 1, path.stat().st_size))
    except OSError as error:
        raise IndexProblem("{path} cannot be read: {reason}.", _SAFE, path=path, reason=why(error)) from error
    if len(data) > LARGEST:
        raise _unsound(path, Text("it is larger than {most} MB", {"most": LARGEST >> 20}))
    return data


def _top(events: Iterator[Any], path: Path) -> IdMap:
    import yaml

    for start in (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.MappingStartEvent):
        event = next(events, None)
        if not isinstance(event, start) or getattr(event, "anchor", None):
            raise _unsound(path, Text("it does not begin with a mapping"))
    labels: dict[int, str] | None = None
    texts: dict[str, str] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _text(event, path)
        if key in texts or (key == "id_map" and labels is not None):
            raise _unsound(path, Text("{key} stands in it twice", {"key": key}))
        if key == "id_map":
            labels = _labels(events, path)
        elif key in _KEYS:
            texts[key] = _text(next(events), path)
        else:
            raise _unsound(path, Text("it holds {key}, which does not belong there", {"key": repr(key[:40])}))
    for end in (yaml.DocumentEndEvent, yaml.StreamEndEvent):
        if not isinstance(next(events, None), end):
            raise _unsound(path, Text("something follows its end"))
    if labels is None or len(texts) != 2:
        missing = sorted(_KEYS - set(texts) - ({"id_map"} if labels is not None else set()))
        raise _unsound(path, Text("{missing} is missing", {"missing": ", ".join(missing)}))
    return IdMap(labels, texts["index_type"], texts["metric_type"])


def _labels(events: Iterator[Any], path: Path) -> dict[int, str]:
    import yaml

    if not isinstance(next(events), yaml.MappingStartEvent):
        raise _unsound(path, Text("id_map is not a mapping of ids to labels"))
    labels: dict[int, str] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        word = _text(event, path)
        if not re.fullmatch(r"[0-9]{1,18}", word):
            raise _unsound(path, Text("{word} is not an id", {"word": repr(word[:40])}))
        label = next(events)
        labels_before = len(labels)
        labels[int(word)] = _label(label, path, word)
        if len(labels) == labels_before:
            raise _unsound(path, Text("the id {word} stands in it twice", {"word": word}))
    return labels


def _label(event: Any, path: Path, id: str) -> str:
    text = _text(event, path)
    plain = event.style in (None, "")
    if not text.strip() or (plain and text in ("~", "null", "Null", "NULL")):
        raise _unsound(path, Text("the label of id {id} is no text", {"id": id}))
    return text


def _text(event: Any, path: Path) -> str:
    import yaml

    if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag not in (None, "!", "tag:yaml.org,2002:str"):
        line = event.start_mark.line + 1
        what = Text("line {line} holds something other than plain text (an alias, a tag, a list)", {"line": line})
        raise _unsound(path, what)
    return str(event.value)


def _unsound(path: Path, what: Text) -> IndexProblem:
    return IndexProblem("{path} is not a sound map of ids: {what}.", _SAFE, path=path, what=what)
