"""The faces of the chosen people, in the middle: looked at, moved, removed, made the cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QFocusEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.gallery.face_list import FACE_ORDERS, FaceList, face_list, renewed
from core.gallery.records import Change, Identity
from gui.dialogs.name import ask_name
from gui.enrolling import EnrollRequest
from gui.keeping import why_not_written
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.faces import FacesModel
from gui.theme import GAP, SMALL_GAP, WIDE_GAP
from gui.widgets.action_bar import ActionBar
from gui.widgets.empty_state import EmptyState
from gui.widgets.face_grid import FaceGrid
from gui.widgets.person_header import PersonHeader

_FACE_ACTIONS = ("move_faces", "set_cover", "remove_faces", "whole_photo", "open_photo")
_START = ("import_folder", "tab_camera", "import_photos", "try_sample")
_FEW = 500  # faces of a change that are read one by one
_NAMES = 3  # names told where several people are shown


class PeoplePanel(QWidget):
    """Follows `state.people_chosen`."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.faces = FacesModel(kit, self)
        self.grid = FaceGrid(kit, self.faces)
        self.header = PersonHeader(kit)
        self.order = QComboBox()
        self.add = QPushButton()
        self._count = QLabel()
        self._pages = QStackedWidget()
        self._closed = EmptyState(kit, "folder", ("open_gallery", "new_gallery"))
        self._empty = EmptyState(kit, "people", _START, dropped=self._enroll)
        self._bare = EmptyState(kit, "photo", dropped=self._enroll, promise=self.grid.promise)
        self._shown = QStackedWidget()
        self._asking = self._stale = False
        self._list: FaceList | None = None  # as the desk gave it last
        self._touched: set[int] | None = None  # faces changed since then; None: anything may have
        self._anew = True  # the next faces are those of other people than before
        self._build()
        self._connect()
        self._texts()
        self._opened()

    def shut(self) -> None:
        memory = self._kit.state.memory
        memory.setValue("people/order", self.order.currentData())
        memory.setValue("people/whole", int(self.grid.tile.whole))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What stands here takes the keys."""
        page = self._pages.currentWidget() or self._closed
        if page.isAncestorOf(self.grid):
            page = self.grid if self._shown.currentIndex() == 0 else self.add
        page.setFocus(event.reason())

    # --- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, GAP)
        column.setSpacing(GAP)
        self.add.setProperty("primary", True)
        self.header.row.addWidget(self.add)
        column.addWidget(self.header)
        column.addLayout(self._tools())
        self._shown.addWidget(self.grid)
        self._shown.addWidget(self._bare)
        column.addWidget(self._shown, 1)
        for page in (full, self._empty, self._closed):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        for name in _FACE_ACTIONS:
            self.grid.addAction(self._kit.actions[name])
        for name in (*_FACE_ACTIONS, "rename", "notes"):
            self.addAction(self._kit.actions[name])  # here their shortcuts work
        memory = self._kit.state.memory
        if int(str(memory.value("people/whole", 0))):
            self._kit.actions["whole_photo"].setChecked(True)
            self.grid.show_whole(True)

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SMALL_GAP)
        self.order.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.order.setMinimumContentsLength(10)
        row.addWidget(self.order)
        row.addWidget(ActionBar(self._kit, ("whole_photo", "move_faces", "set_cover", "remove_faces")), 1)
        self._count.setProperty("role", "faint")
        row.addWidget(self._count)
        return row

    def _connect(self) -> None:
        actions, state = self._kit.actions, self._kit.state
        actions.on("move_faces", self._move)
        actions.on("set_cover", self._set_cover)
        actions.on("remove_faces", self._remove)
        actions.on("open_photo", self._open_photo)
        actions["whole_photo"].toggled.connect(self.grid.show_whole)
        self.add.clicked.connect(self._add)
        self.order.activated.connect(self._read_anew)
        self.grid.chosen_changed.connect(lambda _: self._enable())
        self.grid.files_dropped.connect(self._enroll)
        self.grid.activated.connect(lambda _: self._open_photo())
        state.people_chosen.connect(self._other_people)
        state.desk.opened.connect(self._opened)
        state.desk.changed.connect(self._changed)
        state.pictures.ready.connect(self.grid.came)
        state.language_changed.connect(self._texts)
        self._kit.theme.changed.connect(self.grid.viewport().update)

    # --- words -----------------------------------------------------------------------------------------------------

    def _texts(self) -> None:
        words = {
            "newest": tr("Newest first"),
            "oldest": tr("Oldest first"),
            "best": tr("Best quality first"),
            "worst": tr("Lowest quality first"),
            "person": tr("By person"),
        }
        chosen: Any = self.order.currentData() or self._kit.state.memory.value("people/order", "newest")
        self.order.clear()
        for order in FACE_ORDERS:
            self.order.addItem(words[order], order)
        self.order.setCurrentIndex(max(0, self.order.findData(chosen)))
        self.order.setAccessibleName(tr("Order of the faces"))
        self.grid.setAccessibleName(tr("Faces"))
        self.add.setText(tr("Add photos…"))
        self._empty.say(
            tr("No one enrolled yet"),
            tr("Drop photos here, or folders: one for each person, named after them. Nothing leaves this computer."),
            *(tr("Import folder"), tr("Take photo"), tr("Drop images"), tr("Try the sample gallery")),
        )
        self._closed.say(
            tr("No gallery is open"), tr("A gallery keeps people and their faces."), tr("Open…"), tr("New…")
        )
        self.faces.tell_all_changed()
        self._tell()

    def _tell(self) -> None:
        """The header, for whoever is shown."""
        state = self._kit.state
        gallery, people = state.gallery, self._people()
        if gallery is None:
            return
        if len(people) == 1:
            person = people[0]
            facts = counted("{count} face", "{count} faces", person.faces)
            self.header.show_person(person.name, facts, person.notes, person.cover, "person")
        else:
            count = len(people) if state.chosen else len(gallery.people)
            faces = sum(person.faces for person in people) if state.chosen else gallery.faces
            many = counted("{count} person", "{count} people", count)
            shown = tr("{people} · {faces}", people=many, faces=counted("{count} face", "{count} faces", faces))
            names = ", ".join(person.name for person in people[:_NAMES]) + ("…" if len(people) > _NAMES else "")
            self.header.show_person(names if state.chosen else tr("All people"), shown, "", None, "people")
        self.add.setVisible(len(people) == 1)
        one = tr("Drop photos of this person here, or press “Add photos…”.")
        self._bare.say(tr("No pictures yet"), one if len(people) == 1 else tr("Drop photos here, or choose a person."))

    def _enable(self) -> None:
        chosen, actions = self.grid.chosen, self._kit.actions
        reason = why_not_written(self._kit)
        self.add.setEnabled(not reason)
        self.add.setToolTip(reason)
        reason = reason or ("" if chosen else tr("Choose faces in the grid first."))
        actions.enable("move_faces", not reason, reason)
        actions.enable("remove_faces", not reason, reason)
        reason = reason or ("" if len(chosen) == 1 else tr("Choose one face."))
        actions.enable("set_cover", not reason, reason)
        actions.enable("open_photo", len(chosen) == 1, tr("Choose one face."))
        self._count.setText(tr("{count} chosen", count=len(chosen)) if len(chosen) > 1 else "")

    # --- who is shown ----------------------------------------------------------------------------------------------

    def _people(self) -> list[Identity]:
        wanted = set(self._kit.state.chosen)
        return [person for person in self._kit.state.people if person.id in wanted] if wanted else []

    def _opened(self) -> None:
        self._other_people()
        self._turn_page()

    def _other_people(self) -> None:
        self._anew = True
        self._tell()
        self._read_anew()

    def _read_anew(self) -> None:
        self._touched = None
        self._ask()

    def _changed(self, change: Change | None) -> None:
        self._turn_page()
        self._tell()
        if change is None or len(change.faces) > _FEW:
            self._read_anew()
        elif change.faces or not self.isVisible():
            if self._touched is not None:
                self._touched |= change.faces
            self._ask()
        else:
            self.faces.take_people()
            self.faces.tell_all_changed()

    def _turn_page(self) -> None:
        state = self._kit.state
        number = 2 if state.gallery is None else 0 if state.people else 1
        self._pages.setCurrentIndex(number)
        self._enable()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._ask()

    def _ask(self) -> None:
        """Reads the faces on the desk; one question at a time, and only while somebody can see the answer."""
        self._stale = True
        state = self._kit.state
        if self._asking or state.gallery is None or not self.isVisible():
            return
        self._asking, self._stale = True, False
        chosen, order, before = state.chosen, self.order.currentData(), self._list
        touched, self._touched = self._touched, set()

        def read(gallery: Any, _: Any) -> FaceList:
            if chosen or touched is None or before is None:
                return face_list(gallery, chosen, order)
            return renewed(gallery, before, touched, order)

        def came(faces: FaceList) -> None:
            self._asking = False
            self._list = faces
            if chosen == state.chosen and state.gallery is not None:
                self._show(faces)
            if self._stale:
                self._ask()

        def failed(error: BaseException) -> None:
            self._asking, self._touched = False, None
            state.notices.problem(error)

        state.desk.ask(read, came, failed, owner=self)

    def _show(self, faces: FaceList) -> None:
        anew, self._anew = self._anew, False
        if anew:
            self.grid.choose([])
        self.faces.show_faces(faces, of_one=len(self._kit.state.chosen) == 1)
        if anew:
            self.grid.to_top()
        self._shown.setCurrentIndex(0 if len(faces.ids) else 1)
        self._enable()

    # --- what is done with faces -----------------------------------------------------------------------------------

    def _add(self) -> None:
        people = self._people()
        paths = self._kit.ask.files(tr("Add photos of {name}", name=people[0].name)) if people else []
        if paths:
            self._enroll(tuple(paths))

    def _enroll(self, paths: tuple[Any, ...]) -> None:
        chosen = self._kit.state.chosen
        person = chosen[0] if len(chosen) == 1 else None
        self._kit.state.enroll_wanted.emit(EnrollRequest(tuple(map(Path, paths)), person=person))

    def _move(self) -> None:
        faces, state = list(self.grid.chosen), self._kit.state
        if not faces:
            return
        title = counted("Move {count} face to…", "Move {count} faces to…", len(faces))
        owner = state.chosen if len(state.chosen) == 1 else ()  # whose they are already
        who = ask_name(self._kit, title, without=owner)
        if who is not None:
            state.desk.change(lambda gallery: gallery.move(faces, who), state.tell_done)

    def _remove(self) -> None:
        faces, state = list(self.grid.chosen), self._kit.state
        if faces:
            state.desk.change(lambda gallery: gallery.remove_faces(faces), state.tell_done)

    def _set_cover(self) -> None:
        row = self.faces.row_of(self.grid.chosen[0]) if len(self.grid.chosen) == 1 else None
        face = self.faces.face(row) if row is not None else None
        if face is not None:
            owner, id, state = face.identity, face.id, self._kit.state
            state.desk.change(lambda gallery: gallery.set_cover(owner, id), state.tell_done)

    def _open_photo(self) -> None:
        row = self.faces.row_of(self.grid.chosen[0]) if len(self.grid.chosen) == 1 else None
        face = self.faces.face(row) if row is not None else None
        if face is None:
            return
        if not Path(face.source).is_file():
            self._kit.state.notices.warning(
                tr("The photo {path} is not there any more.", path=face.source),
                tr("The face itself is kept in the gallery. Reconnect its drive, or look for where it was moved."),
            )
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(face.source))
