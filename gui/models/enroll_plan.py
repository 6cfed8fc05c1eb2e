"""The faces found, as a table: which will be added, whose they are, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from core.errors import Problem, Text
from core.jobs.enroll_draft import EnrollDraft, Order, Showing
from core.jobs.enroll_plan import EnrollRow
from core.types import Ids
from gui.kit import Kit
from gui.language import counted, said, tr

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    FACE = 0
    PERSON = 1
    PHOTO = 2
    QUALITY = 3
    WHY = 4


_ORDERS: dict[int, Order] = {Column.PERSON: "person", Column.QUALITY: "quality"}


class EnrollPlanModel(QAbstractTableModel):
    """A view of the draft; `decided` tells when ticks or names changed."""

    decided = Signal()

    def __init__(self, kit: Kit, draft: EnrollDraft, parent: QObject) -> None:
        super().__init__(parent)
        self._kit, self.draft = kit, draft
        self._which: Showing = "all"
        self._text = ""
        self._order: Order = ""
        self._down = False
        self._shown: Ids = np.zeros(0, np.int64)

    # --- what is shown ---------------------------------------------------------------------------------------------

    def number(self, index: Index) -> int:
        """The number in the draft of a row of the table."""
        return int(self._shown[index.row()])

    @property
    def shown(self) -> Ids:
        """The numbers of the rows of the table, from the top."""
        return self._shown

    def show(self, which: Showing, text: str = "") -> None:
        self._which, self._text = which, text.strip()
        self._refill()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = _ORDERS.get(column, "")
        self._down = order == Qt.SortOrder.DescendingOrder
        self._refill()

    def add(self, rows: Sequence[EnrollRow]) -> None:
        """Faces that were just found."""
        first = len(self.draft)
        self.draft.add(rows)
        if self._which == "all" and not self._text and not self._order:
            self.beginInsertRows(QModelIndex(), len(self._shown), len(self._shown) + len(rows) - 1)
            self._shown = np.append(self._shown, np.arange(first, len(self.draft)))
            self.endInsertRows()
        else:
            self._refill()
        self.decided.emit()

    def settle(self, rows: Sequence[EnrollRow]) -> None:
        self.draft.settle(rows)
        self._refill()
        self.decided.emit()

    def tell(self) -> None:
        """After ticks or names changed."""
        if len(self._shown):
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._shown) - 1, len(Column) - 1))
        self.decided.emit()

    def texts(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self.tell()

    def _refill(self) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        numbers = [self.number(index) for index in before]
        self._shown = self.draft.shown(self._which, text=self._text, order=self._order, down=self._down)
        after = [self._index_of(number, index.column()) for number, index in zip(numbers, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _index_of(self, number: int, column: int) -> QModelIndex:
        found = np.flatnonzero(self._shown == number)
        return self.index(int(found[0]), column) if len(found) else QModelIndex()

    # --- Qt's questions --------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index | None = None) -> int:
        return len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if index.isValid() and self.draft.is_face(self.number(index)):
            if index.column() == Column.PERSON:
                flags |= Qt.ItemFlag.ItemIsEditable
            if index.column() == Column.FACE:
                flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical or role != Qt.ItemDataRole.DisplayRole:
            return None
        return [tr("Face"), tr("Person"), tr("Photo"), tr("Quality"), tr("What to know")][section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        number, column = self.number(index), index.column()
        if role == Qt.ItemDataRole.CheckStateRole and column == Column.FACE and self.draft.is_face(number):
            return Qt.CheckState.Checked if self.draft.is_ticked(number) else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole) and column != Column.FACE:
            return self.draft.name(number) if role == Qt.ItemDataRole.EditRole else self.words(number, column)
        if role == Qt.ItemDataRole.ToolTipRole and column in (Column.PHOTO, Column.WHY):
            return str(self.draft.rows[number].path) if column == Column.PHOTO else self.reasons(number)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._aloud(number) if column == Column.FACE else self.words(number, column)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        number = self.number(index)
        try:
            if role == Qt.ItemDataRole.CheckStateRole:
                self.draft.tick([number], Qt.CheckState(value) == Qt.CheckState.Checked)
            elif str(value).strip() != self.draft.name(number):
                self.draft.rename([number], str(value))
        except Problem as problem:
            self._kit.state.notices.problem(problem)
            return False
        self.tell()
        return True

    # --- words -----------------------------------------------------------------------------------------------------

    def words(self, number: int, column: int) -> str:
        row = self.draft.rows[number]
        if column == Column.PERSON:
            return self.draft.name(number)
        if column == Column.PHOTO:
            return row.path.name
        if column == Column.QUALITY:
            return "" if row.quality is None else QLocale().toString(row.quality.score, "f", 2)
        return self.reasons(number)

    def about_person(self, number: int) -> str:
        """The line below the name."""
        if not self.draft.is_face(number):
            return ""
        name = self.draft.name(number)
        if not name:
            return tr("nobody named")
        if self.draft.is_new(number):
            return tr("new person")
        return counted("has {count} face", "has {count} faces", self.draft.faces_of(name))

    def about_photo(self, number: int) -> str:
        """The line below the file."""
        row = self.draft.rows[number]
        if row.count > 1:
            return counted("{count} face in it", "{count} faces in it", row.count)
        return row.path.parent.name

    def reasons(self, number: int) -> str:
        return " ".join(told(reason) for reason in self.draft.reasons(number))

    def _aloud(self, number: int) -> str:
        """All of a row for those who hear it."""
        name = self.draft.name(number) or tr("nobody named")
        state = tr("will be added") if self.draft.is_ticked(number) else tr("left out")
        return ", ".join([name, state, self.draft.rows[number].path.name, self.reasons(number)])


def told(reason: Text) -> str:
    """A reason without the folders of the file, which the row tells already."""
    path = reason.values.get("path")
    return said(Text(reason.template, {**reason.values, "path": path.name}) if isinstance(path, Path) else reason)
