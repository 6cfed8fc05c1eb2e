"""The journal of a tagging run survives a crash at any byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.jobs.journal import Journal, JournalTaken

ABOUT = {"folder": "here"}


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.jpg" for name in ("a", "李雷", "c d")]
    for path in paths:
        path.write_bytes(path.name.encode())
    return paths


def written(file: Path, photos: list[Path]) -> None:
    with Journal(file, ABOUT, resume=False) as journal:
        for number, photo in enumerate(photos):
            journal.add(photo, {"number": number, "name": photo.stem})


def test_results_come_back(tmp_path: Path, photos: list[Path]) -> None:
    written(tmp_path / "j", photos)
    with Journal(tmp_path / "j", ABOUT, resume=True) as journal:
        assert [journal.result(photo)["number"] for photo in photos] == [0, 1, 2]
        assert all(journal.holds(photo) for photo in photos)


def test_without_resume_all_is_done_again_but_nothing_is_lost_before(tmp_path: Path, photos: list[Path]) -> None:
    written(tmp_path / "j", photos)
    with Journal(tmp_path / "j", ABOUT, resume=False) as journal:
        assert not journal.holds(photos[0])
        journal.add(photos[0], {"number": 7})
        assert journal.holds(photos[0])
    with Journal(tmp_path / "j", ABOUT, resume=True) as journal:
        assert [journal.result(photo)["number"] for photo in photos] == [7, 1, 2]
        assert all(journal.holds(photo) for photo in photos)


def test_two_runs_never_write_one_journal(tmp_path: Path, photos: list[Path]) -> None:
    with Journal(tmp_path / "j", ABOUT, resume=False) as first:
        with pytest.raises(JournalTaken):
            Journal(tmp_path / "j", ABOUT, resume=True)
        first.add(photos[0], {"number": 1})
    with Journal(tmp_path / "j", ABOUT, resume=True) as again:
        assert again.holds(photos[0])


def test_lines_that_were_replaced_are_cleared_away(
    tmp_path: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.journal._SPARE_LINES", 0)
    for run in range(9):
        with Journal(tmp_path / "j", ABOUT, resume=False) as journal:
            for photo in photos:
                journal.add(photo, {"run": run})
    assert len((tmp_path / "j").read_bytes().splitlines()) <= 1 + 3 * len(photos)
    with Journal(tmp_path / "j", ABOUT, resume=True) as journal:
        assert [journal.result(photo)["run"] for photo in photos] == [8, 8, 8]


def test_another_run_begins_anew(tmp_path: Path, photos: list[Path]) -> None:
    written(tmp_path / "j", photos)
    with Journal(tmp_path / "j", {"folder": "there"}, resume=True) as journal:
        assert not journal.holds(photos[0])
        assert journal.other


def test_an_edited_photo_is_done_again(tmp_path: Path, photos: list[Path]) -> None:
    written(tmp_path / "j", photos)
    photos[1].write_bytes(b"edited and longer")
    with Journal(tmp_path / "j", ABOUT, resume=True) as journal:
        assert [journal.holds(photo) for photo in photos] == [True, False, True]


def test_cut_at_any_byte_it_keeps_the_whole_lines_and_goes_on(tmp_path: Path, photos: list[Path]) -> None:
    file = tmp_path / "j"
    written(file, photos)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with Journal(file, ABOUT, resume=True) as journal:
            held = [journal.holds(photo) for photo in photos]
            assert held == sorted(held, reverse=True)
            assert sum(held) == max(0, whole[:length].count(b"\n") - 1)
            journal.add(photos[2], {"number": 9})
            assert journal.result(photos[2])["number"] == 9
        with Journal(file, ABOUT, resume=True) as journal:
            assert journal.result(photos[2])["number"] == 9


def test_garbage_in_the_middle_loses_only_what_follows(tmp_path: Path, photos: list[Path]) -> None:
    file = tmp_path / "j"
    written(file, photos)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:2], b"\x00\xff{]\n", *lines[2:]]))
    with Journal(file, ABOUT, resume=True) as journal:
        assert [journal.holds(photo) for photo in photos] == [True, False, False]


def test_a_name_that_is_no_utf8_comes_back(tmp_path: Path, photos: list[Path]) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    try:
        odd.write_bytes(b"x")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system takes no such name")
    written(tmp_path / "j", [odd, *photos])
    with Journal(tmp_path / "j", ABOUT, resume=True) as journal:
        assert all(journal.holds(photo) for photo in [odd, *photos])
        assert journal.result(odd)["name"] == odd.stem
