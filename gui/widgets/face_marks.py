"""Boxes and names over a moving picture; light on dark, so that they are read on any picture in any theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from core.decision import Limits
from core.result_row import ResultRow
from gui import result_words as words
from gui.icons import icon
from gui.theme import DARK, GAP, SMALL_GAP

if TYPE_CHECKING:
    from core.sightings import LiveFace

_SHADE, _GROUND = QColor(0, 0, 0, 120), QColor(16, 18, 22, 215)
_DASHES: dict[str, list[float]] = {"unsure": [4.0, 3.0], "unknown": [2.0, 3.0]}  # in widths of the line
_NORMAL_HEIGHT = 600  # of a picture from which on words and lines grow with it


@dataclass(frozen=True, eq=False)
class SeenFaces:
    """The faces of an analysed frame as they are to be shown."""

    faces: tuple[LiveFace, ...] = ()
    seconds: float = 0.0  # of the frame, monotonic
    pause: float = 0.0  # seconds between analyses where they are held apart on purpose
    limits: Limits | None = None
    model: str = ""

    def told(self) -> list[str]:
        """Who is present, for those who hear the screen; numbers would change with every frame."""
        rows = [face.row for face in self.faces]
        return [f"{words.title(row)}, {words.kind_word(row.kind)}" for row in rows]


class FaceMarks:
    """Known: a solid line and the name. Unsure: dashed. Unknown: dashed. The signs are those of the results."""

    def paint(
        self,
        painter: QPainter,
        picture: QRectF,
        seen: SeenFaces,
        places: Mapping[int, QRectF],
        *,
        opacity: float,
        emphasized: frozenset[int],
    ) -> None:
        """`places` tells where each track is, in the painter's units."""
        if not opacity:
            return
        painter.setOpacity(opacity)
        size = min(max(picture.height() / _NORMAL_HEIGHT, 1.0), 2.0)
        font = QFont(painter.font())
        font.setPointSizeF(font.pointSizeF() * size)
        rows = {face.tracked.track: face.row for face in seen.faces}
        for track, place in places.items():
            self._box(
                painter,
                place,
                rows[track],
                width=(3.0 if track in emphasized else 2.0) * size,
                white=track in emphasized,
            )
        taken: list[QRectF] = []
        for track, place in places.items():  # words lie over every box
            taken.append(self._words(painter, picture, place, rows[track], limits=seen.limits, font=font, taken=taken))
        painter.setOpacity(1.0)

    def _box(self, painter: QPainter, place: QRectF, row: ResultRow, *, width: float, white: bool) -> None:
        colour = QColor(words.colour_of(row.kind, DARK))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_SHADE, width + 2))
        painter.drawRoundedRect(place, SMALL_GAP, SMALL_GAP)
        pen = QPen(QColor(Qt.GlobalColor.white) if white else colour, width)
        if row.kind in _DASHES:
            pen.setDashPattern(_DASHES[row.kind])
        painter.setPen(pen)
        painter.drawRoundedRect(place, SMALL_GAP, SMALL_GAP)

    def _words(
        self,
        painter: QPainter,
        picture: QRectF,
        place: QRectF,
        row: ResultRow,
        *,
        limits: Limits | None,
        font: QFont,
        taken: list[QRectF],
    ) -> QRectF:
        """Sign, name and score; where they lie."""
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        names, plain = QFontMetricsF(bold), QFontMetricsF(font)
        side = names.height()
        most = max(picture.width() - side - 4 * GAP, side)
        name = names.elidedText(words.title(row), Qt.TextElideMode.ElideRight, most)
        long = names.horizontalAdvance(name)
        score = words.score(row, limits) if row.kind != "unknown" else ""
        score = score if long + GAP + plain.horizontalAdvance(score) <= most else ""
        wide = long + (plain.horizontalAdvance(score) + GAP if score else 0)
        label = QRectF(0, 0, wide + side + 2 * GAP, side + GAP - 2)
        _settle(label, place, picture, taken)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GROUND)
        painter.drawRoundedRect(label, SMALL_GAP, SMALL_GAP)
        colour = words.colour_of(row.kind, DARK)
        sign = QRectF(label.left() + SMALL_GAP, label.center().y() - side / 2, side, side)
        icon(words.ICONS[row.kind], colour).paint(painter, sign.adjusted(1, 1, -1, -1).toRect())
        inside = label.adjusted(side + GAP, 0, 0, 0)
        _write(painter, inside, name, bold, QColor(Qt.GlobalColor.white))
        _write(painter, inside.adjusted(long + GAP, 0, 0, 0), score, font, QColor(colour))
        return label


def _write(painter: QPainter, place: QRectF, text: str, font: QFont, colour: QColor) -> None:
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)


def _settle(label: QRectF, place: QRectF, picture: QRectF, taken: list[QRectF]) -> None:
    """Moves a label above its face, or below it where others are in the way; never out of the picture."""
    left = place.left() - 1
    above, below = place.top() - SMALL_GAP - label.height(), place.bottom() + SMALL_GAP
    tries = (QPointF(left, above), QPointF(left, below), QPointF(left, above - label.height() - 2))
    for corner in (*tries, tries[0]):
        label.moveTopLeft(corner)
        _keep_inside(label, picture)
        if not any(label.intersects(other) for other in taken):
            return


def _keep_inside(label: QRectF, picture: QRectF) -> None:
    label.moveTop(min(max(label.top(), picture.top()), picture.bottom() - label.height()))
    label.moveLeft(max(min(label.left(), picture.right() - label.width()), picture.left()))
