"""A full disk is called one, and the gallery on it can still be read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from core.errors import GalleryProblem
from core.gallery import opening, store
from core.gallery.gallery import Gallery
from core.gallery.store import FILE, problem_of

FREE = type(shutil.disk_usage("."))


def failing(code):
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def full(monkeypatch):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda path: FREE(100, 100, 0))


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, 10 | 3 << 8, 10 | 19 << 8])
def test_full_is_called_full(tmp_path, full, code):
    assert "is full" in str(problem_of(failing(code), tmp_path / FILE))


def test_a_disk_with_room_is_not_called_full(tmp_path, monkeypatch):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda path: FREE(1 << 40, 0, 1 << 40))
    assert "could not be read or written" in str(problem_of(failing(sqlite3.SQLITE_IOERR), tmp_path / FILE))

    def unknown(path):
        raise OSError

    monkeypatch.setattr(store.shutil, "disk_usage", unknown)
    assert "could not be read or written" in str(problem_of(failing(sqlite3.SQLITE_IOERR), tmp_path / FILE))


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, 10 | 19 << 8])
@pytest.mark.parametrize("where", ["connecting", "trying to write"])
def test_it_can_still_be_read(people, full, monkeypatch, code, where):
    people.close()
    real = opening.connect

    def refuse(file, mode="rw"):
        if mode == "rw":
            raise failing(code)
        return real(file, mode)

    def refuse_later(db):
        raise failing(code)

    if where == "connecting":
        monkeypatch.setattr(opening, "connect", refuse)
    else:
        monkeypatch.setattr(opening, "_try_to_write", refuse_later)
    with Gallery.open(people.folder) as gallery:
        assert gallery.read_only
        assert gallery.find("Anna").faces == 3
        with pytest.raises(GalleryProblem, match=r"The disk of .* is full"):
            gallery.rename(1, "X")


SMALL_DISK = """
import sys
from pathlib import Path
root, disk, left = sys.argv[1:]
sys.path.insert(0, root)
from core.gallery.gallery import Gallery
from core.errors import GalleryProblem
folder = Path(disk) / "gallery"
with Gallery.create(folder) as gallery:
    from core.gallery.records import FeatureModel, NewFace
    import numpy as np
    def face():
        features = {"s": np.eye(8, dtype="f4")[0]}
        return NewFace((0, 0, 9, 9), None, 1, 1, "x.jpg", "", (9, 9), b"x" * 20000, features=features)
    gallery.enroll([("Anna", face())], model=FeatureModel("s", "m", 8))
    if left == "journal":
        import os, shutil
        for end in ("", "-wal"):
            shutil.copy(folder / f"gallery.db{end}", Path(disk) / f"kept{end}")
if left == "journal":
    for end in ("", "-wal"):
        (Path(disk) / f"kept{end}").replace(folder / f"gallery.db{end}")
try:
    with (Path(disk) / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
except OSError:
    pass
with Gallery.open(folder) as gallery:
    assert gallery.find("Anna").faces == 1, "reading"
    assert gallery.crop(1) and gallery.features("s")[0].size == 1
    try:
        gallery.enroll([("Bob", face()) for _ in range(20)], model=FeatureModel("s", "m", 8))
    except GalleryProblem as problem:
        assert "is full" in str(problem), problem
    else:
        raise AssertionError("it fitted")
    assert [one.name for one in gallery.identities()] == ["Anna"]
(Path(disk) / "filler").unlink()
with Gallery.open(folder) as gallery:
    assert not gallery.read_only and gallery.check() == []
    gallery.rename(1, "Annika")
print("well")
"""


@pytest.mark.parametrize("left", ["nothing", "journal"])
def test_a_real_full_disk(tmp_path, request, left):
    mount = shutil.which("mount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None:
        pytest.skip("only the owner of a Linux system can make a small disk to fill")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("this system lets nobody make a small disk to fill")
    try:
        child = [sys.executable, "-c", SMALL_DISK, str(request.config.rootpath), str(disk), left]
        told = subprocess.run(child, capture_output=True, text=True, check=False)
        assert (told.stdout, told.stderr) == ("well\n", "")
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
