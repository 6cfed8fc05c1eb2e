"""Enrollment through the window: dropped, pasted, chosen; looked at; added as one change, or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QLibraryInfo, QMimeData, QPointF, Qt, QUrl, QVersionNumber
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from core.decision import Limits
from core.gallery.gallery import Gallery
from core.models.cards import Card
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.types import Faces, Floats, Pixels
from core.vision.align import STANDARD
from gui.enrolling import Enrolling, EnrollRequest
from gui.models.enroll_plan import Column
from gui.pixels import owned_image_of

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen
SIDE = 160
RED, GREEN, BLUE = (40, 40, 230), (40, 230, 40), (230, 40, 40)
NONE = Qt.KeyboardModifier.NoModifier


class Squares:
    """A detector for which coloured squares on black are faces."""

    longest_side = 640

    def find(self, pixels: Pixels, *, threshold: float | None = None, turned: bool = False) -> Faces:
        places = [x for x in range(pixels.shape[1] // SIDE) if pixels[80, x * SIDE + 80].astype(int).sum() > 60]
        boxes = np.array([(x * SIDE + 20, 20, x * SIDE + 140, 140) for x in places], np.float32).reshape(-1, 4)
        return Faces(boxes, np.full(len(places), 0.9, np.float32))


class Colours:
    """A feature model for which the colour is the person."""

    card = Card("paint", "feature", {}, {}, Path(), length=3, space="paint", alignment=STANDARD)

    def features(self, crops: Any) -> Floats:
        middles = np.asarray(crops, np.float32).reshape(-1, 112, 112, 3)[:, 56, 56] - 100
        return np.asarray(middles / np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), 1e-6), np.float32)


def painted(*colours: tuple[int, int, int], mark: int = 0) -> Pixels:
    pixels = np.zeros((SIDE, SIDE * max(len(colours), 1), 3), np.uint8)
    for place, colour in enumerate(colours):
        pixels[20:140, place * SIDE + 20 : place * SIDE + 140] = colour
        pixels[26:140:12, place * SIDE + 20 : place * SIDE + 140] //= 2
    pixels[0, 0] = mark
    return pixels


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two people, a picture of both, and one of nobody."""
    folder = tmp_path / "in"
    for number, (name, colours) in enumerate(
        {
            "Gino/1.png": [GREEN],
            "Gino/2.png": [GREEN],
            "Rosa/1.png": [RED],
            "Rosa/both.png": [BLUE, (230, 230, 40)],
            "Rosa/nobody.png": [],
        }.items()
    ):
        write_picture(folder / name, painted(*colours, mark=number))
    return folder


@pytest.fixture
def enrolling(kit, open_gallery, gallery_folder: Path, monkeypatch) -> Any:
    eyes: Any = Squares()
    colours: Any = Colours()

    @contextmanager
    def lend(**_: Any) -> Any:
        def recognizer(settings: Any, searcher: Any) -> Recognizer:
            return Recognizer(eyes, colours, Limits(known=0.9, unsure=0.7, margin=0.05), searcher=searcher)

        yield SimpleNamespace(recognizer=recognizer)

    monkeypatch.setattr(kit.state.bench, "lend", lend)
    kit.state.change_settings(min_quality=0.0)
    window = QMainWindow()
    window.setCentralWidget(QWidget())
    kit.ask.window = window
    made = Enrolling(kit)
    open_gallery(gallery_folder)
    yield made
    made.shut()
    kit.ask.window = None
    window.close()


@pytest.fixture
def look(kit, enrolling, qtbot) -> Any:
    """Asks for an enrollment and waits until everything was looked at; the window that shows it."""

    def looked(**request: Any) -> Any:
        before = list(enrolling.runs)
        kit.state.enroll_wanted.emit(EnrollRequest(**request))
        qtbot.waitUntil(lambda: enrolling.runs != before)
        return shown(enrolling, qtbot)

    return looked


def shown(enrolling: Enrolling, qtbot: Any) -> Any:
    qtbot.waitUntil(lambda: bool(enrolling.runs) and enrolling.runs[-1].job is None)
    dialog = enrolling.runs[-1].dialog
    qtbot.waitUntil(dialog.isVisible)
    return dialog


def people(folder: Path) -> dict[str, int]:
    with Gallery.open(folder) as gallery:
        return {person.name: person.faces for person in gallery.identities()}


def state(dialog: Any) -> list[tuple[str, bool]]:
    draft = dialog.draft
    return [(draft.name(index), draft.is_ticked(index)) for index in range(len(draft))]


