"""Erasing: nothing of the erased stays in the folder, and the past of others stays within reach."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from core.errors import GalleryProblem
from core.gallery import erase, store
from core.gallery.gallery import Gallery
from core.gallery.records import IndexRule

NAME = "Xaverine Quetzalbaum"
PICTURE = bytes(range(97, 123)) * 700  # several pages long
PATH = "photos/secret-place.jpg"


@pytest.fixture
def secret(people, model, new_face):
    """A person with all that could betray them in many places: renamed, annotated, moved about, in an index."""
    face = new_face(1000, picture=PICTURE)
    object.__setattr__(face, "source", PATH)
    people.enroll([(NAME, face), (NAME, new_face(1001))], model=model)
    who = people.find(NAME).id
    people.rename(who, NAME[::-1])
    people.rename(who, NAME)
    people.annotate(who, NAME.upper())
    people.set_index(IndexRule("few", covers="chosen", identities=frozenset({who, 1})))
    (people.folder / "indexes" / "few").mkdir(parents=True)
    (people.folder / "indexes" / "few" / "vector.index").write_bytes(face.features["space"].tobytes())
    (people.folder / "indexes" / "stray").write_text(NAME)
    (people.folder / "jobs").mkdir()
    (people.folder / "jobs" / "tag-1.jsonl").write_text(NAME)
    return face


def traces(folder, face):
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    wanted = [NAME, NAME[::-1], NAME.upper(), PATH, "Quetzal"]
    wanted = [text.encode() for text in wanted] + [PICTURE[:64], PICTURE[-64:], face.features["space"].tobytes()]
    return [text for text in wanted if text in content]


@pytest.mark.parametrize("removed_before", [False, True])
def test_no_byte_stays(people, secret, removed_before):
    assert len(traces(people.folder, secret)) == 8
    who = people.find(NAME).id
    if removed_before:
        people.remove([who])
    people.annotate(1, "someone else")
    result = people.erase([who])
    assert (result.identities, result.faces) == (1, 2)
    assert traces(people.folder, secret) == []
    assert people.check() == []
    assert people.removed() == []
    assert list((people.folder / "indexes").iterdir()) == []
    assert list((people.folder / "jobs").iterdir()) == []
    assert people.index_rule("few").identities == {1}
    people.close()
    assert traces(people.folder, secret) == []


def test_no_byte_stays_of_what_could_be_redone(people, secret):
    who = people.find(NAME).id
    people.move([1], NAME)
    people.undo()
    people.erase([who])
    assert people.next_redo is None
    assert people.identity(1).faces == 3
    assert traces(people.folder, secret) == []


def test_who_was_merged_into_the_erased_goes_too(people, secret):
    people.merge(2, [people.find(NAME).id])
    assert people.erase([2]).identities == 2
    assert traces(people.folder, secret) == []
    assert people.removed() == []
    while people.undo():
        assert people.check() == []
    assert people.identities() == []


def test_the_past_of_others_stays(people, view):
    people.rename(1, "Annika")
    people.rename(2, "Bert")
    people.move([3], 1)  # a face of the one to be erased, kept by another
    people.remove([3])
    assert people.erase([2]).faces == 1
    labels = [str(change.label) for change in people.history()]
    part = "A change of which a part was erased"
    assert labels == ["Remove Carla", part, "Rename Anna to Annika", part]
    people.undo()
    assert view(people)[1] == {1: 1, 2: 1, 3: 1, 4: 1, 6: 3}
    people.undo()  # when face 3 was the erased person's, it seems not to have been there
    assert view(people)[1] == {1: 1, 2: 1, 4: 1, 6: 3}
    people.undo()
    assert people.identity(1).name == "Anna"
    people.undo()
    assert view(people)[:2] == ({}, {})
    for _ in range(4):
        people.redo()
    assert view(people)[1] == {1: 1, 2: 1, 3: 1, 4: 1}
    assert people.check() == []


def test_a_face_that_passed_through_the_erased(people, view):
    people.move([6], 2)
    people.move([6], 1)
    people.erase([2])
    assert view(people)[1] == {1: 1, 2: 1, 4: 1, 6: 1}
    people.undo()
    assert view(people)[1] == {1: 1, 2: 1, 4: 1}
    people.undo()
    assert view(people)[1] == {1: 1, 2: 1, 4: 1, 6: 3}
    people.redo()
    people.redo()
    assert view(people)[1] == {1: 1, 2: 1, 4: 1, 6: 1}


def test_interrupted_erasing_is_finished_at_the_next_opening(people, secret, monkeypatch):
    def die(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(erase, "_delete_derived", die)
    with pytest.raises(KeyboardInterrupt):
        people.erase([people.find(NAME).id])
    monkeypatch.undo()
    assert traces(people.folder, secret) != []
    assert [str(problem) for problem in people.check() if "not written over" in str(problem)]
    people.close()
    with Gallery.open(people.folder) as again:
        assert traces(again.folder, secret) == []
        assert again.check() == []


def test_a_reader_elsewhere_delays_the_last_step(people, secret, monkeypatch):
    monkeypatch.setattr(store, "BUSY_SECONDS", 0.05)
    people._store.db.execute("PRAGMA busy_timeout = 20")
    reader = sqlite3.connect(people.folder / "gallery.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM faces").fetchone()
    who = people.find(NAME).id
    with pytest.raises(GalleryProblem, match="Erased, but"):
        people.erase([who])
    with pytest.raises(GalleryProblem, match="nobody called"):
        people.find(NAME)
    with Gallery.open(people.folder) as again:  # opens all the same
        assert again.check() != []
    reader.close()
    with Gallery.open(people.folder) as again:
        assert again.check() == []
        assert traces(again.folder, secret) == []


def test_erasing_everyone_and_nobody(people):
    assert people.erase([]).faces == 0
    assert len(people.history()) == 1
    assert people.erase([1, 2, 3, 3]).identities == 3
    assert [change.faces for change in people.history()] == [frozenset()]  # what is left: the model in use
    assert people.features("space")[1].shape == (0, 8)
    assert people.owners()[0].dtype == np.int64
