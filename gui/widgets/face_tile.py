"""One enrolled face in a grid: its crop, or the whole photo with a box around it, and a line below."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.gallery.records import EnrolledFace
from gui.icons import icon
from gui.kit import Kit
from gui.models.faces import FaceRole
from gui.models.steady import Index
from gui.pictures import PictureKey
from gui.theme import GAP, RADIUS, SMALL_GAP
from gui.widgets.rounded import draw_filling, draw_fitting, draw_outline, draw_stand_in

_STATE = QStyle.StateFlag
FACE, PHOTO = QSize(112, 112), QSize(232, 168)


class FaceTile(QStyledItemDelegate):
    """`whole` shows photos instead of crops."""

    def __init__(self, kit: Kit, parent: QWidget) -> None:
        super().__init__(parent)
        self._kit = kit
        self.whole = False
        self.waiting: set[PictureKey] = set()  # painted without, since their pictures were not there yet

    def size(self, line: int) -> QSize:
        """Of a tile, with a caption of a height."""
        shown = PHOTO if self.whole else FACE
        return QSize(shown.width() + GAP, shown.height() + line + GAP + SMALL_GAP)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self.size(option.fontMetrics.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        face: EnrolledFace | None = index.data(FaceRole.FACE)
        if face is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option)
        shown = PHOTO if self.whole else FACE
        place = QRect(option.rect.left() + SMALL_GAP, option.rect.top() + SMALL_GAP, shown.width(), shown.height())
        if without := str(index.data(FaceRole.WITHOUT) or ""):
            draw_stand_in(painter, place, "person", self._kit.theme.colours, RADIUS)
            self._without(painter, place, without)
        elif not (self._photo(painter, place, face) if self.whole else self._crop(painter, place, face)):
            draw_stand_in(painter, place, "photo" if self.whole else "person", self._kit.theme.colours, RADIUS)
        if index.data(FaceRole.COVER):
            self._mark(painter, place)
        self._caption(painter, option, place, str(index.data() or ""))
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        colours = self._kit.theme.colours
        rect = option.rect.adjusted(0, 0, -1, -1)
        if option.state & _STATE.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.chosen))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
            draw_outline(painter, rect, colours.accent, RADIUS)
        elif option.state & (_STATE.State_MouseOver | _STATE.State_HasFocus):
            draw_outline(painter, rect, colours.line, RADIUS, 1)

    def _crop(self, painter: QPainter, place: QRect, face: EnrolledFace) -> bool:
        picture = self._get(self._key(painter, "crop", face, place))
        if picture is not None:
            draw_filling(painter, place, picture, RADIUS)
        return picture is not None

    def _photo(self, painter: QPainter, place: QRect, face: EnrolledFace) -> bool:
        """The photo while it can be read; else what was kept around the face."""
        pictures = self._kit.state.pictures
        key = self._key(painter, "photo", face, place)
        picture = self._get(key)
        if picture is not None:
            where = draw_fitting(painter, place, picture, SMALL_GAP)
            self._box(painter, where, face)
            return True
        if not pictures.unreadable(key):
            return False
        kept = self._get(self._key(painter, "view", face, place))
        if kept is None:
            return self._crop(painter, place, face)
        draw_fitting(painter, place, kept, SMALL_GAP)
        return True

    def _get(self, key: PictureKey) -> QPixmap | None:
        picture = self._kit.state.pictures.get(key)
        if picture is None:
            self.waiting.add(key)
        return picture

    def _key(self, painter: QPainter, kind: str, face: EnrolledFace, place: QRect) -> PictureKey:
        return picture_key(kind, face, max(place.width(), place.height()), painter.device().devicePixelRatioF())

    def _box(self, painter: QPainter, where: QRectF, face: EnrolledFace) -> None:
        painter.setPen(QPen(QColor(self._kit.theme.colours.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box_within(where, face), 2, 2)

    def _mark(self, painter: QPainter, place: QRect) -> None:
        colours = self._kit.theme.colours
        sign = QRect(place.left() + SMALL_GAP, place.top() + SMALL_GAP, 20, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent))
        painter.drawEllipse(sign)
        icon("cover", colours.on_accent).paint(painter, sign.adjusted(4, 4, -4, -4))

    def _without(self, painter: QPainter, place: QRect, words: str) -> None:
        painter.setPen(QColor(self._kit.theme.colours.text))
        below = place.adjusted(SMALL_GAP, 0, -SMALL_GAP, -SMALL_GAP)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, words)

    def _caption(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, text: str) -> None:
        colours = self._kit.theme.colours
        chosen = bool(option.state & _STATE.State_Selected)
        painter.setPen(QColor(colours.text if chosen else colours.faint))
        rect = QRect(place.left(), place.bottom() + SMALL_GAP, place.width(), option.fontMetrics.height())
        shown = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)


def picture_key(kind: str, face: EnrolledFace, side: int, ratio: float) -> PictureKey:
    """The picture of a face at a side in device-independent pixels."""
    size = round(side * ratio)
    if kind == "photo":
        return PictureKey("photo", path=face.source, size=size)
    return PictureKey("view" if kind == "view" else "crop", face=face.id, size=size)


def box_within(where: QRectF, face: EnrolledFace) -> QRectF:
    """The face's box in a place where its whole photo is drawn."""
    width, height = face.frame_size
    x1, y1, x2, y2 = face.box
    across, down = where.width() / max(width, 1), where.height() / max(height, 1)
    box = QRectF(where.left() + x1 * across, where.top() + y1 * down, (x2 - x1) * across, (y2 - y1) * down)
    return box & where
