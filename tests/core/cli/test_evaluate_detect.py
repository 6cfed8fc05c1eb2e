"""facefolio evaluate --detect on a drawn town, whose faces are known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.demo.town import Town

Run = Callable[..., Any]


@pytest.fixture
def truth(town: Town, tmp_path: Path) -> Path:
    entries = {
        group.file: {"boxes": [[x1, y1, x2 - x1, y2 - y1] for (x1, y1, x2, y2), _ in group.faces]}
        for group in town.truth
    }
    file = tmp_path / "truth.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    return file


def test_prints_and_writes_figures(run: Run, town: Town, truth: Path, tmp_path: Path) -> None:
    answer = run("evaluate", "--detect", truth, "--root", town.groups, "--json", tmp_path / "figures.json")
    assert answer.status == 0, answer.err
    assert "Recall at precision 95%" in answer.out
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    faces = sum(len(group.faces) for group in town.truth)
    assert figures["detector"] == "facefolio-detector"
    assert figures["total"]["faces"] == sum(band["faces"] for band in figures["by_size"]) == faces
    assert figures["total"]["recall"] > 0.8
    assert figures["recall_at_precision"]["score"] > 0
    assert figures["landmarks"] == {"faces": 0, "median": None, "mean": None}


def test_a_picture_that_is_missing_is_named_and_the_others_count(run: Run, town: Town, truth: Path) -> None:
    entries = json.loads(truth.read_text(encoding="utf-8"))
    truth.write_text(json.dumps({**entries, "gone.jpg": {"boxes": [[1, 2, 30, 40]]}}), encoding="utf-8")
    answer = run("evaluate", "--detect", truth, "--root", town.groups)
    assert answer.status == 1
    assert "gone.jpg" in answer.err
    assert f"{len(entries)} measured, 1 left out" in answer.out


def test_pairs_or_pictures_but_not_both_or_nothing(run: Run, truth: Path) -> None:
    assert run("evaluate").status == 2
    assert run("evaluate", "pairs.txt", "--detect", truth).status == 2
    answer = run("evaluate", "--detect", truth.parent / "none.json")
    assert answer.status == 2
    assert "none.json cannot be read" in answer.err
