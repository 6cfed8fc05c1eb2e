"""All changes of the gallery, the newest first, and the way back to before one of them."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from core.gallery.records import Change
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.theme import GAP, WIDE_GAP

_NEWEST = 500


class HistoryDialog(QDialog):
    """Follows the gallery while it is open."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit.ask.window)
        self._kit = kit
        self._changes: list[Change] = []
        self.setWindowTitle(tr("History"))
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderLabels([tr("When"), tr("What"), tr("State")])
        self.list.setAccessibleName(tr("Changes of the gallery, the newest first"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._words = QLabel(wordWrap=True)
        self._words.setProperty("role", "faint")
        self.go = QPushButton()
        self._build()
        self.list.currentItemChanged.connect(lambda *_: self._offer())
        self.go.clicked.connect(self._go)
        kit.state.desk.changed.connect(self._read)
        self._offer()
        self._read()
        self.resize(640, 480)

    def _build(self) -> None:
        buttons = QDialogButtonBox()
        buttons.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(self.list, 1)
        column.addWidget(self._words)
        column.addWidget(buttons)

    def _read(self) -> None:
        self._kit.state.desk.ask(lambda gallery, _: gallery.history(_NEWEST), self._show, owner=self)

    def _show(self, changes: list[Change]) -> None:
        chosen = self._chosen()
        self._changes = changes
        self.list.clear()
        for change in changes:
            when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(change.seconds)), QLocale.FormatType.ShortFormat)
            item = QTreeWidgetItem([when, said(change.label), tr("undone") if change.undone else ""])
            self.list.addTopLevelItem(item)
            if chosen is not None and change.id == chosen.id:
                self.list.setCurrentItem(item)
        for column in range(2):
            self.list.resizeColumnToContents(column)
        self._offer()

    def _chosen(self) -> Change | None:
        item: QTreeWidgetItem | None = self.list.currentItem()
        row = self.list.indexOfTopLevelItem(item) if item is not None else -1
        return self._changes[row] if 0 <= row < len(self._changes) else None

    def _steps(self, change: Change) -> int:
        """How many times to undo (or to redo, where it was undone) until that change is taken back (or done)."""
        row = self._changes.index(change)
        between = self._changes[row:] if change.undone else self._changes[: row + 1]
        return sum(each.undone == change.undone for each in between)

    def _offer(self) -> None:
        change, gallery = self._chosen(), self._kit.state.gallery
        usable = change is not None and gallery is not None and not gallery.read_only
        self.go.setEnabled(usable)
        if change is None:
            self.go.setText(tr("Undo"))
            self._words.setText(tr("Choose a change to go back to the state before it."))
            return
        steps = self._steps(change)
        if change.undone:
            self.go.setText(counted("Redo {count} change", "Redo {count} changes", steps))
            self._words.setText(tr("Does again everything up to the chosen change."))
        else:
            self.go.setText(counted("Undo {count} change", "Undo {count} changes", steps))
            self._words.setText(tr("Takes back the chosen change and everything after it. It can be done again."))

    def _go(self) -> None:
        change = self._chosen()
        if change is None:
            return
        desk = self._kit.state.desk
        for _ in range(self._steps(change)):
            desk.redo() if change.undone else desk.undo()
