"""Who may be meant by a name that is being typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.gallery.finding import called, likeliest
from core.gallery.records import Identity
from core.types import Match
from gui.kit import Kit
from gui.language import counted, tr
from gui.widgets.person_row import Role


class Candidates(QAbstractListModel):
    """People, the likeliest first, and at the end the new person of the typed name unless somebody has that name."""

    def __init__(
        self,
        kit: Kit,
        parent: QObject,
        suggestions: Sequence[Match] = (),
        *,
        may_create: bool = True,
        without: Sequence[int] = (),
    ) -> None:
        super().__init__(parent)
        self._kit, self._may_create = kit, may_create
        self._suggestions = {match.identity: match for match in suggestions}
        self._without = frozenset(without)
        self._rows: list[Identity | str] = []
        self.find("")

    def find(self, typed: str) -> None:
        """Shows who may be meant by it."""
        name = " ".join(typed.split())
        people = self._kit.state.people
        self.beginResetModel()
        meant = (person for person in people if person.id not in self._without)
        self._rows = [*likeliest(meant, name, alike=list(self._suggestions))]
        if self._may_create and name and not called(people, name):
            self._rows.append(name)
        self.endResetModel()

    def answer(self, row: int) -> int | str | None:
        """Identity or new name of a row."""
        if not 0 <= row < len(self._rows):
            return None
        found = self._rows[row]
        return found if isinstance(found, str) else found.id

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        found = self._rows[index.row()]
        return self._of_new(found, role) if isinstance(found, str) else self._of_known(found, role)

    def _of_new(self, name: str, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr("New person “{name}”", name=name)
        if role == Role.DETAIL:
            return tr("Ctrl+Enter")
        return "person_add" if role == Role.ICON else None

    def _of_known(self, person: Identity, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return person.name
        if role == Role.DETAIL:
            return self._detail(person)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{person.name}, {self._detail(person)}"
        return {Role.PERSON: person.id, Role.COVER: person.cover}.get(Role(role)) if role in _OWN else None

    def _detail(self, person: Identity) -> str:
        faces = counted("{count} face", "{count} faces", person.faces)
        match = self._suggestions.get(person.id)
        if match is None:
            return faces
        return tr("{faces} · similarity {number}", faces=faces, number=QLocale().toString(match.similarity, "f", 2))


_OWN = (Role.PERSON, Role.COVER)