def add(dialog: Any, enrolling: Enrolling, qtbot: Any) -> None:
    qtbot.mouseClick(dialog.bottom.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not enrolling.runs)


def cell(dialog: Any, number: int, column: int) -> Any:
    row = list(dialog.model.shown).index(number)
    return dialog.table.visualRect(dialog.model.index(row, column))


def click(dialog: Any, qtbot: Any, number: int, *, modifier: Any = NONE) -> None:
    place = cell(dialog, number, Column.PHOTO).center()
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_a_folder_without_pictures_is_told_and_leaves_no_empty_window(enrolling, tmp_path, qtbot, kit, told):
    (tmp_path / "empty" / "Anna").mkdir(parents=True)
    enrolling.enroll(EnrollRequest((tmp_path / "empty",)))
    qtbot.waitUntil(lambda: bool(told) and not enrolling.runs)
    assert told[-1].text.startswith("No pictures found in ")
    assert "a folder of photos for each person" in told[-1].hint


def test_nothing_is_written_before_ok_and_one_undo_takes_it_back(
    look, enrolling, photos, gallery_folder, qtbot, kit, told
):
    dialog = look(paths=(photos,))
    assert people(gallery_folder) == {}
    assert dialog.bottom.words.text() == "3 faces of 2 people will be added, 3 left out"
    assert dialog.bottom.add.text() == "&Add 3 faces"
    add(dialog, enrolling, qtbot)
    assert people(gallery_folder) == {"Gino": 2, "Rosa": 1}
    assert told[-1].action == "Undo"
    told[-1].act()
    qtbot.waitUntil(lambda: people(gallery_folder) == {})


def test_cancel_changes_nothing(look, enrolling, photos, gallery_folder, qtbot):
    dialog = look(paths=(photos,))
    qtbot.mouseClick(dialog.bottom.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not enrolling.runs)
    assert people(gallery_folder) == {}


def test_leaving_decisions_is_asked_about(look, enrolling, photos, qtbot, ask):
    dialog = look(paths=(photos,))
    qtbot.mouseClick(dialog.sieve.none, Qt.MouseButton.LeftButton)
    ask.will("choice", None)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    ask.will("choice", 0)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not enrolling.runs)


def test_a_tick_is_a_click_or_a_key(look, photos, qtbot):
    dialog = look(paths=(photos,))
    assert dialog.draft.is_ticked(0)
    rect = cell(dialog, 0, Column.FACE)
    spot = rect.center()
    spot.setX(rect.left() + 16)
    qtbot.mouseClick(dialog.table.viewport(), Qt.MouseButton.LeftButton, NONE, spot)
    assert not dialog.draft.is_ticked(0)
    click(dialog, qtbot, 0)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)
    assert dialog.draft.is_ticked(0)


def test_click_the_face_you_mean(look, enrolling, photos, gallery_folder, qtbot):
    dialog = look(paths=(photos,))
    group = [index for index, row in enumerate(dialog.draft.rows) if row.count == 2]
    assert [state(dialog)[index] for index in group] == [("", False), ("", False)]
    click(dialog, qtbot, group[0])
    picker = dialog.side.picker
    qtbot.waitUntil(lambda: picker._picture is not None)
    second = next(face for face in picker._faces if face.number == group[1])
    qtbot.mouseClick(picker, Qt.MouseButton.LeftButton, NONE, picker.place_of(second).center().toPoint())
    assert [state(dialog)[index] for index in group] == [("", False), ("Rosa", True)]
    add(dialog, enrolling, qtbot)
    assert people(gallery_folder) == {"Gino": 2, "Rosa": 2}


def test_one_name_for_many_chosen_rows(look, enrolling, photos, gallery_folder, qtbot):
    dialog = look(paths=(photos,))
    click(dialog, qtbot, 0)
    click(dialog, qtbot, 2, modifier=Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)  # goes to the name
    assert dialog.side.label.text() == "&Name of 3 chosen rows"
    dialog.side.line.selectAll()
    qtbot.keyClicks(dialog.side.line, "Everybody")
    qtbot.keyClick(dialog.side.line, Qt.Key.Key_Return)
    assert dialog.isVisible()  # Enter named them and added nobody yet
    qtbot.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not enrolling.runs)
    assert people(gallery_folder) == {"Everybody": 3}


