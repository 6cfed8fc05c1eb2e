"""The people of the open gallery as the list on the left shows them, below three fixed entries."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from core.gallery.finding import PeopleOrder, arranged, folded
from core.gallery.records import Identity
from core.result_row import RowKind
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.steady import Index, SteadyList
from gui.result_words import ICONS
from gui.widgets.person_row import Role

_FOLDS = 1000  # names made ready for searching in one turn of the event loop


class Entry(IntEnum):
    """The fixed rows."""

    ALL = 0
    UNKNOWN = 1
    REVIEW = 2
    NO_FACE = 3


RESULTS: dict[Entry, RowKind] = {Entry.UNKNOWN: "unknown", Entry.REVIEW: "unsure", Entry.NO_FACE: "no face"}
_ICONS = {Entry.ALL: "people"} | {entry: ICONS[kind] for entry, kind in RESULTS.items()}


class Identities(SteadyList):
    """People that fit the search, in order."""

    renamed = Signal(int, str)  # a name was typed over the one of an identity

    def __init__(self, kit: Kit, parent: QObject) -> None:
        super().__init__(parent, fixed=len(Entry))
        self._kit = kit
        self._typed, self._order = "", "name"
        self._counts: Mapping[RowKind, int] = {}
        self._target = -1
        self._unfolded = 0
        self._folding = QTimer(self, interval=0)
        self._folding.timeout.connect(self._fold)

    @property
    def order(self) -> str:
        return self._order

    def find(self, typed: str) -> None:
        if typed != self._typed:
            self._typed = typed
            self.refresh()

    def order_by(self, order: PeopleOrder) -> None:
        if order != self._order:
            self._order = order
            self.refresh()

    def refresh(self) -> None:
        """Takes up the people of the gallery as they are now."""
        people = self._kit.state.people
        order: Any = self._order
        rows = arranged(people, self._typed, order)
        self.take(rows, np.fromiter((person.id for person in rows), np.int64, len(rows)))
        self.tell_fixed()
        self._unfolded = 0
        self._folding.start()

    def count(self, counts: Mapping[RowKind, int]) -> None:
        """How many rows of each kind the results hold."""
        self._counts = dict(counts)
        self.tell_fixed()

    def tell_fixed(self) -> None:
        self.dataChanged.emit(self.index(0), self.index(self._fixed - 1))

    def aim(self, row: int) -> None:
        """Marks the row on which what is dragged would land; -1 for none."""
        old, self._target = self._target, row
        for each in {old, row} - {-1}:
            self.dataChanged.emit(self.index(each), self.index(each), [Role.TARGET])

    def person(self, row: int) -> Identity | None:
        place = row - self._fixed
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Role.TARGET:
            return index.row() == self._target
        person = self.person(index.row())
        return self._of_fixed(Entry(index.row()), role) if person is None else self._of_person(person, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        person = self.person(index.row())
        name = str(value).strip()
        if person is None or not name or name == person.name:
            return False
        self.renamed.emit(person.id, name)  # the gallery's answer changes the row
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid() or self.person(index.row()) is None:
            return flags
        return flags | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled

    def _of_person(self, person: Identity, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return person.name
        if role == Role.PERSON:
            return person.id
        if role == Role.COVER:
            return person.cover
        if role == Role.DETAIL:
            if person.cover is not None and self._kit.state.pictures.none_kept(person.cover):
                return counted("{count} face, no picture kept", "{count} faces, no picture kept", person.faces)
            return counted("{count} face", "{count} faces", person.faces)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{person.name}, {self._of_person(person, Role.DETAIL)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = [person.name, person.notes]
            if person.cover is not None and self._kit.state.pictures.none_kept(person.cover):
                lines.append(tr("Taken over from an index without pictures: cannot be moved to another model"))
            return "\n".join(line for line in lines if line)
        return None

    def _of_fixed(self, entry: Entry, role: int) -> Any:
        gallery = self._kit.state.gallery
        if role == Qt.ItemDataRole.DisplayRole:
            return {
                Entry.ALL: tr("All people"),
                Entry.UNKNOWN: tr("Unknown"),
                Entry.REVIEW: tr("To review"),
                Entry.NO_FACE: tr("Not faces"),
            }[entry]
        if role == Role.PERSON:
            return 0 if entry == Entry.ALL else None
        if role == Role.ICON:
            return _ICONS[entry]
        if role == Role.DETAIL:
            if entry == Entry.ALL:
                return counted("{count} face", "{count} faces", gallery.faces if gallery else 0)
            count = self._counts.get(RESULTS[entry], 0)
            return counted("{count} face in the results", "{count} faces in the results", count)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name, detail = (self._of_fixed(entry, each) for each in (Qt.ItemDataRole.DisplayRole, Role.DETAIL))
            return f"{name}, {detail}"
        return None

    def _fold(self) -> None:
        """Makes names ready for searching little by little, so that the first letter finds at once."""
        people = self._kit.state.people
        for person in people[self._unfolded : self._unfolded + _FOLDS]:
            folded(person.name)
        self._unfolded += _FOLDS
        if self._unfolded >= len(people):
            self._folding.stop()
