"""One person in a list: picture, name and a line below; the same wherever people are listed."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.icons import icon
from gui.kit import Kit
from gui.pictures import PictureKey
from gui.theme import GAP, RADIUS, SMALL_GAP
from gui.widgets.rounded import draw_filling, draw_outline, draw_stand_in

Index = QModelIndex | QPersistentModelIndex
_STATE = QStyle.StateFlag
SIDE = 40  # of the picture


class Role(IntEnum):
    """What a row tells beside its name (Qt.DisplayRole)."""

    PERSON = Qt.ItemDataRole.UserRole + 1  # identity; 0 for all; None for what is no person
    DETAIL = Qt.ItemDataRole.UserRole + 2  # the line below the name
    COVER = Qt.ItemDataRole.UserRole + 3  # face to show, or None
    ICON = Qt.ItemDataRole.UserRole + 4  # shown in the picture's place while there is none
    TARGET = Qt.ItemDataRole.UserRole + 5  # whether something dragged would land on it


class PersonRow(QStyledItemDelegate):
    """Paints a row of any model that answers `Role`."""

    def __init__(self, kit: Kit, parent: QWidget, *, side: int = SIDE) -> None:
        super().__init__(parent)
        self._kit, self._side = kit, side
        self.waiting: set[PictureKey] = set()  # painted without, since their pictures were not there yet

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        lines = option.fontMetrics.height() * 2 + SMALL_GAP
        return QSize(self._side * 4, max(self._side, lines) + GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option, index)
        self._picture(painter, self._picture_place(option), option, index)
        self._words(painter, option, index)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName(str(index.data()))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data()))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text(), Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        left = self._picture_place(option).right() + SMALL_GAP
        editor.setGeometry(QRect(left, option.rect.top(), option.rect.right() - left, option.rect.height()))

    # --- parts -----------------------------------------------------------------------------------------------------

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._kit.theme.colours
        rect = option.rect.adjusted(2, 1, -2, -1)
        ground = None
        if option.state & _STATE.State_Selected:
            ground = colours.chosen
        elif option.state & _STATE.State_MouseOver:
            ground = colours.window
        if ground is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if index.data(Role.TARGET):
            draw_outline(painter, rect, colours.accent, RADIUS)
        elif option.state & _STATE.State_HasFocus:
            draw_outline(painter, rect, colours.accent, RADIUS, 1)

    def _picture_place(self, option: QStyleOptionViewItem) -> QRect:
        rect = option.rect
        return QRect(rect.left() + GAP, rect.top() + (rect.height() - self._side) // 2, self._side, self._side)

    def _picture(self, painter: QPainter, place: QRect, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._kit.theme.colours
        face = index.data(Role.COVER)
        if face is not None:
            key = cover_key(face, self._side, painter.device().devicePixelRatioF())
            picture = self._kit.state.pictures.get(key)
            if picture is not None:
                draw_filling(painter, place, picture, self._side / 2)
                return
            self.waiting.add(key)
        name = str(index.data(Role.ICON) or "person")
        if index.data(Role.PERSON):
            draw_stand_in(painter, place, name, colours, self._side / 2)
            return
        small = QRect(0, 0, self._side // 2, self._side // 2)
        small.moveCenter(place.center())
        icon(name, colours.accent if option.state & _STATE.State_Selected else colours.faint).paint(painter, small)

    def _words(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._kit.theme.colours
        left = self._picture_place(option).right() + GAP
        rect = QRect(left, option.rect.top(), max(0, option.rect.right() - left - SMALL_GAP), option.rect.height())
        detail = str(index.data(Role.DETAIL) or "")
        metrics = option.fontMetrics
        height = metrics.height()
        top = rect.top() + (rect.height() - (2 * height if detail else height)) // 2
        name_place = QRect(rect.left(), top, rect.width(), height)
        elide, left_middle = Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold if option.state & _STATE.State_Selected else QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        name = painter.fontMetrics().elidedText(str(index.data()), elide, rect.width())
        painter.drawText(name_place, left_middle, name)
        if detail:
            painter.setFont(option.font)
            painter.setPen(QColor(colours.faint))
            place = name_place.translated(0, height)
            painter.drawText(place, left_middle, metrics.elidedText(detail, elide, rect.width()))


def cover_key(face: int, side: int, ratio: float) -> PictureKey:
    """The picture of a face at a side in device-independent pixels."""
    return PictureKey("crop", face=face, size=round(side * ratio))
