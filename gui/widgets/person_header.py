"""Who is shown: picture, name, counts and notes, above the faces."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.kit import Kit
from gui.theme import WIDE_GAP
from gui.widgets.person_row import cover_key
from gui.widgets.rounded import draw_filling, draw_stand_in

_SIDE = 56


class PersonHeader(QWidget):
    """`row` takes buttons at its right end."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._cover = _Cover(kit)
        self.name, self.facts, self.notes = QLabel(), QLabel(), QLabel()
        self.name.setProperty("role", "title")
        self.facts.setProperty("role", "faint")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch()
        for label in (self.name, self.facts, self.notes):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            words.addWidget(label)
        words.addStretch()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(WIDE_GAP)
        self.row.addWidget(self._cover)
        self.row.addLayout(words, 1)

    def show_person(self, name: str, facts: str, notes: str, cover: int | None, sign: str) -> None:
        """`sign` is the icon while there is no cover."""
        self.name.setText(name)
        self.name.setToolTip(name)
        self.facts.setText(facts)
        first = notes.strip().partition("\n")[0]
        self.notes.setText(first)
        self.notes.setToolTip(notes)
        self.notes.setVisible(bool(first))
        self._cover.show_face(cover, sign)
        self._cover.setAccessibleName(name)


class _Cover(QWidget):
    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._face: int | None = None
        self._sign = "people"
        self.setFixedSize(QSize(_SIDE, _SIDE))
        kit.state.pictures.ready.connect(self.update)
        kit.theme.changed.connect(self.update)

    def show_face(self, face: int | None, sign: str) -> None:
        self._face, self._sign = face, sign
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            kept = None
            if self._face is not None:
                kept = self._kit.state.pictures.get(cover_key(self._face, _SIDE, self.devicePixelRatioF()))
            if kept is not None:
                draw_filling(painter, self.rect(), kept, _SIDE / 2)
            else:
                draw_stand_in(painter, self.rect(), self._sign, self._kit.theme.colours, _SIDE / 2)
