"""The models window: what is here, what could be, and what each of them can do."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableView,
    QTextBrowser,
    QVBoxLayout,
)

from core.errors import Problem
from core.models.store import ModelStore
from gui.aside import Aside
from gui.dialogs.model_choosing import add_with_card, choose_model, sure_to_remove
from gui.dialogs.model_words import machine_words, page
from gui.kit import Kit
from gui.language import tr
from gui.model_work import ModelWork
from gui.models.model_cards import ModelCards, Row, Stock, Use, look
from gui.theme import GAP, WIDE_GAP
from gui.widgets.notice_bar import NoticeBar

_HEADER = "models/columns"  # in the window's memory


class ModelsWindow(QDialog):
    """Shows; the work is done by ModelWork's jobs."""

    def __init__(self, kit: Kit, aside: Aside, work: ModelWork) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._aside, self._work = kit, aside, work
        self.cards = ModelCards()
        self.table, self.details = QTableView(), QTextBrowser(openExternalLinks=True)
        self._intro, self._machine = QLabel(wordWrap=True), QLabel(wordWrap=True)
        names = ("use", "measure", "check", "fetch", "remove", "file", "folder", "measure_all", "close")
        self.buttons = {name: QPushButton(autoDefault=False) for name in names}
        self._build()
        self._connect()
        self._texts()
        self._look()
        self.resize(1120, 660)

    def chosen(self) -> Row | None:
        places = self.table.selectionModel().selectedRows()
        return self.cards.rows[places[0].row()] if places else None

    # --- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._machine.setProperty("role", "faint")
        self._prepare_table()
        split = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        split.addWidget(self.table)
        split.addWidget(self.details)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([744, 344])
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(NoticeBar(self._kit))
        column.addWidget(self._intro)
        column.addWidget(split, 1)
        column.addLayout(self._row("use", "measure", "check", "fetch", "remove"))
        column.addWidget(self._machine)
        column.addLayout(self._row("file", "folder", "measure_all", "", "close"))
        self.buttons["use"].setProperty("primary", True)
        self.buttons["remove"].setProperty("danger", True)

    def _row(self, *names: str) -> QHBoxLayout:
        row = QHBoxLayout()
        for name in names:
            if name:
                row.addWidget(self.buttons[name])
            else:
                row.addStretch()
        if "" not in names:
            row.addStretch()
        return row

    def _prepare_table(self) -> None:
        self.table.setModel(self.cards)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setStyleSheet("QTableView::item { padding: 2px 6px; }")  # below the words of the header
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((176, 166, 132, 76, 86)):
            self.table.setColumnWidth(column, width)
        header.setStretchLastSection(True)

    def _connect(self) -> None:
        state = self._kit.state
        calls = {
            "use": self._use,
            "measure": self._measure,
            "check": self._check,
            "fetch": self._fetch,
            "remove": self._remove,
            "file": self._add_file,
            "folder": self._add_folder,
            "measure_all": self._measure_all,
            "close": self.close,
        }
        for name, call in calls.items():
            self.buttons[name].clicked.connect(call)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_details())
        self.table.doubleClicked.connect(lambda _: self.buttons["use"].click())
        self._work.changed.connect(self._look)
        state.settings_changed.connect(lambda _: self._show_uses())
        state.desk.opened.connect(self._show_uses)
        state.desk.changed.connect(lambda _: self._show_uses())
        state.bench.changed.connect(self._show_machine)
        state.language_changed.connect(self._texts)
        self._kit.theme.changed.connect(self._show_details)

    # --- words -----------------------------------------------------------------------------------------------------

    def _texts(self) -> None:
        self.setWindowTitle(tr("Models"))
        self._intro.setText(
            tr(
                "A model that finds faces and one that tells people apart work together. Everything runs on this "
                "machine; a model is fetched only when you say so."
            )
        )
        self.table.setAccessibleName(tr("Models"))
        self.details.setAccessibleName(tr("About the chosen model"))
        words = {
            "use": tr("&Use"),
            "measure": tr("&Measure here"),
            "check": tr("Chec&k"),
            "fetch": tr("&Fetch"),
            "remove": tr("&Remove…"),
            "file": tr("&Add a file…"),
            "folder": tr("Add a f&older…"),
            "measure_all": tr("Measure a&ll"),
            "close": tr("&Close"),
        }
        for name, text in words.items():
            self.buttons[name].setText(text)
        self.cards.texts()
        self._show_details()
        self._show_machine()

    def _show_machine(self) -> None:
        bench = self._kit.state.bench
        self._machine.setText(machine_words(self.cards.stock, bench.in_use, bench.problem))

    def _show_details(self) -> None:
        row = self.chosen()
        self._enable(row)
        if row is None:
            self.details.setPlainText(tr("Choose a model to read about it."))
            return
        measured, findings = self._work.measured.get(row.name), self._work.findings.get(row.name)
        self.details.setHtml(page(row, self.cards.stock, measured, findings, self._kit.theme.colours))

    def _enable(self, row: Row | None) -> None:
        entry = row.entry if row else None
        here = entry is not None and entry.installed
        reasons = {
            "use": "" if here and row and not row.use else self._why_not_use(row),
            "measure": "" if here else tr("Only models that are here can be measured."),
            "check": "" if here else tr("Only models that are here can be checked."),
            "fetch": "" if entry and entry.state == "downloadable" else tr("It is here, or nobody publishes it."),
            "remove": "" if self._removable(row) else tr("Built-in models stay."),
        }
        for name, reason in reasons.items():
            self.buttons[name].setEnabled(row is not None and not reason)
            self.buttons[name].setToolTip(reason if row else tr("Choose a model first."))

    def _why_not_use(self, row: Row | None) -> str:
        return tr("It is in use already.") if row and row.use else tr("It is not here yet.")

    def _removable(self, row: Row | None) -> bool:
        if row is None:
            return False
        return row.entry is None or row.entry.state == "added" or bool(row.entry.arrived)

    # --- what is shown ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        self._aside.ask(look, self._show, owner=self)

    def _show(self, stock: Stock) -> None:
        row = self.chosen()
        self.cards.show(stock, self._uses(stock))
        place = self.cards.place(row.name) if row else -1
        if self.cards.rows:
            self.table.selectRow(max(0, place))
        self._show_details()
        self._show_machine()

    def _show_uses(self) -> None:
        """Other settings or another gallery may use other models."""
        if self._uses(self.cards.stock) != {row.name: row.use for row in self.cards.rows if row.use}:
            self._show(self.cards.stock)

    def _uses(self, stock: Stock) -> dict[str, Use]:
        settings, gallery = self._kit.state.settings, self._kit.state.gallery
        detector = settings.detector or stock.defaults.get("detect", "")
        feature = settings.feature or stock.defaults.get("feature", "")
        uses: dict[str, Use] = {detector: "chosen"}
        if gallery is None or gallery.model is None:
            return {**uses, feature: "chosen"}
        for entry in stock.entries:
            if entry.installed and entry.card.task == "feature" and entry.card.space == gallery.model.space:
                uses[entry.card.name] = "gallery"
        return uses

    # --- what buttons do -------------------------------------------------------------------------------------------

    def _use(self) -> None:
        row = self.chosen()
        if row is not None and row.entry is not None:
            choose_model(self._kit, self._work, row.entry.card, self.cards.stock)

    def _measure(self) -> None:
        if row := self.chosen():
            self._work.measure([row.name])

    def _measure_all(self) -> None:
        self._work.measure([entry.card.name for entry in self.cards.stock.entries if entry.installed])

    def _check(self) -> None:
        if row := self.chosen():
            self._work.check(row.name)

    def _fetch(self) -> None:
        if row := self.chosen():
            self._work.fetch(row.name)

    def _remove(self) -> None:
        row = self.chosen()
        if row is None or not sure_to_remove(self._kit, row):
            return
        name, settings = row.name, self._kit.state.settings
        without = {which: "" for which in ("detector", "feature") if getattr(settings, which) == name}
        if without:
            self._kit.state.change_settings(**without)
        remove = partial(ModelStore().remove, name)
        told = self._kit.state.notices.problem
        self._aside.ask(remove, lambda _: self._work.refreshed(), told, owner=self)

    def _add_file(self) -> None:
        kinds = tr("Models (*.onnx *.xml *.json *.pdmodel *.pdiparams);;All files (*)")
        self._add(self._kit.ask.file(tr("Add a model: choose its file"), kinds))

    def _add_folder(self) -> None:
        self._add(self._kit.ask.folder(tr("Add a model: choose its folder")))

    def _add(self, path: Path | None) -> None:
        if path is not None:
            self._work.add(path, failed=partial(self._not_added, path))

    def _not_added(self, path: Path, error: BaseException) -> None:
        """A file alone does not tell how its pictures are prepared: a card does."""
        if isinstance(error, Problem) and "skeleton" in error.message.values:
            add_with_card(self._kit, self._work, self._aside, path, str(error.message.values["skeleton"]))
        else:
            self._kit.state.notices.problem(error)
