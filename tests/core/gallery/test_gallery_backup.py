"""Backups: one whole file, consistent, never over something else; and back without replacing anything."""

from __future__ import annotations

import os

import pytest

from core.errors import GalleryProblem
from core.gallery.gallery import Gallery
from core.gallery.store import FILE


def test_there_and_back(people, view, tmp_path):
    people.rename(1, "Annika")
    people.rename(2, "Bert")
    people.undo()
    file = tmp_path / "new folder" / "家 family.facefolio"
    people.backup(file)
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    content = file.read_bytes()
    with Gallery.restore(file, tmp_path / "a" / "restored") as restored:
        assert view(restored) == view(people)
        assert restored.history() == people.history()
        assert restored.uuid != people.uuid
        assert restored.name == people.name
        assert restored.crop(1) == people.crop(1)
        restored.redo()
        assert restored.identity(2).name == "Bert"
        assert restored.check() == []
    assert file.read_bytes() == content
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_ids_go_on_after_restoring(people, model, new_face, tmp_path):
    people.enroll([("Dora", new_face())], model=model)
    people.undo()
    people.rename(1, "Annika")  # Dora and her face are purged
    people.backup(tmp_path / "copy")
    with Gallery.restore(tmp_path / "copy", tmp_path / "restored") as restored:
        change = restored.enroll([("Emil", new_face())], model=model)
        assert (change.faces, change.identities) == ({8}, {5})


def test_a_backup_is_of_one_moment(people, tmp_path, monkeypatch):
    with Gallery.open(people.folder) as other:
        other._store.db.execute("BEGIN IMMEDIATE")
        other._store.db.execute("UPDATE identities SET name = 'half'")
        people.backup(tmp_path / "copy")
        other._store.db.execute("ROLLBACK")
    with Gallery.restore(tmp_path / "copy", tmp_path / "restored") as restored:
        assert restored.identity(1).name == "Anna"


def test_an_older_backup_is_replaced_but_nothing_else(people, tmp_path):
    people.backup(tmp_path / "copy")
    people.rename(1, "Annika")
    people.backup(tmp_path / "copy")
    with Gallery.restore(tmp_path / "copy", tmp_path / "restored") as restored:
        assert restored.identity(1).name == "Annika"
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"a photo")
    with pytest.raises(GalleryProblem, match="not a backup"):
        people.backup(photo)
    assert photo.read_bytes() == b"a photo"
    for target in (tmp_path, people.folder / FILE):
        with pytest.raises(GalleryProblem, match="not a backup"):
            people.backup(target)
    with pytest.raises(GalleryProblem, match="cannot be written"):
        people.backup(photo / "copy")


def test_a_backup_that_fails_leaves_the_older_one(people, tmp_path, monkeypatch):
    people.backup(tmp_path / "copy")
    before = (tmp_path / "copy").read_bytes()
    people.rename(1, "Annika")

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "replace", refuse)
    with pytest.raises(GalleryProblem, match="any older backup are as they were"):
        people.backup(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "gallery"]


def test_restoring_replaces_no_gallery(people, tmp_path, view):
    people.backup(tmp_path / "copy")
    people.rename(1, "Annika")
    with pytest.raises(GalleryProblem, match="already"):
        Gallery.restore(tmp_path / "copy", people.folder)
    assert people.identity(1).name == "Annika"
    assert not list(people.folder.glob(".new*"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: b"some text",
        lambda content: content[:8192] + os.urandom(len(content) - 8192),
        lambda content: content[:60] + b"\0\0\xff\xff" + content[64:],
    ],
    ids=["empty", "half", "text", "damaged", "newer"],
)
def test_a_bad_backup_restores_nothing(people, tmp_path, spoil):
    file = tmp_path / "copy"
    people.backup(file)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(GalleryProblem, match="copy"):
        Gallery.restore(file, tmp_path / "restored")
    assert not list((tmp_path / "restored").glob("*"))
    with pytest.raises(GalleryProblem):
        Gallery.restore(tmp_path / "absent", tmp_path / "restored")
