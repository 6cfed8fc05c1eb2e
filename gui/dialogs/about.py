"""Version, and the licences of the program, its packages and its models."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QTabWidget, QTextBrowser, QVBoxLayout

from core import about
from core.models.cards import Card
from core.paths import resources_folder
from gui.aside import Aside
from gui.icons import app_icon
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP

_Facts = tuple[str, list[about.Part], list[Card], str]  # version, packages, models, the program's own licence


class AboutWindow(QDialog):
    def __init__(self, kit: Kit, aside: Aside) -> None:
        super().__init__(kit.ask.window)
        self._kit = kit
        self._facts: _Facts = ("", [], [], "")
        self._name, self._what = QLabel("FaceFolio"), QLabel(wordWrap=True)
        self.tabs, self._close = QTabWidget(), QPushButton(autoDefault=False)
        self.pages = {name: QTextBrowser(openExternalLinks=True) for name in ("packages", "models", "licence")}
        self._build()
        kit.state.language_changed.connect(self._texts)
        self._texts()
        aside.ask(_facts, self._found, owner=self)
        self.resize(640, 560)

    def _build(self) -> None:
        self._name.setProperty("role", "title")
        sign = QLabel()
        sign.setPixmap(app_icon().pixmap(64, 64))
        words = QVBoxLayout()
        words.addWidget(self._name)
        words.addWidget(self._what)
        top = QHBoxLayout()
        top.setSpacing(WIDE_GAP)
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        for page in self.pages.values():
            self.tabs.addTab(page, "")
        self._close.setProperty("primary", True)
        self._close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.tabs, 1)
        column.addWidget(self._close, 0, Qt.AlignmentFlag.AlignRight)

    def _found(self, facts: _Facts) -> None:
        self._facts = facts
        self._texts()

    def _texts(self) -> None:
        version, parts, cards, licence = self._facts
        self.setWindowTitle(tr("About FaceFolio"))
        line = tr("Version {version}, licence Apache-2.0.", version=version) if version else ""
        what = tr("Makes galleries of faces and recognizes people, on this machine alone.")
        private = tr("Pictures, names and features stay here; nothing is sent anywhere.")
        self._what.setText(f"{line}\n{what} {private}")
        for place, title in enumerate((tr("Packages"), tr("Models"), tr("Licence"))):
            self.tabs.setTabText(place, title)
        self.pages["packages"].setHtml(_table([(f"{part.name} {part.version}", part.licence) for part in parts]))
        self.pages["models"].setHtml(_table([(card.name, f"{card.licence} – {card.origin}") for card in cards]))
        self.pages["licence"].setPlainText(licence)
        for name, title in (("packages", tr("Packages")), ("models", tr("Models")), ("licence", tr("Licence"))):
            self.pages[name].setAccessibleName(title)
        self._close.setText(tr("&Close"))


def _facts() -> _Facts:
    from core.models.store import ModelStore

    return about.version(), about.parts(), ModelStore().cards(), about.licence_text(resources_folder().parent)


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td style="padding-right: 16px">{escape(name)}</td><td>{escape(text or tr("not told"))}</td></tr>'
        for name, text in rows
    )
    return f"<table>{cells}</table>"
