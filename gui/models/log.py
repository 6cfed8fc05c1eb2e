"""The newest log records, filtered by level and text."""

from __future__ import annotations

import logging
from collections import deque
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QDateTime, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from core.log import Ring
from gui.language import tr
from gui.theme import Theme

_Cell = QModelIndex | QPersistentModelIndex
LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)


class Column(IntEnum):
    TIME = 0
    LEVEL = 1
    WHERE = 2
    MESSAGE = 3


class LogTable(QAbstractTableModel):
    """Holds as many records as the ring, and no more."""

    def __init__(self, ring: Ring, theme: Theme) -> None:
        super().__init__()
        self._ring, self._theme = ring, theme
        self._all: deque[logging.LogRecord] = deque(maxlen=ring.records.maxlen)
        self._shown: list[logging.LogRecord] = []
        self._level, self._text = logging.INFO, ""

    def follow(self) -> int:
        """Takes up what has been logged since; how many rows came."""
        fresh = self._fresh()
        if not fresh:
            return 0
        self._all.extend(fresh)
        self._drop_old()
        more = [record for record in fresh if self._wanted(record)]
        if more:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(more) - 1)
            self._shown += more
            self.endInsertRows()
        return len(more)

    def narrow(self, level: int, text: str) -> None:
        """Shows the records of that level and worse that hold the text."""
        self.beginResetModel()
        self._level, self._text = level, text.strip().casefold()
        self._shown = [record for record in self._all if self._wanted(record)]
        self.endResetModel()

    def lines(self, rows: list[int] | None = None) -> str:
        """As they stand in the file; the shown rows among `rows` (None = all)."""
        chosen = range(len(self._shown)) if rows is None else rows
        return "\n".join(self._ring.format(self._shown[row]) for row in chosen if 0 <= row < len(self._shown))

    def retranslate(self) -> None:
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        if self._shown:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._shown) - 1, len(Column) - 1))

    # --- Qt's questions --------------------------------------------------------------------------------------------

    def rowCount(self, parent: _Cell = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Cell = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return [tr("Time"), tr("Level"), tr("Where"), tr("Message")][section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Cell, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._shown):
            return None
        record = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(record, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._ring.format(record)
        if role == Qt.ItemDataRole.ForegroundRole and record.levelno >= logging.WARNING:
            colours = self._theme.colours
            return QColor(colours.problem if record.levelno >= logging.ERROR else colours.unsure)
        return None

    def _fresh(self) -> list[logging.LogRecord]:
        self._ring.acquire()  # other threads log while we read
        try:
            newest = self._all[-1] if self._all else None
            records = self._ring.records
            if records and records[-1] is newest:
                return []
            fresh: list[logging.LogRecord] = []
            for record in reversed(records):
                if record is newest:
                    break
                fresh.append(record)
        finally:
            self._ring.release()
        return fresh[::-1]

    def _drop_old(self) -> None:
        """Rows whose records the ring has forgotten; they are the first ones."""
        oldest = self._all[0]
        kept = {id(record) for record in self._all}
        gone = 0
        while gone < len(self._shown) and self._shown[gone] is not oldest and id(self._shown[gone]) not in kept:
            gone += 1
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self._shown[:gone]
            self.endRemoveRows()

    def _wanted(self, record: logging.LogRecord) -> bool:
        if record.levelno < self._level:
            return False
        return not self._text or self._text in f"{record.name} {record.getMessage()}".casefold()


def level_said(level: int) -> str:
    words = {
        logging.DEBUG: tr("Detail"),
        logging.INFO: tr("Information"),
        logging.WARNING: tr("Warning"),
        logging.ERROR: tr("Error"),
    }
    return words[max(known for known in LEVELS if known <= max(level, logging.DEBUG))]


def _cell(record: logging.LogRecord, column: int) -> str:
    if column == Column.TIME:
        return QDateTime.fromMSecsSinceEpoch(int(record.created * 1000)).toString("HH:mm:ss.zzz")
    if column == Column.LEVEL:
        return level_said(record.levelno)
    if column == Column.WHERE:
        return record.name
    return record.getMessage().partition("\n")[0]
