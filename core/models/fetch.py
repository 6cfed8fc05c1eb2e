"""Fetching a file into a .part file, which a later try goes on with."""

from __future__ import annotations

import http.client
import json
import urllib.error
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from core import files as disk
from core.errors import ModelProblem, Text, why
from core.models.stream import PATIENCE, Head, Stream
from core.types import Step

STAGE = "download"
_KEPT = "What has arrived is kept: try again and it goes on from there."
_OFFLINE = (
    "Nothing was changed. Downloading needs the network; a model folder that you have can be added without: "
    "`facefolio models add FOLDER`."
)


@dataclass(frozen=True)
class _Note:
    """What must still hold for a .part file to be gone on with; lies beside it."""

    address: str
    validator: str
    total: int | None


class _ChangedFile(Exception):  # noqa: N818 - handled here: the file is fetched from its beginning
    pass


def fetch(address: str, part: Path, *, limit: int, patience: float = PATIENCE) -> Generator[Step[str], None, None]:
    """Fetches `address` to `part`, whole when it returns. Closing leaves it at once and keeps what has arrived.

    Steps count bytes. `limit` is the largest size accepted. Raises ModelProblem.
    """
    try:
        try:
            yield from _fetch(address, part, limit, patience)
        except (_ChangedFile, urllib.error.HTTPError) as error:
            if getattr(error, "code", None) not in (None, http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE):
                raise
            forget(part)
            yield from _fetch(address, part, limit, patience)
    except (OSError, http.client.HTTPException, ValueError, _ChangedFile) as error:
        raise _told(error, address, part) from error


def forget(part: Path) -> None:
    """Deletes what has arrived."""
    for one in (part, _beside(part)):
        one.unlink(missing_ok=True)


def _fetch(address: str, part: Path, limit: int, patience: float) -> Generator[Step[str], None, None]:
    note = _read_note(part, address)
    held = part.stat().st_size if note and part.exists() else 0
    if note and held and held == note.total:
        yield Step(held, held, STAGE)
        return
    start = held if note and note.validator else 0
    with closing(Stream(address, start=start, validator=note.validator if note else "", patience=patience)) as stream:
        yield from _stored(stream, address, part, _Limit(limit, start, note))


@dataclass(frozen=True)
class _Limit:
    most: int
    start: int  # asked for
    note: _Note | None


def _stored(stream: Stream, address: str, part: Path, limit: _Limit) -> Generator[Step[str], None, None]:
    total, done = None, limit.start
    file: BinaryIO | None = None
    try:
        for news in stream.news():
            if isinstance(news, Head):
                done, total = _agreed(news, limit), news.total
                _check_size(total or 0, limit.most, address, part)
                file = _opened(part, done, _Note(address, news.validator, total))
            elif news is not None and file is not None:
                done += len(news)
                _check_size(done, limit.most, address, part)
                _write(file, news, part)
            yield Step(done, max(total or 0, done), STAGE)
    finally:
        if file is not None:
            with suppress(OSError):  # what could not be written was told already
                file.close()
    if total is not None and done != total:
        raise http.client.HTTPException(
            Text("it broke off after {done} of {total} bytes", {"done": done, "total": total})
        )


def _agreed(head: Head, limit: _Limit) -> int:
    """The byte to go on from: that asked for, or the first where the server begins anew."""
    if head.start not in (0, limit.start):
        raise _ChangedFile
    if head.start and limit.note and limit.note.total not in (None, head.total):
        raise _ChangedFile
    return head.start


def _opened(part: Path, start: int, note: _Note) -> BinaryIO:
    try:
        with disk.atomic_write(_beside(part), durable=False) as file:
            file.write(json.dumps(asdict(note)).encode())
        found = part.open("r+b" if start else "wb")
        found.seek(start)
        found.truncate()
    except OSError as error:
        raise _unwritten(part, error) from error
    return found


def _write(file: BinaryIO, block: bytes, part: Path) -> None:
    try:
        file.write(block)
        file.flush()
    except OSError as error:
        raise _unwritten(part, error) from error


def _unwritten(part: Path, error: OSError) -> ModelProblem:
    message = "{path} cannot be written: {reason}."
    return ModelProblem(message, f"Make room there. {_KEPT}", path=part, reason=why(error))


def _check_size(size: int, most: int, address: str, part: Path) -> None:
    if size > most:
        forget(part)
        raise ModelProblem(
            "{address} is larger than the {most:.0f} MB that this model may have.",
            "Nothing was added.",
            address=address,
            most=most / 1e6,
        )


def _read_note(part: Path, address: str) -> _Note | None:
    """None where there is nothing to go on from."""
    try:
        note = _Note(**json.loads(_beside(part).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    plain = isinstance(note.validator, str) and (note.total is None or isinstance(note.total, int))
    return note if plain and note.address == address and note.validator.isprintable() else None


def _beside(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _told(error: Exception, address: str, part: Path) -> ModelProblem:
    if isinstance(error, urllib.error.HTTPError):
        message = "{address} is not given out: the server says {code} {reason}."
        values = {"code": error.code, "reason": " ".join(str(error.reason).split())[:200]}
        return ModelProblem(message, _OFFLINE, address=address, **values)
    reason = getattr(error, "reason", None) or error  # an error in an error, or words
    words = why(reason) if isinstance(reason, BaseException) else " ".join(str(reason).split())[:300]
    hint = _KEPT if part.exists() and part.stat().st_size else _OFFLINE
    return ModelProblem("{address} cannot be fetched: {reason}.", hint, address=address, reason=words)
