"""Making and opening a gallery file. A file that is not ours, damaged or too new is refused and left untouched."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import struct
import uuid
from collections.abc import Iterator
from pathlib import Path

from core.errors import GalleryProblem, why
from core.files import sync_folder
from core.gallery import schema, store
from core.gallery.lease import Lease
from core.gallery.store import FILE, Store, telling

_MAGIC = b"SQLite format 3\0"
_UNTOUCHED = "It was left untouched. "
_UNWRITABLE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_IOERR,  # among others a full disk
    sqlite3.SQLITE_FULL,
}
_ROOM = re.compile(r"\.(?:backup|new)-([0-9a-f]{32})")


def connect(file: Path, mode: str = "rw") -> sqlite3.Connection:
    """`mode`: "rw", "rwc", "ro", "immutable" (a file that nobody can write, on a medium that takes no lock files) or
    "alone" (nobody else may use the file meanwhile, so that a journal is read without a file for its index).
    """
    query = {"immutable": "immutable=1", "alone": "mode=rw"}.get(mode, f"mode={mode}")
    db = sqlite3.connect(
        f"{file.absolute().as_uri()}?{query}", uri=True, timeout=store.BUSY_SECONDS, isolation_level=None
    )
    try:
        if mode == "alone":
            db.execute("PRAGMA locking_mode = EXCLUSIVE")  # before anything that reads the file
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
            "Make a new one there, in the window or by `facefolio gallery new`, or choose another folder.",
            folder=file.parent,
        ) from error
    except OSError as error:
        raise GalleryProblem("{file} cannot be read: {error}.", _UNTOUCHED, file=file, error=why(error)) from error
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
            _try_to_write(db)
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if db is not None and code == sqlite3.SQLITE_BUSY:  # by another program, just now
            return db, False
        if db is not None:
            db.close()
        if code not in _UNWRITABLE:
            raise
        return connect_for_reading(file), True
    return db, False


def _try_to_write(db: sqlite3.Connection) -> None:
    db.execute("UPDATE settings SET value = value WHERE 0")  # BEGIN IMMEDIATE alone is let through


def connect_for_reading(file: Path) -> sqlite3.Connection:
    wal = file.with_name(file.name + "-wal")
    if not (wal.exists() and wal.stat().st_size):
        # Without a journal beside it and without the right to write, nobody changes the file under our hands.
        return _read_with(file, "immutable")
    try:
        return _read_with(file, "ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
            raise
        return _read_with(file, "alone")


def _read_with(file: Path, mode: str) -> sqlite3.Connection:
    db = connect(file, mode)
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
    with workroom(file.parent, "new") as room:
        part = room / file.name
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


@contextlib.contextmanager
def workroom(folder: Path, kind: str) -> Iterator[Path]:
    """A hidden folder in `folder` for a gallery's file in the making; `kind` is "new" or "backup".

    What programs that died left of theirs is cleared first: copies of a gallery that no erasing would reach.
    Raises OSError or GalleryProblem when it cannot be made.
    """
    clear_left(folder)
    room, lease = _taken_room(folder, kind)
    try:
        yield room
    finally:
        _clear(room, lease)


def _taken_room(folder: Path, kind: str) -> tuple[Path, Lease]:
    for left in (2, 1, 0):
        token = uuid.uuid4().hex
        room = folder / f".{kind}-{token}"
        room.mkdir(mode=0o700)
        try:
            return room, Lease(room, token)
        except GalleryProblem:  # perhaps another program took the new room for one left
            with contextlib.suppress(OSError):
                room.rmdir()
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def clear_left(folder: Path) -> None:
    """Deletes the workrooms of programs that died; those of programs at work stay, and all that is not ours."""
    for room in rooms(folder):
        with contextlib.suppress(OSError, GalleryProblem):  # held by a program at work, or not ours to delete
            token = room.name[-32:]
            if all(entry.name.startswith(FILE) or token in entry.name for entry in room.iterdir()):
                _clear(room, Lease(room, token))


def rooms(folder: Path) -> list[Path]:
    """The workrooms in a folder, of the living and the dead."""
    try:
        return [path for path in folder.iterdir() if _ROOM.fullmatch(path.name) and not path.is_symlink()]
    except OSError:
        return []


def _clear(room: Path, lease: Lease) -> None:
    # The room goes last and only when empty: whoever took it the moment the lease was given up keeps it.
    with contextlib.suppress(OSError):
        for entry in list(room.iterdir()):
            if entry.name.startswith(FILE):
                entry.unlink()
    lease.close()
    with contextlib.suppress(OSError):
        room.rmdir()


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
            error=why(error),
        ) from error