def test_faces_without_a_name_are_named_one_after_another_by_keys(look, enrolling, photos, gallery_folder, qtbot):
    dialog = look(paths=tuple(sorted(photos.glob("*/*.png"))))  # pictures alone: nobody said whom they show
    dialog.activateWindow()
    assert dialog.focusWidget() is dialog.table  # Enter names from the first face on
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    for name in ("Gino", "Gino", "Rosa", "Blue", "Yellow"):
        qtbot.keyClicks(dialog.side.line, name)
        qtbot.keyClick(dialog.side.line, Qt.Key.Key_Return)
    assert dialog.focusWidget() is dialog.table  # nobody is left
    add(dialog, enrolling, qtbot)
    assert people(gallery_folder) == {"Gino": 2, "Rosa": 1, "Blue": 1, "Yellow": 1}


def test_a_name_is_edited_in_its_row(look, photos, qtbot):
    dialog = look(paths=(photos,))
    model = dialog.model
    assert model.setData(model.index(0, Column.PERSON), "Anna")
    assert state(dialog)[0] == ("Anna", True)
    assert not model.setData(model.index(0, Column.PERSON), "x" * 300)
    assert state(dialog)[0] == ("Anna", True)


def test_filters_and_problems_for_elsewhere(look, photos, qtbot, ask, tmp_path):
    dialog = look(paths=(photos,))
    buttons = dialog.sieve.filters
    assert [buttons.button(number).text() for number in range(3)] == ["All 6", "Doubtful 2", "Problems 1"]
    qtbot.mouseClick(buttons.button(1), Qt.MouseButton.LeftButton)
    assert dialog.model.rowCount() == 2
    qtbot.mouseClick(buttons.button(2), Qt.MouseButton.LeftButton)
    assert dialog.model.rowCount() == 1
    qtbot.mouseClick(dialog.bottom.copy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "no face found" in QGuiApplication.clipboard().text())
    ask.will("save_file", tmp_path / "problems.txt")
    qtbot.mouseClick(dialog.bottom.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((tmp_path / "problems.txt").exists)
    assert str(photos / "Rosa" / "nobody.png") in (tmp_path / "problems.txt").read_text(encoding="utf-8")
    qtbot.mouseClick(buttons.button(0), Qt.MouseButton.LeftButton)
    qtbot.keyClicks(dialog.sieve.search, "gino")
    assert dialog.model.rowCount() == 2


def test_a_folder_of_pictures_alone_asks_once(look, enrolling, photos, ask):
    ask.will("choice", 0)
    dialog = look(paths=(photos / "Gino",))
    assert {name for name, _ in state(dialog)} == {"Gino"}
    ask.will("choice", 1)
    dialog = look(paths=(photos / "Gino",))
    assert {name for name, _ in state(dialog)} == {""}


def test_the_import_menu(enrolling, photos, qtbot, kit, ask, tmp_path):
    listed = tmp_path / "in" / "gallery.txt"
    listed.write_text("Rosa/1.png Rosa Rossi\n", encoding="utf-8")
    ask.will("folder", photos)
    ask.will("files", [photos / "Rosa" / "1.png"])
    ask.will("file", listed)
    for name, names in (
        ("import_folder", {"Gino", "Rosa", ""}),
        ("import_photos", {""}),
        ("import_list", {"Rosa Rossi"}),
    ):
        count = len(enrolling.runs)
        kit.actions[name].trigger()
        qtbot.waitUntil(lambda count=count: len(enrolling.runs) > count)
        dialog = shown(enrolling, qtbot)
        faces = [index for index in range(len(dialog.draft)) if dialog.draft.is_face(index)]
        assert {dialog.draft.name(index) for index in faces} == names


def test_a_pasted_picture_needs_no_file(enrolling, gallery_folder, qtbot, kit, told):
    QGuiApplication.clipboard().setImage(owned_image_of(painted(RED)))
    kit.actions["paste_picture"].trigger()
    dialog = shown(enrolling, qtbot)
    assert state(dialog) == [("", False)]
    assert not dialog.bottom.add.isEnabled()
    qtbot.keyClicks(dialog.side.line, "Rosa")
    qtbot.keyClick(dialog.side.line, Qt.Key.Key_Return)
    add(dialog, enrolling, qtbot)
    with Gallery.open(gallery_folder) as gallery:
        (face,) = gallery.faces()
        assert face.source == "clipboard"
        assert face.sha256


def test_pasted_files_and_an_empty_clipboard(enrolling, photos, qtbot, kit, told):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photos / "Rosa" / "1.png"))])
    QGuiApplication.clipboard().setMimeData(mime)
    kit.actions["paste_picture"].trigger()
    assert len(shown(enrolling, qtbot).draft) == 1
    QGuiApplication.clipboard().clear()
    kit.actions["paste_picture"].trigger()
    assert "no picture on the clipboard" in told[-1].text


