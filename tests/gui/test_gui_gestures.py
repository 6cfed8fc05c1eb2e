"""What a first user of the people, the gallery and the enrollment stumbled over."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent
from PySide6.QtWidgets import QApplication, QLabel, QRadioButton, QWidget

from core.gallery.gallery import Gallery
from gui.app import make_window
from gui.carrying import packed
from gui.dialogs.merge import MergeDialog
from gui.dialogs.notes import NotesDialog
from gui.models.identities import Entry
from gui.panels.gallery import GalleryPanel
from gui.panels.people import PeoplePanel
from gui.widgets.drop_hint import DropHint
from gui.widgets.empty_state import EmptyState


@pytest.fixture
def windows(qapp: QApplication, qtbot: Any, ask: Any) -> Iterator[Any]:
    made: list[Any] = []

    def start(folder: Path | None = None) -> Any:
        window = make_window(qapp, folder, ask=ask)
        window.show()
        made.append(window)
        qtbot.waitUntil(lambda: window.state.gallery is not None, timeout=20_000)
        return window

    yield start
    for window in made:
        if window.isVisible():
            assert window.close()


def visited(qtbot: Any, window: Any, *, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Who has the keys, one after another, until it is somebody again."""
    seen: list[QWidget] = []
    while True:
        holder = QApplication.focusWidget() or window
        if holder in seen:
            return seen
        seen.append(holder)
        qtbot.keyClick(holder, key)


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_tab_goes_round_through_all_panels(windows: Any, qtbot: Any, people_folder: Path, key: Qt.Key) -> None:
    window = windows(people_folder)
    window.activateWindow()
    panels = window.panels
    for tab in ("people", "batch", "indexes"):
        window.show_tab(tab)
        met = visited(qtbot, window, key=key)
        assert all(widget.isVisible() for widget in met)
        assert {panels["gallery"].search, panels["gallery"].list, panels["results"].filters.search} <= set(met), tab


def test_tab_goes_round_through_an_empty_window(windows: Any, qtbot: Any) -> None:
    window = windows()
    window.activateWindow()
    met = visited(qtbot, window)
    assert all(widget.isVisible() for widget in met)
    for name in ("people", "gallery", "results"):
        panel = window.panels[name]
        assert any(panel.isAncestorOf(widget) for widget in met), name


@pytest.mark.parametrize("name", ["gallery", "results"])
def test_a_panel_called_up_gives_the_keys_to_what_it_shows(windows: Any, qtbot: Any, name: str) -> None:
    window = windows()
    window.activateWindow()
    window.show_dock(name)
    holder = QApplication.focusWidget()
    assert holder is not None
    assert window.panels[name].isAncestorOf(holder)
    assert holder.isVisible()


def test_dragging_a_person_begins_above_its_own_row(
    kit: Any, qtbot: Any, open_gallery: Any, people_folder: Path
) -> None:
    panel = GalleryPanel(kit)
    qtbot.addWidget(panel)
    panel.resize(270, 600)
    panel.show()
    open_gallery(people_folder)
    people, place = panel.list, lambda row: panel.list.visualRect(panel.people.index(row)).center()
    mime, anna = packed("people", [1]), len(Entry)
    rest = Qt.DropAction.MoveAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(place(anna), *rest)
    people.dragEnterEvent(entering)
    assert entering.isAccepted()  # else the window system never tells how it goes on
    for row, welcome in ((anna, False), (Entry.ALL, False), (anna + 1, True)):
        moving = QDragMoveEvent(QPoint(place(row)), *rest)
        people.dragMoveEvent(moving)
        assert moving.isAccepted() is welcome, row


def test_nobody_is_offered_to_be_merged_with_themselves(
    kit: Any, qtbot: Any, ask: Any, open_gallery: Any, people_folder: Path
) -> None:
    from gui.keeping import Keeping

    keeping = Keeping(kit)
    open_gallery(people_folder)
    kit.state.choose_people((1,))
    offered: list[Any] = []

    def look(dialog: Any) -> bool:
        model = dialog.field.list.model()
        offered.extend(model.answer(row) for row in range(model.rowCount()))
        return False

    ask.will("dialog", look)
    kit.actions["merge"].trigger()
    assert sorted(offered) == [2, 3]
    keeping.deleteLater()


