"""The tables of a gallery file and the steps from an older schema to this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

APPLICATION = 0x46466F6C  # "FFol": tells our files from other SQLite files

_FIRST = (
    # Cells of the gallery itself: uuid, name, the model in use, whether an erasure is unfinished.
    "CREATE TABLE settings (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value)",
    """CREATE TABLE identities (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,
    notes TEXT NOT NULL DEFAULT '', cover INTEGER, merged INTEGER, created REAL NOT NULL,
    alive INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX identities_name ON identities (name)",
    # facts: see records.FACTS; one cell, because a listing is as slow as it has columns.
    # identity is NULL only while the face is staged; origin is the identity it was enrolled as.
    """CREATE TABLE faces (id INTEGER PRIMARY KEY AUTOINCREMENT, identity INTEGER REFERENCES identities,
    facts BLOB NOT NULL CHECK (length(facts) >= 64 AND length(facts) % 16 = 0), quality REAL NOT NULL,
    source TEXT NOT NULL, sha256 TEXT NOT NULL, origin INTEGER, alive INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX faces_identity ON faces (identity, alive, quality)",
    # Apart from faces, so that a listing does not step over the pictures.
    """CREATE TABLE crops (face INTEGER PRIMARY KEY REFERENCES faces ON DELETE CASCADE, crop BLOB NOT NULL,
    view BLOB NOT NULL, x REAL NOT NULL, y REAL NOT NULL, scale REAL NOT NULL)""",
    """CREATE TABLE models (id INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    length INTEGER NOT NULL CHECK (length > 0))""",
    """CREATE TABLE features (face INTEGER NOT NULL REFERENCES faces ON DELETE CASCADE,
    model INTEGER NOT NULL REFERENCES models, value BLOB NOT NULL, PRIMARY KEY (face, model))""",
    """CREATE TABLE indexes (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, kind TEXT NOT NULL,
    metric TEXT NOT NULL, parameters TEXT NOT NULL, covers TEXT NOT NULL, alive INTEGER NOT NULL DEFAULT 0)""",
    """CREATE TABLE index_identities (id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule INTEGER NOT NULL REFERENCES indexes ON DELETE CASCADE,
    identity INTEGER NOT NULL REFERENCES identities ON DELETE CASCADE,
    alive INTEGER NOT NULL DEFAULT 0, UNIQUE (rule, identity))""",
    "CREATE INDEX index_identities_identity ON index_identities (identity)",
    # An enrollment under way: its faces wait dead until it is published; see enrolling.py.
    "CREATE TABLE batches (id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE)",
    """CREATE TABLE staging (face INTEGER PRIMARY KEY REFERENCES faces ON DELETE CASCADE,
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE, identity INTEGER, name TEXT)""",
    "CREATE INDEX staging_batch ON staging (batch, name)",
    """CREATE TABLE changes (id INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, vals TEXT NOT NULL,
    seconds REAL NOT NULL, undone INTEGER NOT NULL DEFAULT 0)""",
    # A change holds each cell once, so that the order of its edits does not matter.
    """CREATE TABLE edits (change INTEGER NOT NULL REFERENCES changes ON DELETE CASCADE, tab TEXT NOT NULL,
    col TEXT NOT NULL, row INTEGER NOT NULL, old, new, PRIMARY KEY (change, tab, col, row)) WITHOUT ROWID""",
    "CREATE INDEX edits_row ON edits (tab, row)",
)

_VERDICTS = (
    # What people said about a face of a photo: not this identity; no face at all where identity is NULL.
    """CREATE TABLE verdicts (id INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64), x1 REAL NOT NULL, y1 REAL NOT NULL, x2 REAL NOT NULL,
    y2 REAL NOT NULL, identity INTEGER REFERENCES identities, alive INTEGER NOT NULL DEFAULT 0,
    CHECK (x1 < x2 AND y1 < y2))""",
    "CREATE INDEX verdicts_sha256 ON verdicts (sha256, alive)",
    "CREATE INDEX verdicts_identity ON verdicts (identity)",
)

Step = Sequence[str]  # statements that lead from one version to the next
STEPS: tuple[Step, ...] = (_FIRST, _VERDICTS)


def version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Brings the file to version len(steps): all of it or, when a step fails, nothing."""
    if version(db) >= len(steps):
        return
    db.execute("PRAGMA foreign_keys = OFF")  # a step may rebuild a table that others refer to
    try:
        db.execute("BEGIN IMMEDIATE")
        for step in steps[version(db) :]:  # asked again: another program may have been quicker
            for statement in step:
                db.execute(statement)
        if db.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.IntegrityError("a row refers to one that is not there")
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {max(len(steps), version(db))}")
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("PRAGMA foreign_keys = ON")
