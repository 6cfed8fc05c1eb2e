"""What a killed backup, restore or creation leaves is cleared by the next one there; who is at work is left alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.gallery import opening
from core.gallery.gallery import Gallery
from core.gallery.store import FILE

# Dies as by a power cut, while its unfinished copy lies beside the target.
DYING = """
import os, sys
from pathlib import Path
root, what, folder, target = sys.argv[1:]
sys.path.insert(0, root)
from core.gallery import backup, opening
from core.gallery.gallery import Gallery
Path.replace = os.link = lambda *_: os._exit(9)
if what == "backup":
    Gallery.open(Path(folder)).backup(Path(target) / "copy")
elif what == "create":
    Gallery.create(Path(target))
else:
    Gallery.restore(Path(folder), Path(target))
"""


def die(request, *words):
    child = [sys.executable, "-c", DYING, str(request.config.rootpath), *map(str, words)]
    assert subprocess.run(child, stdin=subprocess.DEVNULL, check=False).returncode == 9


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("what", ["backup", "create", "restore"])
@pytest.mark.parametrize("then", ["backup", "create", "restore"])
def test_left_by_one_that_died(people, tmp_path, request, what, then):
    target, copy = tmp_path / "target", tmp_path / "copy"
    people.backup(copy)
    die(request, what, copy if what == "restore" else people.folder, target)
    (left,) = target.iterdir()
    assert (left / FILE).stat().st_size > 4096
    if then == "backup":
        people.backup(target / "copy")
    elif then == "create":
        Gallery.create(target).close()
    else:
        Gallery.restore(copy, target).close()
    assert names(target) == ["copy" if then == "backup" else FILE]


def test_left_beside_a_gallery_is_cleared_when_it_opens(people, request, tmp_path):
    people.backup(tmp_path / "copy")
    die(request, "backup", people.folder, tmp_path / "target")
    (left,) = (tmp_path / "target").iterdir()
    left.rename(people.folder / left.name)
    Gallery.open(people.folder).close()
    assert not (people.folder / left.name).exists()


def test_left_beside_a_gallery_is_cleared_by_erasing(people, request, tmp_path):
    die(request, "backup", people.folder, tmp_path / "target")
    (left,) = (tmp_path / "target").iterdir()
    left.rename(people.folder / left.name)
    people.erase([1])
    assert not (people.folder / left.name).exists()


def test_who_is_at_work_is_left_alone(people, tmp_path):
    with opening.workroom(tmp_path, "backup") as room, opening.workroom(tmp_path, "new") as other:
        (room / FILE).write_bytes(b"unfinished")
        people.backup(tmp_path / "copy")
        assert (room / FILE).read_bytes() == b"unfinished"
        assert other.is_dir()
    assert names(tmp_path) == ["copy", "gallery"]


@pytest.mark.parametrize("name", [".backup-2024", ".backup-personal", ".new-" + "a" * 32, ".backup-" + "0" * 32])
def test_folders_of_others_stay(people, tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "photo.jpg").write_bytes(b"mine")
    people.backup(tmp_path / "copy")
    assert (tmp_path / name / "photo.jpg").read_bytes() == b"mine"
    assert names(tmp_path / name) == ["photo.jpg"]
