"""How alike a gallery's people are, painted: their own faces' cosines and the nearest other people's, three zones."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.kit import Kit
from gui.language import tr
from gui.result_words import number
from gui.theme import RADIUS, SMALL_GAP

_ZONE = 4  # pixels of the line below that is coloured by zone
_SEEN = 90  # 0..255, how dense the areas are


class LikenessView(QWidget):
    """Cosines from 0 to 1 from left to right. The heights of the two areas are scaled apart: shapes are compared."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._bins: tuple[list[float], list[float]] = ([], [])  # own, others
        self._unsure, self._known = 0.0, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(150)

    def sizeHint(self) -> QSize:
        return QSize(520, 190)

    def show_compared(self, compared: Any) -> None:
        """core.own_limits.Compared."""
        _, own, others = compared.histograms()
        self._bins = own.tolist(), others.tolist()
        self.update()

    def show_limits(self, unsure: float, known: float) -> None:
        self._unsure, self._known = unsure, known
        words = tr("Known from {known}, proposed from {unsure}", known=number(known), unsure=number(unsure))
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), self._kit.theme.colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.line)))
        painter.setBrush(QColor(colours.base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        room = self._room()
        own, others = self._bins
        for bins, colour in ((others, colours.problem), (own, colours.accent)):
            self._area(painter, room, bins, colour)
        self._zones(painter, room)
        self._mark(painter, room)

    def _room(self) -> QRectF:
        words = self.fontMetrics().height() + 2 * SMALL_GAP
        return QRectF(self.rect()).adjusted(1, words, -1, -_ZONE - 1)

    def _area(self, painter: QPainter, room: QRectF, bins: list[float], colour: str) -> None:
        most = max(bins, default=0.0)
        if not most:
            return
        width = room.width() / len(bins)
        points = [QPointF(room.left(), room.bottom())]
        for place, share in enumerate(bins):
            height = room.bottom() - share / most * room.height()
            points += [
                QPointF(room.left() + place * width, height),
                QPointF(room.left() + (place + 1) * width, height),
            ]
        points.append(QPointF(room.right(), room.bottom()))
        fill = QColor(colour)
        fill.setAlpha(_SEEN)
        painter.setPen(QPen(QColor(colour), 1))
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(points))

    def _zones(self, painter: QPainter, room: QRectF) -> None:
        colours = self._kit.theme.colours
        places = [0.0, self._unsure, self._known, 1.0]
        painter.setPen(Qt.PenStyle.NoPen)
        for start, end, colour in zip(
            places, places[1:], (colours.unknown, colours.unsure, colours.known), strict=False
        ):
            left, right = (room.left() + room.width() * max(0.0, min(1.0, place)) for place in (start, end))
            painter.setBrush(QColor(colour))
            painter.drawRect(QRectF(left, room.bottom(), right - left, _ZONE))

    def _mark(self, painter: QPainter, room: QRectF) -> None:
        """The line of the limit with its words on the side where there is room."""
        colours = self._kit.theme.colours
        place = room.left() + room.width() * max(0.0, min(1.0, self._known))
        painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(place, SMALL_GAP), QPointF(place, room.bottom()))
        painter.setPen(QColor(colours.known))
        known, rest = tr("Known"), tr("Proposed or unknown")
        top = QRectF(0, SMALL_GAP, self.width(), self.fontMetrics().height())
        painter.drawText(top.adjusted(place + 2 * SMALL_GAP, 0, 0, 0), Qt.AlignmentFlag.AlignLeft, known)
        painter.setPen(QColor(colours.faint))
        painter.drawText(top.adjusted(0, 0, place - 2 * SMALL_GAP - self.width(), 0), Qt.AlignmentFlag.AlignRight, rest)
