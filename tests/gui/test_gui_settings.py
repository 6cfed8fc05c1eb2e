"""The settings window is made from the declarations, and every change applies at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from core import settings as stored
from core.models.store import ModelStore
from core.paths import settings_file
from core.settings import PAGES, Settings, declaration
from gui.dialogs.settings import SettingsWindow
from gui.kit import Kit
from gui.language import choose
from gui.windows import Windows

# Windows are raised; the platform without a screen says that it cannot.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def windows(kit: Kit) -> Iterator[Windows]:
    made = Windows(kit)
    yield made
    made.shut()
    choose("en")


@pytest.fixture
def window(windows: Windows, qtbot) -> SettingsWindow:
    shown = windows.show("settings")
    assert isinstance(shown, SettingsWindow)
    qtbot.waitUntil(lambda: bool(shown._facts.advised))
    return shown


def visible(window: SettingsWindow) -> set[str]:
    return {name for name, row in window.rows.items() if not row.isHidden()}


def test_every_setting_has_its_row_on_a_page(window: SettingsWindow) -> None:
    assert set(window.rows) == {field.name for field in fields(Settings)}
    window.advanced.setChecked(True)
    shown: set[str] = set()
    for place in range(len(PAGES)):
        window.pages.setCurrentRow(place)
        shown |= visible(window)
    assert shown == set(window.rows)


def test_words_of_choices_are_as_many_as_the_choices() -> None:
    for field in fields(Settings):
        rule = declaration(field.name)
        assert rule.page in PAGES
        assert not rule.words or len(rule.words) == len(rule.choices), field.name


def test_advanced_ones_show_on_demand_or_when_changed(window: SettingsWindow, kit: Kit) -> None:
    window.pages.setCurrentRow(PAGES.index("Recognition"))
    assert "top_k" not in visible(window)
    kit.state.change_settings(top_k=7)
    assert "top_k" in visible(window)


def test_search_looks_through_all_pages(window: SettingsWindow, qtbot) -> None:
    qtbot.keyClicks(window.search, "largest picture")
    assert visible(window) == {"max_megapixels"}
    assert window.pages.selectedItems() == []  # what was found stands on no page
    window.search.setText("nothing of the kind")
    assert not visible(window)
    assert "nothing of the kind" in window._nothing.text()
    window.pages.setCurrentRow(1)
    assert window.search.text() == ""
    assert "engine" in visible(window)


def test_a_choice_applies_and_is_saved_at_once(window: SettingsWindow, kit: Kit, qtbot) -> None:
    window.pages.setCurrentRow(PAGES.index("Models"))
    box = window.rows["engine"].editor.box  # type: ignore[attr-defined]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    assert kit.state.settings.engine == "paddle"
    assert stored.load(settings_file()).engine == "paddle"
    back = window.rows["engine"]._back
    assert not back.isHidden()
    qtbot.mouseClick(back, Qt.MouseButton.LeftButton)
    assert kit.state.settings.engine == "auto"
    assert back.isHidden()


def test_a_limit_is_the_cards_until_a_person_says_another(window: SettingsWindow, kit: Kit, qtbot) -> None:
    window.pages.setCurrentRow(PAGES.index("Recognition"))
    editor = window.rows["rec_threshold"].editor
    known = ModelStore().default_card("feature").thresholds.known
    assert f"{known:.2f}" in editor.as_advised.text()  # type: ignore[attr-defined]
    assert not editor.spin.isEnabled()  # type: ignore[attr-defined]
    qtbot.keyClick(editor.as_advised, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    assert kit.state.settings.rec_threshold == known
    qtbot.keyClick(editor.spin, Qt.Key.Key_Up)  # type: ignore[attr-defined]
    assert kit.state.settings.rec_threshold == pytest.approx(known + 0.01)
    qtbot.keyClick(editor.as_advised, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    assert kit.state.settings.rec_threshold is None


def test_the_wheel_passes_over_values(window: SettingsWindow, kit: Kit) -> None:
    window.pages.setCurrentRow(PAGES.index("Models"))
    window.search.setFocus()
    for name in ("engine", "threads"):
        widget = window.rows[name].editor.widget
        place = QPointF(5, 5)
        event = QWheelEvent(
            place,
            place,
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)
    assert kit.state.settings == Settings()


def test_a_page_goes_back_to_its_defaults_and_undo_takes_that_back(
    window: SettingsWindow, kit: Kit, told, qtbot
) -> None:
    kit.state.change_settings(threads=3, engine="openvino", min_quality=0.5)
    window.pages.setCurrentRow(PAGES.index("Models"))
    qtbot.mouseClick(window._buttons["page"], Qt.MouseButton.LeftButton)
    assert kit.state.settings == Settings(min_quality=0.5)
    told[-1].act()
    assert kit.state.settings == Settings(threads=3, engine="openvino", min_quality=0.5)
    qtbot.mouseClick(window._buttons["all"], Qt.MouseButton.LeftButton)
    assert kit.state.settings == Settings()


def test_export_and_import(window: SettingsWindow, kit: Kit, ask, told, qtbot, tmp_path: Path) -> None:
    kit.state.change_settings(top_k=9)
    ask.will("save_file", tmp_path / "mine.yaml")
    qtbot.mouseClick(window._buttons["export"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(told))
    assert stored.load(tmp_path / "mine.yaml") == Settings(top_k=9)
    kit.state.change_settings(top_k=2, threads=4)
    ask.will("file", tmp_path / "mine.yaml")
    qtbot.mouseClick(window._buttons["import"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: kit.state.settings == Settings(top_k=9))


@pytest.mark.parametrize(
    ("text", "word"), [("top_k: 1000\n", "top_k"), ("colour: blue\n", "colour"), ("a: [", "YAML"), (None, "no ")]
)
def test_a_bad_file_is_refused_in_words_and_changes_nothing(
    window: SettingsWindow, kit: Kit, ask, told, qtbot, tmp_path: Path, text: str | None, word: str
) -> None:
    if text is not None:
        (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    ask.will("file", tmp_path / "bad.yaml")
    qtbot.mouseClick(window._buttons["import"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(told))
    assert told[-1].kind == "problem"
    assert word in told[-1].text
    assert "remove" not in told[-1].hint  # said of the file that the program starts with, not of this one
    assert kit.state.settings == Settings()


def test_a_disk_that_refuses_leaves_the_old_value(window: SettingsWindow, kit: Kit, told, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gui.state.stored.save", refuse)
    switch = window.rows["once_per_photo"].editor.box  # type: ignore[attr-defined]
    switch.click()
    assert told[-1].kind == "problem"
    assert switch.isChecked() is kit.state.settings.once_per_photo is True


def test_the_language_changes_at_once(window: SettingsWindow, kit: Kit) -> None:
    kit.state.change_settings(language="zh_CN")
    assert window.windowTitle() == "设置"
    assert window.pages.item(0).text() == "窗口"
    assert window.rows["theme"].editor.box.itemText(2) == "深色"  # type: ignore[attr-defined]
    kit.state.change_settings(language="en")
    assert window.windowTitle() == "Settings"


def test_asking_again_brings_the_same_window_and_the_thread_ends(kit: Kit, windows: Windows) -> None:
    first = windows.show("settings")
    first.close()
    kit.actions["settings"].trigger()
    assert windows.show("settings") is first
    assert first.isVisible()
