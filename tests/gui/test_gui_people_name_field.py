"""Naming somebody: what is found while typing, and which keys take what."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.types import Match
from gui.dialogs.name import ask_name
from gui.widgets.name_field import NameField
from gui.widgets.person_row import Role

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen


@pytest.fixture
def field(kit, open_gallery, gallery_folder: Path, qtbot) -> NameField:
    face = NewFace((0, 0, 9, 9), None, 1.0, 0.5, "a.jpg", "", (20, 20))
    with Gallery.open(gallery_folder) as gallery:
        names = ["Manuel", "Anna Lind", "Łucja", "Manuel", "Tomáš"]
        gallery.enroll([(name, face) for name in names], model=FeatureModel("space", "model", 8))
    open_gallery(gallery_folder)
    made = NameField(kit, [Match(identity=4, name="Tomáš", similarity=0.612, face=5)])
    qtbot.addWidget(made)
    made.show()
    return made


def names(field: NameField) -> list[str]:
    model = field.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_without_a_letter_the_alike_lead_and_then_those_with_most_faces(field) -> None:
    assert names(field) == ["Tomáš", "Manuel", "Anna Lind", "Łucja"]
    assert field.list.model().index(0, 0).data(Role.DETAIL) == "1 face · similarity 0.61"


def test_letters_find_anywhere_without_accents_and_enter_takes_the_highlighted(field, qtbot) -> None:
    qtbot.keyClicks(field.line, "luc")
    assert names(field) == ["Łucja", "New person “luc”"]
    with qtbot.waitSignal(field.chosen) as told:
        qtbot.keyClick(field.line, Qt.Key.Key_Return)
    assert told.args == [3]


def test_a_new_person_is_made_however_similar_others_are(field, qtbot) -> None:
    qtbot.keyClicks(field.line, "man")
    assert names(field) == ["Manuel", "New person “man”"]
    with qtbot.waitSignal(field.chosen) as told:
        qtbot.keyClick(field.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert told.args == ["man"]


def test_a_name_that_somebody_has_is_no_new_person(field, qtbot) -> None:
    qtbot.keyClicks(field.line, "Manuel")
    assert names(field) == ["Manuel"]
    with qtbot.waitSignal(field.chosen) as told:
        qtbot.keyClick(field.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert told.args == [1]


def test_arrows_move_the_highlight_and_stop_at_the_ends(field, qtbot) -> None:
    for _ in range(2):
        qtbot.keyClick(field.line, Qt.Key.Key_Down)
    assert field.answer() == 2
    for _ in range(9):
        qtbot.keyClick(field.line, Qt.Key.Key_Up)
    assert field.answer() == 4
    qtbot.keyClick(field.line, Qt.Key.Key_PageDown)
    assert field.answer() == 3


def test_a_click_takes_whom_it_hits(field, qtbot) -> None:
    place = field.list.visualRect(field.list.model().index(1, 0)).center()
    with qtbot.waitSignal(field.chosen) as told:
        qtbot.mouseClick(field.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [1]


def test_the_dialog_gives_the_answer_or_nothing(kit, ask, field, qtbot) -> None:
    def typed(dialog) -> bool:
        qtbot.keyClicks(dialog.field.line, "Nova")
        qtbot.keyClick(dialog.field.line, Qt.Key.Key_Return)
        return dialog.result() == dialog.DialogCode.Accepted

    ask.will("dialog", typed, False)
    assert ask_name(kit, "Who is this?") == "Nova"
    assert ask_name(kit, "Who is this?") is None
