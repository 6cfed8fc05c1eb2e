"""A gallery as one file, and back."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import uuid
from pathlib import Path

from core.errors import GalleryProblem
from core.files import sync_folder
from core.gallery import opening, schema
from core.gallery.store import FILE, Store, problem_of, telling


def backup(store: Store, file: Path) -> None:
    """Writes one state of the gallery, whatever others write meanwhile. The old file stays until the new is whole.

    Raises GalleryProblem when `file` cannot be written, or is something other than a backup.
    """
    try:
        _refuse_other(store, file)
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-", ignore_cleanup_errors=True) as beside:
            part = Path(beside) / FILE
            with telling(file), contextlib.closing(sqlite3.connect(part)) as copy:
                _copy(store.db, store.file, copy, file)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file that needs no journal beside it to be read
            part.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise GalleryProblem(
            "The backup {file} cannot be written: {error}.",
            "The gallery and any older backup are as they were.",
            file=file,
            error=error,
        ) from error


def _refuse_other(store: Store, file: Path) -> None:
    if file.exists() and (file.is_dir() or not opening.is_ours(file) or file.samefile(store.file)):
        raise GalleryProblem(
            "{file} is there already and is not a backup of a gallery.",
            "It was left untouched; name another file.",
            file=file,
        )


def restore(file: Path, folder: Path) -> None:
    """Puts a checked copy of a backup into a folder that has no gallery. Raises GalleryProblem; nothing is put then."""
    opening.inspect(file)
    with opening.in_folder(folder), opening.placed(folder / FILE) as part:
        with (
            telling(file),
            contextlib.closing(opening.connect_for_reading(file)) as source,
            contextlib.closing(sqlite3.connect(part)) as copy,
        ):
            _copy(source, file, copy, folder / FILE)
        with telling(file), contextlib.closing(opening.connect(part)) as copy:
            _admit(copy, file)
            copy.execute("UPDATE settings SET value = ? WHERE name = 'uuid'", (str(uuid.uuid4()),))
            copy.execute("PRAGMA journal_mode = WAL")


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
