"""Enrolling many: in batches, all or nothing, beside other programs; and what a full disk does to a change."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from core.errors import GalleryProblem
from core.gallery import enrolling, lease
from core.gallery.gallery import Gallery
from core.gallery.lease import Lease, ended, tokens

STAGED = "SELECT (SELECT count(*) FROM faces WHERE alive = 0), (SELECT count(*) FROM staging), count(*) FROM batches"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(enrolling, "BATCH_FACES", 4)


def staged(gallery):
    return gallery._store.row(STAGED)


def locks(gallery):
    return list(gallery.folder.glob("enroll-*"))


def test_many_batches_are_one_change(gallery, model, new_face):
    change = gallery.enroll(((f"Person {number // 3}", new_face()) for number in range(30)), model=model)
    assert len(change.faces) == 30
    assert [one.faces for one in gallery.identities()] == [3] * 10
    assert len(gallery.history()) == 1
    assert staged(gallery) == (0, 0, 0)
    assert locks(gallery) == []
    gallery.undo()
    assert gallery.identities() == []
    gallery.redo()
    assert len(gallery.identities()) == 10
    assert gallery.check() == []


def test_large_pictures_end_a_batch_sooner(gallery, model, new_face, monkeypatch):
    monkeypatch.setattr(enrolling, "BATCH_BYTES", 100)

    def stream():
        for number in range(3):
            yield "Anna", new_face(picture=b"x" * 200)
            assert staged(gallery)[1] == number + 1

    gallery.enroll(stream(), model=model)
    assert gallery.find("Anna").faces == 3


@pytest.mark.parametrize("many", [1, 9])
def test_a_stream_that_breaks_leaves_nothing(people, view, model, new_face, many):
    before = view(people)

    def stream():
        for _ in range(many):
            yield "Dora", new_face()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        people.enroll(stream(), model=model)
    assert view(people) == before
    assert staged(people) == (0, 0, 0)
    assert locks(people) == []
    assert len(people.history()) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda face: (" ", face),
        lambda face: (99, face),
        lambda face: ("Anna", [face, face.features.update(space=face.features["space"] * 2)][0]),
        lambda face: ("Anna", [face, face.features.update(space=face.features["space"][:5])][0]),
    ],
    ids=["name", "nobody", "length", "numbers"],
)
@pytest.mark.parametrize("many", [1, 9])
def test_one_bad_face_enrolls_nobody(people, view, model, new_face, spoil, many):
    before = view(people)
    with pytest.raises(GalleryProblem):
        people.enroll([*(("Dora", new_face()) for _ in range(many)), spoil(new_face())], model=model)
    assert view(people) == before
    assert staged(people) == (0, 0, 0)
    people.enroll([("Dora", new_face())], model=model)


def test_others_write_and_open_meanwhile(people, model, new_face):
    def stream():
        for number in range(12):
            yield ("Dora" if number % 2 else 1), new_face()
            with Gallery.open(people.folder) as other:  # must not clear away what waits
                other.annotate(2, f"at {number}")
                assert len(other.owners()[0]) == 6
                other.undo()  # nor may giving up what can be redone

    change = people.enroll(stream(), model=model)
    assert len(change.faces) == 12
    assert people.find("Dora").faces == 6
    assert people.find("Anna").faces == 9
    assert people.check() == []


def test_a_person_removed_meanwhile_stops_it(people, view, model, new_face):
    def stream():
        for _ in range(9):
            yield 1, new_face()
        people.remove([1])

    with pytest.raises(GalleryProblem, match="no person #1"):
        people.enroll(stream(), model=model)
    assert staged(people)[1:] == (0, 0)
    people.undo()
    assert people.find("Anna").faces == 3


def test_a_person_erased_meanwhile_stops_it(people, model, new_face):
    def stream():
        for number in range(9):
            yield ("Dora" if number % 2 else 1), new_face()
        with Gallery.open(people.folder) as other:
            other.erase([1])

    with pytest.raises(GalleryProblem, match="erased meanwhile"):
        people.enroll(stream(), model=model)
    assert staged(people)[1:] == (0, 0)
    assert [one.name for one in people.identities()] == ["Bob", "Carla"]


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {here!r}]
from pathlib import Path
from conftest import make_face
from core.gallery import enrolling, lease
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel

enrolling.BATCH_FACES = 4

def stream():
    for number in range(10):
        yield "Dora", make_face(number)
    print("staged", flush=True)
    sys.stdin.read()

with Gallery.open(Path({folder!r})) as gallery:
    gallery.enroll(stream(), model=FeatureModel("space", "a model", 8))
"""


