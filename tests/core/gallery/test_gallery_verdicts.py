"""What people say about faces of photos is kept, undone, taken along and erased like everything else."""

from __future__ import annotations

import hashlib
import sqlite3

import pytest

from core.errors import GalleryProblem
from core.gallery import schema
from core.gallery.gallery import Gallery
from core.gallery.records import Verdict

PHOTO = hashlib.sha256(b"a photo").hexdigest()
BOX = (10.0, 10.0, 50.0, 60.0)
NEAR = (12.0, 11.0, 51.0, 62.0)
ELSEWHERE = (100.0, 10.0, 150.0, 60.0)


def said(gallery: Gallery, photo: str | None = None) -> list[tuple[str, tuple[float, ...], int | None]]:
    return [(each.sha256, each.box, each.identity) for each in gallery.verdicts(photo)]


def test_verdicts_are_kept_and_can_be_undone(people):
    change = people.judge([Verdict(PHOTO, BOX, 1)])
    assert str(change.label) == "Not Anna"
    people.judge([Verdict(PHOTO, ELSEWHERE, None)])
    folder = people.folder
    with Gallery.open(folder) as again:
        assert said(again) == [(PHOTO, BOX, 1), (PHOTO, ELSEWHERE, None)]
        assert again.verdicts("0" * 64) == []
        assert str(again.undo().label) == "Not a face"
        assert said(again, PHOTO) == [(PHOTO, BOX, 1)]
        again.redo()
        assert len(again.verdicts()) == 2
        assert again.check() == []


def test_the_same_is_said_once(people):
    people.judge([Verdict(PHOTO, BOX, 1)])
    assert people.judge([Verdict(PHOTO, NEAR, 1)]).id == 0
    assert people.judge([Verdict(PHOTO, ELSEWHERE, 1)]).id
    assert len(people.verdicts()) == 2


def test_taken_back(people):
    people.judge([Verdict(PHOTO, BOX, None)])
    (verdict,) = people.verdicts()
    people.take_back([verdict.id])
    assert people.verdicts() == []
    with pytest.raises(GalleryProblem, match="taken back already"):
        people.take_back([verdict.id])
    people.undo()
    assert people.verdicts() == [verdict]


@pytest.mark.parametrize(
    "verdict", [Verdict("", BOX, 1), Verdict(PHOTO, (5.0, 5.0, 5.0, 9.0), None), Verdict(PHOTO, BOX, 99)]
)
def test_refused_and_nothing_changed(people, verdict):
    before = people.history()
    with pytest.raises(GalleryProblem):
        people.judge([Verdict(PHOTO, ELSEWHERE, 2), verdict])
    assert people.verdicts() == []
    assert people.history() == before


@pytest.mark.parametrize("wrong", [True, False], ids=["not that person", "no face"])
def test_an_enrolled_face_leaves_with_the_verdict_against_it(people, wrong):
    face = people.faces(2)[0]
    verdict = Verdict(face.sha256, face.box, 2 if wrong else None)
    change = people.judge([verdict])
    assert change.faces == {face.id}
    assert face.id not in [each.id for each in people.faces()]
    people.undo()
    assert face.id in [each.id for each in people.faces(2)]


def test_a_face_enrolled_as_another_stays(people):
    face = people.faces(2)[0]
    people.judge([Verdict(face.sha256, face.box, 1), Verdict(face.sha256, ELSEWHERE, 2)])
    assert face.id in [each.id for each in people.faces(2)]


def test_enrolling_the_face_overrules_in_one_step(people, model, new_face):
    face = new_face(50)
    people.judge([Verdict(face.sha256, face.box, 1)])
    people.judge([Verdict(face.sha256, face.box, 2)])
    people.judge([Verdict(face.sha256, face.box, None)])
    people.enroll([(1, face)], model=model)
    assert [each.identity for each in people.verdicts()] == [2]
    people.undo()
    assert [each.identity for each in people.verdicts()] == [1, 2, None]


def test_moving_the_face_overrules(people):
    face = people.faces(1)[0]
    people.judge([Verdict(face.sha256, face.box, 2)])
    people.move([face.id], 2)
    assert people.verdicts() == []


def test_of_merged_and_removed_people(people):
    people.judge([Verdict(PHOTO, BOX, 1)])
    people.merge(3, [1])
    assert [each.identity for each in people.verdicts()] == [3]
    people.remove([3])
    assert people.verdicts() == []
    people.undo()
    people.undo()
    assert [each.identity for each in people.verdicts()] == [1]


def test_erased_with_the_person_and_from_the_history(people):
    people.judge([Verdict(PHOTO, BOX, 1), Verdict(PHOTO, ELSEWHERE, 2)])
    people.judge([Verdict(PHOTO, ELSEWHERE, None)])
    people.erase([1])
    assert [each.identity for each in people.verdicts()] == [2, None]
    assert people.check() == []
    people.undo()
    assert [each.identity for each in people.verdicts()] == [2]
    people.undo()
    assert people.verdicts() == []


def test_what_could_be_redone_is_forgotten(people):
    people.judge([Verdict(PHOTO, BOX, 1)])
    people.undo()
    people.rename(2, "Robert")
    db = sqlite3.connect(people.folder / "gallery.db")
    assert db.execute("SELECT count(*) FROM verdicts").fetchone() == (0,)
    db.close()


def test_check_tells_of_a_verdict_about_nobody(people):
    people.judge([Verdict(PHOTO, BOX, 1)])
    db = sqlite3.connect(people.folder / "gallery.db")
    db.execute("UPDATE verdicts SET identity = 77")
    db.commit()
    db.close()
    assert any("name nobody" in str(problem) for problem in people.check())
    assert people.verdicts() == []


def as_formerly(folder):
    """Takes a gallery back to the schema before there were verdicts."""
    db = sqlite3.connect(folder / "gallery.db")
    db.execute("DROP TABLE verdicts")
    db.execute("PRAGMA user_version = 1")
    db.commit()
    db.close()


def test_a_gallery_of_the_former_schema_opens(people):
    as_formerly(people.folder)
    with Gallery.open(people.folder) as opened:
        assert [each.name for each in opened.identities()] == ["Anna", "Bob", "Carla"]
        opened.judge([Verdict(PHOTO, BOX, 1)])
        assert len(opened.verdicts()) == 1
        assert opened.check() == []


def test_a_migration_that_fails_leaves_the_former_schema(people, monkeypatch):
    people.close()
    as_formerly(people.folder)
    torn = (schema.STEPS[0], (*schema.STEPS[1], "INSERT INTO nowhere VALUES (1)"))
    monkeypatch.setattr(schema, "STEPS", torn)
    with pytest.raises(GalleryProblem):
        Gallery.open(people.folder)
    monkeypatch.undo()
    with Gallery.open(people.folder) as opened:
        assert len(opened.faces()) == 6
        assert opened.verdicts() == []
