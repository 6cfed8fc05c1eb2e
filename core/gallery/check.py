"""Everything that can be wrong inside a gallery file, in words."""

from __future__ import annotations

import numpy as np

from core.errors import GalleryProblem, Problem, phrase
from core.gallery.features import unit_length
from core.gallery.store import Store

_RESTORE = "Keep a copy of the file as it is, and restore a backup into a new folder."
_COUNTS = (
    (
        "SELECT count(*) FROM faces f WHERE alive = 1 AND NOT EXISTS (SELECT 1 FROM crops WHERE face = f.id)",
        phrase("{many} faces in {file} have lost their pictures."),
        phrase("Their features are there, so that they are recognized; enroll them anew to have the pictures."),
    ),
    (
        "SELECT count(*) FROM faces f LEFT JOIN identities i ON i.id = f.identity WHERE f.alive = 1"
        " AND i.alive IS NOT 1",
        phrase("{many} faces in {file} belong to nobody."),
        _RESTORE,
    ),
    (
        "SELECT count(*) FROM verdicts v WHERE v.alive = 1 AND v.identity IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM identities WHERE id = v.identity)",
        phrase("{many} verdicts about faces of photos in {file} name nobody."),
        phrase("They are passed over; the people and their faces are not affected."),
    ),
    (
        "SELECT count(*) FROM settings WHERE name = 'erasing'",
        phrase("Erased people have left {file}, but its freed bytes are not written over yet."),
        phrase("Close other programs that use the gallery and open it again."),
    ),
)


def check(store: Store) -> list[Problem]:
    """One problem for each kind of fault; empty when all is well."""
    found: list[Problem] = []
    try:
        damage = [row for (row,) in store.rows("PRAGMA integrity_check(10)") if row != "ok"]
        if damage:
            found.append(
                GalleryProblem("{file} is damaged: {damage}.", _RESTORE, file=store.file, damage="; ".join(damage))
            )
        astray = len(store.rows("PRAGMA foreign_key_check"))
        if astray:
            text = "{many} rows in {file} refer to what is not there."
            found.append(GalleryProblem(text, _RESTORE, many=astray, file=store.file))
        for query, message, hint in _COUNTS:
            many = store.row(query)[0]
            if many:
                found.append(GalleryProblem(message, hint, many=many, file=store.file))
        found += _features(store)
    except GalleryProblem as problem:  # too damaged even to look
        found.append(problem)
    return found


def _features(store: Store) -> list[Problem]:
    wrong, last = 0, 0
    while rows := store.rows(
        "SELECT x.rowid, x.value, m.length FROM features x JOIN models m ON m.id = x.model WHERE x.rowid > ?"
        " ORDER BY x.rowid LIMIT 4096",
        (last,),
    ):
        last = rows[-1][0]
        whole = [value for _, value, length in rows if len(value) == 4 * length]
        wrong += len(rows) - len(whole)
        for size in set(map(len, whole)):
            block = np.frombuffer(b"".join(value for value in whole if len(value) == size), "<f4").reshape(
                -1, size // 4
            )
            wrong += int(np.count_nonzero(~unit_length(block)))
    if not wrong:
        return []
    return [
        GalleryProblem(
            "{many} features in {file} are damaged.",
            "Make them anew from the stored pictures, or restore a backup into a new folder.",
            many=wrong,
            file=store.file,
        )
    ]
