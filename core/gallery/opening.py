"""Making and opening a gallery file. A file that is not ours, damaged or too new is refused and left untouched."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import struct
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from core.errors import GalleryProblem
from core.files import sync_folder
from core.gallery import schema, store
from core.gallery.store import FILE, Store, telling

_MAGIC = b"SQLite format 3\0"
_UNTOUCHED = "It was left untouched. "


def connect(file: Path, mode: str = "rw") -> sqlite3.Connection:
    """`mode`: "rw", "ro" or "immutable" (a file that nobody can write, on a medium that takes no lock files)."""
    query = "immutable=1" if mode == "immutable" else f"mode={mode}"
    db = sqlite3.connect(
        f"{file.absolute().as_uri()}?{query}", uri=True, timeout=store.BUSY_SECONDS, isolation_level=None
    )
    try:
        for pragma in ("trusted_schema = OFF", "foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")
        db.execute(f"PRAGMA journal_size_limit = {64 << 20}")
    except BaseException:
        db.close()
        raise
    return db


def create_file(folder: Path, *, name: str) -> None:
    """Puts a new, empty gallery into `folder`: whole or not at all."""
    with in_folder(folder), placed(folder / FILE) as part, telling(folder / FILE):
        db = connect(part, "rwc")
        try:
            schema.migrate(db, schema.STEPS)
            settings = {"uuid": str(uuid.uuid4()), "name": name, "model": None}
            db.executemany("INSERT INTO settings (name, value) VALUES (?, ?)", settings.items())
            db.execute(
                "INSERT INTO indexes (name, kind, metric, parameters, covers, alive)"
                " VALUES ('default', 'Flat', 'IP', '{}', 'all', 1)"
            )
            db.execute("PRAGMA journal_mode = WAL")
        finally:
            db.close()


def open_file(folder: Path) -> Store:
    """The store of the gallery in `folder`, migrated to this schema; for reading alone where it cannot be written."""
    file = folder / FILE
    inspect(file)
    with telling(file):
        db, read_only = _connected(file)
        try:
            _admit(db, file, read_only=read_only)
        except BaseException:
            db.close()
            raise
    return Store(db, file, read_only=read_only)


def inspect(file: Path) -> None:
    """Raises GalleryProblem unless the file looks like a whole gallery file of this or an older schema."""
    # Before SQLite sees it, for SQLite may write into what it opens.
    header = _header(file)
    pages, size = struct.unpack_from(">I", header, 28)[0], struct.unpack_from(">H", header, 16)[0]
    page = 65536 if size == 1 else size
    wal = file.with_name(file.name + "-wal")
    pending = wal.exists() and wal.stat().st_size > 0  # then the end of the file may still be in there
    if not pending and file.stat().st_size < pages * page:
        raise GalleryProblem(
            "{file} is damaged: its end is missing.",
            _UNTOUCHED + "Restore a backup into a new folder.",
            file=file,
        )
    _refuse_newer(struct.unpack_from(">I", header, 60)[0], file)


def _header(file: Path) -> bytes:
    try:
        if file.is_dir():
            raise GalleryProblem("{file} is a folder, not a gallery's file.", _UNTOUCHED, file=file)
        with file.open("rb") as opened:
            header = opened.read(100)
    except FileNotFoundError as error:
        raise GalleryProblem(
            "There is no gallery in {folder}.",
            "Make one there with `facefolio gallery new`, or name another folder.",
            folder=file.parent,
        ) from error
    except OSError as error:
        raise GalleryProblem("{file} cannot be read: {error}.", _UNTOUCHED, file=file, error=error) from error
    if not header:
        raise GalleryProblem("{file} is empty.", _UNTOUCHED + "Restore a backup into a new folder.", file=file)
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise GalleryProblem(
            "{file} is not a gallery, or is damaged.",
            _UNTOUCHED + "Restore a backup into a new folder.",
            file=file,
        )
    if struct.unpack_from(">I", header, 68)[0] != schema.APPLICATION:
        raise GalleryProblem("{file} was made by another program.", _UNTOUCHED, file=file)
    return header


def is_ours(file: Path) -> bool:
    """Whether the file starts like one of our gallery files."""
    with file.open("rb") as opened:
        header = opened.read(100)
    return len(header) == 100 and header[68:72] == struct.pack(">I", schema.APPLICATION)


def _refuse_newer(found: int, file: Path) -> None:
    if found > len(schema.STEPS):
        raise GalleryProblem(
            "{file} was made by a newer version of this program (schema {found}; {known} is known).",
            _UNTOUCHED + "Install the newer version.",
            file=file,
            found=found,
            known=len(schema.STEPS),
        )


def _connected(file: Path) -> tuple[sqlite3.Connection, bool]:
    db = None
    try:
        db = connect(file)
        with Store(db, file).impatient():  # a busy file can be written: no need to wait for it
            writable = _writable(db)
        if writable:
            return db, False
        db.close()
    except sqlite3.OperationalError as error:
        if db is not None:
            db.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            raise
    return connect_for_reading(file), True


def _writable(db: sqlite3.Connection) -> bool:
    try:
        db.execute("UPDATE settings SET value = value WHERE 0")  # BEGIN IMMEDIATE alone is let through
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            return True  # by another program, just now
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            return False
        raise
    return True


def connect_for_reading(file: Path) -> sqlite3.Connection:
    wal = file.with_name(file.name + "-wal")
    # Without a journal beside it and without the right to write, nobody changes the file under our hands.
    db = connect(file, "ro" if wal.exists() and wal.stat().st_size else "immutable")
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        db.close()
        raise
    return db


def _admit(db: sqlite3.Connection, file: Path, *, read_only: bool) -> None:
    found = schema.version(db)
    _refuse_newer(found, file)
    if found < len(schema.STEPS):
        if read_only:
            raise GalleryProblem(
                "{file} was made by an older version of this program and cannot be written.",
                _UNTOUCHED + "Copy the gallery to where you may write; it is brought up to date there.",
                file=file,
            )
        schema.migrate(db, schema.STEPS)
    row = db.execute("SELECT value FROM settings WHERE name = 'uuid'").fetchone()
    if row is None:
        raise GalleryProblem("{file} is damaged: it has no name of its own.", _UNTOUCHED, file=file)


@contextlib.contextmanager
def placed(file: Path) -> Iterator[Path]:
    """A path beside `file` to write to; it takes the place of `file` when the block ends well.

    Raises GalleryProblem when there is a `file` already; it is never replaced.
    """
    _refuse_existing(file)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".new-", ignore_cleanup_errors=True) as beside:
        part = Path(beside) / file.name
        yield part
        try:
            os.link(part, file)  # unlike a rename it never replaces what another program has put there meanwhile
        except FileExistsError:
            _refuse_existing(file)
            raise
        except OSError:  # a file system without links
            _refuse_existing(file)
            part.replace(file)
    sync_folder(file.parent)


def _refuse_existing(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise GalleryProblem(
            "There is a gallery in {folder} already.", "It was left untouched; name another folder.", folder=file.parent
        )


@contextlib.contextmanager
def in_folder(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise GalleryProblem(
            "A gallery cannot be made in {folder}: {error}.",
            "Nothing was made; name a folder that you may write.",
            folder=folder,
            error=error,
        ) from error
