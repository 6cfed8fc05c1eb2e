"""Rules about who is there: living identities and faces, and people by name."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from typing import Any

from core.errors import GalleryProblem, phrase
from core.gallery.history import Step
from core.gallery.names import clean_name
from core.gallery.reading import ambiguous

_GONE = "Nothing was changed; somebody may have been removed meanwhile. Look at the list of people."


def living(db: sqlite3.Connection, identities: Iterable[int]) -> list[str]:
    """Their names, in the order given. Raises GalleryProblem naming the first who is not there."""
    return _living(db, "SELECT id, name FROM identities", identities, phrase("There is no person #{id}."))


def living_faces(db: sqlite3.Connection, faces: Iterable[int]) -> list[int]:
    """The identities of the faces, in the order given. Raises GalleryProblem naming the first that is not there."""
    return _living(db, "SELECT id, identity FROM faces", faces, phrase("There is no face #{id}."))


def _living(db: sqlite3.Connection, query: str, ids: Iterable[int], message: str) -> list[Any]:
    wanted = [int(id) for id in ids]
    found = dict(
        db.execute(f"{query} WHERE alive = 1 AND id IN (SELECT value FROM json_each(?))", (json.dumps(wanted),))
    )
    for id in wanted:
        if id not in found:
            raise GalleryProblem(message, _GONE, id=id)
    return [found[id] for id in wanted]


def named(step: Step, name: str) -> int:
    """The living identity of that name, made when there is none. Raises GalleryProblem when several have it."""
    name = clean_name(name)
    rows = step.db.execute("SELECT id FROM identities WHERE name = ? AND alive = 1 ORDER BY id", (name,))
    ids = [id for (id,) in rows]
    if len(ids) > 1:
        raise ambiguous(name, ids)
    return int(ids[0]) if ids else created(step, name)


def created(step: Step, name: str) -> int:
    """A new identity of that clean name, whoever else has it."""
    made = step.db.execute("INSERT INTO identities (name, created) VALUES (?, ?)", (name, time.time()))
    return step.revive("identities", made.lastrowid)
