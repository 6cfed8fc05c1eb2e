"""The settings window, generated from core.settings: pages, search, defaults; every change applies at once."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core import settings as stored
from core.errors import Problem, Text
from core.settings import PAGES, Settings
from gui.aside import Aside
from gui.dialogs.setting_editors import Facts
from gui.dialogs.setting_row import SettingRow, names_of
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.theme import GAP, SMALL_GAP, WIDE_GAP
from gui.widgets.notice_bar import NoticeBar

_ADVANCED = "settings/advanced"  # in the window's memory
_LIST = 150


class SettingsWindow(QDialog):
    """Knows no setting by name: a new declaration in the core is a new row here."""

    def __init__(self, kit: Kit, aside: Aside) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._aside = kit, aside
        self._facts = Facts()
        self.rows = {name: SettingRow(name, kit, self._apply) for page in PAGES for name in names_of(page)}
        self.search, self.advanced, self.pages = QLineEdit(clearButtonEnabled=True), QCheckBox(), QListWidget()
        self._titles = {page: QLabel() for page in PAGES}
        self._nothing = QLabel(wordWrap=True)
        self._buttons = {name: QPushButton() for name in ("export", "import", "page", "all", "close")}
        self._build()
        self._connect()
        self._texts()
        self._icons()
        self._show_values()
        self.resize(820, 600)

    # --- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.pages.addItems([""] * len(PAGES))
        self.pages.setCurrentRow(0)
        self.pages.setFixedWidth(_LIST)
        self.pages.setProperty("role", "pages")
        self.advanced.setChecked(self._kit.state.memory.value(_ADVANCED, False, type=bool) is True)
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.advanced)
        middle = QHBoxLayout()
        middle.setSpacing(WIDE_GAP)
        middle.addWidget(self.pages)
        middle.addWidget(self._scrolled(), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(NoticeBar(self._kit))
        column.addLayout(top)
        column.addLayout(middle, 1)
        column.addLayout(self._foot())

    def _scrolled(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, GAP, 0)
        column.setSpacing(SMALL_GAP)
        for page in PAGES:
            self._titles[page].setProperty("role", "title")
            column.addWidget(self._titles[page])
            for name in names_of(page):
                column.addWidget(self.rows[name])
        self._nothing.setProperty("role", "faint")
        column.addWidget(self._nothing)
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        return area

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for name in ("export", "import"):
            row.addWidget(self._buttons[name])
        row.addStretch()
        for name in ("page", "all", "close"):
            row.addWidget(self._buttons[name])
        for button in self._buttons.values():
            button.setAutoDefault(False)
        self._buttons["close"].setProperty("primary", True)
        return row

    def _connect(self) -> None:
        state = self._kit.state
        self.search.textChanged.connect(lambda _: self._filter())
        self.advanced.toggled.connect(self._remember_advanced)
        self.pages.currentRowChanged.connect(lambda _: self._page_chosen())
        self.pages.itemClicked.connect(lambda _: self._page_chosen())  # the page of before a search is current still
        calls = {"export": self._export, "import": self._import, "page": self._reset_page, "all": self._reset_all}
        for name, call in calls.items():
            self._buttons[name].clicked.connect(call)
        self._buttons["close"].clicked.connect(self.close)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.activated.connect(self.search.setFocus)
        state.settings_changed.connect(self._settings_changed)
        state.language_changed.connect(self._texts)
        state.desk.opened.connect(self._learn)
        state.desk.changed.connect(lambda _: self._learn() if self.isVisible() else None)
        self._kit.theme.changed.connect(self._icons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._learn()

    # --- words -----------------------------------------------------------------------------------------------------

    def _texts(self) -> None:
        self.setWindowTitle(tr("Settings"))
        self.search.setPlaceholderText(tr("Search settings"))
        self.search.setAccessibleName(tr("Search settings"))
        self.pages.setAccessibleName(tr("Pages of settings"))
        self.advanced.setText(tr("Show &advanced ones"))
        for place, page in enumerate(PAGES):
            self.pages.item(place).setText(said(Text(page)))
            self._titles[page].setText(said(Text(page)))
        words = {
            "export": tr("&Export…"),
            "import": tr("&Import…"),
            "page": tr("Reset &page"),
            "all": tr("Reset a&ll"),
            "close": tr("&Close"),
        }
        for name, text in words.items():
            self._buttons[name].setText(text)
        for row in self.rows.values():
            row.texts()
        self._filter()

    def _icons(self) -> None:
        for row in self.rows.values():
            row.icons()

    # --- what is shown ---------------------------------------------------------------------------------------------

    def _page_chosen(self) -> None:
        self.search.clear()
        self._filter()

    def _filter(self) -> None:
        """The rows of the chosen page, or of all pages those that the search finds, advanced ones too."""
        words, chosen = self.search.text().strip(), PAGES[max(0, self.pages.currentRow())]
        for page in PAGES:
            shown = [name for name in names_of(page) if self._fits(name, page == chosen, words)]
            for name in names_of(page):
                self.rows[name].setVisible(name in shown)
            self._titles[page].setVisible(bool(shown))
        self.pages.item(PAGES.index(chosen)).setSelected(not words)  # what is found stands on no page
        found = any(not row.isHidden() for row in self.rows.values())
        self._nothing.setText("" if found else tr("No setting speaks of “{words}”.", words=words))
        self._nothing.setVisible(not found)

    def _fits(self, name: str, on_page: bool, words: str) -> bool:
        row = self.rows[name]
        if words:
            return row.speaks_of(words)
        changed = getattr(self._kit.state.settings, name) != row.default
        return on_page and (self.advanced.isChecked() or changed or not row.rule.advanced)

    def _show_values(self) -> None:
        for name, row in self.rows.items():
            row.show_value(getattr(self._kit.state.settings, name))

    def _settings_changed(self, names: frozenset[str]) -> None:
        self._show_values()
        self._filter()
        if names & {"detector", "feature"}:
            self._learn()

    def _remember_advanced(self, on: bool) -> None:
        self._kit.state.memory.setValue(_ADVANCED, on)
        self._filter()

    def _learn(self) -> None:
        state = self._kit.state
        gallery = state.gallery
        indexes = gallery.indexes if gallery else ("default",)
        work = partial(_facts, state.settings, gallery.model if gallery else None, indexes)
        self._aside.ask(work, self._learnt, owner=self)

    def _learnt(self, facts: Facts) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        for row in self.rows.values():
            row.learn(facts)
            row.texts()
        self._show_values()

    # --- changing --------------------------------------------------------------------------------------------------

    def _apply(self, name: str, value: Any) -> None:
        self._kit.state.change_settings(**{name: value})
        self.rows[name].show_value(getattr(self._kit.state.settings, name))  # where it was refused, the old one

    def _reset_page(self) -> None:
        self._replace({name: self.rows[name].default for name in names_of(PAGES[max(0, self.pages.currentRow())])})

    def _reset_all(self) -> None:
        self._replace({name: row.default for name, row in self.rows.items()})

    def _replace(self, values: dict[str, Any]) -> None:
        """Several at once, with a way back."""
        state, before = self._kit.state, self._kit.state.settings
        state.change_settings(**values)
        names = [name for name in values if getattr(before, name) != getattr(state.settings, name)]
        if not names:
            return
        old = {name: getattr(before, name) for name in names}
        text = counted("{count} setting was changed.", "{count} settings were changed.", len(names))
        state.notices.info(text, action=tr("Undo"), act=lambda: state.change_settings(**old))

    # --- files -----------------------------------------------------------------------------------------------------

    def _export(self) -> None:
        path = self._kit.ask.save_file(tr("Export settings"), tr("Settings (*.yaml)"), Path("facefolio-settings.yaml"))
        if path is None:
            return
        present, told = self._kit.state.settings, tr("The settings were written to {path}.", path=path)
        self._aside.ask(
            lambda: stored.save(present, path),
            lambda _: self._kit.state.notices.info(told),
            self._kit.state.notices.problem,
            owner=self,
        )

    def _import(self) -> None:
        path = self._kit.ask.file(tr("Import settings"), tr("Settings (*.yaml *.yml);;All files (*)"))
        if path is not None:
            self._aside.ask(lambda: _read(path), self._imported, self._kit.state.notices.problem, owner=self)

    def _imported(self, found: Settings) -> None:
        self._replace({field.name: getattr(found, field.name) for field in dataclasses.fields(found)})


def _read(path: Path) -> Settings:
    if not path.is_file():  # else the defaults would come in its place
        raise Problem("There is no {path}.", "Nothing was changed.", path=path)
    try:
        return stored.load(path)
    except Problem as problem:  # its hint is for the file that the program starts with
        raise Problem(
            "{reason}", "Nothing was changed. Mend the file, or choose another.", reason=problem.message
        ) from problem


def _facts(settings: Settings, model: Any, indexes: tuple[str, ...]) -> Facts:
    from core.assembly import advised
    from core.models.store import ModelStore

    store = ModelStore()
    names = {task: tuple(card.name for card in store.cards() if card.task == task) for task in ("detect", "feature")}
    try:
        limits = advised(settings, store, model)
    except Problem:  # a model that is not here is told by the status bar; its limits are unknown
        limits = {}
    return Facts({**names, "index": indexes}, limits)
