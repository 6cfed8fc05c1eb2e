"""The user guide inside the program, so that it is at hand offline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLocale, QSize, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QPushButton, QTextBrowser, QVBoxLayout

from core.paths import resources_folder
from gui.aside import Aside
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP


def guide_folder() -> Path:
    """Where the guide lies: beside the program in a checkout, else where it was installed with it."""
    checkout = resources_folder().parent / "docs"
    return checkout if (checkout / "window.md").is_file() else Path(sys.prefix) / "share" / "doc" / "facefolio"


class GuideWindow(QDialog):
    """The page about the window, in its language."""

    def __init__(self, kit: Kit, aside: Aside) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._aside = kit, aside
        self.page, self._close = _Page(), QPushButton(autoDefault=False)
        self._close.setProperty("primary", True)
        self._close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(self.page, 1)
        column.addWidget(self._close)
        kit.state.language_changed.connect(self._texts)
        self._texts()
        self.resize(820, 720)

    def _texts(self) -> None:
        self.setWindowTitle(tr("User guide"))
        self._close.setText(tr("Close"))
        chinese = QLocale().language() == QLocale.Language.Chinese
        name = "window.zh.md" if chinese else "window.md"
        self._aside.ask(lambda: _read(guide_folder() / name), self._show, owner=self)

    def _show(self, page: tuple[str, dict[str, QImage]]) -> None:
        text, self.page.pictures = page
        if not text:
            text = tr("The guide was not installed with the program. It lies in the folder docs of its source.")
        self.page.setMarkdown(text)


class _Page(QTextBrowser):
    """Shows pictures that were read beforehand, as wide as there is room."""

    def __init__(self) -> None:
        super().__init__(openExternalLinks=True)
        self.pictures: dict[str, QImage] = {}

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        picture = self.pictures.get(name.toString() if isinstance(name, QUrl) else name)
        if kind == QTextDocument.ResourceType.ImageResource.value and picture is not None:
            return picture
        return super().loadResource(kind, name)


def _read(file: Path) -> tuple[str, dict[str, QImage]]:
    """The text and its pictures, made no wider than the page; runs beside the window."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return "", {}
    names = [part.split(")")[0] for part in text.split("](")[1:] if part.startswith("images/")]
    return text, {name: _fitted(QImage(str(file.parent / name))) for name in names}


def _fitted(picture: QImage) -> QImage:
    room = QSize(720, 720)
    if picture.isNull():
        return picture
    return picture.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
