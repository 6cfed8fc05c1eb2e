"""Files that are no gallery, are damaged, too new or cannot be written: refused in words, and left untouched."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import struct

import pytest

from core.errors import GalleryProblem
from core.gallery import opening, schema
from core.gallery.gallery import Gallery
from core.gallery.store import FILE


@pytest.fixture
def folder(people):
    people.close()
    return people.folder


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def patch(file, offset, data):
    with file.open("r+b") as opened:
        opened.seek(offset)
        opened.write(data)


def foreign(file):
    file.unlink()
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE t (x)")
    db.close()


def as_folder(file):
    file.unlink()
    file.mkdir()
    (file / "precious.txt").write_text("mine")


BAD = {
    "zero bytes": (lambda file: file.write_bytes(b""), "is empty"),
    "no database": (lambda file: file.write_bytes(b"hello, I am a text" * 100), "not a gallery"),
    "a few bytes": (lambda file: file.write_bytes(b"SQLite format 3\0"), "not a gallery"),
    "foreign": (foreign, "made by another program"),
    "a folder": (as_folder, "is a folder"),
    "newer": (lambda file: patch(file, 60, struct.pack(">I", 999)), "newer version"),
    "half": (lambda file: os.truncate(file, file.stat().st_size // 2), "its end is missing"),
    "one page": (lambda file: os.truncate(file, 4096), "its end is missing"),
    "tables overwritten": (lambda file: patch(file, 100, b"\xff" * 3996), "damaged|could not be used"),
    "all but the header": (
        lambda file: patch(file, 100, os.urandom(file.stat().st_size - 100)),
        "damaged|could not be used",
    ),
}


@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=BAD.keys())
def test_refused_and_untouched(folder, spoil, words):
    spoil(folder / FILE)
    before = files(folder)
    with pytest.raises(GalleryProblem, match=words) as told:
        Gallery.open(folder)
    assert FILE in str(told.value)
    assert files(folder) == before
    with pytest.raises(GalleryProblem):
        Gallery.restore(folder / FILE, folder.parent / "restored")
    assert files(folder) == before
    assert not (folder.parent / "restored" / FILE).exists()


def test_damage_in_the_middle_is_told_by_check_or_when_met(folder):
    whole = (folder / FILE).read_bytes()
    noticed = 0
    for page in range(1, len(whole) // 4096):
        (folder / FILE).write_bytes(whole)
        patch(folder / FILE, page * 4096, b"\x5a" * 4096)
        try:
            with Gallery.open(folder) as gallery:
                noticed += bool(gallery.check())
                gallery.identities()
                gallery.features("space")
        except GalleryProblem:
            noticed += 1
    assert noticed >= len(whole) // 4096 - 3  # a free page holds nothing that could be damaged


def test_nothing_there(tmp_path):
    for folder in (tmp_path, tmp_path / "none", tmp_path / "a" / "b"):
        with pytest.raises(GalleryProblem, match="no gallery in"):
            Gallery.open(folder)
    assert list(tmp_path.iterdir()) == []


def test_creating(tmp_path):
    with Gallery.create(tmp_path / "ä ö" / "家族 #1?%41") as gallery:
        assert gallery.name == "家族 #1?%41"
        assert gallery.index_rules()[0].name == "default"
        assert gallery.check() == []
        assert gallery.version()[0] >= 0
        before = gallery.uuid
    with pytest.raises(GalleryProblem, match="already"):
        Gallery.create(gallery.folder)
    with Gallery.open(gallery.folder) as again:
        assert again.uuid == before
    assert [path.name for path in gallery.folder.iterdir()] == [FILE]
    with Gallery.create(tmp_path / "x", name=" Friends ") as gallery:
        assert gallery.name == "Friends"
    (tmp_path / "file").write_text("x")
    with pytest.raises(GalleryProblem, match="cannot be made in"):
        Gallery.create(tmp_path / "file")


def test_creating_where_another_was_quicker(tmp_path, monkeypatch):
    real = opening.schema.migrate

    def slow(db, steps):
        real(db, steps)
        monkeypatch.setattr(opening.schema, "migrate", real)
        Gallery.create(tmp_path, name="the quicker").close()

    monkeypatch.setattr(opening.schema, "migrate", slow)
    with pytest.raises(GalleryProblem, match="already"):
        Gallery.create(tmp_path, name="the slower")
    with Gallery.open(tmp_path) as gallery:
        assert gallery.name == "the quicker"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_creating_on_a_file_system_without_links(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    with Gallery.create(tmp_path) as gallery:
        assert gallery.check() == []
    with pytest.raises(GalleryProblem, match="already"):
        Gallery.create(tmp_path)


def test_an_older_schema_is_brought_up_to_date(folder, monkeypatch):
    more = (*schema.STEPS, ("ALTER TABLE identities ADD COLUMN born REAL", "UPDATE identities SET born = 7"))
    monkeypatch.setattr(schema, "STEPS", more)
    with Gallery.open(folder) as gallery:
        assert gallery._store.rows("SELECT born FROM identities") == [(7.0,)] * 3
        assert schema.version(gallery._store.db) == len(more)
        assert gallery.undo() is not None
        assert gallery.check() == []
    monkeypatch.undo()
    with pytest.raises(GalleryProblem, match="newer version"):
        Gallery.open(folder)


@pytest.mark.parametrize("fault", ["NONSENSE", "UPDATE faces SET identity = 99"])
def test_a_step_that_fails_changes_nothing(folder, monkeypatch, fault):
    more = (*schema.STEPS, ("DROP TABLE settings", "UPDATE identities SET name = 'x'", fault))
    monkeypatch.setattr(schema, "STEPS", more)
    with pytest.raises(GalleryProblem):
        Gallery.open(folder)
    monkeypatch.undo()
    with Gallery.open(folder) as gallery:
        assert gallery.find("Anna").faces == 3
        assert gallery.check() == []


def test_a_hostile_history_reaches_no_other_table(folder):
    db = sqlite3.connect(folder / FILE)
    db.execute("INSERT INTO edits VALUES (1, 'changes', 'undone', 1, 7, 8)")
    db.commit()
    db.close()
    with Gallery.open(folder) as gallery:
        with pytest.raises(GalleryProblem, match="history of this gallery is damaged"):
            gallery.undo()
        assert len(gallery.identities()) == 3


def test_read_only(folder, monkeypatch):
    # As SQLite answers where nothing may be written; the next test has a real folder of that kind where it can.
    real = opening.connect
    monkeypatch.setattr(opening, "connect", lambda file, mode="rw": real(file, "ro" if mode == "rw" else mode))
    before = (folder / FILE).read_bytes()
    with Gallery.open(folder) as gallery:
        reads_but_refuses(gallery)
    assert (folder / FILE).read_bytes() == before


def test_read_only_folder(folder):
    (folder / FILE).chmod(stat.S_IRUSR)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere, or the system knows no such folder")
        before = files(folder)
        with Gallery.open(folder) as gallery:
            reads_but_refuses(gallery)
        assert files(folder) == before
        with pytest.raises(GalleryProblem, match="cannot be made in"):
            Gallery.create(folder / "below")
    finally:
        folder.chmod(stat.S_IRWXU)


def reads_but_refuses(gallery):
    assert gallery.read_only
    assert gallery.find("Anna").faces == 3
    assert gallery.check() == []
    assert gallery.next_undo is not None
    gallery.backup(gallery.folder.parent / "copy.facefolio")
    for change in (lambda: gallery.rename(1, "X"), gallery.undo, lambda: gallery.erase([1])):
        with pytest.raises(GalleryProblem, match="can only be read"):
            change()


def test_a_copied_gallery_opens(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    with Gallery.open(tmp_path / "copy") as gallery:
        assert gallery.find("Bob").faces == 2


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be taken away there")
def test_a_gallery_taken_away_while_open_is_not_written_into_the_void(people, tmp_path):
    people.folder.rename(tmp_path / "elsewhere")
    with pytest.raises(GalleryProblem, match="is not there any more"):
        people.add("Dora")
    with pytest.raises(GalleryProblem, match="is not there any more"):
        people.stand_by()
    (tmp_path / "elsewhere").rename(people.folder)
    assert people.add("Dora").id
