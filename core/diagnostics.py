"""Facts about this installation for a report of trouble: never pictures, names, features or paths of photos."""

from __future__ import annotations

import logging
import os
import platform
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from core import about
from core.engines import availability
from core.errors import Problem, Text
from core.models import catalogue
from core.settings import Settings, declaration

HIDDEN = "…"
_FRAMES = 12  # of a traceback


def report(settings: Settings, records: Iterable[logging.LogRecord], more: Mapping[str, object] | None = None) -> str:
    """Plain text: versions, machine, engines, settings and the log. `more` adds facts of the surface.

    Of the log only the unfilled sentences are taken, with numbers and with the places in the program: what fills them
    may be somebody's name or the path of a photo.
    """
    return "\n".join([*_versions(), *_machine(more or {}), *_engines(), *_settings(settings), *_log(records), ""])


def _versions() -> list[str]:
    python = f"Python {platform.python_version()} ({platform.python_implementation()})"
    packages = [f"{part.name} {part.version}" for part in about.parts()]
    return [f"FaceFolio {about.version()}", python, *packages]


def _machine(more: Mapping[str, object]) -> list[str]:
    lines = [
        f"system: {platform.system()} {platform.release()} {platform.machine()}",
        f"processors: {os.cpu_count()}",
        *(f"{name}: {value}" for name, value in more.items()),
    ]
    return ["", "# Machine", *(_without_home(line) for line in lines)]


def _engines() -> list[str]:
    lines = [f"{engine}: {reason or 'ready'}" for engine, reason in availability().items()]
    return ["", "# Engines", *(_without_home(line) for line in lines)]


def _settings(settings: Settings) -> list[str]:
    values = settings.differences()
    lines = [f"{name}: {_shown(name, value)}" for name, value in values.items()]
    return ["", "# Settings that differ from the defaults", *(lines or ["none"])]


def _shown(name: str, value: object) -> str:
    """A free text may hold a name of a person: only names that the program itself gave are told."""
    if not isinstance(value, str) or declaration(name).choices:
        return str(value)
    known = {card.name for card in (*catalogue.built_in(), *catalogue.known(), *catalogue.described())}
    return value if value in known else "one of the user's own"


def _log(records: Iterable[logging.LogRecord]) -> list[str]:
    return ["", "# Log", *(line for record in records for line in _record(record))]


def _record(record: logging.LogRecord) -> list[str]:
    time = logging.Formatter().formatTime(record)
    args = record.args if isinstance(record.args, tuple) else ()
    told = _filled(str(record.msg), tuple(_safe(value) for value in args))
    lines = [f"{time} {record.levelname} {record.name}: {told}"]
    if record.exc_info and record.exc_info[1] is not None:
        lines += _trace(record.exc_info[1])
    return lines


def _filled(template: str, values: tuple[object, ...]) -> str:
    try:
        return template % values if values else template
    except (TypeError, ValueError):
        return template


def _safe(value: object) -> object:
    """What a log line may be filled with: numbers, unfilled sentences, kinds of errors."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, Problem):
        return f"{value.message.template} {value.hint.template}".strip()
    if isinstance(value, Text):
        return value.template
    return type(value).__name__ if isinstance(value, BaseException) else HIDDEN


def _trace(error: BaseException) -> list[str]:
    """Where an error came from and what kinds it and its causes are, without what they say."""
    lines: list[str] = []
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        lines.append(f"    {_kind(found)}")
        frames = traceback.extract_tb(found.__traceback__)[-_FRAMES:]
        lines += [f"      {_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
        found = found.__cause__ or found.__context__
    return lines


def _kind(error: BaseException) -> str:
    name = type(error).__name__
    if isinstance(error, Problem):
        return f"{name}: {error.message.template}"
    return f"{name} {error.errno}" if isinstance(error, OSError) else name


def _place(file: str) -> str:
    """A file of the program without the folder it is installed in."""
    for root in sorted({str(Path(__file__).resolve().parents[1]), *sys.path}, key=len, reverse=True):
        if root and file.startswith(root):
            return file[len(root) :].lstrip("/\\")
    return Path(file).name


def _without_home(text: str) -> str:
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text
