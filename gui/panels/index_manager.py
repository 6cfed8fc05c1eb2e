"""The indexes of the gallery: a table, the details of the chosen one, and all that can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QPoint, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.errors import IndexProblem
from core.gallery.records import FeatureModel, Identity, IndexRule
from gui.dialogs.index_build import IndexBuildDialog
from gui.dialogs.people_choice import PeopleChoice
from gui.index_reasons import reasons
from gui.index_work import IndexWork, verdict
from gui.kit import Kit
from gui.language import tr
from gui.models.indexes import SORT, IndexRow, IndexTable
from gui.theme import GAP, SMALL_GAP
from gui.widgets.action_bar import ActionBar
from gui.widgets.index_details import IndexDetails

_SOON = 200  # milliseconds in which several changes make one look
_BUTTONS = ("index_use", "index_verify", "index_compact", "index_append", "index_remove")
_MORE = ("index_rebuild", "index_export", "index_import", "index_delete")
_MENU = (
    ("index_use",),
    ("index_append", "index_remove"),
    ("index_rebuild", "index_compact", "index_verify"),
    ("index_export",),
    ("index_delete",),
)


class IndexManagerPanel(QWidget):
    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.work = IndexWork(kit)
        self.model = IndexTable(kit.theme)
        self._found: list[tuple[Any, IndexRule]] = []  # IndexState and rule of each index, when last looked
        self._behind = True
        self._sorted = QSortFilterProxyModel()
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT)
        self.table = self._made_table()
        self.details = IndexDetails()
        self.build_button = QPushButton()
        self.build_button.setProperty("primary", True)
        self.bar = ActionBar(self._kit, _BUTTONS, more=_MORE, style=Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._lay_out()
        self._connect()
        self._restore()
        self._texts()

    def chosen(self) -> IndexRow | None:
        rows = self.table.selectionModel().selectedRows()
        return self.model.row(self._sorted.mapToSource(rows[0]).row()) if rows else None

    def choose(self, name: str) -> None:
        """Shows the details of the index of that name."""
        for number, row in enumerate(self.model.rows()):
            if row.name == name:
                self.table.selectRow(self._sorted.mapFromSource(self.model.index(number, 0)).row())

    def shut(self) -> None:
        memory = self._kit.state.memory
        memory.setValue("indexes/columns", self.table.horizontalHeader().saveState())
        memory.setValue("indexes/splitter", self._splitter.saveState())

    # --- building --------------------------------------------------------------------------------------------------

    def _made_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._sorted)
        table.setSortingEnabled(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.setShowGrid(False)
        table.setStyleSheet("QTableView::item { padding: 2px 6px; }")
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        return table

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(SMALL_GAP)
        bar.addWidget(self.build_button)
        bar.addSpacing(GAP)
        bar.addWidget(self.bar, 1)
        self._splitter.addWidget(self.table)
        self._splitter.addWidget(self.details)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([220, 360])
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, 0)
        column.setSpacing(GAP)
        column.addLayout(bar)
        column.addWidget(self._splitter, 1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The table takes the keys. A focus proxy would keep Tab from ever leaving the panel."""
        self.table.setFocus(event.reason())

    def _connect(self) -> None:
        state, actions = self._kit.state, self._kit.actions
        self.build_button.clicked.connect(actions["index_build"].trigger)
        for name, act in (
            ("index_build", self._build),
            ("index_append", lambda: self._cover(held=True)),
            ("index_remove", lambda: self._cover(held=False)),
            ("index_rebuild", lambda: self._start("rebuild")),
            ("index_compact", lambda: self._start("compact")),
            ("index_verify", lambda: self._start("verify")),
            ("index_use", self._use),
            ("index_export", self._export),
            ("index_import", self._import),
            ("import_index", self._import),
            ("index_delete", self._delete),
        ):
            actions.on(name, act)
        self.table.selectionModel().selectionChanged.connect(self._show_chosen)
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.table.doubleClicked.connect(lambda _: self._use())
        self._soon.timeout.connect(self._look)
        state.desk.changed.connect(lambda _: self._look_soon())
        state.desk.opened.connect(self._opened)
        state.index_wanted.connect(self._import_from)
        state.language_changed.connect(self._texts)
        self.work.busy_changed.connect(self._busy_changed)
        self.work.ended.connect(lambda _: self._look_soon())

    def _restore(self) -> None:
        header, memory = self.table.horizontalHeader(), self._kit.state.memory
        for column, width in enumerate((150, 104, 80, 64, 68, 112, 112, 116, 84, 84, 150)):
            header.resizeSection(column, width)
        columns, splitter = memory.value("indexes/columns"), memory.value("indexes/splitter")
        if isinstance(columns, QByteArray):
            header.restoreState(columns)
        else:
            self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)  # as the gallery has them: default first
        if isinstance(splitter, QByteArray):
            self._splitter.restoreState(splitter)

    def _texts(self) -> None:
        self.build_button.setText(tr("&Build…"))
        self.build_button.setToolTip(tr("A new index, or another shape for one"))
        self.table.setAccessibleName(tr("Indexes of the gallery"))
        self.details.setAccessibleName(tr("Details of the chosen index"))
        self.model.retranslate()
        self._show_chosen()

    # --- following the gallery -------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self._look()

    def _opened(self) -> None:
        self._found = []
        self._show()
        self._look_soon()

    def _look_soon(self) -> None:
        """Reading the state of indexes takes a moment on the desk: only when somebody sees it."""
        self._behind = True
        if self.isVisible():
            self._soon.start()
        else:
            self._enable()

    def _look(self) -> None:
        if self._kit.state.gallery is None:
            return
        self._behind = False
        self._kit.state.desk.ask(_states, self._looked, owner=self)

    def _looked(self, found: list[tuple[Any, IndexRule]]) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        gallery = self._kit.state.gallery
        model = gallery.model.name if gallery is not None and gallery.model is not None else tr("none yet")
        before = self.chosen()
        rows = [
            IndexRow(state.name, state, model, state.name == self.work.used, self.work.doing(state.name))
            for state, _ in self._found
        ]
        known = {row.name for row in rows}
        rows += [
            IndexRow(name, None, model, False, self.work.doing(name))
            for name in self.work.new_names()
            if name not in known
        ]
        self.model.show(rows)
        if self.chosen() is None and rows:
            self.choose(
                before.name if before is not None and before.name in {row.name for row in rows} else rows[0].name
            )
        self._show_chosen()

    def _busy_changed(self, name: str) -> None:
        if name not in {row.name for row in self.model.rows()}:
            self._show()
        self.model.tell(name, self.work.doing(name))
        self._enable()

    def _show_chosen(self, *_: object) -> None:
        row = self.chosen()
        if self._kit.state.gallery is None:
            self.details.say(tr("No gallery is open. Make a new one or open one from the File menu."))
        elif row is None:
            self.details.say(tr("Choose an index to see what it holds and how well it finds."))
        else:
            names = {person.id: person.name for person in self._kit.state.people}
            report = self.work.reports.get(row.name)
            self.details.show_index(row, self._rule(row.name), names, verdict(report) if report is not None else "")
        self._enable()

    def _rule(self, name: str) -> IndexRule | None:
        return next((rule for _, rule in self._found if rule.name == name), None)

    def _enable(self) -> None:
        row = self.chosen()
        rule = self._rule(row.name) if row is not None else None
        for name, reason in reasons(self._kit.state.gallery, row, rule).items():
            self._kit.actions.enable(name, not reason, reason)
        self.build_button.setEnabled(self._kit.actions["index_build"].isEnabled())

    # --- acts ------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        dialog = IndexBuildDialog(self._kit, known=[row.name for row in self.model.rows()] or ["default"])
        if self._kit.ask.dialog(dialog):
            self._kit.state.tab_wanted.emit("indexes")
            self.work.start("build", dialog.name, **dialog.values)
            self.choose(dialog.name)  # what one does next is done with it
        dialog.deleteLater()

    def _cover(self, *, held: bool) -> None:
        row = self.chosen()
        if row is None:
            return
        people = self._candidates(row.name, held=held)
        if held:
            title, action = tr("Append people to {name}", name=row.name), tr("&Append")
            what = tr("People that the index does not hold. Who is ticked can be found with it again.")
        else:
            title, action = tr("Remove people from {name}", name=row.name), tr("&Remove")
            what = tr("People that the index holds. Who is ticked is not found with it any more, but stays enrolled.")
        dialog = PeopleChoice(self._kit, people, title=title, what=what, action=action)
        if self._kit.ask.dialog(dialog):
            self.work.start("append" if held else "remove", row.name, identities=sorted(dialog.chosen))
        dialog.deleteLater()

    def _candidates(self, name: str, *, held: bool) -> Sequence[Identity]:
        """Whom the index could be given (`held`), or made to leave out."""
        rule = self._rule(name)
        return [] if rule is None else [person for person in self._kit.state.people if rule.holds(person.id) != held]

    def _start(self, what: Any) -> None:
        row = self.chosen()
        if row is not None:
            self.work.start(what, row.name)

    def _use(self) -> None:
        row = self.chosen()
        if row is not None and row.state is not None and not row.used and self._kit.actions["index_use"].isEnabled():
            self.work.use(row.name)

    def _delete(self) -> None:
        row = self.chosen()
        if row is not None:
            self.work.delete(row.name)

    def _export(self) -> None:
        row = self.chosen()
        folder = self._kit.ask.folder(tr("Export to PaddleX: choose a folder for the index")) if row else None
        if row is None or folder is None:
            return
        if (folder / "vector.index").exists():
            text = tr("{folder} holds an index already. It will be replaced.", folder=folder)
            if not self._kit.ask.sure(tr("Replace the index there?"), text, tr("Replace")):
                return
        self.work.start("export", row.name, to=str(folder))

    def _import(self) -> None:
        source = self._kit.ask.folder(tr("Import from PaddleX: choose a folder with vector.index and id_map.yaml"))
        if source is not None:
            self._import_from(source)

    def _import_from(self, source: Path) -> None:
        gallery = self._kit.state.gallery
        if gallery is None:
            return
        if gallery.model is not None:
            self.work.import_folder(source, gallery.model)
        else:  # the folder does not say which model made its features
            self._kit.state.desk.ask(
                lambda *_: _feature_models(source), lambda models: self._import_with(source, models)
            )

    def _import_with(self, source: Path, models: list[FeatureModel]) -> None:
        chosen: int | None = 0
        if len(models) > 1:
            text = tr("The gallery is empty and the folder does not tell which model made its features.")
            models = sorted(models, key=lambda model: model.name != self._kit.state.settings.feature)  # in use: first
            names = [model.name for model in models]
            chosen = self._kit.ask.choice(tr("Which model made the index?"), text, names)
        if chosen is not None:
            self.work.import_folder(source, models[chosen])

    def _context_menu(self, place: QPoint) -> None:
        if not self.table.indexAt(place).isValid():
            return
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for group in _MENU:
            menu.addActions([self._kit.actions[name] for name in group])
            menu.addSeparator()
        row = self.chosen()
        if row is not None and self.work.doing(row.name):
            menu.addAction(tr("Cancel the job")).triggered.connect(lambda: self.work.cancel(row.name))
        menu.popup(self.table.viewport().mapToGlobal(place))
        menu.aboutToHide.connect(menu.deleteLater)


def _states(gallery: Any, shelf: Any) -> list[tuple[Any, IndexRule]]:
    """On the desk."""
    return [(shelf.state(rule.name), rule) for rule in gallery.index_rules()]


def _feature_models(source: Path) -> list[FeatureModel]:
    """Those that make features as long as the folder's; all of them where it cannot be told."""
    from core.index.layout import peek
    from core.models.store import ModelStore

    cards = [card for card in ModelStore().cards() if card.task == "feature"]
    models = [FeatureModel.of(card) for card in cards]
    try:
        length, _ = peek(source / "vector.index")
    except (IndexProblem, OSError):  # the import tells what is wrong with it
        return models
    return [model for model in models if model.length == length] or models
