"""The models window: what is here, choosing, moving the gallery, adding, removing, measuring, checking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from PySide6.QtCore import Qt

from core.engines.session import Port
from core.errors import NOTHING, Text
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.models.store import ModelStore
from core.paths import resources_folder
from core.pictures import encode_picture
from gui.dialogs.model_words import machine_words, page
from gui.dialogs.models import ModelsWindow
from gui.kit import Kit
from gui.models.model_cards import Row, Stock
from gui.theme import LIGHT
from gui.windows import Windows

# Windows are raised; the platform without a screen says that it cannot.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
FEATURE = "facefolio-feature"


@pytest.fixture
def window(kit: Kit, qtbot) -> Iterator[ModelsWindow]:
    windows = Windows(kit)
    shown = windows.show("models")
    assert isinstance(shown, ModelsWindow)
    qtbot.waitUntil(lambda: bool(shown.cards.rows))
    yield shown
    windows.shut()


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A feature model that nobody knows: the built-in one with a byte of name more."""
    whole = (resources_folder() / "models" / "face_feature.onnx").read_bytes()
    file = tmp_path / "stranger.onnx"
    file.write_bytes(whole + b"\x12\x08stranger")
    return file


@pytest.fixture
def card(tmp_path: Path) -> Path:
    values = {
        "name": "mine",
        "task": "feature",
        "length": 256,
        "preprocess": {"resize": "stretch", "size": [112, 112], "mean": [127.5] * 3, "std": [127.5] * 3},
        "alignment": {"kind": "square"},
        "licence": "MIT",
    }
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    return file


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A gallery of one face that another model than the built-in one has seen."""
    crop = np.random.default_rng(3).integers(0, 255, (112, 112, 3), np.uint8)
    feature = {"old": np.eye(4, dtype=np.float32)[0]}
    face = NewFace((0, 0, 9, 9), None, 0.9, 0.9, "a.jpg", "", (90, 90), encode_picture(crop, kind="jpeg"), b"")
    with Gallery.create(tmp_path / "people") as gallery:
        gallery.enroll([("Ann", replace(face, features=feature))], model=FeatureModel("old", "old model", 4))
        return gallery.folder


def choose(window: ModelsWindow, name: str) -> Row:
    window.table.selectRow(window.cards.place(name))
    row = window.chosen()
    assert row is not None
    assert row.name == name
    return row


def press(window: ModelsWindow, name: str, qtbot: Any) -> None:
    assert window.buttons[name].isEnabled(), window.buttons[name].toolTip()
    qtbot.mouseClick(window.buttons[name], Qt.MouseButton.LeftButton)


def add(window: ModelsWindow, kit: Kit, ask, stranger: Path, card: Path, qtbot) -> None:
    ask.will("file", stranger, card)
    ask.will("choice", 0)
    press(window, "file", qtbot)
    qtbot.waitUntil(lambda: window.cards.place("mine") >= 0, timeout=20000)


def test_what_is_here_and_what_is_only_known(window: ModelsWindow) -> None:
    assert choose(window, FEATURE).use == "chosen"
    assert not window.buttons["use"].isEnabled()
    assert not window.buttons["remove"].isEnabled()
    assert "Apache-2.0" in window.details.toPlainText()
    assert "LFW" in window.details.toPlainText()
    row = choose(window, "MobileFaceNet")
    assert row.entry is not None
    assert not row.entry.installed
    assert window.buttons["fetch"].isEnabled()
    assert "not here" in window.buttons["use"].toolTip()


def test_every_column_has_a_head_and_cells(window: ModelsWindow) -> None:
    for column in range(window.cards.columnCount()):
        assert window.cards.headerData(column, Qt.Orientation.Horizontal)
        assert window.cards.index(0, column).data()


def test_a_strangers_file_asks_for_a_card_and_is_added(
    window: ModelsWindow, kit: Kit, ask, stranger: Path, card: Path, qtbot
) -> None:
    add(window, kit, ask, stranger, card, qtbot)
    assert ask.asked[1] == ("choice", "The model needs a card")
    choose(window, "mine")
    press(window, "use", qtbot)
    assert kit.state.settings.feature == "mine"
    qtbot.waitUntil(lambda: choose(window, "mine").use == "chosen")
    ask.will("choice", 0)
    press(window, "remove", qtbot)
    qtbot.waitUntil(lambda: window.cards.place("mine") < 0)
    assert kit.state.settings.feature == ""
    assert not (ModelStore().folder / "mine").exists()


def test_a_card_to_complete_can_be_saved(
    window: ModelsWindow, ask, stranger: Path, told, qtbot, tmp_path: Path
) -> None:
    ask.will("file", stranger)
    ask.will("choice", 1)
    ask.will("save_file", tmp_path / "card.yaml")
    press(window, "file", qtbot)
    qtbot.waitUntil(lambda: bool(told), timeout=20000)
    assert "task:" in (tmp_path / "card.yaml").read_text(encoding="utf-8")
    assert told[-1].kind == "info"


def test_what_is_no_model_is_told_in_words(window: ModelsWindow, ask, told, qtbot, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    ask.will("file", tmp_path / "notes.txt")
    press(window, "file", qtbot)
    qtbot.waitUntil(lambda: bool(told), timeout=20000)
    assert told[-1].kind == "problem"
    assert "notes.txt" in told[-1].text


def test_the_gallery_is_moved_only_when_one_says_so(
    window: ModelsWindow, kit: Kit, ask, people: Path, open_gallery, told, qtbot
) -> None:
    open_gallery(people)
    choose(window, FEATURE)
    for answer in (None, 1):  # 1: only for new galleries
        ask.will("choice", answer)
        press(window, "use", qtbot)
        qtbot.waitUntil(lambda: not ask.answers["choice"])
        assert not kit.bridge.jobs
    ask.will("choice", 0)
    press(window, "use", qtbot)
    qtbot.waitUntil(lambda: bool(kit.bridge.jobs))
    assert kit.bridge.jobs[0].again == {"kind": "move_gallery", "folder": str(people), "model": FEATURE}
    qtbot.waitUntil(lambda: kit.state.gallery.model.name == FEATURE, timeout=20000)
    qtbot.waitUntil(lambda: any(notice.action == "Undo" for notice in told))
    assert choose(window, FEATURE).use == "gallery"
    kit.state.undo()
    qtbot.waitUntil(lambda: kit.state.gallery.model.name == "old model")


def test_measuring_shows_each_engine_and_remembers_the_best(window: ModelsWindow, qtbot, monkeypatch) -> None:
    def opened(card: Any, *, engine: str, device: str, threads: int) -> Any:
        def run(feeds: Any) -> list[Any]:
            return [sum(np.sort(np.zeros(200_000)).sum() for _ in range(1 if engine == "openvino" else 8))]

        inputs = (Port("x", (None, 3, 112, 112), "float32"),)
        return SimpleNamespace(engine=engine, device="CPU", note=NOTHING, inputs=inputs, run=run, close=lambda: None)

    monkeypatch.setattr("core.engines.choose.open_session", opened)
    monkeypatch.setattr("core.engines.choose.availability", lambda: dict.fromkeys(("onnxruntime", "openvino"), NOTHING))
    monkeypatch.setattr("core.engines.choose._MOST", 5)
    choose(window, FEATURE)
    press(window, "measure", qtbot)
    qtbot.waitUntil(lambda: FEATURE in window.cards.stock.best, timeout=20000)
    assert window.cards.stock.best[FEATURE].engine == "openvino"
    text = window.details.toPlainText()
    assert "OpenVINO" in text
    assert "✓ quickest" in text


def test_checking_tells_every_finding(window: ModelsWindow, qtbot) -> None:
    choose(window, FEATURE)
    press(window, "check", qtbot)
    qtbot.waitUntil(lambda: "the checksum is right" in window.details.toPlainText(), timeout=30000)
    assert "opens and fits the card" in window.details.toPlainText()


def test_a_damaged_model_is_shown_and_can_be_removed(window: ModelsWindow, ask, qtbot) -> None:
    folder = ModelStore().folder / "broken"
    folder.mkdir(parents=True)
    (folder / "card.yaml").write_text("name: broken\n", encoding="utf-8")
    window._look()
    qtbot.waitUntil(lambda: window.cards.place("broken") >= 0)
    assert choose(window, "broken").problem is not None
    assert "broken" in window.details.toPlainText()
    ask.will("choice", 0)
    press(window, "remove", qtbot)
    qtbot.waitUntil(lambda: not folder.exists())


def test_a_machine_without_a_graphics_card_is_told_why() -> None:
    engines = {"onnxruntime": NOTHING, "paddle": Text("Paddle is not installed.")}
    stock = Stock(engines=engines, no_graphics=Text("built without CUDA"))
    words = machine_words(stock, None, None)
    assert "built without CUDA" in words
    assert "Paddle is not installed." in words


def test_a_page_escapes_what_strangers_write(window: ModelsWindow) -> None:
    row = choose(window, FEATURE)
    assert row.entry is not None
    entry = replace(row.entry, card=replace(row.entry.card, note="<img src=x>", origin="<b>"))
    assert "<img" not in page(replace(row, entry=entry), window.cards.stock, None, None, LIGHT)
