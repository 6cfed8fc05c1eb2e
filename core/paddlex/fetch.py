"""Fetching a picture or a document that a script names by its address: http and https, bounded in size and time."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import unquote, urlsplit

from core.errors import InputProblem, PhotoProblem

LARGEST = 128 << 20  # bytes
SECONDS = 60.0  # for the whole file
_STALLED = 15.0  # seconds without a byte
_BLOCK = 1 << 16
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(text: str) -> bool:
    """Whether a text is an address of any scheme, and no path."""
    return _ADDRESS.match(text) is not None


def file_name(address: str) -> str:
    """The last part of an address's path, as a name for results."""
    path = address.partition("://")[2].partition("?")[0].partition("#")[0].partition("/")[2]
    return unquote(path).replace("\\", "/").rsplit("/", 1)[-1]


def fetch(address: str, *, largest: int = LARGEST, seconds: float = SECONDS) -> bytes:
    """The bytes behind `address`. Raises PhotoProblem naming it: unreachable, too large, too slow; InputProblem for
    an address of another scheme."""
    if address.partition("://")[0].lower() not in ("http", "https"):
        raise InputProblem(
            "{address} is not fetched.", "Only http:// and https:// are; give a file, or such an address.",
            address=address,
        )  # fmt: skip
    end = time.monotonic() + seconds
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "facefolio"})
        with urllib.request.build_opener(_SameSchemes).open(request, timeout=min(_STALLED, seconds)) as answer:
            return _read(answer, address, largest=largest, end=end)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise PhotoProblem(
            "{address} cannot be fetched: {reason}.",
            "Check the address and the connection, or save the file and give its path.",
            address=address,
            reason=getattr(error, "reason", None) or error,
        ) from error


class _SameSchemes(urllib.request.HTTPRedirectHandler):
    """Follows an answer that points elsewhere only to where a person could have pointed."""

    def redirect_request(self, *about: Any) -> Any:
        newurl = str(about[-1])
        if urlsplit(newurl).scheme.lower() not in ("http", "https"):
            raise ValueError("it leads to something other than http or https")
        return super().redirect_request(*about)


def _read(answer: Any, address: str, *, largest: int, end: float) -> bytes:
    parts, size = [], 0
    while block := answer.read1(_BLOCK):
        parts.append(block)
        size += len(block)
        if size > largest:
            raise PhotoProblem(
                "{address} is larger than {most} MB.",
                "It was left out; save it as a file, and give its path.",
                address=address,
                most=largest >> 20,
            )
        if time.monotonic() > end:
            raise PhotoProblem(
                "{address} took too long.", "It was left out; save it as a file, and give its path.", address=address
            )
    expected = answer.headers.get("Content-Length")
    if expected is not None and expected.isdecimal() and size < int(expected):
        raise ValueError("the connection ended too early")
    return b"".join(parts)