def test_arrows_choose_the_name_that_stays(kit: Any, qtbot: Any, open_gallery: Any, people_folder: Path) -> None:
    open_gallery(people_folder)
    dialog = MergeDialog(kit, kit.state.people[:2])
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    chosen, first = dialog.focusWidget(), dialog.into()
    assert isinstance(chosen, QRadioButton)
    assert chosen.isChecked()
    qtbot.keyClick(chosen, Qt.Key.Key_Down)
    assert dialog.into() != first


def test_one_face_is_told_as_one(people_folder: Path) -> None:
    with Gallery.open(people_folder) as gallery:
        assert str(gallery.move([1], "Bob").label) == "Move a face to Bob"
        assert str(gallery.move([2, 4], "Bob").label) == "Move 2 faces to Bob"


def test_files_over_an_empty_gallery_are_promised_to_be_looked_at(
    kit: Any, qtbot: Any, open_gallery: Any, gallery_folder: Path
) -> None:
    panel = GalleryPanel(kit)
    qtbot.addWidget(panel)
    panel.show()
    open_gallery(gallery_folder)
    (empty,) = [each for each in panel.findChildren(EmptyState) if each.isVisible()]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(gallery_folder / "anna.jpg"))])
    rest = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    empty.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), *rest))
    (hint,) = empty.findChildren(DropHint)
    assert hint.isVisible()
    assert "enroll" in hint.text()
    empty.dragLeaveEvent(QDragLeaveEvent())
    assert not hint.isVisible()


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be taken away there")
def test_a_gallery_taken_away_is_told_of(
    kit: Any, qtbot: Any, open_gallery: Any, people_folder: Path, told: list[Any]
) -> None:
    open_gallery(people_folder)
    people_folder.rename(people_folder.with_name("elsewhere"))
    kit.state.desk.look_again()
    qtbot.waitUntil(lambda: bool(told), timeout=5000)
    assert told[0].kind == "problem"
    assert "not there any more" in told[0].text


def test_words_where_nobody_is_chosen_do_not_speak_of_a_person(
    kit: Any, qtbot: Any, open_gallery: Any, gallery_folder: Path
) -> None:
    with Gallery.open(gallery_folder) as gallery:
        gallery.add("Anna")
    panel = PeoplePanel(kit)
    qtbot.addWidget(panel)
    panel.show()
    open_gallery(gallery_folder)

    def words() -> set[str]:
        return {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}

    qtbot.waitUntil(lambda: "No pictures yet" in words(), timeout=5000)
    assert not any("this person" in each for each in words())
    kit.state.choose_people((1,))
    qtbot.waitUntil(lambda: any("this person" in each for each in words()), timeout=5000)


def test_the_title_tells_that_a_gallery_can_only_be_read(windows: Any, people_folder: Path) -> None:
    window = windows(people_folder)
    assert "read only" not in window.windowTitle()
    window.state.desk.facts = dataclasses.replace(window.state.gallery, read_only=True)
    window.state.desk.opened.emit()
    assert "read only" in window.windowTitle()


def test_find_in_an_empty_gallery_leaves_the_keys_where_they_are_seen(windows: Any) -> None:
    window = windows()
    window.activateWindow()
    window.kit.actions["find"].trigger()
    holder = QApplication.focusWidget()
    assert holder is not None
    assert holder.isVisible()


def test_notes_are_saved_from_the_keys(kit: Any, qtbot: Any, open_gallery: Any, people_folder: Path) -> None:
    open_gallery(people_folder)
    dialog = NotesDialog(kit, kit.state.people[0])
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    qtbot.keyClicks(dialog.field, "likes tea")
    with qtbot.waitSignal(dialog.accepted, timeout=2000):
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.words() == "likes tea"
