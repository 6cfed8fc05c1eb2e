"""Enrolling with `once`: a face that is there already is not doubled, whoever brought it and whenever."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from core.gallery import enrolling, history, lease
from core.gallery.gallery import Gallery

STAGED = "SELECT (SELECT count(*) FROM faces WHERE alive = 0), (SELECT count(*) FROM staging), count(*) FROM batches"


@pytest.fixture(autouse=True, params=[3, 256])
def batches(request, monkeypatch):
    monkeypatch.setattr(enrolling, "BATCH_FACES", request.param)


@pytest.fixture
def photos(new_face):
    return [("Anna" if number % 2 else "Bob", new_face(number)) for number in range(8)]


def test_the_same_again_adds_nothing(gallery, model, view, photos):
    first = gallery.enroll(photos, model=model, once=True)
    before = view(gallery)
    again = gallery.enroll(photos, model=model, once=True)
    assert (again.id, again.faces) == (0, frozenset())
    assert view(gallery) == before
    assert gallery._store.row(STAGED) == (0, 0, 0)
    assert not list(gallery.folder.glob("enroll-*"))
    assert [change.id for change in gallery.history()] == [first.id]
    assert gallery.check() == []


def test_only_the_new_are_added(gallery, model, new_face, photos):
    gallery.enroll(photos, model=model, once=True)
    change = gallery.enroll([*photos, ("Carla", new_face(100))], model=model, once=True)
    assert len(change.faces) == 1
    assert str(change.label) == "Enroll a face"
    assert gallery.history()[0].label == change.label
    assert [one.faces for one in gallery.identities()] == [4, 4, 1]
    assert gallery._store.row(STAGED) == (0, 0, 0)
    gallery.undo()
    gallery.redo()
    assert gallery.find("Carla").faces == 1
    assert gallery.check() == []


def test_another_program_enrolls_the_same_meanwhile(gallery, model, photos):
    def stream():
        yield from photos
        with Gallery.open(gallery.folder) as other:  # after our looking, before our writing
            other.enroll(photos[:5], model=model, once=True)

    change = gallery.enroll(stream(), model=model, once=True)
    assert len(change.faces) == 3
    assert len(gallery.owners()[0]) == 8
    assert gallery.check() == []


def test_several_at_once(gallery, model, photos):
    errors: list[Exception] = []

    def work():
        try:
            with Gallery.open(gallery.folder) as mine:
                mine.enroll(photos, model=model, once=True)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(gallery.owners()[0]) == 8


def test_what_makes_a_face_the_same(gallery, model, new_face):
    face = new_face(1)
    gallery.enroll([("Anna", face)], model=model, once=True)
    nearby = dataclasses.replace(face, box=(face.box[0] + 0.2, *face.box[1:]), source="copy.jpg")
    beside = dataclasses.replace(face, box=(face.box[0] + 9, *face.box[1:]))
    edited = dataclasses.replace(face, sha256="f" * 64)
    assert gallery.enroll([("Anna", nearby)], model=model, once=True).id == 0
    assert len(gallery.enroll([("Anna", beside), ("Anna", edited)], model=model, once=True).faces) == 2
    assert len(gallery.enroll([("Bob", face)], model=model, once=True).faces) == 1  # somebody else
    assert len(gallery.enroll([("Carla", face), ("Carla", nearby)], model=model, once=True).faces) == 1


def test_what_is_removed_or_has_no_file_does_not_count(gallery, model, new_face):
    face, live = new_face(1), dataclasses.replace(new_face(2), sha256="")
    gallery.enroll([("Anna", face), ("Anna", live)], model=model)
    gallery.remove_faces([1])
    assert len(gallery.enroll([("Anna", face), ("Anna", live)], model=model, once=True).faces) == 2


def test_without_once_all_are_added(gallery, model, photos):
    gallery.enroll(photos, model=model)
    assert len(gallery.enroll(photos, model=model).faces) == 8


def test_a_name_that_is_no_more_is_a_new_person(gallery, model, photos):
    gallery.enroll(photos, model=model)
    gallery.remove([identity.id for identity in gallery.identities()])
    assert len(gallery.enroll(photos, model=model, once=True).faces) == 8


@pytest.mark.parametrize("once", [True, False])
def test_a_failure_at_the_very_end_leaves_nothing(gallery, model, photos, monkeypatch, once):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(history, "read_change", fail)
    with pytest.raises(KeyboardInterrupt):
        gallery.enroll(photos, model=model, once=once)
    assert gallery._store.row(STAGED) == (0, 0, 0)
    assert gallery.identities() == []


def test_a_lease_that_another_program_takes_for_one_left(gallery, model, photos, monkeypatch):
    real, taken = lease._locked, []

    def locked(file, mode):
        if not taken:
            taken.append(real(file, mode))  # an opening program, which saw the file before it was locked
        return real(file, mode)

    monkeypatch.setattr(lease, "_locked", locked)
    try:
        assert len(gallery.enroll(photos, model=model).faces) == 8
    finally:
        for db in taken:
            db.close()
