"""Lists that take up news as insertions, removals and moves, so that selection and scrolling stay where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QStringListModel, Qt, Signal

from core.types import Ids

Index = QModelIndex | QPersistentModelIndex
_MOST, _MOST_ROWS = 64, 500  # edits, and rows in them; beyond that, showing the new list at once is quicker


@dataclass(frozen=True)
class Edit:
    """One step from an old list to a new one; rows as they are at that step."""

    kind: Literal["remove", "insert", "move"]
    first: int
    count: int = 1
    to: int = 0  # of a move: the row it has afterwards


def edits(old: Ids, new: Ids) -> list[Edit] | None:
    """The steps from `old` (n,) to `new` (m,), each without an id twice; None when they are too many."""
    start = _equal(old, new)
    tail = _equal(old[start:][::-1], new[start:][::-1])
    before, after = old[start : len(old) - tail], new[start : len(new) - tail]
    stays, stayed = np.isin(before, after), np.isin(after, before)
    if not np.array_equal(before[stays], after[stayed]):
        return _move(before, after, start) if len(before) == len(after) and stays.all() else None
    removals, insertions = runs(~stays), runs(~stayed)
    if len(removals) + len(insertions) > _MOST or np.sum(~stays) + np.sum(~stayed) > _MOST_ROWS:
        return None
    steps = [Edit("remove", start + first, count) for first, count in reversed(removals)]
    return steps + [Edit("insert", start + first, count) for first, count in insertions]


def _move(before: Ids, after: Ids, start: int) -> list[Edit] | None:
    """One row that went up to the first place, or from there down to the last."""
    if np.array_equal(np.r_[before[-1:], before[:-1]], after):
        return [Edit("move", start + len(before) - 1, to=start)]
    if np.array_equal(np.r_[before[1:], before[:1]], after):
        return [Edit("move", start, to=start + len(before) - 1)]
    return None


def _equal(one: Ids, other: Ids) -> int:
    """How many ids from the first on are equal."""
    length = min(len(one), len(other))
    different = np.flatnonzero(one[:length] != other[:length])
    return int(different[0]) if len(different) else length


def runs(chosen: np.ndarray) -> list[tuple[int, int]]:
    """First place and length of every run of True."""
    ends = np.flatnonzero(np.diff(np.r_[False, chosen, False].astype(np.int8)))
    return [(int(first), int(last - first)) for first, last in zip(ends[::2], ends[1::2], strict=True)]


class SteadyList(QStringListModel):
    """Rows with ids, below `fixed` rows that never change.

    A list of empty strings underneath keeps count: views ask for it and for every index at each layout, 100,000 times,
    which in Python would take a tenth of a second.
    """

    turning = Signal()  # rows are about to change; remember what is chosen and seen
    turned = Signal()  # they have changed

    def __init__(self, parent: QObject, *, fixed: int = 0) -> None:
        super().__init__(parent)
        self._fixed = fixed
        self._rows: list[Any] = []
        self.ids: Ids = np.zeros(0, np.int64)  # (n,) in the order of the rows
        self._settle: Callable[[], None] | None = None
        for signal in (self.rowsInserted, self.rowsRemoved, self.rowsMoved):
            signal.connect(self._settled)  # before any view hears of it
        self.setStringList([""] * fixed)

    def row_of(self, id: int) -> int | None:
        """The row of an id, fixed ones counted."""
        found = np.flatnonzero(self.ids == id)
        return self._fixed + int(found[0]) if len(found) else None

    def id_at(self, row: int) -> int | None:
        """The id of a row; None for a fixed one."""
        place = row - self._fixed
        return int(self.ids[place]) if 0 <= place < len(self.ids) else None

    def take(self, rows: list[Any], ids: Ids) -> None:
        """Shows other rows; `ids` (n,) are theirs."""
        if np.array_equal(ids, self.ids):
            old, self._rows = self._rows, rows
            self._tell_changed(old)
            return
        self.turning.emit()
        steps = edits(self.ids, ids)
        if steps is None:
            self._rows, self.ids = rows, ids
            self.setStringList([""] * (self._fixed + len(rows)))
        else:
            for step in steps:
                self._make(step, rows, ids)
            old, self._rows, self.ids = self._rows, rows, ids
            self._tell_changed(old)
        self.turned.emit()

    def _make(self, step: Edit, rows: list[Any], ids: Ids) -> None:
        first, end, top = step.first, step.first + step.count, self._fixed + step.first
        none = QModelIndex()
        if step.kind == "remove":
            kept = np.delete(self.ids, slice(first, end))
            self._settle = partial(self._put, self._rows[:first] + self._rows[end:], kept)
            self.removeRows(top, step.count)
        elif step.kind == "insert":
            more = np.insert(self.ids, first, ids[first:end])
            self._settle = partial(self._put, self._rows[:first] + rows[first:end] + self._rows[first:], more)
            self.insertRows(top, step.count)
        else:
            moved = list(self._rows)
            moved.insert(step.to, moved.pop(first))
            self._settle = partial(self._put, moved, np.insert(np.delete(self.ids, first), step.to, self.ids[first]))
            # Qt counts the goal before the row is taken out.
            goal = self._fixed + (step.to if step.to < first else step.to + 1)
            self.moveRows(none, top, 1, none, goal)

    def _put(self, rows: list[Any], ids: Ids) -> None:
        self._rows, self.ids = rows, ids

    def _settled(self) -> None:
        settle, self._settle = self._settle, None
        if settle is not None:
            settle()

    def _tell_changed(self, old: list[Any]) -> None:
        """Tells of rows that say something else now; `old` runs parallel to the rows."""
        for place, (before, after) in enumerate(zip(old, self._rows, strict=True)):
            if before != after:
                self.dataChanged.emit(self.index(self._fixed + place), self.index(self._fixed + place))

    def tell_all_changed(self) -> None:
        """Every row may say something else now."""
        if self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
