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
        with pytest.raises(GalleryProblem, match=r"not a backup|belongs to a gallery"):
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


def test_a_backup_that_is_not_there(tmp_path):
    with pytest.raises(GalleryProblem, match=r"There is no backup .*absent") as told:
        Gallery.restore(tmp_path / "absent", tmp_path / "restored")
    assert "gallery new" not in str(told.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["photo.jpg", "gallery.db-wal", "indexes"])
def test_restoring_among_other_files(people, tmp_path, there):
    people.backup(tmp_path / "copy")
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / there).write_bytes(b"mine")
    with pytest.raises(GalleryProblem, match=f"photos holds other files.*{there}"):
        Gallery.restore(tmp_path / "copy", folder)
    assert [path.name for path in folder.iterdir()] == [there]


@pytest.mark.parametrize("there", [[], [".DS_Store"], ["Thumbs.db", "desktop.ini"]])
def test_restoring_into_an_empty_folder(people, tmp_path, there):
    people.backup(tmp_path / "copy")
    folder = tmp_path / "empty"
    folder.mkdir()
    for name in there:
        (folder / name).write_bytes(b"")
    with Gallery.restore(tmp_path / "copy", folder) as restored:
        assert restored.find("Anna").faces == 3


@pytest.mark.parametrize("open_now", [True, False])
def test_another_gallery_is_never_replaced(people, model, new_face, tmp_path, open_now):
    other = Gallery.create(tmp_path / "other")
    other.enroll([("Zoe", new_face())], model=model)
    if not open_now:
        other.close()
    folder = other.folder
    targets = [folder / FILE, folder / "copy", folder / "indexes" / "default" / "copy", folder / ".." / "other" / FILE]
    for target in targets:
        with pytest.raises(GalleryProblem, match="belongs to a gallery"):
            people.backup(target)
    other.close()
    assert [path.name for path in folder.iterdir()] == [FILE]
    with Gallery.open(folder) as again:
        assert again.find("Zoe").faces == 1


@pytest.mark.parametrize("name", [FILE, "Gallery.DB"])
def test_a_backup_is_never_called_as_a_gallery(people, tmp_path, name):
    with pytest.raises(GalleryProblem, match="belongs to a gallery"):
        people.backup(tmp_path / "new" / name)
    assert [path.name for path in tmp_path.iterdir()] == ["gallery"]


@pytest.mark.parametrize("beside", ["-wal", "-shm", "indexes"])
def test_a_gallery_under_another_name_is_not_replaced(people, tmp_path, beside):
    people.backup(tmp_path / "backups" / "old")
    file = tmp_path / "backups" / "renamed.db"
    people._store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.write_bytes((people.folder / FILE).read_bytes())
    (file.with_name(beside) if beside == "indexes" else file.with_name(file.name + beside)).write_bytes(b"")
    before = file.read_bytes()
    with pytest.raises(GalleryProblem, match="not a backup"):
        people.backup(file)
    assert file.read_bytes() == before
    if beside == "indexes":
        people.backup(tmp_path / "backups" / "old")  # marked as one


def test_a_backup_from_before_they_were_marked_is_replaced(people, tmp_path):
    people._store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (tmp_path / "copy").write_bytes((people.folder / FILE).read_bytes())
    people.rename(1, "Annika")
    people.backup(tmp_path / "copy")
    with Gallery.restore(tmp_path / "copy", tmp_path / "restored") as restored:
        assert restored.identity(1).name == "Annika"
        assert restored._store.row("SELECT 1 FROM settings WHERE name = 'backup'") is None


def test_a_backup_of_a_backup_that_was_put_in_place_by_hand(people, tmp_path):
    people.backup(tmp_path / "copy")
    (tmp_path / "by hand").mkdir()
    (tmp_path / "copy").rename(tmp_path / "by hand" / FILE)
    with Gallery.open(tmp_path / "by hand") as gallery:
        gallery.rename(1, "Annika")
        gallery.backup(tmp_path / "copy")
    with Gallery.restore(tmp_path / "copy", tmp_path / "restored") as restored:
        assert restored.identity(1).name == "Annika"
