"""Settings are declared once, checked by name, and a file holds only what differs."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from core import settings
from core.errors import SettingsProblem
from core.settings import Settings


def test_every_setting_has_a_label_and_a_note() -> None:
    for field in fields(Settings):
        found = settings.declaration(field.name)
        assert found.label
        assert found.note.endswith(".")


def test_round_trip_holds_only_differences(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    settings.save(Settings(rec_threshold=0.45, engine="openvino"), file)
    assert sorted(file.read_text(encoding="utf-8").splitlines()) == ["engine: openvino", "rec_threshold: 0.45"]
    assert settings.load(file) == Settings(rec_threshold=0.45, engine="openvino")


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "none.yaml") == Settings()


def test_whole_numbers_serve_where_numbers_are_asked() -> None:
    assert Settings(max_megapixels=100).max_megapixels == 100.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rec_treshold": 0.4}, "rec_treshold"),
        ({"rec_threshold": 1.5}, "rec_threshold"),
        ({"rec_threshold": "high"}, "rec_threshold"),
        ({"engine": "tensorrt"}, "onnxruntime"),
        ({"threads": True}, "threads"),
        ({"threads": -1}, "threads"),
        ({"top_k": None}, "top_k"),
        ({"margin": float("nan")}, "margin"),
    ],
)
def test_bad_values_are_refused_by_name(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsProblem, match=said):
        Settings().changed(**values)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", "1: 2\n", "just text"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsProblem, match=r"broken\.yaml"):
        settings.load(file)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsProblem, match=r"broken\.yaml"):
        settings.load(file)
