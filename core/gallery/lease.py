"""A mark that a program is at work on something, which its end takes away however it ends."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from core.gallery.store import telling


class Lease:
    """Held from creation to `close`, or until the process dies.

    The lock is SQLite's own on a file of its own: the system releases it with the process, on every system, and
    no clock is asked, so that neither a slow disk nor a sleeping laptop can make a living program look dead.
    """

    def __init__(self, folder: Path, token: str) -> None:
        self._file = _file(folder, token)
        with telling(self._file):
            self._db = sqlite3.connect(self._file, isolation_level=None)
            try:
                _lock(self._db)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        self._db.close()
        remove(self._file.parent, self._file.name)


def held(folder: Path, token: str) -> bool:
    """Whether a living program holds the lease."""
    file = _file(folder, token)
    address = f"{file.absolute().as_uri()}?mode=rw"  # never makes the file
    with telling(file):
        try:
            with contextlib.closing(sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)) as db:
                _lock(db)
                return False
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return True
            if not file.exists():
                return False
            raise


def drop(folder: Path, token: str) -> None:
    """Removes what a dead program left."""
    remove(folder, _file(folder, token).name)


def remove(folder: Path, name: str) -> None:
    with contextlib.suppress(OSError):  # an empty file that stays does no harm
        (folder / name).unlink(missing_ok=True)


def _lock(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = MEMORY")  # no second file beside it
    db.execute("BEGIN EXCLUSIVE")


def _file(folder: Path, token: str) -> Path:
    return folder / f"enroll-{token}.lock"
