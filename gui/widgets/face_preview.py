"""A larger look at a face under the mouse, with what is known of it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from core.gallery.records import EnrolledFace
from gui.kit import Kit
from gui.theme import GAP, RADIUS, SMALL_GAP
from gui.widgets.face_tile import picture_key
from gui.widgets.rounded import draw_fitting, draw_stand_in

_SIDE = 256
_VIEW = 1 << 12  # no view is larger: it comes as it was kept


class FacePreview(QFrame):
    """Shows itself beside a place and goes away when told; never takes the focus."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setProperty("role", "card")
        self._kit, self._over = kit, parent
        self._picture = _Picture(kit)
        self._facts = QLabel()
        self._facts.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(SMALL_GAP)
        column.addWidget(self._picture)
        column.addWidget(self._facts)
        kit.state.pictures.ready.connect(self._picture.update)

    def show_face(self, face: EnrolledFace, facts: str, beside: QRect) -> None:
        """`beside` is in pixels of the screen."""
        self._picture.show_face(face)
        middle, metrics = Qt.TextElideMode.ElideMiddle, self._facts.fontMetrics()
        self._facts.setText("\n".join(metrics.elidedText(line, middle, _SIDE) for line in facts.split("\n")))
        self.setAccessibleName(facts.replace("\n", ", "))
        self.adjustSize()
        room = self._over.screen().availableGeometry()
        left = beside.right() + GAP
        if left + self.width() > room.right():
            left = max(room.left(), beside.left() - GAP - self.width())
        top = max(room.top(), min(beside.top(), room.bottom() - self.height()))
        self.move(QPoint(left, top))
        self.show()


class _Picture(QWidget):
    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._face: EnrolledFace | None = None
        self._place: tuple[tuple[float, float], float] | None = None  # origin and scale of the view
        self.setFixedSize(QSize(_SIDE, _SIDE))

    def show_face(self, face: EnrolledFace) -> None:
        self._face, self._place = face, None

        def placed(place: tuple[tuple[float, float], float]) -> None:
            if self._face is face:
                self._place = place
                self.update()

        desk = self._kit.state.desk
        desk.ask(lambda gallery, _: gallery.view(face.id)[1:], placed, lambda _: None, owner=self)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._face is None:
            return
        colours, pictures = self._kit.theme.colours, self._kit.state.pictures
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            view = pictures.get(picture_key("view", self._face, _VIEW, 1))
            crop = pictures.get(picture_key("crop", self._face, _VIEW, 1)) if view is None else None
            if view is not None:
                self._box(painter, draw_fitting(painter, self.rect(), view, RADIUS), view)
            elif crop is not None:
                draw_fitting(painter, self.rect(), crop, RADIUS)
            else:
                draw_stand_in(painter, self.rect(), "person", colours, RADIUS)

    def _box(self, painter: QPainter, where: QRectF, view: QPixmap) -> None:
        """Around the face; the view is kept as it was cut, so that its pixels are those of `_place`."""
        if self._face is None or self._place is None:
            return
        (left, top), scale = self._place
        times = where.width() / view.width()
        x1, y1, x2, y2 = self._face.box
        across = [where.left() + (x - left) * scale * times for x in (x1, x2)]
        down = [where.top() + (y - top) * scale * times for y in (y1, y2)]
        box = QRectF(across[0], down[0], across[1] - across[0], down[1] - down[0]) & where
        painter.setPen(QPen(QColor(self._kit.theme.colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 2, 2)
