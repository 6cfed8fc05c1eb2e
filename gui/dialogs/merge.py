"""Before people become one: all of them side by side, with the question whose name stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.gallery.records import Identity
from gui.kit import Kit
from gui.language import counted, tr
from gui.theme import GAP, RADIUS, SMALL_GAP, WIDE_GAP
from gui.widgets.person_row import cover_key
from gui.widgets.rounded import draw_filling, draw_stand_in

_SHOWN = 6  # faces of each person
_SIDE = 56


class FaceStrip(QWidget):
    """A few faces in a row."""

    def __init__(self, kit: Kit, faces: Sequence[int]) -> None:
        super().__init__()
        self._kit, self.faces = kit, list(faces)
        self.setFixedHeight(_SIDE)
        kit.state.pictures.ready.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(_SHOWN * (_SIDE + SMALL_GAP), _SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for number, face in enumerate(self.faces[:_SHOWN]):
                place = QRect(number * (_SIDE + SMALL_GAP), 0, _SIDE, _SIDE)
                picture = self._kit.state.pictures.get(cover_key(face, _SIDE, self.devicePixelRatioF()))
                if picture is None:
                    draw_stand_in(painter, place, "person", self._kit.theme.colours, RADIUS)
                else:
                    draw_filling(painter, place, picture, RADIUS)


class MergeDialog(QDialog):
    """`into()` is whose name stays; at first `preferred`, else whoever has most faces."""

    def __init__(self, kit: Kit, people: Sequence[Identity], *, preferred: int | None = None) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._people = kit, list(people)
        self._names = QButtonGroup(self)
        self._strips: dict[int, FaceStrip] = {}
        first = preferred or max(people, key=lambda person: person.faces).id
        self.setWindowTitle(tr("Merge people"))
        self._result = QLabel(wordWrap=True)
        self._result.setTextFormat(Qt.TextFormat.PlainText)
        self._build(first)
        self._names.idToggled.connect(lambda *_: self._tell())
        self._tell()
        self._look()
        self._names.button(first).setFocus()  # arrows choose the name, Enter merges
        self.resize(460, min(640, 200 + 116 * len(people)))

    def into(self) -> int:
        return self._names.checkedId()

    def choose(self, identity: int) -> None:
        self._names.button(identity).setChecked(True)

    def result_text(self) -> str:
        return self._result.text()

    def _build(self, first: int) -> None:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GAP)
        for person in self._people:
            rows.addWidget(self._card(person, checked=person.id == first))
        rows.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(QLabel(tr("They become one person. Which name stays?")))
        column.addWidget(area, 1)
        column.addWidget(self._result)
        column.addWidget(self._buttons())

    def _card(self, person: Identity, *, checked: bool) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        faces = counted("{count} face", "{count} faces", person.faces)
        name = QRadioButton(tr("{name} · {faces}", name=person.name, faces=faces).replace("&", "&&"))
        name.setChecked(checked)
        self._names.addButton(name, person.id)
        self._strips[person.id] = FaceStrip(self._kit, [person.cover] if person.cover else [])
        column = QVBoxLayout(card)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(SMALL_GAP)
        column.addWidget(name)
        column.addWidget(self._strips[person.id])
        return card

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        merge = buttons.addButton(tr("Merge"), QDialogButtonBox.ButtonRole.AcceptRole)
        merge.setProperty("primary", True)
        merge.setDefault(True)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _tell(self) -> None:
        name = next(person.name for person in self._people if person.id == self.into())
        faces = counted("{count} face", "{count} faces", sum(person.faces for person in self._people))
        self._result.setText(tr("Result: {name} with {faces}. It can be undone.", name=name, faces=faces))

    def _look(self) -> None:
        """The best few faces of each, read on the desk."""
        ids = [person.id for person in self._people]

        def best(gallery: Any, _: Any) -> dict[int, list[int]]:
            from core.gallery.face_list import face_list

            return {id: face_list(gallery, [id], "best").ids[:_SHOWN].tolist() for id in ids}

        def shown(found: dict[int, list[int]]) -> None:
            for id, faces in found.items():
                self._strips[id].faces = faces
                self._strips[id].update()

        self._kit.state.desk.ask(best, shown, lambda _: None, owner=self)
