"""The camera's newest picture with the faces that were found, each one to be chosen by mouse or keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from core.types import Frame
from gui import result_words as words
from gui.kit import Kit
from gui.language import tr
from gui.live import Shown
from gui.pixels import fitted_image_of
from gui.theme import RADIUS
from gui.widgets.face_marks import FaceMarks, SeenFaces

_FRESH, _GONE = 0.5, 1.5  # seconds of age from which boxes fade, and at which they are gone
_VEIL = 150  # of 255, over a picture that is not of now
_SETTLING = 150  # milliseconds after which a still picture is made sharp for a new size


class FrameView(QWidget):
    """`room` tells how large a picture is wanted; whoever gives pictures fits them into it off the GUI thread."""

    room_changed = Signal()
    face_chosen = Signal(int)  # track, 0 for none
    face_wanted = Signal(int)  # track whose name the user wants to give

    def __init__(self, kit: Kit, *, ground: str | None = None) -> None:
        super().__init__()
        self.painted = 0  # frames
        self.chosen = 0  # track
        self.ground = ground  # colour around the picture; None takes the theme's
        self.stale = False  # whether the picture is not what the camera sees now
        self._kit = kit
        self._frame: Frame | None = None
        self._image: QImage | None = None
        self._seen = SeenFaces()
        self._under = 0  # track below the mouse
        self._marks = FaceMarks()
        self._drawn: Frame | None = None  # the last frame that was painted
        self._settle = QTimer(self, interval=_SETTLING, singleShot=True)
        self._settle.timeout.connect(self._sharpen)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        kit.theme.changed.connect(self.update)
        kit.state.language_changed.connect(self._describe)
        self._describe()

    @property
    def room(self) -> tuple[int, int]:
        """Width and height, device pixels; (0, 0) while it cannot be seen."""
        if not self.isVisible():
            return 0, 0
        ratio = self.devicePixelRatioF()
        return round(self.width() * ratio), round(self.height() * ratio)

    @property
    def seen(self) -> SeenFaces:
        return self._seen

    def show_frame(self, shown: Shown) -> None:
        self._frame = shown.frame
        if shown.image is not None:
            self._image = shown.image
        self.update()

    def show_faces(self, seen: SeenFaces) -> None:
        """Boxes and names from now on; they move on with their faces until others come."""
        before, self._seen = self._seen, seen
        if self.chosen and not any(face.tracked.track == self.chosen for face in seen.faces):
            self.choose(0)
        if before.told() != seen.told():
            self._describe()
        self.update()

    def clear(self) -> None:
        self._frame = self._image = None
        self.show_faces(SeenFaces())

    def choose(self, track: int) -> None:
        if track != self.chosen:
            self.chosen = track
            self.face_chosen.emit(track)
            self.update()

    def place_of(self, track: int) -> QRectF | None:
        """Where a face is painted now."""
        return self._places().get(track)

    # --- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self.ground or self._kit.theme.colours.window))
            place = self._picture_place()
            if self._image is not None and place is not None:
                self._paint_image(painter, place)
                if self.stale:
                    self._paint_veil(painter)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                chosen = frozenset((self.chosen, self._under))
                places = self._places()
                self._marks.paint(painter, place, self._seen, places, opacity=self._opacity(), emphasized=chosen)
            if self.hasFocus() and self.ground is None:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(self._kit.theme.colours.accent), 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        if self._frame is not self._drawn:
            self._drawn = self._frame
            self.painted += self._frame is not None

    def _paint_image(self, painter: QPainter, place: QRectF) -> None:
        assert self._image is not None
        ratio = self.devicePixelRatioF()
        if (self._image.width(), self._image.height()) == (round(place.width() * ratio), round(place.height() * ratio)):
            self._image.setDevicePixelRatio(ratio)  # pixel for pixel
            painter.drawImage(place.topLeft(), self._image)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
        self._settle.start()

    def _paint_veil(self, painter: QPainter) -> None:
        veil = QColor(self.ground or self._kit.theme.colours.window)
        veil.setAlpha(_VEIL)
        painter.fillRect(self.rect(), veil)

    def _picture_place(self) -> QRectF | None:
        """On whole device pixels, so that nothing is blurred."""
        if self._frame is None:
            return None
        height, width = self._frame.pixels.shape[:2]
        ratio = self.devicePixelRatioF()
        room = self.width() * ratio, self.height() * ratio
        scale = min(round(room[0]) / width, round(room[1]) / height)
        across, down = max(round(width * scale), 1), max(round(height * scale), 1)
        corner = QPointF(round((room[0] - across) / 2), round((room[1] - down) / 2))
        return QRectF(corner.x() / ratio, corner.y() / ratio, across / ratio, down / ratio)

    def _places(self) -> dict[int, QRectF]:
        """Track -> where its face is in the frame that is shown."""
        place = self._picture_place()
        if place is None or self._frame is None:
            return {}
        scale = place.width() / self._frame.pixels.shape[1]
        found = {}
        for face in self._seen.faces:
            x1, y1, x2, y2 = face.tracked.box_at(self._frame.seconds)
            box = QRectF(place.left() + x1 * scale, place.top() + y1 * scale, (x2 - x1) * scale, (y2 - y1) * scale)
            found[face.tracked.track] = box & place
        return {track: box for track, box in found.items() if not box.isEmpty()}

    def _opacity(self) -> float:
        """Boxes of a frame long past say less and less."""
        if self._frame is None:
            return 0.0
        pause = 1.5 * self._seen.pause  # where analyses are rare on purpose, boxes stay until the next
        age = self._frame.seconds - self._seen.seconds
        return 1 - min(max((age - max(_FRESH, pause)) / (_GONE - _FRESH), 0.0), 1.0)

    def _sharpen(self) -> None:
        """A picture that no other follows, at another size than before."""
        if self._frame is not None and min(self.room) > 0:
            self._image = fitted_image_of(self._frame.pixels, self.room)
            self.update()

    # --- gestures --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self._track_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        track = self._track_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and track and track == self.chosen:
            self.face_wanted.emit(track)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        track = self._track_at(event.position())
        if track != self._under:
            self._under = track
            self.setCursor(Qt.CursorShape.PointingHandCursor if track else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._under = 0
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._seen.faces:
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen:
            self.face_wanted.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._tell(event)
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.room_changed.emit()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.room_changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        self.room_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        self.room_changed.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _track_at(self, position: QPointF) -> int:
        """The smallest face there: it lies in front of the larger ones."""
        hit = [(box.width(), track) for track, box in self._places().items() if box.contains(position)]
        return min(hit)[1] if hit else 0

    def _step(self, way: int) -> None:
        """To the next face on the right or on the left."""
        faces = sorted(self._seen.faces, key=lambda face: face.tracked.box[0])
        tracks = [face.tracked.track for face in faces]
        if self.chosen in tracks:
            self.choose(tracks[(tracks.index(self.chosen) + way) % len(tracks)])
        else:
            self.choose(tracks[0 if way > 0 else -1])

    def _tell(self, event: QHelpEvent) -> None:
        track = self._track_at(QPointF(event.pos()))
        face = next((face for face in self._seen.faces if face.tracked.track == track), None)
        if face is None:
            QToolTip.hideText()
            return
        lines = [words.tip(face.row, self._seen.limits, self._seen.model), tr("Click to name this face.")]
        QToolTip.showText(event.globalPos(), "\n".join(lines), self)

    def _describe(self) -> None:
        self.setAccessibleName(tr("Camera picture"))
        told = self._seen.told()
        self.setAccessibleDescription(
            tr("Present: {people}", people="; ".join(told)) if told else tr("Nobody is present.")
        )
