"""Writing whole or not at all."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from core.files import atomic_write, sha256, write_text


def test_the_new_file_takes_the_place_of_the_old(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "名前.txt"
    write_text(file, "first")
    write_text(file, "second")
    assert file.read_text(encoding="utf-8") == "second"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_failure_midway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a"
    write_text(file, "old")

    def write_badly() -> None:
        with atomic_write(file) as out:
            out.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_badly()
    assert file.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such modes")
def test_modes_are_those_of_any_other_file(tmp_path: Path) -> None:
    write_text(tmp_path / "new", "")
    plain = tmp_path / "plain"
    plain.write_text("")
    assert (tmp_path / "new").stat().st_mode == plain.stat().st_mode
    plain.chmod(0o640)
    write_text(plain, "again")
    assert plain.stat().st_mode & 0o777 == 0o640


def test_checksum_and_its_progress(tmp_path: Path) -> None:
    data = bytes(range(256)) * 10000
    (tmp_path / "a").write_bytes(data)
    seen: list[int] = []
    assert sha256(tmp_path / "a", report=seen.append) == hashlib.sha256(data).hexdigest()
    assert seen == sorted(seen)
    assert seen[-1] == len(data)
