"""A list or grid over a SteadyList: what is chosen and what is seen survive every refresh."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Signal
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QListView

from gui.models.steady import SteadyList, runs
from gui.pictures import PictureKey

_FLAG = QItemSelectionModel.SelectionFlag


class SteadyView(QListView):
    """Remembers chosen ids, not rows. Chosen ids may be out of sight for a while, as when a search hides them."""

    chosen_changed = Signal(list)  # ids

    def __init__(self, model: SteadyList) -> None:
        super().__init__()
        self.rows = model
        self.chosen: list[int] = []
        self.waiting: set[PictureKey] = set()  # of what is in sight
        self.fixed_row = -1  # a fixed row that is chosen instead
        self._quiet = False  # while the selection follows the model and not the user
        self._top: tuple[int, int] | None = None  # id at the top, and how far it is scrolled out
        self._place = 0  # row of the first chosen
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        model.turning.connect(self._remember)
        model.turned.connect(self._restore)
        self.selectionModel().selectionChanged.connect(lambda *_: self._selected())

    def choose(self, ids: Collection[int]) -> None:
        """Chooses these and nothing else, and tells when that is news."""
        news = list(ids) != self.chosen
        self.chosen, self.fixed_row = list(ids), self.default_row(list(ids))
        self._show_chosen()
        if news:
            self.chosen_changed.emit(self.chosen)

    def gone(self, ids: list[int]) -> set[int]:
        """Which of these chosen ids are no more; a view whose rows may be hidden knows better."""
        return set(ids) - set(self.rows.ids.tolist())

    def default_row(self, ids: list[int]) -> int:
        """The fixed row that stands for choosing these ids; -1 for none."""
        return -1

    def seen(self, row: int) -> None:
        """Scrolls the row into view."""
        self.scrollTo(self.rows.index(row), QAbstractItemView.ScrollHint.EnsureVisible)

    def came(self, key: PictureKey) -> None:
        """A picture has come; one drawing for all that come before the next."""
        if key in self.waiting:
            self.waiting.discard(key)
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if event.rect().contains(self.viewport().rect()):
            self.waiting.clear()  # what was scrolled away is waited for no more
        super().paintEvent(event)

    def to_top(self) -> None:
        self._top = None
        self.scrollToTop()

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())  # Qt would ask for the place of every chosen row, in sight or not

    # --- the user chooses ------------------------------------------------------------------------------------------

    def _selected(self) -> None:
        if not self._quiet:
            self.take_selected(*self._selection())

    def take_selected(self, ids: list[int], fixed: int) -> None:
        """The user has chosen these, or else a fixed row (-1 for none)."""
        if ids != self.chosen:
            self.chosen = ids
            self.chosen_changed.emit(ids)

    def _selection(self) -> tuple[list[int], int]:
        ids: list[int] = []
        first, fixed = self.rows.rowCount() - len(self.rows.ids), -1
        selection = self.selectionModel().selection()
        for number in range(selection.count()):
            part = selection.at(number)
            ids += self.rows.ids[max(0, part.top() - first) : max(0, part.bottom() + 1 - first)].tolist()
            fixed = max(fixed, part.top()) if part.top() < first else fixed
        return ids, fixed

    # --- the rows change -------------------------------------------------------------------------------------------

    def _remember(self) -> None:
        self._quiet = True
        top = self.indexAt(QPoint(self.width() // 4, 1))
        id = self.rows.id_at(top.row()) if top.isValid() else None
        scrolled = self.verticalScrollBar().value() > 0
        self._top = (id, self.visualRect(top).top()) if id is not None and scrolled else None
        place = self.rows.row_of(self.chosen[0]) if self.chosen else None
        self._place = place if place is not None else 0

    def _restore(self) -> None:
        gone = self.gone(self.chosen)
        left = [id for id in self.chosen if id not in gone]
        news = len(left) != len(self.chosen)
        if gone and not left:
            left = self._neighbour()
        if news:
            self.chosen, self.fixed_row = left, self.default_row(left)
        self._show_chosen()
        row = self.rows.row_of(self._top[0]) if self._top else None
        if self._top is not None and row is not None:
            self.executeDelayedItemsLayout()
            self.scrollTo(self.rows.index(row), QAbstractItemView.ScrollHint.PositionAtTop)
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - self._top[1])
        if news:
            self.chosen_changed.emit(self.chosen)

    def _neighbour(self) -> list[int]:
        """Who came into the place of the first chosen, so that one can go on by keys."""
        last = self.rows.rowCount() - 1
        id = self.rows.id_at(min(self._place, last))
        return [] if id is None else [id]

    def _show_chosen(self) -> None:
        self._quiet = True
        try:
            fixed = self.rows.rowCount() - len(self.rows.ids)
            marked = np.isin(self.rows.ids, np.array(self.chosen, np.int64))
            selection = QItemSelection()
            for first, count in runs(marked):
                top, bottom = fixed + first, fixed + first + count - 1
                selection.select(self.rows.index(top), self.rows.index(bottom))
            if self.fixed_row >= 0:
                selection.clear()
                selection.select(self.rows.index(self.fixed_row), self.rows.index(self.fixed_row))
            model = self.selectionModel()
            model.select(selection, _FLAG.ClearAndSelect)
            if not selection.isEmpty() and not model.isSelected(model.currentIndex()):
                model.setCurrentIndex(selection.at(0).topLeft(), _FLAG.NoUpdate)
        finally:
            self._quiet = False
