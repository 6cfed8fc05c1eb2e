"""The guide is at hand in both languages, with its pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QTextDocument

from gui import language
from gui.action_table import BY_NAME
from gui.dialogs import guide
from gui.windows import Windows

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def windows(kit):
    made = Windows(kit)
    yield made
    made.shut()


@pytest.mark.parametrize(("name", "word"), [("en", "first minute"), ("zh_CN", "第一分钟")])
def test_f1_opens_the_guide_in_the_language_of_the_window(kit, windows, qtbot, name, word):
    language.choose(name)
    try:
        kit.actions["guide"].trigger()
        page = windows.show("guide").page
        qtbot.waitUntil(lambda: word in page.toPlainText(), timeout=5000)
        picture = next(iter(page.pictures))
        found = page.loadResource(QTextDocument.ResourceType.ImageResource.value, picture)
        assert found.width() in range(400, 721)
    finally:
        language.choose("en")


def test_a_program_without_its_guide_says_where_it_is(kit, windows, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(guide, "guide_folder", lambda: tmp_path)
    page = windows.show("guide").page
    qtbot.waitUntil(lambda: "not installed" in page.toPlainText(), timeout=5000)


@pytest.mark.parametrize("file", ["window.md", "window.zh.md"])
def test_every_picture_of_the_guide_is_there(file):
    names = re.findall(r"\]\((images/[^)]+)\)", (DOCS / file).read_text(encoding="utf-8"))
    assert len(names) >= 4
    assert [name for name in names if not (DOCS / name).is_file()] == []


def test_keys_in_the_guide_are_those_of_the_table():
    text = (DOCS / "window.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| (\w+) \| ([^|:]+)", text, re.MULTILINE))
    keys = {"Y": "confirm", "Enter": "this_is", "N": "not_this_person", "X": "not_a_face", "F3": "next_unknown"}
    assert set(said) >= set(keys)
    for key, name in keys.items():
        assert BY_NAME[name].shortcut == {"Enter": "Return"}.get(key, key)
