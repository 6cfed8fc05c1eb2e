"""Shortcuts are searched, changed, warned about and put back, and a refused disk keeps the old ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from gui.action_table import ALL, BY_NAME
from gui.dialogs.shortcuts import ShortcutsWindow
from gui.kit import Kit
from gui.windows import Windows

# Windows are raised; the platform without a screen says that it cannot.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def window(kit: Kit) -> Iterator[ShortcutsWindow]:
    windows = Windows(kit)
    shown = windows.show("shortcuts")
    assert isinstance(shown, ShortcutsWindow)
    yield shown
    windows.shut()


def choose(window: ShortcutsWindow, name: str) -> None:
    place = window.found.mapFromSource(window.shortcuts.index(ALL.index(BY_NAME[name]), 0))
    window.table.selectRow(place.row())
    assert window.chosen() is BY_NAME[name]


def press(window: ShortcutsWindow, keys: str) -> None:
    window.keys.setKeySequence(QKeySequence(keys))
    window.keys.editingFinished.emit()


def cell(window: ShortcutsWindow, name: str) -> str:
    return window.shortcuts.index(ALL.index(BY_NAME[name]), 3).data()


def test_all_actions_are_there_and_can_be_searched(window: ShortcutsWindow, qtbot) -> None:
    assert window.found.rowCount() == len(ALL)
    qtbot.keyClicks(window.search, "ctrl+m")
    assert window.chosen() is BY_NAME["merge"]
    assert window.found.rowCount() == 1
    window.search.setText("backup")
    assert window.found.rowCount() == 2  # "Back up now", "Restore a backup"
    window.search.setText("no such thing")
    assert window.chosen() is None
    assert not window.keys.isEnabled()


def test_new_keys_apply_and_are_marked(window: ShortcutsWindow, kit: Kit, qtbot) -> None:
    choose(window, "undo")
    window.keys.setFocus()
    qtbot.keyClick(window.keys, Qt.Key.Key_F7)
    window.keys.editingFinished.emit()
    assert kit.actions["undo"].shortcut() == QKeySequence("F7")
    assert cell(window, "undo") == "F7 (changed)"
    qtbot.mouseClick(window.buttons["reset"], Qt.MouseButton.LeftButton)
    assert cell(window, "undo") == "Ctrl+Z"


def test_keys_of_another_action_are_not_taken_unasked(window: ShortcutsWindow, kit: Kit, qtbot) -> None:
    choose(window, "find")
    press(window, "Ctrl+Z")
    assert "Undo" in window.warning.text()
    assert kit.actions.shortcut("find") == "Ctrl+F"
    qtbot.mouseClick(window.buttons["take"], Qt.MouseButton.LeftButton)
    assert (kit.actions.shortcut("find"), kit.actions.shortcut("undo")) == ("Ctrl+Z", "")
    assert cell(window, "undo") == "none (changed)"
    choose(window, "undo")
    qtbot.mouseClick(window.buttons["reset"], Qt.MouseButton.LeftButton)
    assert "Find" in window.warning.text()


def test_none_and_all(window: ShortcutsWindow, kit: Kit, told, qtbot) -> None:
    choose(window, "redo")
    qtbot.mouseClick(window.buttons["clear"], Qt.MouseButton.LeftButton)
    assert kit.actions["redo"].shortcut().isEmpty()
    qtbot.mouseClick(window.buttons["all"], Qt.MouseButton.LeftButton)
    assert kit.actions.shortcut("redo") == BY_NAME["redo"].shortcut
    told[-1].act()
    assert kit.actions.shortcut("redo") == ""


def test_a_disk_that_refuses_keeps_the_old_keys(window: ShortcutsWindow, kit: Kit, told, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gui.actions.write_text", refuse)
    choose(window, "undo")
    press(window, "F7")
    assert told[-1].kind == "problem"
    assert kit.actions.shortcut("undo") == "Ctrl+Z"


def test_escape_leaves_the_field_of_keys_and_then_the_window(window: ShortcutsWindow, kit: Kit, qtbot) -> None:
    choose(window, "restore")
    window.keys.setFocus()
    press(window, "Ctrl+N")  # somebody else's
    assert window.warning.text()
    qtbot.keyClick(window.keys, Qt.Key.Key_Escape)
    assert (window.keys.keySequence().toString(), window.warning.text()) == ("", "")
    assert kit.actions.shortcut("restore") == ""
    assert window.focusWidget() is window.table
    qtbot.keyClick(window.table, Qt.Key.Key_Escape)
    assert not window.isVisible()
