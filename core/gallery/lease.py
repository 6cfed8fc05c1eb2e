"""A mark that a program is at work on something, which its end takes away however it ends."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from core.gallery.store import telling

_NAME = "enroll-{}.lock"


class Lease:
    """Held from creation to `close`, or until the process dies.

    The lock is SQLite's own on a file of its own: the system releases it with the process, on every system, and
    no clock is asked, so that neither a slow disk nor a sleeping laptop can make a living program look dead.
    """

    def __init__(self, folder: Path, token: str) -> None:
        self._file = folder / _NAME.format(token)
        with telling(self._file):
            self._db = _locked(self._file, "rwc")
            while not self._file.exists():  # another program cleared it away before it was locked
                self._db.close()
                self._db = _locked(self._file, "rwc")

    def close(self) -> None:
        _remove(self._file, self._db)


def ended(folder: Path, token: str) -> bool:
    """Whether no living program holds the lease; its file is then removed."""
    file = folder / _NAME.format(token)
    with telling(file):
        try:
            db = _locked(file, "rw")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return False
            if not file.exists():
                return True
            raise
    _remove(file, db)
    return True


def tokens(folder: Path) -> set[str]:
    """Of the leases whose files are there."""
    before, after = _NAME.split("{}")
    return {path.name.removeprefix(before).removesuffix(after) for path in folder.glob(_NAME.format("*"))}


def _locked(file: Path, mode: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=0, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = MEMORY")  # no second file beside it
        db.execute("BEGIN EXCLUSIVE")
    except BaseException:
        db.close()
        raise
    return db


def _remove(file: Path, db: sqlite3.Connection) -> None:
    # Under the lock, lest it be taken by whoever is just opening it. Windows lets go of no open file, and so of none
    # that somebody else opens: there it is removed after the lock.
    try:
        file.unlink(missing_ok=True)
    except OSError:
        db.close()
        with contextlib.suppress(OSError):  # an empty file that stays does no harm
            file.unlink(missing_ok=True)
    finally:
        db.close()
