"""One face to enroll as a row of the table."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QLocale, QRect, QRectF, QSize, QStringListModel, Qt
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QCompleter,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.dialogs.enroll_pictures import EnrollPictures
from gui.icons import icon
from gui.kit import Kit
from gui.language import tr
from gui.models.enroll_plan import Column, EnrollPlanModel, Index
from gui.theme import GAP, RADIUS, SMALL_GAP
from gui.widgets.rounded import draw_filling, draw_stand_in

HEIGHT = 64
_FACE, _BOX = 52, 18
_GOOD, _FAIR = 0.6, 0.35  # quality
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class EnrollRowDelegate(QStyledItemDelegate):
    """Paints rows and edits names, with completion among the people known and those named here."""

    def __init__(
        self, kit: Kit, model: EnrollPlanModel, pictures: EnrollPictures, names: QStringListModel, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._kit, self._model, self._pictures, self._names = kit, model, pictures, names

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._kit.theme.colours
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(colours.chosen))
        painter.setPen(QPen(QColor(colours.line)))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        number = self._model.number(index)
        paint = {
            Column.FACE: self._face,
            Column.PERSON: self._person,
            Column.PHOTO: self._photo,
            Column.QUALITY: self._quality,
            Column.WHY: self._why,
        }[Column(index.column())]
        paint(painter, option, number)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -2.5), RADIUS, RADIUS)
        painter.restore()

    # --- parts -----------------------------------------------------------------------------------------------------

    def _face(self, painter: QPainter, option: QStyleOptionViewItem, number: int) -> None:
        draft, colours = self._model.draft, self._kit.theme.colours
        place = QRect(0, 0, _FACE, _FACE)
        place.moveCenter(option.rect.center())
        place.moveLeft(option.rect.left() + GAP + _BOX + GAP)
        if not draft.is_face(number):
            draw_stand_in(painter, place, "photo", colours, RADIUS)
            return
        self._box(painter, tick_box(option.rect), on=draft.is_ticked(number), can=draft.can_tick(number))
        crop = self._pictures.crop(draft.rows[number])
        if crop is None:
            draw_stand_in(painter, place, "person", colours, RADIUS)
        else:
            painter.setOpacity(1.0 if draft.is_ticked(number) else 0.55)
            draw_filling(painter, place, crop, RADIUS)

    def _box(self, painter: QPainter, place: QRect, *, on: bool, can: bool) -> None:
        colours = self._kit.theme.colours
        painter.setPen(QPen(QColor(colours.accent if on else colours.faint if can else colours.line), 1.5))
        painter.setBrush(QColor(colours.accent if on else colours.base))
        painter.drawRoundedRect(place, 4, 4)
        if on:
            icon("check", colours.on_accent).paint(painter, place.adjusted(2, 2, -2, -2))

    def _person(self, painter: QPainter, option: QStyleOptionViewItem, number: int) -> None:
        draft, colours = self._model.draft, self._kit.theme.colours
        name = draft.name(number)
        shade = colours.text if name and draft.is_ticked(number) else colours.faint
        below = colours.accent if draft.is_new(number) else colours.faint
        shown = name or ("?" if draft.is_face(number) else draft.rows[number].given)
        self._lines(painter, option, (shown, shade), (self._model.about_person(number), below))

    def _photo(self, painter: QPainter, option: QStyleOptionViewItem, number: int) -> None:
        colours = self._kit.theme.colours
        words = self._model.words(number, Column.PHOTO), self._model.about_photo(number)
        self._lines(painter, option, (words[0], colours.text), (words[1], colours.faint), weight=QFont.Weight.Normal)

    def _quality(self, painter: QPainter, option: QStyleOptionViewItem, number: int) -> None:
        colours, quality = self._kit.theme.colours, self._model.draft.rows[number].quality
        if quality is None:
            return
        word, colour = (tr("good"), colours.known) if quality.score >= _GOOD else (tr("fair"), colours.text)
        if quality.score < _FAIR:
            word, colour = tr("low"), colours.unsure
        score = QLocale().toString(quality.score, "f", 2)
        self._lines(painter, option, (word, colour), (score, colours.faint), weight=QFont.Weight.Normal)

    def _why(self, painter: QPainter, option: QStyleOptionViewItem, number: int) -> None:
        draft, colours = self._model.draft, self._kit.theme.colours
        sign, colour = "check", colours.known
        if draft.rows[number].problem is not None:
            sign, colour = "warning", colours.problem
        elif draft.is_doubtful(number):
            sign, colour = "question", colours.unsure
        elif not draft.is_face(number):
            sign, colour = "info", colours.faint
        words = self._model.reasons(number)
        size = 18
        place = QRect(option.rect.left() + GAP, option.rect.center().y() - size // 2, size, size)
        icon(sign, colour).paint(painter, place)
        rect = option.rect.adjusted(2 * GAP + size, SMALL_GAP, -SMALL_GAP, -SMALL_GAP)
        painter.setPen(QColor(colours.text if sign != "check" else colours.faint))
        flags = _LEFT | Qt.TextFlag.TextWordWrap
        painter.drawText(rect, flags, _short(painter, words, rect))

    def _lines(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        first: tuple[str, str],
        second: tuple[str, str],
        *,
        weight: QFont.Weight = QFont.Weight.DemiBold,
    ) -> None:
        rect = option.rect.adjusted(GAP, 0, -SMALL_GAP, 0)
        height = option.fontMetrics.height()
        top = rect.center().y() - height
        for line, (words, colour) in enumerate((first, second)):
            font = QFont(option.font)
            font.setWeight(weight if line == 0 else QFont.Weight.Normal)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, rect.width())
            painter.drawText(QRect(rect.left(), top + line * height, rect.width(), height), _LEFT, shown)

    # --- doing -----------------------------------------------------------------------------------------------------

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        clicked = event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent)
        if clicked and index.column() == Column.FACE:
            near = tick_box(option.rect).adjusted(-GAP, -HEIGHT, GAP, HEIGHT)
            if near.contains(event.position().toPoint()):  # type: ignore[attr-defined]
                on = not self._model.draft.is_ticked(self._model.number(index))
                state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
                return self._model.setData(index, state, Qt.ItemDataRole.CheckStateRole)
        return False  # the keys are the table's: they act on all chosen rows

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(tr("Name of the person"))
        editor.setCompleter(completer(self._names, editor))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        height = editor.sizeHint().height()
        top = option.rect.center().y() - height // 2
        editor.setGeometry(QRect(option.rect.left(), top, option.rect.width(), height))


def completer(names: QStringListModel, parent: QWidget) -> QCompleter:
    made = QCompleter(names, parent)
    made.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    made.setFilterMode(Qt.MatchFlag.MatchContains)
    return made


def tick_box(rect: QRect) -> QRect:
    """Where the tick of a row is, in the rectangle of its first cell."""
    place = QRect(0, 0, _BOX, _BOX)
    place.moveCenter(rect.center())
    place.moveLeft(rect.left() + GAP)
    return place


def _short(painter: QPainter, words: str, rect: QRect) -> str:
    """As much of the words as fits into the rectangle."""
    metrics = painter.fontMetrics()
    lines = max(1, rect.height() // metrics.lineSpacing())
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(rect.width() * (lines - 0.3)))
