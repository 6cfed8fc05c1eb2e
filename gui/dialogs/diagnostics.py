"""The diagnostics file: shown in full before it is saved or copied."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale
from PySide6.QtGui import QFontDatabase, QGuiApplication, QScreen
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout

from core import diagnostics
from core.files import write_text
from core.log import Ring
from gui.aside import Aside
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP


class DiagnosticsWindow(QDialog):
    def __init__(self, kit: Kit, aside: Aside) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._aside = kit, aside
        self._words, self.text = QLabel(wordWrap=True), QPlainTextEdit(readOnly=True)
        self.buttons = {name: QPushButton(autoDefault=False) for name in ("copy", "save", "close")}
        self._build()
        self._connect()
        self._texts()
        aside.ask(partial(diagnostics.report, kit.state.settings, _records(), _facts(kit)), self._show, owner=self)
        self.resize(720, 560)

    def _build(self) -> None:
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        foot = QHBoxLayout()
        foot.addWidget(self.buttons["copy"])
        foot.addStretch()
        foot.addWidget(self.buttons["save"])
        foot.addWidget(self.buttons["close"])
        self.buttons["save"].setProperty("primary", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(self._words)
        column.addWidget(self.text, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.buttons["copy"].clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        self.buttons["save"].clicked.connect(self._save)
        self.buttons["close"].clicked.connect(self.close)
        self._kit.state.language_changed.connect(self._texts)

    def _texts(self) -> None:
        self.setWindowTitle(tr("Diagnostics file"))
        self._words.setText(
            tr(
                "This is all the file says: versions, this machine, settings and the log without what fills its "
                "sentences. No pictures, names, features or paths of photos are in it."
            )
        )
        self.text.setAccessibleName(tr("Contents of the diagnostics file"))
        for name, text in (("copy", tr("C&opy")), ("save", tr("&Save…")), ("close", tr("&Close"))):
            self.buttons[name].setText(text)

    def _show(self, report: str) -> None:
        self.text.setPlainText(report)

    def _save(self) -> None:
        start = Path("facefolio-diagnostics.txt")
        path = self._kit.ask.save_file(tr("Save the diagnostics file"), tr("Text (*.txt)"), start)
        if path is None:
            return
        notices, text = self._kit.state.notices, self.text.toPlainText()
        told = tr("The diagnostics file was written to {path}.", path=path)
        self._aside.ask(lambda: write_text(path, text), lambda _: notices.info(told), notices.problem, owner=self)


def _records() -> list[logging.LogRecord]:
    """What the log panel holds too."""
    rings = [handler for handler in logging.getLogger("core").handlers if isinstance(handler, Ring)]
    return [record for ring in rings for record in list(ring.records)]


def _facts(kit: Kit) -> dict[str, object]:
    bench, gallery = kit.state.bench, kit.state.gallery
    screens = [f"{one.size().width()}x{one.size().height()} at {one.devicePixelRatio():g}" for one in _screens()]
    return {
        "Qt": QLibraryInfo.version().toString(),
        "platform plugin": QGuiApplication.platformName(),
        "screens": ", ".join(screens),
        "language": QLocale().name(),
        "theme": "dark" if kit.theme.dark else "light",
        "models": bench.status,
        "device in use": f"{bench.in_use.engine}, {bench.in_use.device}" if bench.in_use else "none",
        "people": len(gallery.people) if gallery else 0,
        "faces": gallery.faces if gallery else 0,
    }


def _screens() -> list[QScreen]:
    return list(QGuiApplication.screens())
