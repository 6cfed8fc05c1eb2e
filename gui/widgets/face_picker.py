"""A picture with the boxes of its faces: click the one you mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.icons import icon
from gui.kit import Kit
from gui.language import tr
from gui.theme import RADIUS, SMALL_GAP
from gui.widgets.rounded import draw_fitting, draw_stand_in

_NEAR = 6  # device-independent pixels around a box that count as in it


@dataclass(frozen=True)
class PickedFace:
    """One face of the picture. `box` x1 y1 x2 y2 in pixels of a picture of `size` (width, height)."""

    number: int
    box: tuple[float, float, float, float]
    size: tuple[int, int]  # (0, 0): pixels of the picture shown
    name: str  # empty while nobody is named
    chosen: bool  # it will be added


class FacePicker(QWidget):
    """Arrows move between the faces, Space or a click takes one or leaves it out."""

    picked = Signal(int)  # number of a face: take it, or leave it out again
    pointed = Signal(int)  # number of a face: the keys are at it now

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._picture: QPixmap | None = None
        self._faces: list[PickedFace] = []
        self._current = -1
        self._failed = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        kit.theme.changed.connect(self.update)
        kit.state.language_changed.connect(self._say)

    def sizeHint(self) -> QSize:
        return QSize(360, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 180)

    def show_picture(self, picture: QPixmap | None, *, failed: bool = False) -> None:
        """None while it is being read, or for good when that `failed`."""
        self._picture, self._failed = picture, failed
        self.update()

    def show_faces(self, faces: Sequence[PickedFace], current: int) -> None:
        self._faces = list(faces)
        self._current = current
        self._say()
        self.update()

    # --- doing -----------------------------------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        face = self._at(event.position())
        if face is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(face.number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        face = self._at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if face else Qt.CursorShape.ArrowCursor)
        if face is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self._words(face), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        if event.key() in steps and self._faces:
            places = [face.number for face in self._faces]
            place = places.index(self._current) if self._current in places else -1
            self.pointed.emit(places[(place + steps[Qt.Key(event.key())]) % len(places)])
        elif event.key() == Qt.Key.Key_Space and self._current >= 0:
            self.picked.emit(self._current)
        else:
            super().keyPressEvent(event)

    # --- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._kit.theme.colours
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._picture is None:
                draw_stand_in(painter, self.rect(), "warning" if self._failed else "photo", colours, RADIUS)
                return
            draw_fitting(painter, self._room(), self._picture, RADIUS)
            for face in sorted(self._faces, key=lambda face: face.number == self._current):
                self._box(painter, face)
            if self.hasFocus():
                painter.setPen(QPen(QColor(colours.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _box(self, painter: QPainter, face: PickedFace) -> None:
        colours, place = self._kit.theme.colours, self.place_of(face)
        current = face.number == self._current
        colour = QColor(colours.known if face.chosen else colours.unsure if face.name else colours.faint)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(0, 0, 0, 150), 5 if current else 4))  # seen on any picture
        painter.drawRoundedRect(place, 4, 4)
        style = Qt.PenStyle.SolidLine if face.chosen else Qt.PenStyle.DashLine
        painter.setPen(QPen(colour, 3 if current else 2, style))
        painter.drawRoundedRect(place, 4, 4)
        if current or len(self._faces) < 5:
            self._label(painter, face, place, colour)

    def _label(self, painter: QPainter, face: PickedFace, place: QRectF, colour: QColor) -> None:
        metrics = painter.fontMetrics()
        words = metrics.elidedText(face.name or "?", Qt.TextElideMode.ElideRight, max(140, int(place.width())))
        sign = 14 if face.chosen else 0
        size = QSize(metrics.horizontalAdvance(words) + 2 * SMALL_GAP + sign, metrics.height() + SMALL_GAP)
        top = place.bottom() + 2 if place.bottom() + size.height() + 2 < self.height() else place.top() - size.height()
        left = min(max(place.left(), 0.0), self.width() - size.width() - 1.0)
        rect = QRectF(left, top, size.width(), size.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(rect, 4, 4)
        ink = self._kit.theme.colours.base
        painter.setPen(QColor(ink))
        painter.drawText(rect.adjusted(SMALL_GAP + sign, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        if sign:
            spot = QRect(0, 0, sign, sign)
            spot.moveCenter(QPointF(rect.left() + SMALL_GAP / 2 + sign / 2, rect.center().y()).toPoint())
            icon("check", ink).paint(painter, spot)

    # --- places and words ------------------------------------------------------------------------------------------

    def place_of(self, face: PickedFace) -> QRectF:
        """Where its box is in the widget."""
        if self._picture is None:
            return QRectF()
        room = QRectF(self._room())
        width, height = face.size if face.size[0] else (self._picture.width(), self._picture.height())
        scale = min(room.width() / width, room.height() / height)
        left = room.center().x() - width * scale / 2
        top = room.center().y() - height * scale / 2
        x1, y1, x2, y2 = face.box
        place = QRectF(left + x1 * scale, top + y1 * scale, (x2 - x1) * scale, (y2 - y1) * scale)
        return place.intersected(QRectF(self.rect()))

    def _room(self) -> QRect:
        return self.rect().adjusted(2, 2, -2, -2)

    def _at(self, point: QPointF) -> PickedFace | None:
        """The smallest face at a point: a small one may lie in front of a large one."""
        hit = [
            face for face in self._faces if self.place_of(face).adjusted(-_NEAR, -_NEAR, _NEAR, _NEAR).contains(point)
        ]
        return min(hit, key=lambda face: self.place_of(face).width(), default=None)

    def _words(self, face: PickedFace) -> str:
        if face.chosen:
            return tr("{name}, will be added. Click to leave out.", name=face.name)
        if face.name:
            return tr("{name}, left out. Click to take this face.", name=face.name)
        return tr("Nobody is named yet. Click to take this face.")

    def _say(self) -> None:
        self.setAccessibleName(tr("Picture with its faces"))
        lines = [self._words(face) for face in self._faces]
        self.setAccessibleDescription(" ".join(lines))
        if not lines:
            self.setAccessibleDescription(tr("No face was found in this picture."))
