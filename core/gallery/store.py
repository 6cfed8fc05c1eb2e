"""One connection to a gallery file: transactions, and SQLite's errors in words."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.errors import GalleryProblem, why

FILE = "gallery.db"
BUSY_SECONDS = 15.0  # how long another program's writing is waited for

_LEAST_FREE = 1 << 16  # bytes; even reading may need a journal's index, which is 32 KiB
_SAFE = "Nothing was changed; all that was kept before is safe. "
_DAMAGED = "Keep a copy of it as it is, and restore a backup into a new folder."


class Store:
    """The connection of one thread. Every SQLite error leaves it as a GalleryProblem."""

    def __init__(self, db: sqlite3.Connection, file: Path, *, read_only: bool = False) -> None:
        self.db = db
        self.file = file
        self.read_only = read_only
        self.commits = 0

    def rows(self, query: str, values: Iterable[Any] = (), *, factory: Any = None) -> list[Any]:
        with telling(self.file):
            cursor = self.db.cursor()
            cursor.row_factory = factory
            return cursor.execute(query, tuple(values)).fetchall()

    def row(self, query: str, *values: Any) -> Any:
        """The first row, or None."""
        with telling(self.file):
            return self.db.execute(query, values).fetchone()

    def stand_by(self) -> None:
        """Raises GalleryProblem when the file was taken away: where an open file may be, SQLite would write on into
        what nobody finds again."""
        try:
            self.file.stat()
        except OSError as error:
            raise GalleryProblem(
                "The gallery {folder} is not there any more.",
                "Nothing was changed. Put its folder or drive back and open it again, or restore a backup.",
                folder=self.file.parent,
            ) from error

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Several questions to one state of the gallery, whatever others write meanwhile."""
        with telling(self.file):
            self.db.execute("BEGIN")
            try:
                yield self.db
            finally:
                self.db.execute("ROLLBACK")

    @contextlib.contextmanager
    def impatient(self) -> Iterator[None]:
        """Within it another program's writing is not waited for."""
        self.db.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            self.db.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: durable when the block ends well, else as if it had never begun."""
        if self.read_only:
            raise _refused(self.file)
        self.stand_by()
        with telling(self.file):
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield self.db
                if self.db.in_transaction:  # a block may roll back what turned out to be no change
                    self.db.execute("COMMIT")
                    self.commits += 1
            finally:
                if self.db.in_transaction:
                    with contextlib.suppress(sqlite3.Error):  # the error under way says more
                        self.db.execute("ROLLBACK")


@contextlib.contextmanager
def telling(file: Path) -> Iterator[None]:
    """Turns SQLite's errors about `file` into GalleryProblems."""
    try:
        yield
    except sqlite3.Error as error:
        raise problem_of(error, file) from error


def problem_of(error: sqlite3.Error, file: Path) -> GalleryProblem:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and _full(file):  # SQLite tells a full disk apart only in some of its calls
        code = sqlite3.SQLITE_FULL
    message, hint = _WORDS.get(code, _OTHER)
    return GalleryProblem(message, hint, file=file, error=why(error))


def _refused(file: Path) -> GalleryProblem:
    if _full(file):
        return GalleryProblem(*_WORDS[sqlite3.SQLITE_FULL], file=file)
    return GalleryProblem(
        "The gallery {folder} can only be read.",
        "Nothing was changed; its folder cannot be written. Copy it to where you may write.",
        folder=file.parent,
    )


def _full(file: Path) -> bool:
    try:
        return shutil.disk_usage(file.parent).free < _LEAST_FREE
    except OSError:
        return False


_WORDS = {
    sqlite3.SQLITE_BUSY: ("{file} is being written by another program.", _SAFE + "Try again when it has finished."),
    sqlite3.SQLITE_LOCKED: ("{file} is being written by another program.", _SAFE + "Try again when it has finished."),
    sqlite3.SQLITE_FULL: ("The disk of {file} is full.", _SAFE + "Make room and do it again."),
    sqlite3.SQLITE_IOERR: (
        "{file} could not be read or written: {error}.",
        _SAFE + "Look at the disk, then try again.",
    ),
    sqlite3.SQLITE_READONLY: ("{file} cannot be written.", _SAFE + "Copy the gallery to where you may write."),
    sqlite3.SQLITE_PERM: ("{file} may not be opened: {error}.", _SAFE + "Look at its permissions."),
    sqlite3.SQLITE_AUTH: ("{file} may not be opened: {error}.", _SAFE + "Look at its permissions."),
    sqlite3.SQLITE_CANTOPEN: ("{file} cannot be opened.", _SAFE + "Copy its folder to where you may write."),
    sqlite3.SQLITE_CORRUPT: ("{file} is damaged: {error}.", _DAMAGED),
    sqlite3.SQLITE_NOTADB: ("{file} is not a gallery, or is damaged.", _DAMAGED),
}
_OTHER = ("{file} could not be used: {error}.", _SAFE)
