"""The journal of a tagging run: one line per finished photo, so that a run can go on after an interruption."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from core.errors import InputProblem, why
from core.files import atomic_write, try_lock

_SPARE_LINES = 1000  # lines that later ones replaced, left standing before the journal is written anew


class JournalTaken(Exception):  # noqa: N818 - no error: another run is at work
    """Another run writes this journal now."""


class Journal:
    """Results by photo, appended as they come. A torn last line, as a crash leaves it, is dropped on reading.

    The first line tells what the run is about; a journal about something else is begun anew (`other` is then
    true). `state` is what else its results depend on, as they were found: with `any_state` those found in another
    state hold as well, else `other` is true also when all were found in another one. Without `resume` every photo
    is to be done again, but what an earlier run found stays until it is, so that nothing is lost when this run is
    stopped early. Raises JournalTaken while another run holds it.
    """

    def __init__(
        self, path: Path, about: dict[str, Any], *, resume: bool, state: Any = None, any_state: bool = False
    ) -> None:
        self.path = path
        self.other = False
        self._torn = False  # a line did not find room
        self._head = json.dumps({"about": about}, sort_keys=True)
        self._state = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]
        self._places: dict[str, tuple[int, str]] = {}  # photo -> offset of its newest line, stamp
        self._states: dict[str, str] = {}  # photo -> in which state it was found
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = path.with_suffix(".lock").open("ab")
        try:
            if not try_lock(self._lock):
                raise JournalTaken
            self._file: BinaryIO = path.open("a+b")
            self._begin()
        except BaseException:
            if hasattr(self, "_file"):
                self._file.close()
            self._lock.close()
            raise
        current = {photo for photo, state in self._states.items() if any_state or state == self._state}
        self.other = self.other or bool(self._states and not current)
        self._done = current if resume else set()

    def holds(self, photo: Path) -> bool:
        """Whether this photo is done and has not changed since."""
        place = self._places.get(str(photo))
        return place is not None and str(photo) in self._done and place[1] == stamp(photo)

    def add(self, photo: Path, result: dict[str, Any]) -> None:
        mark = stamp(photo)
        # Plain ASCII: a file name that is no UTF-8 must come back as it was.
        line = json.dumps({"photo": str(photo), "stamp": mark, "state": self._state, "result": result})
        self._states[str(photo)] = self._state
        self._places[str(photo)] = (self._write(line), mark)
        self._done.add(str(photo))

    def result(self, photo: Path) -> dict[str, Any]:
        offset, _ = self._places[str(photo)]
        self._file.seek(offset)
        found: dict[str, Any] = json.loads(self._file.readline())["result"]
        return found

    def close(self) -> None:
        try:
            # A line that found no room is tried once more here; the error that it made was told already.
            with contextlib.suppress(OSError) if self._torn else contextlib.nullcontext():
                self._file.flush()
                os.fsync(self._file.fileno())
            with contextlib.suppress(OSError) if self._torn else contextlib.nullcontext():
                self._file.close()
        finally:
            self._lock.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _write(self, line: str) -> int:
        try:
            offset = self._file.seek(0, os.SEEK_END)
            self._file.write(line.encode("ascii") + b"\n")
            self._file.flush()
        except OSError as error:
            self._torn = True
            raise InputProblem(
                "What was found cannot be kept in {path}: {error}.",
                "What was found before is kept. Make room and start again: it goes on where it stopped.",
                path=self.path,
                error=why(error),
            ) from error
        return offset

    def _begin(self) -> None:
        end, lines = self._read()
        if lines > 2 * len(self._places) + _SPARE_LINES:
            end = self._compact()
        self._file.truncate(end)
        if not end:
            self._write(self._head)

    def _read(self) -> tuple[int, int]:
        """Takes in what stands there; the length of the sound part, 0 when it is of another run, and its lines."""
        self._file.seek(0)
        head = self._file.readline()
        if head != self._head.encode() + b"\n":
            self.other = head.endswith(b"\n")
            return 0, 0
        end, lines = self._file.tell(), 0
        for line in self._lines():
            try:
                row = json.loads(line)
                photo, mark = str(row["photo"]), str(row["stamp"])
                state = str(row.get("state", ""))
            except (ValueError, KeyError, TypeError, AttributeError):
                break
            self._places[photo] = (end, mark)
            self._states[photo] = sys.intern(state)
            end += len(line)
            lines += 1
        return end, lines

    def _compact(self) -> int:
        """Writes the newest line of each photo alone; returns the new length."""
        offsets = [offset for offset, _ in self._places.values()]
        lines = [self._head.encode() + b"\n"]
        for offset in offsets:
            self._file.seek(offset)
            lines.append(self._file.readline())
        starts = itertools.accumulate(map(len, lines))
        moved = zip(self._places.items(), starts, strict=False)
        self._places = {photo: (start, mark) for (photo, (_, mark)), start in moved}
        self._file.close()
        with atomic_write(self.path) as file:
            file.writelines(lines)
        self._file = self.path.open("a+b")
        return sum(map(len, lines))

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
