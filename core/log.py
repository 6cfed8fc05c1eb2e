"""Logging set-up, and a ring of recent records for the log panel."""

from __future__ import annotations

import logging
import logging.handlers
from collections import deque
from pathlib import Path

ROOTS = ("core", "gui")  # the loggers that are ours
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Ring(logging.Handler):
    """Keeps the newest records in memory."""

    def __init__(self, length: int = 1000) -> None:
        super().__init__()
        self.records: deque[logging.LogRecord] = deque(maxlen=length)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def set_up(*, verbosity: int = 0, file: Path | None = None) -> Ring:
    """Logs to standard error (warnings; more with `verbosity`), to a rotating file and to the ring it returns."""
    ring, console = Ring(), logging.StreamHandler()
    console.setLevel({0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG))
    handlers: list[logging.Handler] = [ring, console]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(logging.handlers.RotatingFileHandler(file, maxBytes=1 << 20, backupCount=3, encoding="utf-8"))
    for name in ROOTS:
        root = logging.getLogger(name)
        root.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
        for handler in [*root.handlers]:
            root.removeHandler(handler)
            handler.close()
        for handler in handlers:
            handler.setFormatter(logging.Formatter(FORMAT))
            root.addHandler(handler)
    return ring


def usable(file: Path) -> Path | None:
    """The log file where one can be written; a read-only home is no reason to refuse work."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            return file
    except OSError:
        return None
