"""What people and systems do that nobody planned for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.demo.town import Town
from core.gallery.gallery import Gallery

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Any]


def people(run: Run, gallery: Path) -> dict[str, int]:
    return {
        each["name"]: each["faces"] for each in json.loads(run("gallery", "show", gallery, "--json").out)["identities"]
    }


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8:strict"])
@pytest.mark.parametrize("arguments", [["gallery", "show"], ["gallery", "show", "--json"], ["index", "list"]])
def test_a_terminal_that_cannot_show_a_name_gets_it_escaped(
    run: Run, gallery: Path, encoding: str, arguments: list[str]
) -> None:
    run("gallery", "rename", gallery, "Anna Lind", "Zoë 李雷 \U0001f600")
    command = [sys.executable, "main.py", *arguments[:2], str(gallery), *arguments[2:]]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert answer.returncode == 0, answer.stderr
    if "--json" in arguments:
        found = json.loads(answer.stdout.decode(encoding.split(":", maxsplit=1)[0]))
        assert "Zoë 李雷 \U0001f600" in {each["name"] for each in found["identities"]}


def test_a_closed_output_is_no_fault(gallery: Path) -> None:
    code = "import os, sys; os.close(1); sys.stdout = None; sys.path.insert(0, '.')\n"
    code += "from core.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "gallery", "show", str(gallery)]
    answer = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, check=False)
    assert answer.returncode == 0, answer.stderr


def test_resume_after_a_change_of_the_gallery_looks_anew(run: Run, gallery: Path, town: Town, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    run("tag", gallery, town.groups, "--csv", table)
    named = {name for name in people(run, gallery) if name in table.read_text(encoding="utf-8-sig")}
    gone, renamed = sorted(named)[:2]
    run("gallery", "remove", gallery, gone)
    run("gallery", "rename", gallery, renamed, "Somebody Else")
    answer = run("tag", gallery, town.groups, "--csv", table, "--resume")
    assert "anew" in answer.err
    text = table.read_text(encoding="utf-8-sig")
    assert f",{gone}," not in text
    assert f",{renamed}," not in text
    assert "Somebody Else" in text


def test_a_face_in_the_wrong_folder_is_told(run: Run, town: Town, tmp_path: Path) -> None:
    names = sorted(folder.name for folder in town.portraits.iterdir())[:2]
    mixed = tmp_path / "people"
    for name in names:
        (mixed / name).mkdir(parents=True)
        for photo in (town.portraits / name).iterdir():
            (mixed / name / photo.name).write_bytes(photo.read_bytes())
    (mixed / names[0] / "2.jpg").replace(mixed / names[1] / "stray.jpg")
    run("gallery", "new", tmp_path / "g")
    answer = run("enroll", tmp_path / "g", mixed)
    assert answer.status == 0
    assert any("stray.jpg" in line and names[0] in line for line in answer.err.splitlines())


def test_two_people_of_one_name_are_told_apart_by_number(run: Run, gallery: Path, town: Town) -> None:
    first, second, *_ = people(run, gallery)
    with Gallery.open(gallery) as opened:
        number = opened.find(second).id
        opened.rename(number, first)
    photo = next((town.portraits / first).iterdir()).with_name("0.jpg")
    copy = gallery.parent / "copy.jpg"
    copy.write_bytes(photo.read_bytes() + b"x")
    refused = run("enroll", gallery, copy, "--name", first)
    assert refused.status == 1
    assert "#NUMBER" in refused.err
    assert run("enroll", gallery, copy, "--name", f"#{number}").status == 0
    with Gallery.open(gallery) as opened:
        assert opened.identity(number).faces == 4


def test_names_may_stand_after_options(run: Run, gallery: Path) -> None:
    first, second, *_ = people(run, gallery)
    assert run("index", "build", gallery, "few", "--type", "HNSW32", first).status == 0
    assert "3 faces of 1 person" in run("index", "list", gallery).out
    assert run("index", "append", gallery, "few", "-q", second).status == 0
    assert "6 faces of 2 people" in run("index", "list", gallery).out
    assert run("index", "remove", gallery, first).status == 0  # the default one
    assert "12 faces of 4 people" in run("index", "list", gallery).out
    assert run("index", "build", gallery, "few", "--nonsense", first).status == 2


@pytest.mark.parametrize("option", ["--csv", "--json"])
def test_an_output_that_cannot_be_is_refused_before_the_work(
    run: Run, gallery: Path, town: Town, tmp_path: Path, option: str
) -> None:
    answer = run("tag", gallery, town.groups, option, tmp_path)
    assert answer.status == 2
    assert str(tmp_path) in answer.err
    assert not (gallery / "jobs").exists()
    assert run("tag", gallery, town.groups, option, "-").status == 2
    assert run("enroll", gallery, town.portraits, "--report", tmp_path).status == 2


def test_an_index_is_imported_once_and_only_from_the_right_model(run: Run, gallery: Path, tmp_path: Path) -> None:
    exported, other = tmp_path / "exported", tmp_path / "other"
    run("index", "export", gallery, "--to", exported)
    run("gallery", "new", other)
    assert run("index", "import", other, "--from", exported, "--model", "nobody-has-it").status == 1
    assert run("index", "import", other, "--from", exported).status == 0
    assert "there already" in run("index", "import", other, "--from", exported).out
    assert people(run, other) == people(run, gallery)


def test_erasing_leaves_indexes_that_verify(run: Run, gallery: Path) -> None:
    someone = next(iter(people(run, gallery)))
    run("index", "build", gallery, "quick", "--type", "HNSW32")
    assert run("gallery", "erase", gallery, someone, "--yes").status == 0
    for name in ("default", "quick"):
        assert run("index", "verify", gallery, name).status == 0


def test_an_index_behind_its_gallery_is_no_damage(run: Run, gallery: Path) -> None:
    someone = next(iter(people(run, gallery)))
    run("gallery", "remove", gallery, someone)
    answer = run("index", "verify", gallery)
    assert answer.status == 0, answer.err
    assert "sound, 12 faces" in answer.out
