"""Changes as lists of cell edits: undo writes the old cells, redo the new ones."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from core.errors import GalleryProblem, Text
from core.gallery.records import Change
from core.gallery.store import Store

# The only names that ever reach SQL from an edit, whatever a damaged or hostile file holds.
CELLS = {
    "identities": frozenset({"name", "notes", "cover", "merged", "alive"}),
    "faces": frozenset({"identity", "alive"}),
    "settings": frozenset({"value"}),
    "indexes": frozenset({"kind", "metric", "parameters", "covers", "alive"}),
    "index_identities": frozenset({"alive"}),
    "verdicts": frozenset({"alive"}),
}
_DYING = ("verdicts", "faces", "index_identities", "indexes", "identities")  # tables with an `alive`, children first
_UNDO = "SELECT max(id) FROM changes WHERE undone = 0"
_REDO = "SELECT min(id) FROM changes WHERE undone = 1"


class Recorder:
    """Sets cells within one change and remembers what they held."""

    def __init__(self, db: sqlite3.Connection, change: int) -> None:
        self.db = db
        self.change = change

    def set(self, table: str, column: str, rows: Iterable[int], value: Any) -> None:
        """Sets one column of the rows to one value; cells that hold it already are left out."""
        _check(table, column)
        ids = json.dumps([int(row) for row in rows])
        self.db.execute(
            f"INSERT INTO edits (change, tab, col, row, old, new) SELECT ?, ?, ?, id, {column}, ? FROM {table}"
            f" WHERE id IN (SELECT value FROM json_each(?)) AND {column} IS NOT ?"
            " ON CONFLICT (change, tab, col, row) DO UPDATE SET new = excluded.new",
            (self.change, table, column, value, ids, value),
        )
        self.db.execute(
            f"UPDATE {table} SET {column} = ? WHERE id IN (SELECT value FROM json_each(?)) AND {column} IS NOT ?",
            (value, ids, value),
        )

    def revive(self, table: str, row: int | None) -> int:
        """Brings a row alive that was just inserted dead; gives its id."""
        if row is None:
            raise AssertionError("an insert gives an id")
        self.set(table, "alive", [row], 1)
        return row


class Step:
    """What `changing` hands out: the recorder, and after the block the change made."""

    def __init__(self, recorder: Recorder, template: str, values: dict[str, Any]) -> None:
        self.set = recorder.set
        self.revive = recorder.revive
        self.db = recorder.db
        self.template = template  # of the label; a block may tell better at its end
        self.values = values  # of the label; a block fills in what it learns on its way
        self.change = Change(0, Text(template, values), 0.0)


@contextlib.contextmanager
def changing(store: Store, template: str, /, **values: Any) -> Iterator[Step]:
    """One undoable change under the label `template`: a transaction, after which `step.change` tells what was touched.

    A block that sets no cell leaves no trace (its change has the id 0); any other clears what could be redone.
    """
    with store.write() as db:
        cursor = db.execute("INSERT INTO changes (label, vals, seconds) VALUES (?, '{}', ?)", (template, time.time()))
        number = int(cursor.lastrowid or 0)
        step = Step(Recorder(db, number), template, values)
        yield step
        db.execute(
            "UPDATE changes SET label = ?, vals = ? WHERE id = ?",
            (step.template, json.dumps(values, default=str), number),
        )
        if db.execute("SELECT 1 FROM edits WHERE change = ? LIMIT 1", (number,)).fetchone():
            forget_undone(db)
            step.change = read_change(db, number)
        else:
            db.execute("ROLLBACK")


def undo(store: Store, only: int | None = None) -> Change | None:
    return _move(store, _UNDO, "old", only)


def redo(store: Store) -> Change | None:
    return _move(store, _REDO, "new")


def _move(store: Store, query: str, value: Literal["old", "new"], only: int | None = None) -> Change | None:
    with store.write() as db:
        number = db.execute(query).fetchone()[0]
        if only is not None and number != only:
            raise GalleryProblem(
                "This was not undone, because the gallery has been changed since, or it was undone already.",
                "Nothing was changed. Undo the newer changes first: Edit, Undo.",
            )
        if number is None:
            db.execute("ROLLBACK")
            return None
        apply(db, number, value)
        db.execute("UPDATE changes SET undone = ? WHERE id = ?", (value == "old", number))
        return read_change(db, number)


def apply(db: sqlite3.Connection, change: int, value: Literal["old", "new"]) -> None:
    """Writes the old or the new cells of a change."""
    for table, column in db.execute("SELECT DISTINCT tab, col FROM edits WHERE change = ?", (change,)).fetchall():
        _check(table, column)
        db.execute(
            f"UPDATE {table} SET {column} = edits.{value} FROM edits"
            f" WHERE edits.change = ? AND edits.tab = ? AND edits.col = ? AND edits.row = {table}.id",
            (change, table, column),
        )


def forget_undone(db: sqlite3.Connection) -> None:
    """Drops the changes that could be redone, and the rows that only they could bring back."""
    undone = "SELECT id FROM changes WHERE undone = 1"
    rows: dict[str, list[int]] = {table: [] for table in _DYING}
    for table, row in db.execute(f"SELECT DISTINCT tab, row FROM edits WHERE change IN ({undone})"):
        if table in rows:
            rows[table].append(row)
    db.execute("DELETE FROM changes WHERE undone = 1")
    for table in _DYING:
        db.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?)) AND alive = 0"
            " AND NOT EXISTS (SELECT 1 FROM edits WHERE tab = ? AND row = id)",
            (json.dumps(rows[table]), table),
        )


def history(store: Store, limit: int) -> list[Change]:
    """The newest changes first, undone ones among them."""
    with store.read() as db:
        numbers = db.execute("SELECT id FROM changes ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        return [read_change(db, number) for (number,) in numbers]


def next_undo(store: Store) -> Change | None:
    return _next(store, _UNDO)


def next_redo(store: Store) -> Change | None:
    return _next(store, _REDO)


def _next(store: Store, query: str) -> Change | None:
    with store.read() as db:
        number = db.execute(query).fetchone()[0]
        return None if number is None else read_change(db, number)


def read_change(db: sqlite3.Connection, number: int) -> Change:
    label, values, seconds, undone = db.execute(
        "SELECT label, vals, seconds, undone FROM changes WHERE id = ?", (number,)
    ).fetchone()
    identities, faces, indexes = _touched(db, number)
    return Change(number, Text(label, json.loads(values)), seconds, identities, faces, indexes, bool(undone))


def _touched(db: sqlite3.Connection, number: int) -> tuple[frozenset[int], frozenset[int], frozenset[str]]:
    edits = db.execute("SELECT tab, col, row, old, new FROM edits WHERE change = ?", (number,)).fetchall()
    faces = frozenset(row for table, _, row, _, _ in edits if table == "faces")
    identities = {row for table, _, row, _, _ in edits if table == "identities"}
    for table, column, _, old, new in edits:
        if (table, column) == ("faces", "identity"):
            identities |= {old, new}
    identities |= _ids(db, "SELECT identity FROM faces", faces)
    rules = {row for table, _, row, _, _ in edits if table == "indexes"}
    rules |= _ids(
        db, "SELECT rule FROM index_identities", {row for table, _, row, _, _ in edits if table == "index_identities"}
    )
    return frozenset(identities - {None}), faces, frozenset(_ids(db, "SELECT name FROM indexes", rules))


def _ids(db: sqlite3.Connection, query: str, rows: Iterable[int]) -> set[Any]:
    found = db.execute(f"{query} WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(rows)),))
    return {value for (value,) in found}


def _check(table: str, column: str) -> None:
    if column not in CELLS.get(table, ()):
        raise GalleryProblem(
            "The history of this gallery is damaged: it names {table}.{column}.",
            "Nothing was changed; restore a backup into a new folder.",
            table=table,
            column=column,
        )
