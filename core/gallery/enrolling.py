"""Enrolling any number of faces in one change without holding them all, nor the gallery, meanwhile.

Faces are written dead, batch by batch, and brought alive together in the one transaction that is the change. Others
may write between the batches. What a killed program leaves is known by its lease and cleared at the next opening.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
import uuid
from types import TracebackType
from typing import Any

import numpy as np

from core.errors import GalleryProblem
from core.gallery.features import encoded, register
from core.gallery.history import Step
from core.gallery.lease import Lease, ended, tokens
from core.gallery.names import clean_name, storable
from core.gallery.people import living, named
from core.gallery.records import FACTS, FeatureModel, NewFace
from core.gallery.store import Store
from core.gallery.verdicts import overrule

BATCH_FACES = 256
BATCH_BYTES = 8 << 20


class Enrollment:
    """Takes faces one by one; `publish` makes them part of the gallery. Left without it, nothing remains."""

    def __init__(self, store: Store, model: FeatureModel) -> None:
        self._store = store
        self._model = model
        self._waiting: list[tuple[int | str, NewFace]] = []
        self._bytes = 0
        self._token = uuid.uuid4().hex
        self._lease: Lease | None = None
        self._batch: int | None = None
        self._published = False
        self.count = 0

    def __enter__(self) -> Enrollment:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._lease is None:
            return
        if kind is not None or not self._published:
            # The error under way says more; what stays is cleared at the next opening.
            with contextlib.suppress(GalleryProblem), self._store.write() as db:
                _clear(db, self._token)
        self._lease.close()

    def add(self, who: int | str, face: NewFace) -> None:
        self._waiting.append((clean_name(who) if isinstance(who, str) else int(who), face))
        self._bytes += len(face.crop) + len(face.view)
        self.count += 1
        if len(self._waiting) >= BATCH_FACES or self._bytes >= BATCH_BYTES:
            self._lease = self._lease or self._leased()
            with self._store.write() as db:
                batch = self._stage(db)
            self._batch, self._bytes = batch, 0
            self._waiting.clear()

    def _leased(self) -> Lease:
        # Who opens the gallery just now may look at the new lease before it is locked, and take it for one left.
        for _ in range(9):
            with contextlib.suppress(GalleryProblem):
                return Lease(self._store.file.parent, self._token)
            self._token = uuid.uuid4().hex
        return Lease(self._store.file.parent, self._token)

    def _stage(self, db: sqlite3.Connection) -> int:
        batch = self._batch
        if batch is None:
            batch = int(db.execute("INSERT INTO batches (token) VALUES (?)", (self._token,)).lastrowid or 0)
        models: dict[str, tuple[int, FeatureModel]] = {}
        for who, face in self._waiting:
            row = _insert(db, face)
            db.execute(
                "INSERT INTO staging (face, batch, identity, name) VALUES (?, ?, ?, ?)",
                (row, batch, *((None, who) if isinstance(who, str) else (who, None))),
            )
            for space, feature in face.features.items():
                if space not in models:
                    models[space] = _model(db, self._model, space, len(feature))
                number, model = models[space]
                value = encoded(np.asarray(feature)[None], model)[0]
                db.execute("INSERT INTO features (face, model, value) VALUES (?, ?, ?)", (row, number, value))
        return batch

    def publish(self, step: Step, *, once: bool = False) -> int:
        """Brings all faces alive, within the transaction of `step`; with `once` only those not there. How many."""
        batch = self._stage(step.db)
        _name(step, batch)
        faces = [face for (face,) in step.db.execute("SELECT face FROM staging WHERE batch = ?", (batch,))]
        if len(faces) != self.count:
            raise GalleryProblem(
                "Some of the faces that were being enrolled were erased meanwhile.", "Nobody was enrolled; do it again."
            )
        identities = step.db.execute("SELECT DISTINCT identity FROM staging WHERE batch = ?", (batch,))
        living(step.db, [identity for (identity,) in identities])
        step.db.execute(
            "UPDATE faces SET identity = s.identity, origin = s.identity FROM staging s"
            " WHERE s.batch = ? AND s.face = faces.id",
            (batch,),
        )
        if once:
            twice = _drop_known(step.db, batch)
            faces = [face for face in faces if face not in twice]
            if not faces:
                return 0  # what was staged is taken away when the enrollment ends
        step.set("faces", "alive", faces, 1)
        overrule(step, faces)
        use_first(step, register(step.db, self._model))
        step.db.execute("DELETE FROM batches WHERE id = ?", (batch,))
        self._published = True
        return len(faces)


def _drop_known(db: sqlite3.Connection, batch: int) -> set[int]:
    """Deletes the staged faces that their identity has already; their ids."""
    dropped: set[int] = set()
    staged = "EXISTS (SELECT 1 FROM staging WHERE face = faces.id AND batch = ?)"
    identities = db.execute("SELECT DISTINCT identity FROM staging WHERE batch = ?", (batch,)).fetchall()
    for (identity,) in identities:  # one after the other, so that only the faces of one are held
        rows = "SELECT id, sha256, facts FROM faces WHERE identity = ? AND sha256 <> '' AND alive ="
        known = {_key(*row) for _, *row in db.execute(f"{rows} 1", (identity,))}
        for face, *row in db.execute(f"{rows} 0 AND {staged} ORDER BY id", (identity, batch)):
            if (key := _key(*row)) in known:
                dropped.add(face)
            known.add(key)
    db.execute("DELETE FROM faces WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(dropped)),))
    return dropped


def _key(sha256: str, facts: bytes) -> tuple[Any, ...]:
    return sha256, *map(round, FACTS.unpack_from(facts)[:4])


def _name(step: Step, batch: int) -> None:
    names = step.db.execute(
        "SELECT name FROM staging WHERE batch = ? AND name IS NOT NULL GROUP BY name ORDER BY min(face)", (batch,)
    ).fetchall()
    step.db.executemany(
        "UPDATE staging SET identity = ? WHERE batch = ? AND name = ?",
        [(named(step, name), batch, name) for (name,) in names],
    )


def use_first(step: Step, model: int) -> None:
    """A gallery without a model in use takes the one it is given first."""
    (row, used) = step.db.execute("SELECT id, value FROM settings WHERE name = 'model'").fetchone()
    if used is None:
        step.set("settings", "value", [row], model)


def _insert(db: sqlite3.Connection, face: NewFace) -> int:
    facts = face.facts(time.time())
    cursor = db.execute(
        "INSERT INTO faces (facts, quality, source, sha256) VALUES (?, ?, ?, ?)",
        (facts, float(face.quality), storable(face.source), face.sha256),
    )
    row = int(cursor.lastrowid or 0)
    db.execute(
        "INSERT INTO crops (face, crop, view, x, y, scale) VALUES (?, ?, ?, ?, ?, ?)",
        (row, face.crop, face.view, *map(float, face.view_origin), float(face.view_scale)),
    )
    return row


def _model(db: sqlite3.Connection, given: FeatureModel, space: str, length: int) -> tuple[int, FeatureModel]:
    if space == given.space:
        return register(db, given), given
    row = db.execute("SELECT name, length FROM models WHERE space = ?", (space,)).fetchone()
    model = FeatureModel(space, *(row or (space, length)))
    return register(db, model), model


def clear_abandoned(store: Store) -> None:
    """Removes what programs that died while enrolling left; leaves alone who is at work."""
    folder = store.file.parent
    staged = {token for (token,) in store.rows("SELECT token FROM batches")}
    dead = {token for token in staged | tokens(folder) if ended(folder, token)} & staged
    if dead:
        with store.write() as db:
            for token in dead:
                _clear(db, token)


def _clear(db: sqlite3.Connection, token: str) -> None:
    batch = "SELECT id FROM batches WHERE token = ?"
    db.execute(f"DELETE FROM faces WHERE id IN (SELECT face FROM staging WHERE batch IN ({batch}))", (token,))
    db.execute("DELETE FROM batches WHERE token = ?", (token,))
