"""All actions with their shortcuts: searched, changed, and warned about where two ask for the same keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRegularExpression,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
)

from gui.action_table import ALL, Spec
from gui.actions import Actions, clashes, plain
from gui.aside import Aside
from gui.icons import icon
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP, Colours

AnyIndex = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ShortcutTable(QAbstractTableModel):
    """Action, what it does, where its keys work, its keys."""

    def __init__(self, actions: Actions, colours: Callable[[], Colours]) -> None:
        super().__init__()
        self._actions, self._colours = actions, colours

    def refresh(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(len(ALL) - 1, 3))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 3)

    def rowCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(ALL)

    def columnCount(self, parent: AnyIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (tr("Action"), tr("What it does"), tr("Works in"), tr("Shortcut"))[section]

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        spec = ALL[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(spec, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(spec.tip)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0 and spec.icon:
            return icon(spec.icon, self._colours().text)
        return None

    def _cell(self, spec: Spec, column: int) -> str:
        if column == 3:
            keys = native(self._actions.shortcut(spec.name))
            changed = self._actions.shortcut(spec.name) != spec.shortcut
            return tr("{keys} (changed)", keys=keys or tr("none")) if changed else keys
        return (plain(tr(spec.text)), tr(spec.tip), scope_words(spec.scope))[column]


class KeysField(QKeySequenceEdit):
    """Takes any keys but Esc, which leaves it: no action may hold the key that closes everything."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.left.emit()
        else:
            super().keyPressEvent(event)


