"""The people of the gallery, on the left: found, sorted, chosen, named, merged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.gallery.finding import PEOPLE_ORDERS
from gui.enrolling import EnrollRequest
from gui.icons import icon
from gui.keeping import merge_people, rename_person
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.identities import RESULTS, Entry, Identities
from gui.theme import GAP, SMALL_GAP
from gui.widgets.empty_state import EmptyState
from gui.widgets.people_list import PeopleList

_MENU = ("rename", "notes", "merge", "remove_person", "erase_person", "", "new_person")
_START = ("import_folder", "try_sample")  # the panel in the middle offers all ways


class GalleryPanel(QWidget):
    """Tells through `state` who is chosen; changes go to the desk."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.people = Identities(kit, self)
        self.list = PeopleList(kit, self.people)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.order = QComboBox()
        self._count = QLabel()
        self._narrowed = False  # whether one of the entries has the results show its rows alone
        self._add = QToolButton()
        self._pages = QStackedWidget()
        self._closed = EmptyState(kit, "folder", ("open_gallery", "new_gallery"), wide=False)
        self._empty = EmptyState(kit, "people", _START, wide=False, dropped=self._dropped_on_nobody)
        self._full = QWidget()
        self._build()
        self._connect()
        self._texts()
        self._opened()

    def shut(self) -> None:
        memory, gallery = self._kit.state.memory, self._kit.state.gallery
        memory.setValue("gallery/order", self.people.order)
        if gallery is not None:
            memory.setValue("gallery/chosen", [str(gallery.folder), *map(str, self.list.chosen[:100])])

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What stands here takes the keys. A focus proxy would keep Tab from ever leaving the panel."""
        page = self._pages.currentWidget() or self._closed
        (self.list if page is self._full else page).setFocus(event.reason())

    # --- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self._full)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.search)
        row = QHBoxLayout()
        row.setSpacing(SMALL_GAP)
        row.addWidget(self.order, 1)
        row.addWidget(self._add)
        column.addLayout(row)
        column.addWidget(self.list, 1)
        column.addWidget(self._count)
        self._count.setProperty("role", "faint")
        self._add.setDefaultAction(self._kit.actions["new_person"])
        self._add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        for page in (self._full, self._empty, self._closed):
            self._pages.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        self._fill_menu()

    def _fill_menu(self) -> None:
        for name in _MENU:
            if name:
                self.list.addAction(self._kit.actions[name])
            else:
                line = QAction(self)
                line.setSeparator(True)
                self.list.addAction(line)
        for name in ("rename", "notes", "remove_person", "erase_person"):
            self.addAction(self._kit.actions[name])  # here their shortcuts work

    def _connect(self) -> None:
        state = self._kit.state
        self.list.entry_chosen.connect(self._show_results)
        state.results.changed.connect(self._count_results)
        self._kit.actions.on("rename", self._rename)
        self._kit.actions.on("find", self._find)
        self.search.textChanged.connect(self._searched)
        self.search.installEventFilter(self)
        self.order.activated.connect(self._ordered)
        self.list.chosen_changed.connect(lambda ids: state.choose_people(tuple(ids)))
        self.list.activated.connect(self._open)
        self.list.faces_dropped.connect(self._move_faces)
        self.list.people_dropped.connect(self._merge)
        self.list.files_dropped.connect(self._enroll)
        self.people.renamed.connect(lambda identity, name: rename_person(self._kit, identity, name))
        state.people_wanted.connect(self.choose)
        state.desk.opened.connect(self._opened)
        state.desk.changed.connect(self._changed)
        state.pictures.ready.connect(self.list.came)
        state.language_changed.connect(self._texts)
        self._kit.theme.changed.connect(self._icons)
        self._icons()

    # --- words -----------------------------------------------------------------------------------------------------

    def _texts(self) -> None:
        self.search.setPlaceholderText(tr("Find people"))
        self.search.setAccessibleName(tr("Find people by name"))
        self.list.setAccessibleName(tr("People"))
        self.order.setAccessibleName(tr("Order of the people"))
        self._add.setAccessibleName(tr("New person"))
        words = {"name": tr("By name"), "faces": tr("Most faces first"), "newest": tr("Newest first")}
        self.order.clear()
        for order in PEOPLE_ORDERS:
            self.order.addItem(words[order], order)
        self.order.setCurrentIndex(max(0, self.order.findData(self.people.order)))
        self._empty.say(
            tr("No one enrolled yet"),
            tr("Drop photos here, or a folder for each person."),
            *(tr("Import folder"), tr("Try the sample gallery")),
        )
        self._closed.say(
            tr("No gallery is open"), tr("A gallery keeps people and their faces."), tr("Open…"), tr("New…")
        )
        self.people.tell_all_changed()
        self._tell_count()

    def _icons(self) -> None:
        sign = icon("search", self._kit.theme.colours.faint)
        for action in self.search.actions():
            if action.objectName() == "sign":
                self.search.removeAction(action)
        self.search.addAction(sign, QLineEdit.ActionPosition.LeadingPosition).setObjectName("sign")
        self.list.viewport().update()

    def _tell_count(self) -> None:
        shown, all_people = len(self.people.ids), len(self._kit.state.people)
        if self.search.text().strip():
            text = counted("{count} of {all} people fits", "{count} of {all} people fit", shown, all=all_people)
            self._count.setText(text if shown else tr("Nobody is called like “{name}”.", name=self.search.text()))
        else:
            self._count.setText(counted("{count} person", "{count} people", all_people))

    # --- the gallery changes ---------------------------------------------------------------------------------------

    def _opened(self) -> None:
        memory = self._kit.state.memory
        self.search.clear()
        order: Any = memory.value("gallery/order", "name")
        if order in PEOPLE_ORDERS and not len(self.people.ids):
            self.people.order_by(order)
            self.order.setCurrentIndex(self.order.findData(order))
        self._changed()
        self.list.to_top()
        self.choose(tuple(self._remembered()))
        self._kit.state.choose_people(tuple(self.list.chosen))  # also when they have the numbers of those before

    def _remembered(self) -> list[int]:
        """Who was chosen in this gallery at the last closing, as far as they are still there."""
        gallery, kept = self._kit.state.gallery, self._kit.state.memory.value("gallery/chosen", [])
        if gallery is None or not isinstance(kept, list) or kept[:1] != [str(gallery.folder)]:
            return []
        known = {person.id for person in self._kit.state.people}
        return [int(id) for id in kept[1:] if id.isdecimal() and int(id) in known]

    def _changed(self) -> None:
        self.people.refresh()
        state = self._kit.state
        page = self._closed if state.gallery is None else self._full if state.people else self._empty
        self._pages.setCurrentWidget(page)
        self._tell_count()

    # --- the user finds and chooses --------------------------------------------------------------------------------

    def choose(self, identities: tuple[int, ...]) -> None:
        """Chooses these people, () for all, and brings the first into view."""
        if identities and not any(self.people.row_of(identity) is not None for identity in identities):
            self.search.clear()  # the search hides them
        self.list.choose(identities)
        self._see_chosen()

    def _see_chosen(self) -> None:
        row = self.people.row_of(self.list.chosen[0]) if self.list.chosen else None
        if row is not None:
            self.list.seen(row)

    def _searched(self, typed: str) -> None:
        self.people.find(typed)
        self.list.to_top() if typed else self._see_chosen()
        self._tell_count()

    def _ordered(self) -> None:
        self.people.order_by(self.order.currentData())
        self._see_chosen()

    def _show_results(self, entry: int) -> None:
        """The results of an entry alone; "All people" brings back what another entry had hidden."""
        if entry in RESULTS:
            self._kit.state.kinds_wanted.emit(frozenset({RESULTS[Entry(entry)]}))
        elif self._narrowed:
            self._kit.state.kinds_wanted.emit(frozenset({"known", "unsure", "unknown"}))
        self._narrowed = entry in RESULTS

    def _open(self, index: QModelIndex) -> None:
        """Enter or a double click: goes to where the chosen are shown."""
        state = self._kit.state
        if index.row() in RESULTS:
            state.dock_wanted.emit("results")
        else:
            state.tab_wanted.emit("people")

    def _count_results(self) -> None:
        self.people.count(self._kit.state.results.book.counts)

    def _find(self) -> None:
        self._kit.state.dock_wanted.emit("gallery")
        if self._pages.currentWidget() is self._full:  # else nobody is there to be found, and no line to type in
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _key(self, key: Qt.Key) -> bool:
        """From the search into the list and out of it again."""
        if key == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        if key not in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        first = self.people.id_at(len(Entry))
        if first is not None:
            self.list.choose([first])
            self.list.setFocus()
        return True

    def _rename(self) -> None:
        if len(self.list.chosen) == 1:
            self.choose(tuple(self.list.chosen))
            row = self.people.row_of(self.list.chosen[0])
            if row is not None:
                self.list.setCurrentIndex(self.people.index(row))
                self.list.edit(self.people.index(row))

    # --- drops -----------------------------------------------------------------------------------------------------

    def _move_faces(self, faces: list[int], identity: int) -> None:
        state = self._kit.state
        state.desk.change(lambda gallery: gallery.move(faces, identity), state.tell_done)

    def _merge(self, people: list[int], identity: int) -> None:
        merge_people(self._kit, [*people, identity], preferred=identity)

    def _enroll(self, paths: tuple[Path, ...], identity: int | None) -> None:
        self._kit.state.enroll_wanted.emit(EnrollRequest(paths, person=identity))

    def _dropped_on_nobody(self, paths: tuple[Any, ...]) -> None:
        self._enroll(paths, None)
