"""The log of the service: one line of JSON per event, without pictures, features, names or keys."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from starlette.types import Scope

from core.server.answers import Visit

_BYTES, _OLD_FILES = 10 << 20, 3
_FOREIGN = ("uvicorn", "uvicorn.error", "uvicorn.access", "python_multipart")


class RequestLog:
    """Writes to a file, or to standard error; `paths` are the only ones it names."""

    def __init__(self, file: Path | None, *, paths: Collection[str] = (), quiet: bool = False) -> None:
        self._paths = frozenset(paths)
        self._handler = _handler(file, quiet=quiet)

    def tell(self, scope: Scope, visit: Visit) -> None:
        """One request that was answered, or whose client left."""
        client = scope.get("client")
        told = {
            "logId": visit.log_id,
            "method": scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "OPTIONS") else "other",
            "path": scope["path"] if scope["path"] in self._paths else "other",
            "status": visit.status or None,
            "milliseconds": round((time.monotonic() - visit.began) * 1000, 1),
            "waited": round(visit.waited * 1000, 1),
            "bytesIn": visit.bytes_in,
            "bytesOut": visit.bytes_out,
            "images": visit.images,
            "faces": visit.faces,
            "client": client[0] if client else None,
            "fault": visit.fault or None,
        }
        level = logging.ERROR if visit.status >= 500 and visit.fault else logging.INFO
        self.event("request", level=level, **{name: value for name, value in told.items() if value is not None})

    def event(self, event: str, *, level: int = logging.INFO, **told: Any) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        line = {"time": f"{moment}Z", "level": logging.getLevelName(level).lower(), "event": event, **told}
        self._handler.handle(
            logging.LogRecord("core.server", level, "", 0, json.dumps(line, ensure_ascii=True), None, None)
        )

    def take_over(self) -> None:
        """What the server's own library says goes the same way."""
        relay = _Relay(self)
        for name in _FOREIGN:
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [relay], False
            logger.setLevel(logging.WARNING)

    def close(self) -> None:
        for name in _FOREIGN:
            logger = logging.getLogger(name)
            logger.handlers = [each for each in logger.handlers if not isinstance(each, _Relay)]
        self._handler.close()


class _Relay(logging.Handler):
    def __init__(self, log: RequestLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        told = {"message": str(record.msg).split("\n", 1)[0][:200], **({"fault": kind} if kind else {})}
        self._log.event("server", level=record.levelno, **told)


def _handler(file: Path | None, *, quiet: bool) -> logging.Handler:
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        return logging.handlers.RotatingFileHandler(file, maxBytes=_BYTES, backupCount=_OLD_FILES, encoding="utf-8")
    return logging.NullHandler() if quiet else logging.StreamHandler(sys.stderr)
