"""A gallery as one file, and back."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import uuid
from pathlib import Path

from core.errors import GalleryProblem, why
from core.files import sync_folder
from core.gallery import opening, schema
from core.gallery.erase import DERIVED
from core.gallery.store import FILE, Store, problem_of, telling

_MARK = "backup"  # a cell of the settings: tells a backup from a gallery that somebody uses
_OF_NOBODY = {".DS_Store", "Thumbs.db", "desktop.ini"}  # what file browsers leave in empty folders


def backup(store: Store, file: Path) -> None:
    """Writes one state of the gallery, whatever others write meanwhile. The old file stays until the new is whole.

    Raises GalleryProblem when `file` cannot be written, or is something other than a backup.
    """
    try:
        _refuse_other(store, file)
        file.parent.mkdir(parents=True, exist_ok=True)
        with opening.workroom(file.parent, "backup") as room:
            part = room / FILE
            with telling(file), contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy:
                _copy(store.db, store.file, copy, file)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file that needs no journal beside it to be read
                copy.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (_MARK, time.time()))
            _refuse_other(store, file)  # again: copying may have taken minutes
            part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise GalleryProblem(
            "The backup {file} cannot be written: {error}.",
            "The gallery and any older backup are as they were.",
            file=file,
            error=why(error),
        ) from error


def _refuse_other(store: Store, file: Path) -> None:
    if any(path.name.casefold() == FILE or _in_gallery(path.parent) for path in (file, file.resolve())):
        raise GalleryProblem(
            "{file} belongs to a gallery, or would look as if it did.",
            "Nothing was written; name a file in another folder, and not {name}.",
            file=file,
            name=FILE,
        )
    if file.exists() and (file.samefile(store.file) or not _is_backup(file)):
        raise GalleryProblem(
            "{file} is there already and is not a backup of a gallery.",
            "It was left untouched; name another file.",
            file=file,
        )


def _in_gallery(folder: Path) -> bool:
    homes = [folder, *(above.parent for above in (folder, *folder.parents) if above.name in DERIVED)]
    return any((home / FILE).exists() for home in homes)


def _is_backup(file: Path) -> bool:
    if file.is_dir() or not opening.is_ours(file):
        return False
    if any(file.with_name(file.name + end).exists() for end in ("-wal", "-shm")):
        return False  # a gallery that is in use
    # Older backups bear no mark.
    return _marked(file) or not file.with_name(DERIVED[0]).exists()


def _marked(file: Path) -> bool:
    try:
        with contextlib.closing(opening.connect_for_reading(file)) as db:
            return db.execute("SELECT 1 FROM settings WHERE name = ?", (_MARK,)).fetchone() is not None
    except sqlite3.Error:
        return False


def restore(file: Path, folder: Path) -> None:
    """Puts a checked copy of a backup into an empty or new folder. Raises GalleryProblem; nothing is put then."""
    if not file.exists():
        raise GalleryProblem("There is no backup {file}.", "Nothing was restored; look for its name.", file=file)
    opening.inspect(file)
    with opening.in_folder(folder), opening.placed(folder / FILE) as part:
        _refuse_filled(folder)
        with (
            telling(file),
            contextlib.closing(opening.connect_for_reading(file)) as source,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            _copy(source, file, copy, folder / FILE)
        with telling(file), contextlib.closing(opening.connect(part)) as copy:
            _admit(copy, file)
            copy.execute("UPDATE settings SET value = ? WHERE name = 'uuid'", (str(uuid.uuid4()),))
            copy.execute("DELETE FROM settings WHERE name = ?", (_MARK,))
            copy.execute("PRAGMA journal_mode = WAL")


def _refuse_filled(folder: Path) -> None:
    known = {room.name for room in opening.rooms(folder)} | _OF_NOBODY
    others = sorted(path.name for path in folder.iterdir() if path.name not in known)
    if others:
        raise GalleryProblem(
            "{folder} holds other files, such as {other}.",
            "Nothing was restored; name a folder that is empty or new.",
            folder=folder,
            other=others[0],
        )


def _copy(source: sqlite3.Connection, source_file: Path, copy: sqlite3.Connection, copy_file: Path) -> None:
    try:
        source.backup(copy)
    except sqlite3.OperationalError as error:  # a full disk and the like, met while writing
        raise problem_of(error, copy_file) from error
    except sqlite3.Error as error:
        raise problem_of(error, source_file) from error


def _admit(copy: sqlite3.Connection, file: Path) -> None:
    found = [row for (row,) in copy.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"] or copy.execute("PRAGMA foreign_key_check").fetchone():
        raise GalleryProblem(
            "The backup {file} is damaged: {found}.",
            "Nothing was restored; take another backup.",
            file=file,
            found=found[0],
        )
    schema.migrate(copy, schema.STEPS)
