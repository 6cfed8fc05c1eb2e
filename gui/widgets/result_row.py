"""One row of the results: the face as it was seen beside the gallery's, the name, how sure it is, and where from."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.result_row import ResultRow
from gui import result_words as words
from gui.icons import icon
from gui.kit import Kit
from gui.models.results import NUMBER, ResultsModel
from gui.models.steady import Index
from gui.pictures import PictureKey
from gui.pixels import owned_image_of
from gui.seen import SIDE, seen_key
from gui.theme import GAP, RADIUS, SMALL_GAP
from gui.widgets.rounded import draw_filling, draw_outline, draw_stand_in

_KEPT = 500  # live pictures
_STATE = QStyle.StateFlag


class ResultRowDelegate(QStyledItemDelegate):
    def __init__(self, kit: Kit, parent: QWidget, model: ResultsModel) -> None:
        super().__init__(parent)
        self._kit, self._model = kit, model
        self._live: OrderedDict[int, tuple[int, QPixmap]] = OrderedDict()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(SIDE * 4, max(SIDE, option.fontMetrics.height() * 3) + 2 * GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = self._model.row_at(index.row())
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option)
        top = option.rect.top() + (option.rect.height() - SIDE) // 2
        seen = QRect(option.rect.left() + GAP, top, SIDE, SIDE)
        self._seen(painter, seen, row, int(index.data(NUMBER) or 0))
        match = seen.translated(SIDE + SMALL_GAP, 0)
        self._match(painter, match, row)
        left = match.right() + GAP + SMALL_GAP
        self._words(painter, option, QRect(left, top, option.rect.right() - left - GAP, SIDE), row)
        painter.restore()

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        colours, rect = self._kit.theme.colours, option.rect.adjusted(2, 1, -2, -1)
        chosen, over = option.state & _STATE.State_Selected, option.state & _STATE.State_MouseOver
        if chosen or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.chosen if chosen else colours.window))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if option.state & _STATE.State_HasFocus:
            draw_outline(painter, rect, colours.accent, RADIUS, 1)

    def _seen(self, painter: QPainter, place: QRect, row: ResultRow, number: int) -> None:
        picture = self._live_picture(row, number) if row.crop is not None else self._of_photo(painter, row)
        if picture is not None:
            draw_filling(painter, place, picture, RADIUS)
        else:
            draw_stand_in(painter, place, "photo", self._kit.theme.colours, RADIUS)
        if row.kind == "no face":
            painter.setPen(QPen(QColor(self._kit.theme.colours.unknown), 2))
            painter.drawLine(place.topLeft(), place.bottomRight())

    def _match(self, painter: QPainter, place: QRect, row: ResultRow) -> None:
        colours = self._kit.theme.colours
        match, picture = row.match, None
        face = match.face if match is not None else row.answer.faces[0] if row.answer and row.answer.faces else 0
        if face:
            size = round(SIDE * painter.device().devicePixelRatioF())
            picture = self._kit.state.pictures.get(PictureKey("crop", face=face, size=size))
        if picture is not None:
            draw_filling(painter, place, picture, RADIUS)
        else:
            draw_stand_in(painter, place, "person" if row.identity else "question", colours, RADIUS)
        pen = QPen(QColor(words.colour_of(row.kind, colours)), 2)
        if row.kind != "known":
            pen.setStyle(Qt.PenStyle.DashLine if row.kind == "unsure" else Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _words(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, row: ResultRow) -> None:
        colours, limits = self._kit.theme.colours, self._kit.state.results.limits
        colour = words.colour_of(row.kind, colours)
        height = option.fontMetrics.height()
        top = place.top() + (place.height() - 3 * height) // 2
        sign = QRect(place.left(), top + (height - 16) // 2, 16, 16)
        icon(words.ICONS[row.kind], colour).paint(painter, sign)
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold)
        font.setStrikeOut(row.kind == "no face")
        painter.setFont(font)
        named = row.identity or row.kind == "known"
        line = QRect(sign.right() + SMALL_GAP + 1, top, place.right() - sign.right() - SMALL_GAP, height)
        _write(painter, line, words.title(row), colours.text if named else colours.faint)
        painter.setFont(option.font)
        line = QRect(place.left(), top + height, place.width(), height)
        _write(painter, line, words.score(row, limits), colour)
        _write(painter, line.translated(0, height), words.source(row), colours.faint, Qt.TextElideMode.ElideMiddle)

    def _of_photo(self, painter: QPainter, row: ResultRow) -> QPixmap | None:
        return self._kit.state.pictures.get(seen_key(row, round(SIDE * painter.device().devicePixelRatioF())))

    def _live_picture(self, row: ResultRow, number: int) -> QPixmap:
        held = self._live.get(number)
        if held is None or held[0] != id(row.crop):
            assert row.crop is not None
            held = (id(row.crop), QPixmap.fromImage(owned_image_of(row.crop)))
            self._live[number] = held
            while len(self._live) > _KEPT:
                self._live.popitem(last=False)
        return held[1]


def _write(
    painter: QPainter, place: QRect, text: str, colour: str, elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight
) -> None:
    painter.setPen(QColor(colour))
    shown = painter.fontMetrics().elidedText(text, elide, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
