"""Each kind of fault is told by check, and a sound gallery has none."""

from __future__ import annotations

import re

import pytest

FAULTS = {
    "features of a wrong length": ("UPDATE features SET value = x'00' WHERE face = 2", "1 features"),
    "features of no length": ("UPDATE features SET value = zeroblob(32)", "6 features"),
    "features not a number": ("UPDATE features SET value = replace(hex(zeroblob(4)), '00', 'ffff')", "6 features"),
    "lost pictures": ("DELETE FROM crops WHERE face < 3", "2 faces in .* lost their pictures"),
    "faces of the dead": ("UPDATE identities SET alive = 0 WHERE id = 1", "3 faces in .* belong to nobody"),
    "astray": ("UPDATE faces SET identity = 77 WHERE id = 1", "1 rows in .* refer to"),
    "not as declared": ("UPDATE faces SET facts = x'00' WHERE id = 1", "is damaged: CHECK"),
}


def test_a_sound_gallery(people):
    assert people.check() == []


@pytest.mark.parametrize(("fault", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(people, fault, words):
    people._store.db.execute("PRAGMA foreign_keys = OFF")
    people._store.db.execute("PRAGMA ignore_check_constraints = ON")
    people._store.db.execute(fault)
    people._store.db.execute("PRAGMA ignore_check_constraints = OFF")
    found = [str(problem) for problem in people.check()]
    assert any(re.search(words, text) for text in found), found
    assert all(str(people.folder) in text for text in found)
