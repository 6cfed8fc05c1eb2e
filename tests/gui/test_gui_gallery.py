"""The list of people: finding, choosing, renaming, merging, dropping, and what survives a refresh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, QMimeData, QPointF, Qt, QUrl, QVersionNumber
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from core.errors import Text
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.result_row import Answer, ResultRow
from core.types import Decision
from gui.carrying import packed
from gui.keeping import Keeping
from gui.models.identities import Entry
from gui.panels.gallery import GalleryPanel
from gui.widgets.person_row import Role

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen


@pytest.fixture
def panel(kit, open_gallery, people_folder: Path, qtbot) -> GalleryPanel:
    made = GalleryPanel(kit)
    made.keeping = Keeping(kit)
    qtbot.addWidget(made)
    made.resize(280, 640)
    made.show()
    open_gallery(people_folder)
    return made


def names(panel: GalleryPanel) -> list[str]:
    model = panel.people
    return [model.index(row).data() for row in range(len(Entry), model.rowCount())]


def click(panel: GalleryPanel, qtbot, name: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    row = len(Entry) + names(panel).index(name)
    place = panel.list.visualRect(panel.people.index(row)).center()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def drag(panel: GalleryPanel, mime: QMimeData, row: int, *, drop: bool = True) -> bool:
    """Carries it over a row and lets go; whether it was taken."""
    place = QPointF(panel.list.visualRect(panel.people.index(row)).center())
    both = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    at = place if QLibraryInfo.version() >= QVersionNumber(6, 12) else place.toPoint()
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(panel.list.viewport(), QDragEnterEvent(at, both, mime, left, none))
    move = QDragMoveEvent(at, both, mime, left, none)
    QApplication.sendEvent(panel.list.viewport(), move)
    if drop and move.isAccepted():
        QApplication.sendEvent(panel.list.viewport(), QDropEvent(place, both, mime, left, none))
    return move.isAccepted()


def test_people_stand_below_the_fixed_entries_with_counts(panel) -> None:
    rows = [(panel.people.index(row).data(), panel.people.index(row).data(Role.DETAIL)) for row in range(7)]
    assert rows == [
        ("All people", "6 faces"),
        ("Unknown", "0 faces in the results"),
        ("To review", "0 faces in the results"),
        ("Not faces", "0 faces in the results"),
        ("Anna", "3 faces"),
        ("Bob", "2 faces"),
        ("Carla", "1 face"),
    ]


def test_a_click_chooses_and_control_adds(panel, kit, qtbot) -> None:
    told = []
    kit.state.person_chosen.connect(told.append)
    click(panel, qtbot, "Bob")
    click(panel, qtbot, "Carla", Qt.KeyboardModifier.ControlModifier)
    assert kit.state.chosen == (2, 3)
    assert told == [2, 0]
    qtbot.mouseClick(
        panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualRect(panel.people.index(0)).center()
    )
    assert kit.state.chosen == ()


def test_searching_hides_but_does_not_unchoose(panel, kit, qtbot) -> None:
    click(panel, qtbot, "Bob")
    kit.actions["find"].trigger()
    qtbot.keyClicks(panel.search, "ÁN")
    assert names(panel) == ["Anna"]
    assert kit.state.chosen == (2,)
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert names(panel) == ["Anna", "Bob", "Carla"]
    assert [index.data() for index in panel.list.selectedIndexes()] == ["Bob"]
    qtbot.keyClicks(panel.search, "car")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    assert kit.state.chosen == (3,)


def test_the_order_can_be_chosen_and_is_remembered(panel, kit, open_gallery, people_folder, qtbot) -> None:
    panel.order.setCurrentIndex(panel.order.findData("newest"))
    panel.order.activated.emit(panel.order.currentIndex())
    assert names(panel) == ["Carla", "Bob", "Anna"]
    click(panel, qtbot, "Bob")
    panel.shut()
    other = GalleryPanel(kit)
    qtbot.addWidget(other)
    assert names(other) == ["Carla", "Bob", "Anna"]
    assert other.list.chosen == [2]


def test_a_name_is_typed_over_in_place(panel, kit, qtbot, told) -> None:
    click(panel, qtbot, "Anna")
    panel.activateWindow()
    kit.actions["rename"].trigger()
    editor = panel.list.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "Anna"
    qtbot.keyClicks(editor, "Zora")
    with qtbot.waitSignal(kit.state.desk.changed):
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert names(panel) == ["Bob", "Carla", "Zora"]
    assert kit.state.chosen == (1,)
    assert [index.data() for index in panel.list.selectedIndexes()] == ["Zora"]
    assert told[-1].action == "Undo"


@pytest.mark.parametrize(("answer", "after"), [(1, ["Bob", "Bob", "Carla"]), (None, ["Anna", "Bob", "Carla"])])
def test_a_name_that_somebody_has_is_asked_about(panel, kit, ask, qtbot, answer, after) -> None:
    ask.will("choice", answer)
    panel.people.setData(panel.people.index(4), "Bob")
    qtbot.waitUntil(lambda: names(panel) == after)
    assert ask.asked == [("choice", "Rename")]


def test_equal_names_can_become_one_person(panel, kit, ask, qtbot) -> None:
    ask.will("choice", 0)
    ask.will("dialog", lambda dialog: dialog.result_text().startswith("Result: Bob with 5 faces"))
    panel.people.setData(panel.people.index(4), "Bob")
    qtbot.waitUntil(lambda: names(panel) == ["Bob", "Carla"])
    assert kit.state.person(2).faces == 5
    assert kit.state.chosen == (2,)


def test_removing_asks_nothing_and_can_be_undone(panel, kit, qtbot, told) -> None:
    click(panel, qtbot, "Bob")
    panel.list.setFocus()
    kit.actions["remove_person"].trigger()
    qtbot.waitUntil(lambda: names(panel) == ["Anna", "Carla"])
    assert kit.state.chosen == (3,), "the next one is chosen, so that one can go on"
    told[-1].act()
    qtbot.waitUntil(lambda: names(panel) == ["Anna", "Bob", "Carla"])


def test_a_new_person_is_made_and_chosen(panel, kit, ask, qtbot) -> None:
    ask.will("text", "Dora")
    kit.actions["new_person"].trigger()
    qtbot.waitUntil(lambda: kit.state.chosen == (4,))
    assert names(panel) == ["Anna", "Bob", "Carla", "Dora"]
    ask.will("text", "Dora")
    ask.will("choice", 1)
    kit.actions["new_person"].trigger()
    qtbot.waitUntil(lambda: kit.state.chosen == (5,))


def test_two_chosen_are_merged_with_a_look_at_both(panel, kit, ask, qtbot) -> None:
    click(panel, qtbot, "Bob")
    click(panel, qtbot, "Carla", Qt.KeyboardModifier.ControlModifier)

    def look(dialog) -> bool:
        assert dialog.into() == 2
        dialog.choose(3)
        return dialog.result_text().startswith("Result: Carla with 3 faces")

    ask.will("dialog", look)
    kit.actions["merge"].trigger()
    qtbot.waitUntil(lambda: names(panel) == ["Anna", "Carla"])
    assert kit.state.chosen == (3,)


def test_a_person_dropped_on_another_is_merged_into_it(panel, kit, ask, qtbot) -> None:
    ask.will("dialog", lambda dialog: dialog.into() == 3)
    assert drag(panel, packed("people", [1]), 6)
    qtbot.waitUntil(lambda: names(panel) == ["Bob", "Carla"])


def test_a_person_is_not_dropped_on_itself_or_on_all(panel) -> None:
    assert not drag(panel, packed("people", [1]), 4)
    assert not drag(panel, packed("people", [1]), 0)


def test_faces_dropped_on_a_person_move_there(panel, kit, qtbot) -> None:
    assert drag(panel, packed("faces", [1, 2]), 5)
    qtbot.waitUntil(lambda: kit.state.person(2).faces == 4)


def test_while_files_are_over_a_person_it_says_what_will_happen(panel, kit, tmp_path, qtbot) -> None:
    wanted = []
    kit.state.enroll_wanted.connect(wanted.append)
    assert drag(panel, files(tmp_path / "a.jpg", tmp_path / "b.jpg"), 5, drop=False)
    assert panel.people.index(5).data(Role.TARGET)
    assert panel.list._hint.text() == "Add 2 files to Bob"
    assert drag(panel, files(tmp_path / "a.jpg"), 5)
    assert drag(panel, files(tmp_path), 0)
    assert [(request.paths, request.person) for request in wanted] == [
        ((tmp_path / "a.jpg",), 2),
        ((tmp_path,), None),
    ]
    assert not panel.people.index(5).data(Role.TARGET)
    assert not panel.list._hint.isVisible()


def test_selection_and_place_survive_what_others_change(panel, kit, open_gallery, people_folder, qtbot) -> None:
    face = NewFace((0, 0, 9, 9), None, 1.0, 0.5, "a.jpg", "", (20, 20))
    with Gallery.open(people_folder) as gallery:
        gallery.enroll([(f"Person {n:03}", face) for n in range(200)], model=FeatureModel("other", "m", 8))
    kit.state.desk.look_again()
    qtbot.waitUntil(lambda: len(names(panel)) == 203)
    kit.state.people_wanted.emit((150,))
    resets = []
    panel.people.modelReset.connect(lambda: resets.append(1))
    before = panel.list.visualRect(panel.people.index(panel.people.row_of(150))).top()
    assert panel.list.verticalScrollBar().value() > 0
    with Gallery.open(people_folder) as gallery:
        gallery.remove([1, 2])
        gallery.enroll([("Berta", face)], model=FeatureModel("other", "m", 8))
    kit.state.desk.look_again()
    qtbot.waitUntil(lambda: len(names(panel)) == 202)
    assert not resets
    assert kit.state.chosen == (150,)
    assert panel.list.visualRect(panel.people.index(panel.people.row_of(150))).top() == before


def test_an_empty_gallery_says_what_to_do(kit, open_gallery, gallery_folder, tmp_path, qtbot) -> None:
    panel = GalleryPanel(kit)
    qtbot.addWidget(panel)
    assert panel._pages.currentWidget() is panel._closed
    open_gallery(gallery_folder)
    assert panel._pages.currentWidget() is panel._empty
    pressed = []
    kit.actions.on("import_folder", lambda: pressed.append("import"))
    qtbot.mouseClick(panel._empty.buttons["import_folder"], Qt.MouseButton.LeftButton)
    assert pressed == ["import"]
    kit.state.desk.shut()
    qtbot.waitUntil(lambda: panel._pages.currentWidget() is panel._closed)


def seen(kind: str, number: int) -> ResultRow:
    return ResultRow("photo", f"{number}.jpg", 0.0, (0, 0, 9, 9), (20, 20), Decision(kind, Text("because")))


def test_unknown_and_doubtful_faces_of_the_results_are_counted_and_shown_alone(panel, kit, qtbot) -> None:
    kit.state.results.add([seen("unknown", 1), seen("unsure", 2), seen("unknown", 3), seen("known", 4)])
    kit.state.results.add([replace(seen("unknown", number), answer=Answer("no face")) for number in range(5, 8)])
    assert [panel.people.index(row).data(Role.DETAIL) for row in (1, 2, 3)] == [
        "2 faces in the results",
        "1 face in the results",
        "3 faces in the results",
    ]
    wanted, docks = [], []
    kit.state.kinds_wanted.connect(wanted.append)
    kit.state.dock_wanted.connect(docks.append)
    click(panel, qtbot, "Bob")
    for row in (1, 2, 3):
        place = panel.list.visualRect(panel.people.index(row)).center()
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert set(wanted) == {frozenset({"unknown"}), frozenset({"unsure"}), frozenset({"no face"})}
    assert kit.state.chosen == (2,), "the faces in the middle stay"
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert docks == ["results"]
    place = panel.list.visualRect(panel.people.index(Entry.ALL)).center()
    wanted.clear()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert wanted == [frozenset({"known", "unsure", "unknown"})], "what the entries hid is back"
    wanted.clear()
    qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not wanted, "and stays as the user has it from then on"


def test_another_gallery_begins_with_nobody_chosen(panel, kit, open_gallery, tmp_path, qtbot) -> None:
    click(panel, qtbot, "Bob")
    with Gallery.create(tmp_path / "other") as gallery:
        face = NewFace((0, 0, 9, 9), None, 1.0, 0.5, "a.jpg", "", (20, 20))
        gallery.enroll([(name, face) for name in ("Xaver", "Yvonne")], model=FeatureModel("other", "m", 8))
    open_gallery(tmp_path / "other")
    assert names(panel) == ["Xaver", "Yvonne"]
    assert kit.state.chosen == ()


def test_words_follow_the_language(panel, kit) -> None:
    panel.search.setText("nobody at all")
    assert panel._count.text() == "Nobody is called like “nobody at all”."
    kit.state.language_changed.emit()
    assert panel.order.count() == 3
