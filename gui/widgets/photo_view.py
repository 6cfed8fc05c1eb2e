"""A photo with the boxes of its faces: zoom, move, click a face."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.result_row import Box, RowKind
from gui import result_words as words
from gui.kit import Kit
from gui.language import counted, tr
from gui.pictures import PictureKey
from gui.theme import RADIUS, SMALL_GAP

_SIZE = 2400  # longer side of the picture shown, pixels
_MOST = 8.0  # zoom
_STEP = 1.25
_DRAG = 4  # pixels from which a press moves the photo


@dataclass(frozen=True)
class FaceBox:
    """One face to show. `number` is that of its row."""

    number: int
    box: Box  # pixels of the upright photo
    caption: str
    kind: RowKind


class PhotoView(QWidget):
    """`face_chosen` tells the number of a clicked face."""

    face_chosen = Signal(int)

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._key: PictureKey | None = None
        self._size = (1, 1)  # of the photo in full
        self.faces: list[FaceBox] = []
        self.chosen = 0
        self.zoom = 1.0  # 1 shows the whole photo
        self._middle = QPointF(0.5, 0.5)  # of the photo, at the middle of the view
        self._pressed: QPoint | None = None
        self._moved = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        kit.state.pictures.ready.connect(self._came)
        kit.theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(880, 600)

    def show_photo(self, path: str, size: tuple[int, int], faces: list[FaceBox], chosen: int) -> None:
        """Another photo, or the same with other faces; `size` is that of the photo in full."""
        key = PictureKey("photo", path=path, size=_SIZE)
        if key != self._key:
            self._key, self._size = key, size
            self.whole()
        self.faces, self.chosen = faces, chosen
        name = counted("A photo with {count} face", "A photo with {count} faces", len(faces))
        self.setAccessibleName(name)
        self.setAccessibleDescription("; ".join(face.caption for face in faces))
        self.update()

    def whole(self) -> None:
        """All of the photo."""
        self.zoom, self._middle = 1.0, QPointF(0.5, 0.5)
        self.update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller, what lies under `at` staying where it is."""
        place = self._place()
        at = at or QPointF(self.width() / 2, self.height() / 2)
        before = QPointF((at.x() - place.x()) / place.width(), (at.y() - place.y()) / place.height())
        self.zoom = min(_MOST, max(1.0, self.zoom * factor))
        place = self._place()
        self._middle += QPointF(
            before.x() - (at.x() - place.x()) / place.width(), before.y() - (at.y() - place.y()) / place.height()
        )
        self._keep_inside()
        self.update()

    def box_of(self, number: int) -> QRectF:
        """Where the face of a row is on this widget; empty when it has none."""
        face = next((face for face in self.faces if face.number == number), None)
        return self._shown(face.box) if face is not None else QRectF()

    # --- events ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._kit.theme.colours
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            painter.fillRect(self.rect(), QColor(colours.base))
            picture = self._picture()
            if picture is None:
                gone = self._key is not None and self._kit.state.pictures.unreadable(self._key)
                text = tr("The photo cannot be read any more.") if gone else tr("Reading the photo…")
                painter.setPen(QColor(colours.faint))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
                return
            painter.drawPixmap(self._place(), picture, QRectF(picture.rect()))
            for face in sorted(self.faces, key=lambda face: face.number == self.chosen):
                self._draw(painter, face)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._moved = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._pressed is None:
            over = self._face_at(event.position()) is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
            return
        way = at - self._pressed
        if self._moved or way.manhattanLength() >= _DRAG:
            self._moved, self._pressed = True, at
            place = self._place()
            self._middle -= QPointF(way.x() / place.width(), way.y() / place.height())
            self._keep_inside()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        clicked = self._pressed is not None and not self._moved
        self._pressed = None
        face = self._face_at(event.position()) if clicked else None
        if face is not None:
            self.face_chosen.emit(face.number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.whole() if self.zoom > 1.0 else self.zoom_by(2.5, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / _STEP)
        elif key == Qt.Key.Key_0:
            self.whole()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.faces:
            self._choose_beside(1 if key == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _choose_beside(self, by: int) -> None:
        ordered = sorted(self.faces, key=lambda face: face.box[0])
        places = [place for place, face in enumerate(ordered) if face.number == self.chosen]
        place = (places[0] + by) % len(ordered) if places else 0
        self.face_chosen.emit(ordered[place].number)

    def _picture(self) -> QPixmap | None:
        return self._kit.state.pictures.get(self._key) if self._key is not None else None

    def _came(self, key: PictureKey) -> None:
        if key == self._key:
            self.update()

    def _place(self) -> QRectF:
        """Of the whole photo, in pixels of this widget."""
        width, height = self._size
        scale = self.zoom * min(self.width() / width, self.height() / height)
        shown = QRectF(0, 0, max(1.0, width * scale), max(1.0, height * scale))
        shown.moveLeft(self.width() / 2 - self._middle.x() * shown.width())
        shown.moveTop(self.height() / 2 - self._middle.y() * shown.height())
        return shown

    def _keep_inside(self) -> None:
        place = self._place()
        across = min(0.5, self.width() / place.width() / 2)
        down = min(0.5, self.height() / place.height() / 2)
        x = min(max(self._middle.x(), across), 1 - across)
        y = min(max(self._middle.y(), down), 1 - down)
        self._middle = QPointF(x, y)

    def _shown(self, box: Box) -> QRectF:
        place, (width, height) = self._place(), self._size
        x, y = place.width() / width, place.height() / height
        return QRectF(place.x() + box[0] * x, place.y() + box[1] * y, (box[2] - box[0]) * x, (box[3] - box[1]) * y)

    def _face_at(self, at: QPointF) -> FaceBox | None:
        """The smallest face there."""
        under = [face for face in self.faces if self._shown(face.box).contains(at)]
        return min(under, key=lambda face: self._shown(face.box).width(), default=None)

    def _draw(self, painter: QPainter, face: FaceBox) -> None:
        colours, chosen = self._kit.theme.colours, face.number == self.chosen
        colour = QColor(colours.accent if chosen else words.colour_of(face.kind, colours))
        rect = self._shown(face.box)
        style = {"known": Qt.PenStyle.SolidLine, "unsure": Qt.PenStyle.DashLine}.get(face.kind, Qt.PenStyle.DotLine)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.base), 5 if chosen else 4))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        painter.setPen(QPen(colour, 3 if chosen else 2, style))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        metrics = QFontMetricsF(self.font())
        text = metrics.elidedText(face.caption, Qt.TextElideMode.ElideRight, max(160.0, rect.width() * 1.6))
        plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * SMALL_GAP, metrics.height() + SMALL_GAP)
        plate.moveBottomLeft(rect.topLeft() - QPointF(0, 2))
        if plate.top() < 0:
            plate.moveTop(rect.bottom() + 2)
        plate.moveLeft(min(max(plate.left(), 0.0), max(0.0, self.width() - plate.width())))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(plate, SMALL_GAP, SMALL_GAP)
        painter.setPen(QColor(colours.on_accent))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