def test_what_a_killed_program_staged_is_cleared_but_not_before(people, view, request):
    before = view(people)
    here, root = request.path.parent, request.config.rootpath
    code = textwrap.dedent(KILLED.format(folder=str(people.folder), here=str(here), root=str(root)))
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline().strip() == b"staged"
        with Gallery.open(people.folder) as other:
            assert staged(other) == (8, 8, 1)
        child.kill()
        child.wait()
    assert len(locks(people)) == 1
    with Gallery.open(people.folder) as other:
        assert staged(other) == (0, 0, 0)
        assert view(other) == before
        assert other.check() == []
    assert locks(people) == []


def test_a_lease_is_held_until_closed(tmp_path):
    assert ended(tmp_path, "a")
    assert list(tmp_path.iterdir()) == []
    held = Lease(tmp_path, "a")
    assert not ended(tmp_path, "a")
    assert not ended(tmp_path, "a")
    assert tokens(tmp_path) == {"a"}
    held.close()
    assert ended(tmp_path, "a")
    assert list(tmp_path.iterdir()) == []


def test_a_lease_file_that_nobody_holds_is_cleared(people):
    (people.folder / "enroll-x.lock").touch()
    with Gallery.open(people.folder):
        assert locks(people) == []


def test_a_lease_cleared_before_it_was_locked_is_taken_again(tmp_path, monkeypatch):
    real = lease._locked

    def slow(file, mode):
        db = real(file, mode)
        file.unlink()  # as if by another program that found it before the lock
        monkeypatch.setattr(lease, "_locked", real)
        return db

    monkeypatch.setattr(lease, "_locked", slow)
    taken = Lease(tmp_path, "a")
    assert not ended(tmp_path, "a")
    taken.close()


@pytest.mark.parametrize("many", [1, 30])
def test_a_full_disk_changes_nothing(people, view, model, new_face, many):
    before, history = view(people), people.history()
    pages = people._store.row("PRAGMA page_count")[0]
    people._store.db.execute(f"PRAGMA max_page_count = {pages + 6}")
    with pytest.raises(GalleryProblem, match=r"is full\. Nothing was changed"):
        people.enroll([("Dora", new_face(picture=b"x" * 40_000)) for _ in range(many)], model=model)
    assert view(people) == before
    assert people.history() == history
    people._store.db.execute("PRAGMA max_page_count = 1000000")
    people.enroll([("Dora", new_face(picture=b"x" * 40_000))], model=model)
    assert people.check() == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on a file's size to set")
def test_a_write_that_the_system_refuses_changes_nothing(people, view, model, new_face):
    import resource
    import signal

    before = view(people)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, limits[1]))
        with pytest.raises(GalleryProblem, match="Nothing was changed"):
            people.enroll([("Dora", new_face(picture=b"x" * 400_000))], model=model)
        assert view(people) == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    people.enroll([("Dora", new_face(picture=b"x" * 400_000))], model=model)
    assert people.check() == []


def test_a_busy_gallery_is_told_in_words(people, view, monkeypatch):
    with Gallery.open(people.folder) as other:
        other._store.db.execute("PRAGMA busy_timeout = 20")
        people._store.db.execute("BEGIN IMMEDIATE")
        with pytest.raises(GalleryProblem, match="by another program"):
            other.rename(1, "X")
        assert other.find("Anna").id == 1  # reading waits for nobody
        with Gallery.open(people.folder) as third:
            assert third.find("Anna").faces == 3
        people._store.db.execute("ROLLBACK")
        other.rename(1, "X")
    assert people.find("X").id == 1


def test_two_programs_share_one_history(people):
    with Gallery.open(people.folder) as other:
        people.rename(1, "A")
        other.rename(1, "B")
        people.undo()
        assert other.identity(1).name == "A"
        other.undo()
        assert people.identity(1).name == "Anna"
        people.redo()
        other.annotate(2, "x")
        assert people.redo() is None
