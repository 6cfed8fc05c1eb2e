"""Who is in the picture, as a list with a button to name them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListView, QPushButton, QVBoxLayout, QWidget

from gui.icons import icon
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.present import PresentFaces
from gui.theme import GAP, SMALL_GAP
from gui.widgets.face_marks import SeenFaces
from gui.widgets.person_row import PersonRow

_HEIGHT, _SIDE = 132, 32


class PresentList(QWidget):
    """Its button triggers the action `who_is_this`."""

    face_chosen = Signal(int)  # track
    face_wanted = Signal(int)  # track whose name the user wants to give

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit, self._action = kit, kit.actions["who_is_this"]
        self.faces = PresentFaces(self)
        self.list = QListView(uniformItemSizes=True)
        self.count, self.who = QLabel(), QPushButton()
        self._build()
        self.who.clicked.connect(self._action.trigger)
        self.list.selectionModel().currentChanged.connect(lambda now, _: self._current(now.row()))
        self.list.activated.connect(lambda index: self.face_wanted.emit(self.faces.id_at(index.row()) or 0))
        self._action.changed.connect(self._follow)
        kit.state.pictures.ready.connect(lambda _: self.list.viewport().update())
        kit.theme.changed.connect(self.texts)
        self._follow()

    def show_faces(self, seen: SeenFaces) -> None:
        self.faces.show([face.row for face in seen.faces], seen.limits)
        count = len(seen.faces)
        self.count.setText(counted("{count} face", "{count} faces", count) if count else tr("Nobody in the picture"))

    def choose(self, track: int) -> None:
        """0 for nobody."""
        row = self.faces.row_of(track) if track else None
        self.list.setCurrentIndex(self.faces.index(-1 if row is None else row, 0))

    def texts(self) -> None:
        """All words in the present language."""
        colours = self._kit.theme.colours
        self.list.setAccessibleName(tr("Who is in the picture"))
        self.who.setText(" " + tr("Who is this?"))  # the style leaves no room after an icon
        self.who.setIcon(icon("person_add", colours.text, colours.faint))

    def _build(self) -> None:
        self.list.setModel(self.faces)
        self.list.setItemDelegate(PersonRow(self._kit, self.list, side=_SIDE))
        self.list.setMouseTracking(True)
        self.list.setFixedHeight(_HEIGHT)
        self.count.setProperty("role", "heading")
        self.who.setIconSize(QSize(16, 16))
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.count)
        head.addStretch()
        head.addWidget(self.who)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_GAP)
        column.addLayout(head)
        column.addWidget(self.list)

    def _current(self, row: int) -> None:
        track = self.faces.id_at(row) if row >= 0 else None
        if track is not None:
            self.face_chosen.emit(track)

    def _follow(self) -> None:
        self.who.setEnabled(self._action.isEnabled())
        self.who.setToolTip(self._action.toolTip())
