"""Pictures with round corners, drawn sharp at any scale of the screen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap

from gui.icons import icon
from gui.theme import Colours


def draw_filling(painter: QPainter, rect: QRect, picture: QPixmap, radius: float) -> None:
    """The picture fills the rectangle; what does not fit is cut off at its longer sides."""
    scale = max(rect.width() / picture.width(), rect.height() / picture.height())
    _draw(painter, rect, picture, scale, radius)


def draw_fitting(painter: QPainter, rect: QRect, picture: QPixmap, radius: float) -> QRectF:
    """The whole picture inside the rectangle, centred; where it was drawn."""
    scale = min(rect.width() / picture.width(), rect.height() / picture.height())
    place = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
    place.moveCenter(QRectF(rect).center())
    _draw(painter, place.toRect(), picture, scale, radius)
    return place


def draw_stand_in(painter: QPainter, rect: QRect, name: str, colours: Colours, radius: float) -> None:
    """An icon on a quiet ground, while there is no picture."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.line))
    painter.drawRoundedRect(rect, radius, radius)
    side = round(min(rect.width(), rect.height()) * 0.55)
    place = QRect(0, 0, side, side)
    place.moveCenter(rect.center())
    icon(name, colours.faint).paint(painter, place)


def draw_outline(painter: QPainter, rect: QRect, colour: str, radius: float, width: float = 2) -> None:
    painter.setPen(QPen(QColor(colour), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = width / 2
    painter.drawRoundedRect(QRectF(rect).adjusted(half, half, -half, -half), radius, radius)


def _draw(painter: QPainter, rect: QRect, picture: QPixmap, scale: float, radius: float) -> None:
    painter.save()
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.translate(QRectF(rect).center())
    painter.scale(scale, scale)
    size = QSizeF(rect.width() / scale, rect.height() / scale)
    shown = QRectF(-size.width() / 2, -size.height() / 2, size.width(), size.height())
    brush = QBrush(picture)
    painter.setBrush(brush)
    painter.setBrushOrigin(QPointF(-picture.width() / 2, -picture.height() / 2))
    painter.drawRoundedRect(shown, radius / scale, radius / scale)
    painter.restore()
