"""The journal of a tagging run: one line per finished photo, so that a run can go on after an interruption."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO


class Journal:
    """Results by photo, appended as they come. A torn last line, as a crash leaves it, is dropped on reading.

    The first line tells what the run was about; a journal about something else is begun anew.
    """

    def __init__(self, path: Path, about: dict[str, Any], *, resume: bool) -> None:
        self.path = path
        self._head = json.dumps({"about": about}, sort_keys=True)
        self._places: dict[str, tuple[int, str]] = {}  # photo -> offset of its newest line, stamp
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("a+b")
        try:
            end = self._read() if resume else 0
            self._file.truncate(end)
            if not end:
                self._write(self._head)
        except BaseException:
            self._file.close()
            raise

    def holds(self, photo: Path) -> bool:
        """Whether this photo is done and has not changed since."""
        place = self._places.get(str(photo))
        return place is not None and place[1] == stamp(photo)

    def add(self, photo: Path, result: dict[str, Any]) -> None:
        mark = stamp(photo)
        # Plain ASCII: a file name that is no UTF-8 must come back as it was.
        line = json.dumps({"photo": str(photo), "stamp": mark, "result": result})
        self._places[str(photo)] = (self._write(line), mark)

    def result(self, photo: Path) -> dict[str, Any]:
        offset, _ = self._places[str(photo)]
        self._file.seek(offset)
        found: dict[str, Any] = json.loads(self._file.readline())["result"]
        return found

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _write(self, line: str) -> int:
        offset = self._file.seek(0, os.SEEK_END)
        self._file.write(line.encode("ascii") + b"\n")
        self._file.flush()
        return offset

    def _read(self) -> int:
        """Takes in what stands there; returns the length of the sound part, 0 when it is about something else."""
        self._file.seek(0)
        if self._file.readline() != self._head.encode() + b"\n":
            return 0
        end = self._file.tell()
        for line in self._lines():
            try:
                row = json.loads(line)
                self._places[row["photo"]] = (end, row["stamp"])
            except (ValueError, KeyError, TypeError):
                break
            end += len(line)
        return end

    def _lines(self) -> Iterator[bytes]:
        while (line := self._file.readline()).endswith(b"\n"):
            yield line


def stamp(photo: Path) -> str:
    """Size and time of a file, which change when it is edited; empty when it cannot be asked."""
    try:
        state = photo.stat()
    except OSError:
        return ""
    return f"{state.st_size}:{state.st_mtime_ns}"
