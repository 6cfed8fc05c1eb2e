"""The list of people: chosen by mouse and keys, dragged onto each other, a goal for faces and files."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractItemView

from gui.carrying import carries, files_in, packed, unpacked
from gui.icons import picture
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.identities import RESULTS, Entry, Identities
from gui.widgets.drop_hint import DropHint
from gui.widgets.person_row import PersonRow
from gui.widgets.steady_view import SteadyView


class PeopleList(SteadyView):
    """Tells what was dropped; who may do what with it is decided by whoever listens."""

    entry_chosen = Signal(int)  # Entry
    faces_dropped = Signal(list, int)  # faces, identity
    people_dropped = Signal(list, int)  # identities, identity
    files_dropped = Signal(tuple, object)  # paths; identity, or None for the whole gallery

    def __init__(self, kit: Kit, model: Identities) -> None:
        super().__init__(model)
        self._kit, self._people = kit, model
        row = PersonRow(kit, self)
        self.setItemDelegate(row)
        self.waiting = row.waiting
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)  # the action Rename starts it
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._hint = DropHint(kit, self)
        self.clicked.connect(self._clicked)

    def gone(self, ids: list[int]) -> set[int]:
        return set(ids) - {person.id for person in self._kit.state.people}

    def default_row(self, ids: list[int]) -> int:
        return -1 if ids else Entry.ALL

    def take_selected(self, ids: list[int], fixed: int) -> None:
        self.fixed_row = -1 if ids else max(fixed, int(Entry.ALL))
        if not ids and fixed in RESULTS:
            self.entry_chosen.emit(fixed)  # the faces in the middle stay
            return
        super().take_selected(ids, fixed)
        if not ids:
            self._show_chosen()  # there is always a chosen row
            self.entry_chosen.emit(Entry.ALL)

    def _clicked(self, index: QModelIndex) -> None:
        if index.row() in list(Entry):
            self.entry_chosen.emit(index.row())  # again, for the results may show something else by now

    # --- dragging --------------------------------------------------------------------------------------------------

    def startDrag(self, actions: Qt.DropAction) -> None:
        if self.chosen:
            drag = QDrag(self)
            drag.setMimeData(packed("people", self.chosen))
            drag.setPixmap(picture("person", self._kit.theme.colours.accent, 32))
            drag.exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dragMoveEvent(event)
        if self._takes(event.mimeData()):  # refused here, as above its own row, Qt would never ask again
            event.setDropAction(_action(event.mimeData()))
            event.accept()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # scrolls at the edges
        person = self._under(event.position().toPoint())
        said = self._said(event.mimeData(), person)
        self._people.aim(self.rows.row_of(person) or -1 if said and person else -1)
        if said:
            self._hint.say(said)
            event.setDropAction(_action(event.mimeData()))
            event.accept()
        else:
            self._hint.hide()
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._over()

    def dropEvent(self, event: QDropEvent) -> None:
        person, mime = self._under(event.position().toPoint()), event.mimeData()
        said = self._said(mime, person)
        self._over()
        self.setState(QAbstractItemView.State.NoState)
        if not said:
            event.ignore()
            return
        event.setDropAction(_action(mime))
        event.accept()
        if person and carries("faces", mime):
            self.faces_dropped.emit(unpacked("faces", mime), person)
        elif person and carries("people", mime):
            self.people_dropped.emit(unpacked("people", mime), person)
        else:
            self.files_dropped.emit(files_in(mime), person or None)

    def _under(self, place: QPoint) -> int:
        """The person at a place of the viewport; 0 for nobody."""
        index = self.indexAt(place)
        return (self.rows.id_at(index.row()) or 0) if index.isValid() else 0

    def _over(self) -> None:
        self._people.aim(-1)
        self._hint.hide()

    def _takes(self, mime: QMimeData) -> bool:
        """Whether there is a place here for what is carried."""
        gallery = self._kit.state.gallery
        known = carries("faces", mime) or carries("people", mime) or bool(files_in(mime))
        return known and gallery is not None and not gallery.read_only

    def _said(self, mime: QMimeData, identity: int) -> str:
        """What dropping here will do; empty when nothing."""
        if not self._takes(mime):
            return ""
        person = self._kit.state.person(identity) if identity else None
        if carries("faces", mime):
            faces = len(unpacked("faces", mime))
            return (
                counted("Move {count} face to {name}", "Move {count} faces to {name}", faces, name=person.name)
                if person
                else ""
            )
        if carries("people", mime):
            others = [id for id in unpacked("people", mime) if id != identity]
            return self._merging(others, person.name) if person and others else ""
        files = len(files_in(mime))
        if not files:
            return ""
        if person:
            return counted("Add {count} file to {name}", "Add {count} files to {name}", files, name=person.name)
        return tr("Look at the faces and enroll them; a folder is one person")

    def _merging(self, others: list[int], name: str) -> str:
        first = self._kit.state.person(others[0])
        if len(others) == 1 and first:
            return tr("Merge {other} into {name}…", other=first.name, name=name)
        return counted("Merge {count} person into {name}…", "Merge {count} people into {name}…", len(others), name=name)


def _action(mime: QMimeData) -> Qt.DropAction:
    inside = carries("faces", mime) or carries("people", mime)
    return Qt.DropAction.MoveAction if inside else Qt.DropAction.CopyAction
