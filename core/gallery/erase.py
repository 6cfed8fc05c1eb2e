"""Erasing people for good, for privacy: the one act that cannot be undone.

Their identities, faces, crops, features, what was said of them and every trace of them in the history leave the
file, whose freed bytes are written over; the write-ahead log is emptied; indexes and journals of tagging are deleted,
for they are made anew. Past states of other people stay within reach of undo, as if the erased had never been there.
Who was merged into an erased person is erased as well. What can be redone is given up, as after any change.

Out of reach, and to be seen to by whoever erases: backups and copies elsewhere, the photos themselves, paths of
photos and notes kept with other people, and what the disk itself keeps of deleted files.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.errors import GalleryProblem, why
from core.gallery import store as waiting
from core.gallery.history import forget_undone
from core.gallery.opening import clear_left
from core.gallery.records import Erased
from core.gallery.store import Store

DERIVED = ("indexes", "jobs")  # folders beside the file that hold names or features, and are made anew
_PART = "A change of which a part was erased"


def erase(store: Store, identities: Sequence[int]) -> Erased:
    """Erases living or removed people. Raises GalleryProblem for one who is not there, or when bytes could not be
    written over yet; the people are gone then all the same, and the rest is finished at the next opening.
    """
    if len(identities) == 0:
        return Erased(0, 0)
    with store.write() as db:
        forget_undone(db)
        erased = _with_merged(db, identities)
        ids = json.dumps(sorted(erased))
        faces = _column(db, f"SELECT id FROM faces WHERE identity IN ({_EACH})", ids)
        faces += _column(db, f"SELECT face FROM staging WHERE identity IN ({_EACH})", ids)
        _rewrite_history(db, erased, faces)
        db.execute(f"UPDATE faces SET origin = NULL WHERE origin IN ({_EACH})", (ids,))
        db.execute(f"DELETE FROM verdicts WHERE identity IN ({_EACH})", (ids,))
        db.execute(f"DELETE FROM faces WHERE id IN ({_EACH})", (json.dumps(faces),))
        db.execute(f"DELETE FROM identities WHERE id IN ({_EACH})", (ids,))
        db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES ('erasing', 1)")
    finish(store, seconds=waiting.BUSY_SECONDS)
    return Erased(len(erased), len(faces))


def finish(store: Store, *, seconds: float) -> None:
    """The second half of erasing, done again after a failure: nothing of the erased stays in the gallery's files.

    Waits as long as `seconds` for other programs to pause. Raises GalleryProblem; nothing is lost then.
    """
    if store.row("SELECT 1 FROM settings WHERE name = 'erasing'") is None:
        return
    for name in DERIVED:
        _delete_derived(store.file.parent / name)
    clear_left(store.file.parent)
    try:
        store.db.execute("VACUUM")
        error = "" if _emptied(store, time.monotonic() + seconds) else "another program uses it"
    except sqlite3.Error as problem:
        error = str(problem)
    if error:
        raise GalleryProblem(
            "Erased, but the freed bytes of {file} are not written over yet: {error}.",
            "They will be when the gallery is opened next; close other programs that use it and open it again.",
            file=store.file,
            error=error,
        )
    with store.write() as db:
        db.execute("DELETE FROM settings WHERE name = 'erasing'")


_EACH = "SELECT value FROM json_each(?)"


def _emptied(store: Store, end: float) -> bool:
    # SQLite itself waits for a reader, but not for a program that writes the journal faster than it is emptied.
    while store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() >= end:
            return False
        time.sleep(0.01)
    return True


def _with_merged(db: sqlite3.Connection, identities: Sequence[int]) -> set[int]:
    known = set(
        _column(db, f"SELECT id FROM identities WHERE id IN ({_EACH})", json.dumps([int(i) for i in identities]))
    )
    for identity in identities:
        if identity not in known:
            raise GalleryProblem("There is no person #{id}.", "Nobody was erased.", id=identity)
    newest = known
    while newest:
        query = f"SELECT id FROM identities WHERE alive = 0 AND merged IN ({_EACH})"
        newest = set(_column(db, query, json.dumps(sorted(newest)))) - known
        known = known | newest
    return known


def _rewrite_history(db: sqlite3.Connection, erased: set[int], faces: Iterable[int]) -> None:
    people = json.dumps(sorted(erased))
    marks = _column(db, f"SELECT id FROM index_identities WHERE identity IN ({_EACH})", people)
    said = _column(db, f"SELECT id FROM verdicts WHERE identity IN ({_EACH})", people)
    gone = {"identities": sorted(erased), "faces": list(faces), "index_identities": marks, "verdicts": said}
    touched: set[int] = set()
    for table, rows in gone.items():
        query = f"SELECT DISTINCT change FROM edits WHERE tab = ? AND row IN ({_EACH})"
        touched |= {change for (change,) in db.execute(query, (table, json.dumps(rows)))}
        db.execute(f"DELETE FROM edits WHERE tab = ? AND row IN ({_EACH})", (table, json.dumps(rows)))
    query = (
        "SELECT DISTINCT row FROM edits WHERE tab = 'faces' AND col = 'identity'"
        f" AND (old IN ({_EACH}) OR new IN ({_EACH}))"
    )
    for (face,) in db.execute(query, (people, people)).fetchall():
        touched |= _rewrite_face(db, face, erased)
    changes = json.dumps(sorted(touched))
    # A label may name the erased.
    db.execute(f"UPDATE changes SET label = ?, vals = '{{}}' WHERE id IN ({_EACH})", (_PART, changes))
    db.execute(
        f"DELETE FROM changes WHERE id IN ({_EACH}) AND NOT EXISTS (SELECT 1 FROM edits WHERE change = changes.id)",
        (changes,),
    )


def _rewrite_face(db: sqlite3.Connection, face: int, erased: set[int]) -> set[int]:
    """A face that others have now: while it belonged to an erased person, it shall seem not to have been there."""
    edits = db.execute(
        "SELECT change, col, old, new FROM edits WHERE tab = 'faces' AND row = ? ORDER BY change", (face,)
    ).fetchall()
    owners = [old for _, column, old, _ in edits if column == "identity"][:1]
    owners += [new for _, column, _, new in edits if column == "identity"]
    owner = next(owner for owner in owners if owner not in erased)
    real = {"identity": owners[0], "alive": 0}  # every face is inserted dead
    told = {"identity": owner, "alive": 0}
    db.execute("DELETE FROM edits WHERE tab = 'faces' AND row = ?", (face,))
    for change in dict.fromkeys(change for change, *_ in edits):
        real |= {column: new for number, column, _, new in edits if number == change}
        hidden = real["identity"] in erased
        after = {"identity": told["identity"] if hidden else real["identity"], "alive": 0 if hidden else real["alive"]}
        db.executemany(
            "INSERT INTO edits (change, tab, col, row, old, new) VALUES (?, 'faces', ?, ?, ?, ?)",
            [(change, column, face, told[column], after[column]) for column in told if told[column] != after[column]],
        )
        told = after
    return {change for change, *_ in edits}


def _delete_derived(folder: Path) -> None:
    try:
        for entry in list(folder.iterdir()) if folder.is_dir() else []:
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    except OSError as error:
        raise GalleryProblem(
            "Erased, but an index or a journal could not be deleted: {error}.",
            "It will be when the gallery is opened next; close other programs that use it and open it again.",
            error=why(error),
        ) from error


def _column(db: sqlite3.Connection, query: str, *values: str) -> list[int]:
    return [value for (value,) in db.execute(query, values)]