def drop(window: Any, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    args = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, NONE)
    place = QPointF(50, 50)
    enter = QDragEnterEvent(place if QLibraryInfo.version() >= QVersionNumber(6, 12) else place.toPoint(), *args)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(place, *args))


def test_files_dropped_on_the_window(enrolling, photos, qtbot, kit):
    drop(kit.ask.window, photos)
    assert len(shown(enrolling, qtbot).draft) == 6


def test_a_gallery_list_dropped_on_the_window(enrolling, photos, gallery_folder, qtbot, kit):
    good = ["Gino/1.png Gino Verdi", "Gino/2.png\tGino Verdi", "", "Rosa/1.png 罗莎"]
    bad = ["Rosa/gone.png Rosa", "Rosa/1.png"]
    (photos / "gallery.txt").write_text("\ufeff" + "\r\n".join(good + bad), "utf-8")
    drop(kit.ask.window, photos / "gallery.txt")
    dialog = shown(enrolling, qtbot)
    ticked = [name for name, is_ticked in state(dialog) if is_ticked]
    assert ticked == ["Gino Verdi", "Gino Verdi", "罗莎"]
    texts = "\n".join(str(row.problem) for row in dialog.draft.rows if row.problem)
    assert "Line 5" in texts
    assert "Line 6" in texts
    add(dialog, enrolling, qtbot)
    assert people(gallery_folder) == {"Gino Verdi": 2, "罗莎": 1}


def test_faces_of_a_camera_with_a_name_are_added_at_once(look, enrolling, photos, gallery_folder, qtbot, kit, told):
    dialog = look(paths=(photos,))
    faces = [face for who, face in dialog.draft.accepted() if who == "Gino"]
    dialog.finish()
    kit.state.enroll_wanted.emit(EnrollRequest(faces=faces, name="Luigi"))
    qtbot.waitUntil(lambda: people(gallery_folder) == {"Luigi": 2})
    qtbot.waitUntil(lambda: not enrolling.runs)
    kit.state.enroll_wanted.emit(EnrollRequest(faces=faces))
    dialog = shown(enrolling, qtbot)  # without a name it is asked
    assert {name for name, _ in state(dialog)} <= {"", "Luigi"}


def test_the_look_can_be_stopped_and_left_at_any_time(kit, enrolling, photos, qtbot, monkeypatch):
    import threading

    gate = threading.Event()
    slow, find = Squares(), Squares.find

    def held(self: Any, pixels: Pixels, **how: Any) -> Faces:
        gate.wait(5)
        return find(slow, pixels)

    monkeypatch.setattr(Squares, "find", held)
    kit.state.enroll_wanted.emit(EnrollRequest((photos,)))
    qtbot.waitUntil(lambda: bool(enrolling.runs))
    dialog = enrolling.runs[-1].dialog
    assert not dialog.bottom.add.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()  # at once, though the job is still held up
    gate.set()
    qtbot.waitUntil(lambda: not enrolling.runs)


def test_what_cannot_be_written_is_said_and_stays_to_be_mended(look, enrolling, photos, gallery_folder, qtbot):
    dialog = look(paths=(photos,))
    with Gallery.open(gallery_folder) as gallery:
        face = next(dialog.draft.accepted())[1]
        gallery.enroll([("Anna", face)], model=dialog.draft.plan.model)
        anna = gallery.find("Anna").id
    dialog.finish()
    qtbot.waitUntil(lambda: not enrolling.runs)
    dialog = look(paths=(photos / "Rosa" / "1.png",), person=anna)
    with Gallery.open(gallery_folder) as gallery:
        gallery.remove([anna])
    qtbot.mouseClick(dialog.bottom.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.top.words.property("role") == "problem")
    assert dialog.isVisible()
    assert dialog.bottom.add.isEnabled()
    assert people(gallery_folder) == {}


def test_without_a_gallery_the_menu_says_why_not(kit, told):
    made = Enrolling(kit)
    assert not kit.actions["import_folder"].isEnabled()
    assert "No gallery is open." in kit.actions["import_folder"].toolTip()
    made.enroll(EnrollRequest((Path("x"),)))
    assert told[-1].kind == "warning"
    made.shut()


def test_everything_has_a_name_for_those_who_hear_it(look, photos):
    dialog = look(paths=(photos,))
    index = dialog.model.index(0, Column.FACE)
    assert "Gino, will be added, 1.png" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    for widget in (dialog.table, dialog.side.line, dialog.side.picker, dialog.sieve.search):
        assert widget.accessibleName()
