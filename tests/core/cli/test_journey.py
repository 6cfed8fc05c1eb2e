"""From photos to names with the built-in models, as a person would do it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from core.demo.town import Town
from core.paths import settings_file
from core.pictures import write_picture

Run = Callable[..., Any]


def names(run: Run, gallery: Path) -> dict[str, int]:
    shown = json.loads(run("gallery", "show", gallery, "--json").out)
    return {each["name"]: each["faces"] for each in shown["identities"]}


def test_enroll_tag_and_find_everyone(run: Run, gallery: Path, town: Town, tmp_path: Path) -> None:
    assert set(names(run, gallery).values()) == {3}
    table, entries, pictures = tmp_path / "people.csv", tmp_path / "people.json", tmp_path / "annotated"
    answer = run("tag", gallery, town.groups, "--csv", table, "--json", entries, "--annotate", pictures)
    assert answer.status == 0, answer.err
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"), newline="")))
    for truth in town.truth:
        found = {row["name"] for row in rows if Path(row["path"]).name == truth.file and row["decision"] == "known"}
        expected = {face.name for face in truth.faces if face.name}
        assert len(found & expected) >= len(expected) - 1
        assert (pictures / truth.file).is_file()
    data = json.loads(entries.read_text(encoding="utf-8"))
    assert [Path(each["input_path"]).name for each in data] == [truth.file for truth in town.truth]
    assert set(data[0]["boxes"][0]) >= {"labels", "rec_scores", "det_score", "coordinate", "landmarks", "quality"}


def test_nobody_is_twice_in_labels(run: Run, gallery: Path, town: Town) -> None:
    answer = run("recognize", gallery, town.groups, "--json", "-")
    boxes = [box for each in json.loads(answer.out) for box in each["boxes"] if box["labels"]]
    assert boxes
    assert all(len(set(box["labels"])) == len(box["labels"]) for box in boxes)
    assert all(box["reason"] for box in boxes)


def test_enrolling_again_adds_nothing(run: Run, gallery: Path, town: Town) -> None:
    before = names(run, gallery)
    answer = run("enroll", gallery, town.portraits)
    assert answer.status == 0
    assert "15 pictures already there" in answer.out
    assert names(run, gallery) == before


def test_a_dry_run_writes_nothing_but_its_report(run: Run, tmp_path: Path, town: Town) -> None:
    folder = tmp_path / "empty.gallery"
    run("gallery", "new", folder)
    report = tmp_path / "plan.json"
    answer = run("enroll", folder, town.portraits, "--dry-run", "--report", report)
    assert answer.status == 0
    assert names(run, folder) == {}
    rows = json.loads(report.read_text(encoding="utf-8"))["rows"]
    assert [row["status"] for row in rows] == ["enrolled"] * 15


def test_remove_undo_redo_and_history(run: Run, gallery: Path, town: Town) -> None:
    before = names(run, gallery)
    someone = next(iter(before))
    assert run("gallery", "remove", gallery, someone).status == 0
    assert someone not in names(run, gallery)
    tagged = run("recognize", gallery, town.portraits / someone / "0.jpg", "--json", "-")
    assert someone not in tagged.out.replace(str(town.portraits), "").replace(f"/{someone}/", "/")
    assert someone in run("gallery", "undo", gallery).out
    assert names(run, gallery) == before
    assert run("gallery", "redo", gallery).status == 0
    assert someone not in names(run, gallery)
    assert "Enroll 15 faces" in run("gallery", "history", gallery).out


def test_rename_and_merge(run: Run, gallery: Path) -> None:
    first, second, *_ = names(run, gallery)
    assert run("gallery", "rename", gallery, first, "Grandma Ané").status == 0
    assert run("gallery", "merge", gallery, "Grandma Ané", second).status == 0
    assert names(run, gallery)["Grandma Ané"] == 6
    assert second not in names(run, gallery)


def test_backup_restore_and_erase(run: Run, gallery: Path, tmp_path: Path) -> None:
    before = names(run, gallery)
    someone = next(iter(before))
    backup = tmp_path / "town.backup"
    assert run("gallery", "backup", gallery, backup).status == 0
    refused = run("gallery", "erase", gallery, someone)
    assert refused.status == 2
    assert "--yes" in refused.err
    assert run("gallery", "erase", gallery, someone, "--yes").status == 0
    assert someone not in names(run, gallery)
    for file in gallery.rglob("*"):
        assert not file.is_file() or someone.encode() not in file.read_bytes()
    again = tmp_path / "again.gallery"
    assert run("gallery", "restore", again, backup).status == 0
    assert names(run, again) == before


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
def test_indexes_of_every_kind(run: Run, gallery: Path, town: Town, kind: str, tmp_path: Path) -> None:
    first, second, *_ = names(run, gallery)
    assert run("index", "build", gallery, "few", first, second, "--type", kind, "--metric", "L2").status == 0
    assert run("index", "remove", gallery, "few", first).status == 0
    photo = town.portraits / second / "1.jpg"
    assert f"{second} " in run("recognize", gallery, photo, "--index", "few").out
    assert first not in run("recognize", gallery, town.portraits / first / "1.jpg", "--index", "few").out.replace(
        str(town.portraits / first), ""
    )
    assert run("index", "append", gallery, "few", first).status == 0
    assert "6 faces of 2 people" in run("index", "list", gallery).out
    verified = run("index", "verify", gallery, "few")
    assert verified.status == 0, verified.err
    target = tmp_path / "exported"
    assert run("index", "export", gallery, "few", "--to", target).status == 0
    assert sorted(path.name for path in target.iterdir()) == ["id_map.yaml", "vector.index"]
    other = tmp_path / "other.gallery"
    run("gallery", "new", other)
    assert run("index", "import", other, "--from", target).status == 0
    assert names(run, other) == {first: 3, second: 3}
    assert f"{second} " in run("recognize", other, photo).out


def test_resume_goes_on_and_does_only_new_photos(run: Run, gallery: Path, town: Town, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for truth in town.truth[:2]:
        (photos / truth.file).write_bytes((town.groups / truth.file).read_bytes())
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    assert run("tag", gallery, photos, "--csv", first).status == 0
    third = town.truth[2].file
    (photos / third).write_bytes((town.groups / third).read_bytes())
    assert run("tag", gallery, photos, "--csv", second, "--resume").status == 0
    lines = second.read_text(encoding="utf-8-sig").splitlines()
    assert set(first.read_text(encoding="utf-8-sig").splitlines()) < set(lines)
    assert any(third in line for line in lines)


def test_photographs_of_a_person(run: Run, tmp_path: Path) -> None:
    data = pytest.importorskip("skimage.data")
    portrait = np.ascontiguousarray(data.astronaut()[..., ::-1])
    folder = tmp_path / "space.gallery"
    photo, darker = tmp_path / "Eileen Collins.png", tmp_path / "again.jpg"
    write_picture(photo, portrait)
    write_picture(darker, np.ascontiguousarray((portrait[:, ::-1] * 0.7).astype(np.uint8)))
    run("gallery", "new", folder)
    answer = run("enroll", folder, photo, "--name", "Eileen Collins")
    assert answer.status == 0, answer.err
    assert "Eileen Collins 0." in run("recognize", folder, darker).out


def test_demo(run: Run, tmp_path: Path) -> None:
    answer = run("demo", tmp_path / "demo", "--people", "4", "--groups", "2")
    assert answer.status == 0, answer.err
    right, people = answer.out.split(" people named right")[0].splitlines()[-1].split(" of ")
    assert int(right) >= int(people) * 0.8
    assert len(list((tmp_path / "demo" / "annotated").glob("*.jpg"))) == 2
    again = run("demo", tmp_path / "demo", "--people", "4", "--groups", "2")
    assert again.status == 0, again.err


def test_a_threshold_from_ones_own_people(run: Run, gallery: Path) -> None:
    answer = run("gallery", "threshold", gallery)
    assert answer.status == 0, answer.err
    assert "Compared 5 people, 15 faces" in answer.out
    told = json.loads(run("gallery", "threshold", gallery, "--json").out)
    by_threshold = {row["known"]: row for row in told["thresholds"]}
    assert by_threshold[told["advised"]]["strangers"] <= 0.02
    assert by_threshold[told["present"]]["named"] > 0.9
    assert f"Advice: known from {told['advised']:.2f}" in answer.out
    assert not settings_file().exists()
    assert run("gallery", "threshold", gallery, "--save").status == 0
    assert yaml.safe_load(settings_file().read_text())["rec_threshold"] == told["advised"]
    assert json.loads(run("gallery", "threshold", gallery, "--json").out)["present"] == told["advised"]


def test_no_share_of_strangers_is_refused(run: Run, gallery: Path) -> None:
    assert run("gallery", "threshold", gallery, "--strangers", "0").status == 2
