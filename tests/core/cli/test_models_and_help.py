"""Models on the command line, and help that says what it should."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.cli.parser import build_parser
from core.demo.town import Town
from core.engines.choose import Measured
from core.errors import Text

Run = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[3]


def commands_in(text: str) -> list[list[str]]:
    """The words of every `facefolio ...` line of a page, comments cut off."""
    lines = re.findall(r"^ *(?:pip install .* && )?(facefolio .+)$", text, re.MULTILINE)
    return [re.split(r" {2,}", line)[0].replace('"Anna Bell"', "Anna_Bell").split()[1:] for line in lines]


@pytest.mark.parametrize("page", ["README.md", "docs/guide.md"])
def test_every_command_of_the_pages_is_understood(page: str) -> None:
    commands = commands_in((ROOT / page).read_text(encoding="utf-8"))
    assert len(commands) >= 5
    for command in commands:
        assert build_parser().parse_args(command).handler


def test_every_example_of_the_help_is_understood(run: Run) -> None:
    found = 0
    for words in ([], ["enroll"], ["tag"], ["recognize"], ["index", "build"], ["models", "add"], ["gallery", "merge"]):
        text = run(*words, "--help").out
        for command in commands_in(text):
            assert build_parser().parse_args(command).handler
            found += 1
    assert found >= 12


def test_lists_and_shows_the_built_in_pair(run: Run) -> None:
    listed = run("models", "list").out
    assert "facefolio-detector" in listed
    assert "Apache-2.0" in listed
    shown = run("models", "show", "facefolio-feature").out
    assert "sha256" in shown
    assert "LFW" in shown


def test_check_of_a_built_in_model(run: Run) -> None:
    answer = run("models", "check", "facefolio-feature")
    assert answer.status == 0, answer.err
    assert "checksum is right" in answer.out


def test_a_model_is_added_chosen_used_and_removed(run: Run, town: Town, gallery: Path, tmp_path: Path) -> None:
    """The built-in feature model under another name and its own space stands for any other model."""
    card = tmp_path / "card.yaml"
    text = run("models", "show", "facefolio-feature").out
    text = re.sub(r"^name: .*$", "name: other", text, flags=re.MULTILINE)
    text = re.sub(r"^space: .*$", "space: other", text, flags=re.MULTILINE)
    card.write_text(text, encoding="utf-8")
    model = ROOT / "resources" / "models" / "face_feature.onnx"
    answer = run("models", "add", model, "--card", card)
    assert answer.status == 0, answer.err
    moved = run("models", "use", "other", "--gallery", gallery)
    assert moved.status == 0, moved.err
    assert json.loads(run("gallery", "show", gallery, "--json").out)["model"]["name"] == "other"
    someone = next(town.portraits.iterdir())
    assert f"{someone.name} " in run("recognize", gallery, someone / "0.jpg").out
    assert run("models", "remove", "other").status == 0
    refused = run("recognize", gallery, someone / "0.jpg")
    assert refused.status == 1
    assert "other" in refused.err
    assert run("gallery", "undo", gallery).status == 0
    assert f"{someone.name} " in run("recognize", gallery, someone / "0.jpg").out


def test_use_changes_the_settings(run: Run, own_home: Path) -> None:
    assert run("models", "use", "facefolio-detector").status == 0
    assert "facefolio-detector" in (own_home / "settings.yaml").read_text(encoding="utf-8")


def test_bench_tells_of_a_model_that_cannot_be_measured(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "core.cli.models.measure", lambda *_, **__: [Measured("openvino", "", None, Text("It is not there."))]
    )
    assert run("models", "bench", "facefolio-feature").out.split()[-6:] == "no figure It is not there.".split()


def test_bench_measures(run: Run) -> None:
    assert " ms" in run("models", "bench", "facefolio-feature", "--threads", "1").out


def test_evaluate_prints_and_writes_figures(run: Run, town: Town, tmp_path: Path) -> None:
    people = sorted(town.portraits.iterdir())
    lines = [f"{a.name}/0.jpg\t{b.name}/1.jpg\t{int(a == b)}" for a in people for b in people]
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("\n".join(lines), encoding="utf-8")
    answer = run("evaluate", pairs, "--root", town.portraits, "--json", tmp_path / "figures.json")
    assert answer.status == 0, answer.err
    assert "Advice" in answer.out
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["pairs"] == 25
    assert figures["accuracy"] > 0.8


def test_without_arguments_it_says_what_it_can_do(run: Run) -> None:
    answer = run()
    assert answer.status == 0
    assert "facefolio demo" in answer.out
