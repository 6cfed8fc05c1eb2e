"""Rows of results become tables and pictures; what is no face is left out, what people said counts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import InputProblem
from core.export.records import PhotoResult
from core.jobs.export_rows import RowsOutput, export_rows, result_of
from core.photos import open_photo
from core.recognizer import Recognizer
from core.result_row import Answer, ResultRow, rows_of

Photo = Callable[..., Path]
Finish = Callable[[Any], tuple[list[Any], Any]]


@pytest.fixture
def rows(knowing: Recognizer, photo: Photo, paints: SimpleNamespace) -> list[ResultRow]:
    """Rosa and an unknown face in a.png, Gino in b.png."""
    found: list[ResultRow] = []
    for path in (photo("a.png", paints.RED, paints.BLUE), photo("b.png", paints.GREEN)):
        opened = open_photo(path)
        found += rows_of(PhotoResult.of(knowing.recognize_photo(opened), opened, sha256=opened.sha256), 0.0)
    return found


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_all_outputs(rows: list[ResultRow], finish: Finish, tmp_path: Path) -> None:
    output = RowsOutput(tmp_path / "t.csv", tmp_path / "t.json", tmp_path / "drawn")
    steps, written = finish(export_rows(lambda: rows, output))
    assert written == [output.csv, output.json, output.annotated]
    assert steps == [None, None]
    assert [row["name"] for row in table(tmp_path / "t.csv")] == ["Rosa", "", "Gino"]
    entries = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert [len(entry["boxes"]) for entry in entries] == [2, 1]
    assert sorted(path.name for path in (tmp_path / "drawn").glob("*.png")) == ["a.png", "b.png"]


def test_what_people_said_counts(rows: list[ResultRow], finish: Finish, tmp_path: Path) -> None:
    said = [
        replace(rows[0], answer=Answer("no face")),
        replace(rows[1], answer=Answer("person", 9, "Anna", (4,))),
        replace(rows[2], answer=Answer("person", 2, "Gino", (5,))),
    ]
    finish(export_rows(lambda: said, RowsOutput(csv=tmp_path / "t.csv")))
    anna, gino = table(tmp_path / "t.csv")
    assert (anna["name"], anna["similarity"], anna["decision"]) == ("Anna", "", "known")
    assert gino["name"] == "Gino"
    assert float(gino["similarity"]) == pytest.approx(rows[2].matches[0].similarity, abs=1e-4)


def test_a_denied_name_is_not_written(rows: list[ResultRow], finish: Finish, tmp_path: Path) -> None:
    denied = replace(rows[0], excluded=frozenset({1}))
    finish(export_rows(lambda: [denied], RowsOutput(json=tmp_path / "t.json")))
    assert "Rosa" not in (tmp_path / "t.json").read_text("utf-8")


def test_live_faces_have_a_line_each(rows: list[ResultRow], finish: Finish, tmp_path: Path) -> None:
    live = [replace(row, origin="live", source="Camera", sha256="") for row in rows]
    output = RowsOutput(csv=tmp_path / "t.csv", annotated=tmp_path / "drawn")
    finish(export_rows(lambda: live, output))
    lines = table(tmp_path / "t.csv")
    assert [(line["path"], line["origin"]) for line in lines] == [("Camera", "live")] * 3
    assert all(line["time"] for line in lines)
    assert list((tmp_path / "drawn").glob("*.png")) == []


def test_a_photo_that_is_gone_is_told_and_the_rest_is_drawn(
    rows: list[ResultRow], finish: Finish, tmp_path: Path
) -> None:
    Path(rows[0].source).unlink()
    steps, _ = finish(export_rows(lambda: rows, RowsOutput(annotated=tmp_path / "drawn")))
    assert "is not there" in str(steps[0])
    assert steps[1] is None
    assert [path.name for path in (tmp_path / "drawn").glob("*.png")] == ["b.png"]


def test_a_folder_with_other_things_is_refused(rows: list[ResultRow], finish: Finish, tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="already holds other files"):
        finish(export_rows(lambda: rows, RowsOutput(annotated=tmp_path)))


def test_a_result_of_rows_is_that_of_the_photo(rows: list[ResultRow]) -> None:
    result = result_of(rows[:2])
    assert (result.path, len(result.faces), result.sha256) == (rows[0].source, 2, rows[0].sha256)
    assert [decision.kind for decision in result.decisions] == ["known", "unknown"]