class ShortcutsWindow(QDialog):
    """Changes are taken and saved at once."""

    def __init__(self, kit: Kit, aside: Aside) -> None:
        super().__init__(kit.ask.window)
        self._kit = kit
        self.shortcuts = ShortcutTable(kit.actions, lambda: kit.theme.colours)
        self.found = QSortFilterProxyModel()
        self.search, self.table, self.keys = QLineEdit(clearButtonEnabled=True), QTableView(), KeysField()
        self._for, self.warning = QLabel(), QLabel(wordWrap=True)
        names = ("take", "clear", "reset", "all", "close")
        self.buttons = {name: QPushButton(autoDefault=False) for name in names}
        self._build()
        self._connect()
        self._texts()
        self.table.selectRow(0)
        self.resize(860, 620)

    def chosen(self) -> Spec | None:
        places = self.table.selectionModel().selectedRows()
        return ALL[self.found.mapToSource(places[0]).row()] if places else None

    def _build(self) -> None:
        self.found.setSourceModel(self.shortcuts)
        self.found.setFilterKeyColumn(-1)
        self._prepare_table()
        self._for.setMinimumWidth(220)
        self.keys.setMaximumSequenceLength(1)
        self.warning.setProperty("role", "problem")
        edit = QHBoxLayout()
        edit.addWidget(self._for)
        edit.addWidget(self.keys, 1)
        for name in ("clear", "reset"):
            edit.addWidget(self.buttons[name])
        warn = QHBoxLayout()
        warn.addWidget(self.warning, 1)
        warn.addWidget(self.buttons["take"])
        foot = QHBoxLayout()
        foot.addWidget(self.buttons["all"])
        foot.addStretch()
        foot.addWidget(self.buttons["close"])
        self.buttons["close"].setProperty("primary", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        for row in (edit, warn, foot):
            column.addLayout(row)

    def _prepare_table(self) -> None:
        self.table.setModel(self.found)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        for column, width in enumerate((200, 340, 110)):
            self.table.setColumnWidth(column, width)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setHighlightSections(False)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._search)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._show_chosen())
        self.table.activated.connect(lambda _: self.keys.setFocus())
        self.keys.editingFinished.connect(self._typed)
        self.keys.left.connect(self._leave_keys)
        self.buttons["take"].clicked.connect(self._take_over)
        self.buttons["clear"].clicked.connect(lambda: self._change(""))
        self.buttons["reset"].clicked.connect(self._reset)
        self.buttons["all"].clicked.connect(self._reset_all)
        self.buttons["close"].clicked.connect(self.close)
        self._kit.state.language_changed.connect(self._texts)
        self._kit.theme.changed.connect(self.shortcuts.refresh)

    def _texts(self) -> None:
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.search.setPlaceholderText(tr("Search actions or keys"))
        self.search.setAccessibleName(tr("Search actions or keys"))
        self.table.setAccessibleName(tr("Keyboard shortcuts"))
        self.keys.setAccessibleName(tr("New shortcut: press the keys"))
        self.keys.setToolTip(tr("New shortcut: press the keys"))
        words = {
            "take": tr("&Use here instead"),
            "clear": tr("&None"),
            "reset": tr("&Default"),
            "all": tr("Reset &all"),
            "close": tr("&Close"),
        }
        for name, text in words.items():
            self.buttons[name].setText(text)
        self.shortcuts.refresh()
        self._show_chosen()

    def _search(self, text: str) -> None:
        """Spaces make no difference: "backup" finds "Back up"."""
        letters = (QRegularExpression.escape(letter) for letter in "".join(text.split()))
        pattern = QRegularExpression(r"\s*".join(letters), QRegularExpression.PatternOption.CaseInsensitiveOption)
        self.found.setFilterRegularExpression(pattern)
        if self.chosen() is None:
            self.table.selectRow(0)

    def _show_chosen(self) -> None:
        spec = self.chosen()
        self.keys.setEnabled(spec is not None)
        self._warn("")
        self._for.setText(tr("Keys for {action}:", action=plain(tr(spec.text))) if spec else "")
        keys = self._kit.actions.shortcut(spec.name) if spec else ""
        self.keys.setKeySequence(QKeySequence(keys, QKeySequence.SequenceFormat.PortableText))
        for name in ("clear", "reset"):
            self.buttons[name].setEnabled(spec is not None and keys != ("" if name == "clear" else spec.shortcut))

    def _leave_keys(self) -> None:
        self._show_chosen()
        self.table.setFocus()

    # --- changing --------------------------------------------------------------------------------------------------

    def _typed(self) -> None:
        keys = self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        spec = self.chosen()
        if spec is None or keys == self._kit.actions.shortcut(spec.name):
            self._warn("")
        elif keys and (others := clashes(spec, keys, self._kit.actions.shortcut)):
            self._warn(
                tr(
                    "{keys} already means: {actions}.",
                    keys=native(keys),
                    actions=", ".join(plain(tr(other.text)) for other in others),
                )
            )
        else:
            self._change(keys)

    def _take_over(self) -> None:
        """The keys go to the chosen action; the others have none any more."""
        keys = self.keys.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if (spec := self.chosen()) is not None:
            others = {other.name: "" for other in clashes(spec, keys, self._kit.actions.shortcut)}
            self._save({**self._all(), **others, spec.name: keys})

    def _reset(self) -> None:
        if (spec := self.chosen()) is not None:
            self.keys.setKeySequence(QKeySequence(spec.shortcut, QKeySequence.SequenceFormat.PortableText))
            self._typed()  # its keys may have been given away meanwhile

    def _reset_all(self) -> None:
        before = self._all()
        self._save({})
        if self._all() != before:
            text = tr("All shortcuts are as at first.")
            self._kit.state.notices.info(text, action=tr("Undo"), act=lambda: self._save(before))

    def _change(self, keys: str) -> None:
        if (spec := self.chosen()) is not None:
            self._save({**self._all(), spec.name: keys})

    def _all(self) -> dict[str, str]:
        return {spec.name: self._kit.actions.shortcut(spec.name) for spec in ALL}

    def _save(self, own: dict[str, str]) -> None:
        try:
            self._kit.actions.change_shortcuts(own)
        except OSError as error:
            self._kit.state.notices.problem(error)
        self.shortcuts.refresh()
        self._show_chosen()

    def _warn(self, text: str) -> None:
        self.warning.setText(text)
        self.warning.setVisible(bool(text))
        self.buttons["take"].setVisible(bool(text))


def native(keys: str) -> str:
    """Portable keys as this system writes them."""
    sequence = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText)
    return sequence.toString(QKeySequence.SequenceFormat.NativeText)


def scope_words(scope: str) -> str:
    words = {
        "window": tr("everywhere"),
        "gallery": tr("gallery"),
        "faces": tr("faces"),
        "camera": tr("camera"),
        "batch": tr("batch"),
        "results": tr("results"),
    }
    return words.get(scope, scope)
