"""The indexes of the open gallery as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QLocale, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from gui.icons import icon
from gui.language import said, tr
from gui.theme import Theme

if TYPE_CHECKING:  # the window is on the screen before the index room is imported
    from core.index.state import IndexState

_Cell = QModelIndex | QPersistentModelIndex
SORT = Qt.ItemDataRole.UserRole + 1
_PICTURES = {"current": "check", "stale": "refresh", "missing": "question", "damaged": "warning", "building": "index"}


class Column(IntEnum):
    NAME = 0
    STATE = 1
    KIND = 2
    PEOPLE = 3
    FACES = 4
    RECALL = 5
    TIME = 6
    METRIC = 7
    DISK = 8
    MEMORY = 9
    MODEL = 10


@dataclass(frozen=True)
class IndexRow:
    """One index; `state` is None for one that is being built for the first time."""

    name: str
    state: IndexState | None
    model: str  # its feature model, for people
    used: bool = False  # recognition searches it
    doing: str = ""  # what a job does with it at this moment


class IndexTable(QAbstractTableModel):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: list[IndexRow] = []
        theme.changed.connect(self._all_changed)

    def row(self, number: int) -> IndexRow | None:
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rows(self) -> list[IndexRow]:
        return list(self._rows)

    def show(self, rows: list[IndexRow]) -> None:
        """Takes rows; the view keeps its place while the same indexes are there."""
        if [row.name for row in rows] == [row.name for row in self._rows]:
            self._rows = rows
            self._all_changed()
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def tell(self, name: str, doing: str) -> None:
        """What a job does with the index of that name; "" when it has ended."""
        for number, row in enumerate(self._rows):
            if row.name == name and row.doing != doing:
                self._rows[number] = replace(row, doing=doing)
                self.dataChanged.emit(self.index(number, Column.STATE), self.index(number, Column.STATE))

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._all_changed()

    # --- Qt's questions --------------------------------------------------------------------------------------------

    def rowCount(self, parent: _Cell = QModelIndex()) -> int:  # noqa: B008 - Qt's names
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Cell = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _headings()[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in _NUMBERS else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return _notes().get(section)
        return None

    def data(self, index: _Cell, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.row(index.row()), index.column()
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, column)
        if role == SORT:
            return _key(row, column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(row, column)
        if role == Qt.ItemDataRole.FontRole and column == Column.NAME and row.used:
            font = QFont()
            font.setBold(True)
            return font
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return _told(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _NUMBERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _picture(self, row: IndexRow, column: int) -> Any:
        colours = self._theme.colours
        if column == Column.NAME and row.used:
            return icon("play", colours.accent)
        if column != Column.STATE:
            return None
        condition = condition_of(row)
        shades = {"current": colours.known, "damaged": colours.problem, "building": colours.accent}
        return icon(_PICTURES[condition], shades.get(condition, colours.unsure))

    def _all_changed(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(Column) - 1))


_NUMBERS = {Column.PEOPLE, Column.FACES, Column.RECALL, Column.TIME, Column.DISK, Column.MEMORY}


def condition_of(row: IndexRow) -> str:
    """As IndexState.condition, or "building"."""
    return "building" if row.doing or row.state is None else row.state.condition


def condition_said(condition: str) -> str:
    words = {
        "current": tr("current"),
        "stale": tr("stale"),
        "missing": tr("not saved"),
        "damaged": tr("damaged"),
        "building": tr("building"),
    }
    return words[condition]


def metric_said(metric: str) -> str:
    return {"IP": tr("inner product"), "L2": tr("distance")}.get(metric, metric)


def size_said(count: int) -> str:
    return QLocale().formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeTraditionalFormat)


def recall_said(share: float) -> str:
    """Rounded down: 100 % is said only of all."""
    return tr("{share} %", share=QLocale().toString(int(share * 1000) / 10, "f", 1))


def time_said(milliseconds: float) -> str:
    return tr("{number} ms", number=QLocale().toString(milliseconds, "f", 2 if milliseconds < 10 else 0))


def _headings() -> list[str]:
    return [
        tr("Index"),
        tr("State"),
        tr("Type"),
        tr("People"),
        tr("Faces"),
        tr("Recall@1"),
        tr("Search"),
        tr("Metric"),
        tr("On disk"),
        tr("Memory"),
        tr("Model"),
    ]


def _notes() -> dict[int, str]:
    return {
        Column.STATE: tr(
            "Whether the saved index is that of the gallery as it is now. Searches are right in any case."
        ),
        Column.RECALL: tr("How often the index finds first what an exact search finds first; Verify measures it."),
        Column.TIME: tr("Median time of one search; Verify measures it."),
        Column.MEMORY: tr("Estimated from its type and its faces."),
    }


def _text(row: IndexRow, column: int) -> str:
    state, locale = row.state, QLocale()
    if column == Column.NAME:
        return tr("{name} (in use)", name=row.name) if row.used else row.name
    if column == Column.STATE:
        return row.doing or condition_said(condition_of(row))
    if state is None:
        return ""
    if column in (Column.RECALL, Column.TIME):
        if state.measured is None:
            return tr("not measured")
        return (
            recall_said(state.measured.recall_at_1) if column == Column.RECALL else time_said(state.measured.median_ms)
        )
    return {
        Column.KIND: state.kind,
        Column.PEOPLE: locale.toString(state.identities),
        Column.FACES: locale.toString(state.faces),
        Column.METRIC: metric_said(state.metric),
        Column.DISK: size_said(state.disk),
        Column.MEMORY: size_said(memory_of(state)),
        Column.MODEL: row.model,
    }[Column(column)]


def memory_of(state: IndexState) -> int:
    """Bytes in memory, or what it would take where it is not open."""
    from core.index.kinds import memory

    return state.memory or memory(state.kind, state.faces, state.length, state.parameters)


def _key(row: IndexRow, column: int) -> Any:
    state = row.state
    if column in _NUMBERS and state is not None:
        measured = state.measured
        return {
            Column.PEOPLE: state.identities,
            Column.FACES: state.faces,
            Column.RECALL: measured.recall_at_1 if measured else -1.0,
            Column.TIME: measured.median_ms if measured else -1.0,
            Column.DISK: state.disk,
            Column.MEMORY: memory_of(state),
        }[Column(column)]
    return _text(row, column).casefold()


def _told(row: IndexRow, column: int) -> str | None:
    if column == Column.NAME:
        return tr("{name}, used for recognition", name=row.name) if row.used else row.name
    if column == Column.STATE and row.state is not None and not row.doing:
        reason = said(row.state.reason)
        return f"{condition_said(row.state.condition)}\n{reason}" if reason else condition_said(row.state.condition)
    return _text(row, column) or None
