"""Saying who somebody is: type a few letters, take the person found, or make a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QVBoxLayout, QWidget

from core.gallery.finding import called
from core.types import Match
from gui.kit import Kit
from gui.language import tr
from gui.models.candidates import Candidates
from gui.theme import SMALL_GAP
from gui.widgets.person_row import PersonRow

_ROWS = 5  # people seen without scrolling
_SIDE = 32
_PAGE = 4


class NameField(QWidget):
    """A line to type in and below it who may be meant, with pictures and counts, the likeliest first.

    Enter or a click takes the highlighted one, Ctrl+Enter a new person of the typed name however similar others are.
    `suggestions` are matches of the face in question, best first; `without` are people who cannot be meant.
    """

    chosen = Signal(object)  # int: an identity; str: the name of a new person
    highlighted = Signal(object)  # int, str, or None when there is nobody to take

    def __init__(
        self, kit: Kit, suggestions: Sequence[Match] = (), *, may_create: bool = True, without: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self._kit, self._may_create = kit, may_create
        self.line = QLineEdit(clearButtonEnabled=True)
        self.list = QListView(uniformItemSizes=True)
        self._people = Candidates(kit, self, suggestions, may_create=may_create, without=without)
        self._build()
        self.line.textChanged.connect(self._find)
        self.line.installEventFilter(self)
        self.list.clicked.connect(self._clicked)
        self.list.selectionModel().currentChanged.connect(lambda *_: self.highlighted.emit(self.answer()))
        kit.state.pictures.ready.connect(self.list.viewport().update)
        kit.state.desk.changed.connect(self._again)
        kit.state.language_changed.connect(self._texts)
        self._texts()
        self._highlight(0)

    def text(self) -> str:
        """What is typed, trimmed."""
        return " ".join(self.line.text().split())

    def answer(self) -> int | str | None:
        """Whom Enter takes."""
        return self._people.answer(self.list.currentIndex().row())

    def take(self) -> None:
        answer = self.answer()
        if answer is not None:
            self.chosen.emit(answer)

    def take_new(self) -> None:
        """A new person of the typed name; whoever has exactly that name, if somebody has."""
        name = self.text()
        if not name:
            return
        same = called(self._kit.state.people, name)
        if same or self._may_create:
            self.chosen.emit(same[0].id if same else name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        self.list.setModel(self._people)
        self.list.setItemDelegate(PersonRow(self._kit, self.list, side=_SIDE))
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the line keeps it: arrows move the highlight
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setMinimumHeight(_ROWS * (_SIDE + 2 * SMALL_GAP + SMALL_GAP))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_GAP)
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        self.setFocusProxy(self.line)

    def _texts(self) -> None:
        self.line.setPlaceholderText(tr("Name"))
        self.line.setAccessibleName(tr("Name of the person"))
        self.list.setAccessibleName(tr("Who may be meant"))

    def _find(self, typed: str) -> None:
        self._people.find(typed)
        self._highlight(0)

    def _again(self) -> None:
        self._find(self.line.text())

    def _highlight(self, row: int) -> None:
        row = max(0, min(row, self._people.rowCount() - 1))
        self.list.setCurrentIndex(self._people.index(row))
        self.highlighted.emit(self.answer())

    def _clicked(self, index: QModelIndex | QPersistentModelIndex) -> None:
        self._highlight(index.row())
        self.take()

    def _key(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _PAGE,
            Qt.Key.Key_PageUp: -_PAGE,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._highlight(self.list.currentIndex().row() + steps[key])
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            self.take_new() if control else self.take()
            return True
        return False
