"""What people said about faces of photos: this is not that person, this is no face at all."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from core.errors import GalleryProblem, phrase
from core.gallery.history import Step
from core.gallery.people import living
from core.gallery.records import FACTS, Verdict
from core.gallery.store import Store

Box = tuple[float, float, float, float]  # x1 y1 x2 y2


def same_place(one: Box, other: Box) -> bool:
    """Whether two boxes of one photo are of the same face: they share half of what they cover together."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return False
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - wide * high
    return wide * high >= 0.5 * both


def write(step: Step, verdicts: Sequence[Verdict]) -> None:
    """Keeps the verdicts, each once; a face that is enrolled against one of them leaves the gallery."""
    about = [verdict.identity for verdict in verdicts if verdict.identity is not None]
    names = dict(zip(about, living(step.db, about), strict=True))
    for verdict in verdicts:
        _check(verdict)
        if not any(_same(verdict, known) for known in _of_photo(step.db, verdict.sha256)):
            made = step.db.execute(
                "INSERT INTO verdicts (sha256, x1, y1, x2, y2, identity) VALUES (?, ?, ?, ?, ?, ?)",
                (verdict.sha256, *map(float, verdict.box), verdict.identity),
            )
            step.revive("verdicts", made.lastrowid)
        step.set("faces", "alive", _enrolled_against(step.db, verdict), 0)
    if len(verdicts) == 1 and verdicts[0].identity is None:
        step.template = phrase("Not a face")
    elif not names:
        step.template = phrase("Not faces: {count}")
    elif len(names) == 1:
        step.template, step.values["name"] = phrase("Not {name}"), next(iter(names.values()))


def take_back(step: Step, ids: Sequence[int]) -> None:
    """Raises GalleryProblem for one that is not there."""
    found = step.db.execute(
        "SELECT count(*) FROM verdicts WHERE alive = 1 AND id IN (SELECT value FROM json_each(?))", (_json(ids),)
    ).fetchone()[0]
    if found != len(set(ids)):
        raise GalleryProblem(
            "What was said about this face has been taken back already.", "Nothing was changed; look at it again."
        )
    step.set("verdicts", "alive", ids, 0)


def overrule(step: Step, faces: Sequence[int]) -> None:
    """Whoever is enrolled from a face was meant: earlier verdicts against it are taken back with the same change."""
    if step.db.execute("SELECT 1 FROM verdicts WHERE alive = 1 LIMIT 1").fetchone() is None:
        return
    merged = _merged(step.db)
    rows = step.db.execute(
        "SELECT v.id, v.x1, v.y1, v.x2, v.y2, v.identity, f.facts, f.identity FROM faces f"
        " JOIN verdicts v ON v.sha256 = f.sha256 AND v.alive = 1"
        " WHERE f.id IN (SELECT value FROM json_each(?)) AND f.sha256 <> ''",
        (_json(faces),),
    ).fetchall()
    wrong = [
        number
        for number, x1, y1, x2, y2, said, facts, identity in rows
        if (said is None or _resolved(said, merged) == identity)
        and same_place((x1, y1, x2, y2), FACTS.unpack_from(facts)[:4])
    ]
    step.set("verdicts", "alive", wrong, 0)


def read(store: Store, sha256: str | None) -> list[Verdict]:
    """The standing verdicts of all photos or of one, in the order given; those about people who are gone left out."""
    with store.read() as db:
        merged = _merged(db)
        here = {id for (id,) in db.execute("SELECT id FROM identities WHERE alive = 1")}
        found = _of_photo(db, sha256)
    told = (Verdict(v.sha256, v.box, v.identity and _resolved(v.identity, merged), v.id) for v in found)
    return [verdict for verdict in told if verdict.identity is None or verdict.identity in here]


def merged(store: Store) -> dict[int, int]:
    """Merged identity -> whose faces its faces are now."""
    with store.read() as db:
        links = _merged(db)
    return {identity: _resolved(identity, links) for identity in links}


def _of_photo(db: sqlite3.Connection, sha256: str | None) -> list[Verdict]:
    query = "SELECT sha256, x1, y1, x2, y2, identity, id FROM verdicts WHERE alive = 1"
    rows = db.execute(f"{query} ORDER BY id") if sha256 is None else db.execute(f"{query} AND sha256 = ?", (sha256,))
    return [Verdict(digest, (x1, y1, x2, y2), identity, id) for digest, x1, y1, x2, y2, identity, id in rows]


def _merged(db: sqlite3.Connection) -> dict[int, int]:
    return dict(db.execute("SELECT id, merged FROM identities WHERE alive = 0 AND merged IS NOT NULL"))


def _resolved(identity: int, merged: dict[int, int]) -> int:
    """Whose faces those of an identity are now."""
    seen = {identity}
    while identity in merged and merged[identity] not in seen:
        identity = merged[identity]
        seen.add(identity)
    return identity


def _same(one: Verdict, other: Verdict) -> bool:
    return one.identity == other.identity and same_place(one.box, other.box)


def _enrolled_against(db: sqlite3.Connection, verdict: Verdict) -> list[int]:
    rows = db.execute("SELECT id, identity, facts FROM faces WHERE alive = 1 AND sha256 = ?", (verdict.sha256,))
    return [
        face
        for face, identity, facts in rows
        if verdict.identity in (None, identity) and same_place(verdict.box, FACTS.unpack_from(facts)[:4])
    ]


def _check(verdict: Verdict) -> None:
    x1, y1, x2, y2 = verdict.box
    if len(verdict.sha256) != 64 or not (x1 < x2 and y1 < y2):
        raise GalleryProblem(
            "Only faces of photos can be judged, and this one has none.", "Nothing was changed; name the face instead."
        )


def _json(ids: Iterable[int]) -> str:
    return json.dumps([int(id) for id in ids])
