"""The grid of faces: whose are shown, what is done with the chosen ones, what is dropped on it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QLibraryInfo, QMimeData, QPointF, Qt, QUrl, QVersionNumber
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QHelpEvent
from PySide6.QtWidgets import QApplication

from gui.models.faces import FaceRole
from gui.panels.people import PeoplePanel

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen


@pytest.fixture
def panel(kit, open_gallery, people_folder: Path, qtbot) -> PeoplePanel:
    made = PeoplePanel(kit)
    qtbot.addWidget(made)
    made.resize(660, 640)
    made.show()
    open_gallery(people_folder)
    qtbot.waitUntil(lambda: len(made.faces.ids) == 6)
    return made


def shown(panel: PeoplePanel) -> list[int]:
    return panel.faces.ids.tolist()


def choose_person(panel: PeoplePanel, kit, qtbot, *people: int, faces: list[int]) -> None:
    kit.state.choose_people(people)
    qtbot.waitUntil(lambda: shown(panel) == faces)


def click(panel: PeoplePanel, qtbot, face: int, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    place = panel.grid.visualRect(panel.faces.index(panel.faces.row_of(face))).center()
    qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_all_then_one_then_two(panel, kit, qtbot) -> None:
    assert shown(panel) == [6, 5, 4, 3, 2, 1]
    assert (panel.header.name.text(), panel.header.facts.text()) == ("All people", "3 people · 6 faces")
    assert panel.faces.index(0).data() == "Carla"
    choose_person(panel, kit, qtbot, 1, faces=[4, 2, 1])
    assert (panel.header.name.text(), panel.header.facts.text()) == ("Anna", "3 faces")
    assert panel.faces.index(0).data() == "4.jpg"
    choose_person(panel, kit, qtbot, 2, 3, faces=[6, 5, 3])
    assert (panel.header.name.text(), panel.header.facts.text()) == ("Bob, Carla", "2 people · 3 faces")


def test_orders(panel, qtbot) -> None:
    for order, faces in (
        ("best", [6, 5, 4, 3, 2, 1]),
        ("worst", [1, 2, 3, 4, 5, 6]),
        ("person", [4, 2, 1, 5, 3, 6]),
        ("oldest", [1, 2, 3, 4, 5, 6]),
    ):
        panel.order.setCurrentIndex(panel.order.findData(order))
        panel.order.activated.emit(panel.order.currentIndex())
        qtbot.waitUntil(lambda faces=faces: shown(panel) == faces)


def test_keys_remove_and_the_next_is_chosen_and_undo_brings_back(panel, kit, qtbot, told) -> None:
    click(panel, qtbot, 5)
    click(panel, qtbot, 4, Qt.KeyboardModifier.ControlModifier)
    kit.actions["remove_faces"].trigger()
    qtbot.waitUntil(lambda: shown(panel) == [6, 3, 2, 1])
    assert panel.grid.chosen == [3]
    told[-1].act()
    qtbot.waitUntil(lambda: shown(panel) == [6, 5, 4, 3, 2, 1])
    assert panel.grid.chosen == [3]


def test_faces_are_moved_by_the_naming_field(panel, kit, ask, qtbot) -> None:
    choose_person(panel, kit, qtbot, 1, faces=[4, 2, 1])
    click(panel, qtbot, 2)

    def name(dialog) -> bool:
        qtbot.keyClicks(dialog.field.line, "Nova")
        dialog.field.take()
        return True

    ask.will("dialog", name)
    kit.actions["move_faces"].trigger()
    qtbot.waitUntil(lambda: shown(panel) == [4, 1])
    assert [person.name for person in kit.state.people] == ["Anna", "Bob", "Carla", "Nova"]


def test_the_cover_is_chosen_and_marked(panel, kit, qtbot) -> None:
    choose_person(panel, kit, qtbot, 1, faces=[4, 2, 1])
    assert [panel.faces.index(row).data(FaceRole.COVER) for row in range(3)] == [True, False, False]
    click(panel, qtbot, 1)
    with qtbot.waitSignal(kit.state.desk.changed):
        kit.actions["set_cover"].trigger()
    assert kit.state.person(1).cover == 1
    assert [panel.faces.index(row).data(FaceRole.COVER) for row in range(3)] == [False, False, True]


def test_whole_photos_are_larger_tiles_and_remembered(panel, kit, qtbot) -> None:
    before = panel.grid.gridSize()
    kit.actions["whole_photo"].toggle()
    assert panel.grid.gridSize().width() > before.width()
    panel.grid.grab()
    panel.shut()
    other = PeoplePanel(kit)
    qtbot.addWidget(other)
    assert other.grid.tile.whole


def test_a_look_closer_tells_what_is_known(panel, kit, qtbot) -> None:
    place = panel.grid.visualRect(panel.faces.index(0)).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, panel.grid.viewport().mapToGlobal(place))
    QApplication.sendEvent(panel.grid.viewport(), event)
    assert panel.grid._preview.isVisible()
    assert panel.grid._preview._facts.text().startswith("Carla\nQuality 0.60\nFace found with score 0.90\nEnrolled ")
    qtbot.mousePress(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not panel.grid._preview.isVisible()


def test_pictures_come_and_are_painted(panel, kit, qtbot) -> None:
    def shade() -> int:
        place = panel.grid.visualRect(panel.faces.index(0)).center()
        return panel.grid.viewport().grab().toImage().pixelColor(place).red()

    qtbot.waitUntil(lambda: abs(shade() - 180) < 5)


def test_files_dropped_on_the_grid_are_of_the_person_shown(panel, kit, tmp_path, qtbot) -> None:
    wanted = []
    kit.state.enroll_wanted.connect(wanted.append)
    choose_person(panel, kit, qtbot, 2, faces=[5, 3])
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.jpg"))])
    place, copy = QPointF(300, 300), Qt.DropAction.CopyAction
    at = place if QLibraryInfo.version() >= QVersionNumber(6, 12) else place.toPoint()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(panel.grid.viewport(), QDragEnterEvent(at, copy, mime, left, none))
    QApplication.sendEvent(panel.grid.viewport(), QDragMoveEvent(at, copy, mime, left, none))
    assert panel.grid._hint.text() == "Add 1 file to Bob"
    QApplication.sendEvent(panel.grid.viewport(), QDropEvent(place, copy, mime, left, none))
    assert [(request.paths, request.person) for request in wanted] == [((tmp_path / "a.jpg",), 2)]


def test_photos_are_added_by_the_button(panel, kit, ask, tmp_path, qtbot) -> None:
    wanted = []
    kit.state.enroll_wanted.connect(wanted.append)
    assert not panel.add.isVisible()
    choose_person(panel, kit, qtbot, 3, faces=[6])
    ask.will("files", [tmp_path / "a.jpg"])
    qtbot.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    assert [(request.paths, request.person) for request in wanted] == [((tmp_path / "a.jpg",), 3)]


def test_a_person_without_faces_says_so(panel, kit, qtbot) -> None:
    kit.state.desk.change(lambda gallery: gallery.remove_faces([6]))
    qtbot.waitUntil(lambda: len(shown(panel)) == 5)
    kit.state.choose_people((3,))
    qtbot.waitUntil(lambda: panel._shown.currentWidget() is panel._bare)
    assert panel.header.facts.text() == "0 faces"


def test_a_hidden_panel_reads_only_when_it_is_seen_again(panel, kit, qtbot) -> None:
    panel.hide()
    with qtbot.waitSignal(kit.state.desk.changed):
        kit.state.desk.change(lambda gallery: gallery.remove_faces([6]))
    assert len(shown(panel)) == 6
    panel.show()
    qtbot.waitUntil(lambda: len(shown(panel)) == 5)


def test_a_photo_that_is_gone_is_told_of(panel, kit, qtbot, told) -> None:
    click(panel, qtbot, 6)
    kit.actions["open_photo"].trigger()
    assert told[-1].text == "The photo photos/6.jpg is not there any more."


def test_what_only_reads_says_why_nothing_can_be_done(panel, kit, qtbot) -> None:
    click(panel, qtbot, 6)
    assert kit.actions["remove_faces"].isEnabled()
    kit.state.desk.facts = dataclasses.replace(kit.state.desk.facts, read_only=True)
    kit.state.desk.changed.emit(None)
    assert not kit.actions["remove_faces"].isEnabled()
    assert "can only be read" in kit.actions["move_faces"].toolTip()


def test_an_empty_gallery_offers_four_ways_to_begin(kit, open_gallery, gallery_folder, qtbot) -> None:
    panel = PeoplePanel(kit)
    qtbot.addWidget(panel)
    open_gallery(gallery_folder)
    labels = [button.text() for button in panel._empty.buttons.values()]
    assert labels == ["Import folder", "Take photo", "Drop images", "Try the sample gallery"]
    assert panel._pages.currentWidget() is panel._empty
