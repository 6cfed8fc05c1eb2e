"""Bad input: one clear line per item, the rest goes on, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.demo.town import Town

Run = Callable[..., Any]


def huge_png(width: int, height: int) -> bytes:
    """A PNG header that promises far more pixels than the file holds."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.fixture
def bad(tmp_path: Path, town: Town) -> dict[str, Path]:
    """One folder of a person with good pictures and every kind of bad one."""
    folder = tmp_path / "people" / "Anna"
    folder.mkdir(parents=True)
    good = next(town.portraits.rglob("*.jpg"))
    shutil.copy(good, folder / "good.jpg")
    data = good.read_bytes()
    files = {
        "truncated": data[: len(data) // 2],
        "fake": b"this is no picture",
        "empty": b"",
        "huge": huge_png(30_000, 30_000),
        "bomb": huge_png(100_000, 100_000),
    }
    paths = {name: folder / f"{name}{'.png' if name in ('huge', 'bomb') else '.jpg'}" for name in files}
    for name, content in files.items():
        paths[name].write_bytes(content)
    (folder / "folder.jpg").mkdir()
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    return {**paths, "gone": folder / "gone.jpg", "good": folder / "good.jpg"}


def told(err: str, name: str) -> list[str]:
    return [line for line in err.splitlines() if name in line]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_each_bad_picture_gets_one_line_and_the_good_one_is_enrolled(
    run: Run, bad: dict[str, Path], tmp_path: Path
) -> None:
    gallery = tmp_path / "g"
    run("gallery", "new", gallery)
    answer = run("enroll", gallery, tmp_path / "people")
    assert answer.status == 1
    assert "Enrolled 1 face of 1 person" in answer.out
    for name in ("truncated", "fake", "empty", "huge", "bomb", "gone"):
        assert len(told(answer.err, bad[name].name)) == 1, answer.err
    assert "Traceback" not in answer.err


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_tagging_goes_on_past_bad_pictures(run: Run, bad: dict[str, Path], tmp_path: Path, gallery: Path) -> None:
    answer = run("tag", gallery, bad["good"].parent, "--json", tmp_path / "out.json")
    assert answer.status == 1
    entries = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    by_name = {Path(entry["input_path"]).name: entry for entry in entries}
    assert len(by_name["good.jpg"]["boxes"]) == 1
    assert "error" in by_name["truncated.jpg"]
    assert "error" not in by_name["good.jpg"]


def test_label_files_are_read_tolerantly_and_each_bad_line_is_named(run: Run, tmp_path: Path, town: Town) -> None:
    pictures = sorted(town.portraits.rglob("*.jpg"))
    lines = [
        f"{pictures[0]}\tAnna Lind",
        f"{pictures[1]} Anna Lind",
        "",
        f"{pictures[1]} Anna Lind",
        f"{tmp_path}/missing.jpg Ben",
        f"{pictures[3]}",
    ]
    listed = tmp_path / "gallery.txt"
    listed.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    gallery = tmp_path / "g"
    run("gallery", "new", gallery)
    answer = run("enroll", gallery, listed)
    assert answer.status == 1
    assert "Enrolled 2 faces of 1 person" in answer.out
    assert len(told(answer.err, "missing.jpg")) == 1
    assert "Line 6" in answer.err


def test_wrong_use_is_told_apart_from_failed_inputs(run: Run, gallery: Path, tmp_path: Path) -> None:
    assert run("enroll", gallery, tmp_path / "nowhere").status == 2
    assert run("enroll").status == 2
    assert run("recognize", gallery, tmp_path, "--rec-threshold", "7").status == 2
    assert run("gallery", "show", tmp_path / "nowhere").status == 1
    assert "gallery new" in run("gallery", "show", tmp_path / "nowhere").err
    assert run("gallery", "rename", gallery, "Nobody", "Somebody").status == 1


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00garbage" * 50, b"no database at all" * 100])
def test_a_damaged_gallery_is_refused_and_left_as_it_is(run: Run, gallery: Path, content: bytes) -> None:
    file = gallery / "gallery.db"
    for extra in gallery.glob("gallery.db-*"):
        extra.unlink()
    file.write_bytes(content)
    for arguments in (("gallery", "show", gallery), ("gallery", "undo", gallery), ("index", "list", gallery)):
        answer = run(*arguments)
        assert answer.status == 1
        assert "gallery.db" in answer.err
        assert "Traceback" not in answer.err
    assert file.read_bytes() == content


def test_a_flipped_bit_in_an_index_is_noticed_and_mended(run: Run, gallery: Path, town: Town) -> None:
    assert run("index", "build", gallery, "quick", "--type", "HNSW32").status == 0
    file = gallery / "indexes" / "quick" / "vector.index"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert run("index", "verify", gallery, "quick").status == 1
    someone = next(town.portraits.iterdir())
    answer = run("recognize", gallery, someone / "0.jpg", "--index", "quick")
    assert f"{someone.name} " in answer.out
    assert run("index", "compact", gallery, "quick").status == 0
    assert run("index", "verify", gallery, "quick").status == 0


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (b"", b"id_map: {}\nindex_type: Flat\nmetric_type: IP\n"),
        (b"IxM2" + b"\xff" * 200, b"id_map:\n  0: Anna\nindex_type: Flat\nmetric_type: IP\n"),
        (b"IxM2", b"&a [*a, *a]"),
        (b"IxM2", b"!!python/object/apply:os.system ['false']"),
    ],
)
def test_a_hostile_index_folder_is_refused(
    run: Run, gallery: Path, tmp_path: Path, vectors: bytes, labels: bytes
) -> None:
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "vector.index").write_bytes(vectors)
    (folder / "id_map.yaml").write_bytes(labels)
    before = run("gallery", "show", gallery).out
    answer = run("index", "import", gallery, "--from", folder)
    assert answer.status == 1
    assert "Traceback" not in answer.err
    assert run("gallery", "show", gallery).out == before


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="modes mean nothing there")
def test_a_report_that_cannot_be_written_is_named(run: Run, gallery: Path, town: Town, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    answer = run("recognize", gallery, town.groups, "--json", taken)
    assert answer.status in (1, 2)
    assert "taken" in answer.err
    assert list(taken.iterdir()) == []


def test_an_unknown_model_or_card_is_refused(run: Run, tmp_path: Path) -> None:
    model, card = tmp_path / "m.onnx", tmp_path / "card.yaml"
    model.write_bytes(b"not onnx")
    card.write_text("name: m\ntask: feature\nlength: 12\nalignment: {kind: square}\n", encoding="utf-8")
    answer = run("models", "add", model, "--card", card)
    assert answer.status == 1
    assert "m.onnx" in answer.err
    assert run("models", "show", "facefolio-featur").status == 1
    assert "facefolio-feature" in run("models", "show", "facefolio-featur").err


def test_settings_that_cannot_be_read_are_named(run: Run, gallery: Path, own_home: Path) -> None:
    (own_home / "settings.yaml").write_text("rec_threshold: high\n", encoding="utf-8")
    answer = run("gallery", "show", gallery)
    assert answer.status == 2
    assert "rec_threshold" in answer.err


def test_a_fault_of_the_program_is_told_in_words(run: Run, gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr("core.cli.gallery.show", broken)
    answer = run("gallery", "show", gallery)
    assert answer.status == 1
    assert "a wheel came off" in answer.err
    assert "fault" in answer.err
    assert "Traceback" not in answer.err
