"""The JSON of every answer, success or not, in the form of PaddleX's service."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response
from starlette.types import Scope

_VISIT = "facefolio.visit"


@dataclass
class Visit:
    """One request on its way, as the log will tell of it."""

    log_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sent_log_id: str | None = None  # by the client; errors are answered under it
    began: float = field(default_factory=time.monotonic)
    bytes_in: int = 0
    bytes_out: int = 0
    status: int = 0
    faces: int | None = None
    images: int | None = None
    waited: float = 0.0  # seconds for its turn
    fault: str = ""  # the kind of an error that nobody expected, and where

    @staticmethod
    def of(scope: Scope) -> Visit:
        found: Visit = scope.setdefault(_VISIT, Visit())
        return found


def success(visit: Visit, result: dict[str, Any]) -> Response:
    return _json({"logId": visit.log_id, "result": result, "errorCode": 0, "errorMsg": "Success"})


def healthy(visit: Visit) -> Response:
    return _json({"logId": visit.log_id, "errorCode": 0, "errorMsg": "Healthy"})


def failure(visit: Visit, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    visit.log_id = visit.sent_log_id or visit.log_id
    return _json({"logId": visit.log_id, "errorCode": status, "errorMsg": message}, status, headers)


def _json(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    body = text.encode("utf-8", "backslashreplace")  # half characters may come from names of files
    sent = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return Response(body, status, sent, media_type="application/json")
