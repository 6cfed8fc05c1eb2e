"""The grid of enrolled faces: chosen, looked at more closely, dragged onto people."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QMouseEvent,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView

from gui.carrying import files_in, packed
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.faces import FaceRole, FacesModel
from gui.theme import SMALL_GAP
from gui.widgets.drop_hint import DropHint
from gui.widgets.face_preview import FacePreview
from gui.widgets.face_tile import FACE, FaceTile, picture_key
from gui.widgets.steady_view import SteadyView


class FaceGrid(SteadyView):
    """Tells which files were dropped; faces are dragged away from here."""

    files_dropped = Signal(tuple)  # paths

    def __init__(self, kit: Kit, model: FacesModel) -> None:
        super().__init__(model)
        self._kit, self._faces = kit, model
        self.tile = FaceTile(kit, self)
        self.setItemDelegate(self.tile)
        self.waiting = self.tile.waiting
        # Not IconMode: that lays out item by item, which takes seconds for 100,000.
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionRectVisible(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._near = QRect()  # while the mouse is in here the preview stays
        self._preview = FacePreview(kit, self)
        self._hint = DropHint(kit, self)
        self.show_whole(False)

    def show_whole(self, whole: bool) -> None:
        """Photos instead of faces; what was at the top stays in sight."""
        row = self.indexAt(self.viewport().rect().topLeft()).row()
        self.tile.whole = whole
        size = self.tile.size(self.fontMetrics().height())
        self.setGridSize(size + QSize(SMALL_GAP, SMALL_GAP))
        self.verticalScrollBar().setSingleStep(size.height() // 3)
        self.viewport().update()
        if row > 0:
            self.executeDelayedItemsLayout()
            self.scrollTo(self.rows.index(row), QAbstractItemView.ScrollHint.PositionAtTop)

    # --- a closer look ---------------------------------------------------------------------------------------------

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self._look_closer(cast(QHelpEvent, event))
            return True
        if event.type() in (QEvent.Type.Leave, QEvent.Type.MouseButtonPress):
            self._preview.hide()
        return super().viewportEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._preview.isVisible() and not self._near.contains(event.position().toPoint()):
            self._preview.hide()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._preview.hide()
        super().wheelEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._preview.hide()
        super().focusOutEvent(event)

    def _look_closer(self, event: QHelpEvent) -> None:
        index = self.indexAt(event.pos())
        face = index.data(FaceRole.FACE) if index.isValid() else None
        if face is None:
            self._preview.hide()
            return
        self._near = self.visualRect(index)
        beside = QRect(self.viewport().mapToGlobal(self._near.topLeft()), self._near.size())
        self._preview.show_face(face, self._faces.told(face), beside)

    # --- dragging --------------------------------------------------------------------------------------------------

    def startDrag(self, actions: Qt.DropAction) -> None:
        if not self.chosen:
            return
        self._preview.hide()
        drag = QDrag(self)
        drag.setMimeData(packed("faces", self.chosen))
        drag.setPixmap(self._dragged())
        drag.exec(Qt.DropAction.MoveAction)

    def _dragged(self) -> QPixmap:
        face = self.currentIndex().data(FaceRole.FACE)
        key = picture_key("crop", face, FACE.width(), self.devicePixelRatioF()) if face else None
        kept = self._kit.state.pictures.get(key) if key else None
        side = round(56 * self.devicePixelRatioF())
        picture = kept.scaled(side, side) if kept is not None else QPixmap()
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        return picture

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        files = files_in(event.mimeData())
        gallery = self._kit.state.gallery
        if not files or gallery is None or gallery.read_only:
            event.ignore()
            return
        self._hint.say(self.promise(len(files)))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._hint.hide()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.files_dropped.emit(files_in(event.mimeData()))

    def promise(self, count: int) -> str:
        """What will be done with so many files when they are let go here."""
        chosen = self._kit.state.chosen
        person = self._kit.state.person(chosen[0]) if len(chosen) == 1 else None
        if person is None:
            return tr("Look at the faces and enroll them; a folder is one person")
        return counted("Add {count} file to {name}", "Add {count} files to {name}", count, name=person.name)
