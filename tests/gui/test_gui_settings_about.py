"""The about window and the diagnostics file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from core import about, log
from gui.dialogs.about import AboutWindow
from gui.dialogs.diagnostics import DiagnosticsWindow
from gui.kit import Kit
from gui.windows import Windows

# Windows are raised; the platform without a screen says that it cannot.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def windows(kit: Kit) -> Iterator[Windows]:
    made = Windows(kit)
    yield made
    made.shut()


def test_about_tells_versions_and_licences(windows: Windows, qtbot) -> None:
    window = windows.show("about")
    assert isinstance(window, AboutWindow)
    qtbot.waitUntil(lambda: "numpy" in window.pages["packages"].toPlainText())
    assert about.version() in window._what.text()
    assert "facefolio-detector" in window.pages["models"].toPlainText()
    assert "Apache License" in window.pages["licence"].toPlainText()


def test_the_diagnostics_file_is_shown_before_it_is_saved(windows: Windows, ask, told, qtbot, tmp_path: Path) -> None:
    log.set_up()
    logging.getLogger("core.photos").warning("%s cannot be read", "Anna.jpg")
    window = windows.show("diagnostics")
    assert isinstance(window, DiagnosticsWindow)
    qtbot.waitUntil(lambda: "FaceFolio" in window.text.toPlainText())
    shown = window.text.toPlainText()
    assert "core.photos: … cannot be read" in shown
    assert "Anna" not in shown
    qtbot.mouseClick(window.buttons["copy"], Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == shown
    ask.will("save_file", tmp_path / "facts.txt")
    qtbot.mouseClick(window.buttons["save"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(told))
    assert (tmp_path / "facts.txt").read_text(encoding="utf-8") == shown


def test_a_refused_place_is_told(windows: Windows, ask, told, qtbot, tmp_path: Path) -> None:
    window = windows.show("diagnostics")
    assert isinstance(window, DiagnosticsWindow)
    (tmp_path / "file").write_text("")
    ask.will("save_file", tmp_path / "file" / "facts.txt")
    qtbot.mouseClick(window.buttons["save"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(told))
    assert told[-1].kind == "problem"
