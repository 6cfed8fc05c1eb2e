"""Choosing people out of many: a searched list with ticks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QVBoxLayout,
)

from core.gallery.records import Identity
from gui.kit import Kit
from gui.language import counted, tr
from gui.pictures import PictureKey, Pictures
from gui.theme import GAP, WIDE_GAP

_Cell = QModelIndex | QPersistentModelIndex
_FACE = 32  # pixels


class TickedPeople(QAbstractListModel):
    """People with ticks; a search narrows what is shown, never what is ticked."""

    def __init__(self, people: Sequence[Identity], ticked: Iterable[int], pictures: Pictures) -> None:
        super().__init__()
        self._people = [(person, person.name.casefold()) for person in people]
        self._shown = [person for person, _ in self._people]
        self._pictures = pictures
        self.ticked = set(ticked)
        pictures.ready.connect(self._picture_came)

    def search(self, text: str) -> None:
        wanted = text.strip().casefold()
        self.beginResetModel()
        self._shown = [person for person, name in self._people if wanted in name]
        self.endResetModel()

    def tick_shown(self, on: bool) -> None:
        shown = {person.id for person in self._shown}
        self.ticked = self.ticked | shown if on else self.ticked - shown
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    def rowCount(self, parent: _Cell = QModelIndex()) -> int:  # noqa: B008 - Qt's names
        return 0 if parent.isValid() else len(self._shown)

    def flags(self, index: _Cell) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: _Cell, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self._shown):
            return None
        person = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            faces = counted("{count} face", "{count} faces", person.faces)
            return tr("{name}  ({faces})", name=person.name, faces=faces)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if person.id in self.ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole and person.cover is not None:
            return self._pictures.get(PictureKey("crop", face=person.cover, size=_FACE))
        return None

    def setData(self, index: _Cell, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        person = self._shown[index.row()].id
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self.ticked.add(person)
        else:
            self.ticked.discard(person)
        self.dataChanged.emit(index, index, [role])
        return True

    def _picture_came(self, key: PictureKey) -> None:
        if key.kind != "crop" or key.size != _FACE:
            return
        for row, person in enumerate(self._shown):
            if person.cover == key.face:
                self.dataChanged.emit(self.index(row), self.index(row), [Qt.ItemDataRole.DecorationRole])
                return


class PeopleChoice(QDialog):
    """`chosen` are the ticked identities; OK needs at least one."""

    def __init__(
        self, kit: Kit, people: Sequence[Identity], *, title: str, what: str, action: str, ticked: Iterable[int] = ()
    ) -> None:
        """`what` says in a sentence what will happen to whom is ticked; `action` is on the button that does it."""
        super().__init__(kit.ask.window)
        self.setWindowTitle(title)
        self.resize(460, 560)
        self.model = TickedPeople(people, ticked, kit.state.pictures)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(tr("Search people"))
        self.search.setAccessibleName(tr("Search people"))
        self.list = self._made_list()
        self._count = QLabel()
        self._count.setProperty("role", "faint")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.sure = QPushButton(action)
        self.sure.setProperty("primary", True)
        self.buttons.addButton(self.sure, QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out(what)
        self.search.textChanged.connect(self.model.search)
        self.model.dataChanged.connect(self._counted)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._counted()

    @property
    def chosen(self) -> frozenset[int]:
        return frozenset(self.model.ticked)

    def _made_list(self) -> QListView:
        made = QListView()
        made.setModel(self.model)
        made.setUniformItemSizes(True)
        made.setIconSize(QSize(_FACE, _FACE))
        made.setAccessibleName(tr("People"))
        return made

    def _lay_out(self, what: str) -> None:
        words = QLabel(what)
        words.setWordWrap(True)
        below = QHBoxLayout()
        for text, on in ((tr("Tick &all shown"), True), (tr("&Untick all shown"), False)):
            button = QPushButton(text)
            button.setProperty("flat", True)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, on=on: self.model.tick_shown(on))
            below.addWidget(button)
        below.addStretch(1)
        below.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(words)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addLayout(below)
        column.addWidget(self.buttons)

    def _counted(self, *_: object) -> None:
        count = len(self.model.ticked)
        self._count.setText(counted("{count} person ticked", "{count} people ticked", count))
        self.sure.setEnabled(count > 0)
