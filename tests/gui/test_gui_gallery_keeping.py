"""The gallery as a whole: notes, erasing, backup and back, checking, history, and when none of it can be done."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from core.gallery.gallery import Gallery
from gui.dialogs.history import HistoryDialog
from gui.keeping import Keeping

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen


@pytest.fixture
def keeping(kit, open_gallery, people_folder: Path) -> Keeping:
    made = Keeping(kit)
    open_gallery(people_folder)
    return made


def test_notes_are_kept(kit, keeping, ask, qtbot) -> None:
    kit.state.choose_people((1,))

    def write(dialog) -> bool:
        dialog.field.setPlainText("met in Oslo")
        return True

    ask.will("dialog", write)
    with qtbot.waitSignal(kit.state.desk.changed):
        kit.actions["notes"].trigger()
    assert kit.state.person(1).notes == "met in Oslo"


def test_erasing_asks_and_leaves_nothing(kit, keeping, ask, qtbot, people_folder, monkeypatch) -> None:
    said = []
    monkeypatch.setattr(
        type(ask), "choice", lambda self, title, text, choices, danger=False: said.append((text, choices, danger)) or 0
    )
    forgotten = []
    monkeypatch.setattr(kit.state.results, "forget", forgotten.extend)
    kit.state.choose_people((1,))
    kit.actions["erase_person"].trigger()
    qtbot.waitUntil(lambda: kit.state.person(1) is None)
    assert forgotten == [1]
    text, choices, danger = said[0]
    assert "Anna · 3 faces" in text
    assert "cannot be undone" in text
    assert choices == ["Erase 1 person for good"]
    assert danger
    with Gallery.open(people_folder) as gallery:
        assert [person.name for person in gallery.removed()] == []
        assert [person.name for person in gallery.identities()] == ["Bob", "Carla"]


def test_not_erasing_changes_nothing(kit, keeping, ask, qtbot) -> None:
    ask.will("choice", None)
    kit.state.choose_people((1,))
    kit.actions["erase_person"].trigger()
    assert not kit.bridge.jobs
    assert kit.state.person(1) is not None


def test_a_backup_and_back(kit, keeping, ask, qtbot, tmp_path, told) -> None:
    ask.will("save_file", tmp_path / "kept.backup", tmp_path / "again")
    ask.will("file", tmp_path / "kept.backup")
    kit.actions["backup"].trigger()
    qtbot.waitUntil(lambda: any("Backed up" in notice.text for notice in told))
    with qtbot.waitSignal(kit.state.desk.opened):
        kit.actions["restore"].trigger()
    assert kit.state.gallery.folder == tmp_path / "again"
    assert [person.name for person in kit.state.people] == ["Anna", "Bob", "Carla"]


def test_a_backup_that_is_none_is_told_of(kit, keeping, ask, qtbot, tmp_path, told) -> None:
    (tmp_path / "no.backup").write_text("nothing of ours")
    ask.will("file", tmp_path / "no.backup")
    ask.will("save_file", tmp_path / "again")
    kit.actions["restore"].trigger()
    qtbot.waitUntil(lambda: any(notice.kind == "problem" for notice in told))
    assert kit.state.gallery.folder != tmp_path / "again"


def test_checking_says_that_all_is_well(kit, keeping, qtbot, told) -> None:
    kit.actions["check_gallery"].trigger()
    qtbot.waitUntil(lambda: any("in order" in notice.text for notice in told))


def test_the_history_goes_back_to_before_a_change_and_forth_again(kit, keeping, qtbot) -> None:
    for name in ("Berta", "Cleo"):
        with qtbot.waitSignal(kit.state.desk.changed):
            kit.state.desk.change(lambda gallery, name=name: gallery.rename(1, name))
    dialog = HistoryDialog(kit)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.list.topLevelItemCount() == 3)
    dialog.list.setCurrentItem(dialog.list.topLevelItem(1))
    assert dialog.go.text() == "Undo 2 changes"
    dialog.go.click()
    qtbot.waitUntil(lambda: kit.state.person(1).name == "Anna")
    qtbot.waitUntil(lambda: dialog.go.text() == "Redo 1 change")
    dialog.list.setCurrentItem(dialog.list.topLevelItem(0))
    assert dialog.go.text() == "Redo 2 changes"
    dialog.go.click()
    qtbot.waitUntil(lambda: kit.state.person(1).name == "Cleo")


def test_one_person_is_merged_with_one_that_is_named(kit, keeping, ask, qtbot) -> None:
    kit.state.choose_people((1,))

    def name(dialog) -> bool:
        qtbot.keyClicks(dialog.field.line, "carla")
        dialog.field.take()
        return True

    ask.will("dialog", name, True)
    kit.actions["merge"].trigger()
    qtbot.waitUntil(lambda: len(kit.state.people) == 2)
    assert kit.state.person(1).faces == 4


def test_actions_say_why_they_cannot_be_done(kit, keeping, qtbot) -> None:
    actions = kit.actions
    assert "Choose a person first." in actions["remove_person"].toolTip()
    kit.state.choose_people((1, 2))
    assert actions["merge"].isEnabled()
    assert "Choose one person." in actions["rename"].toolTip()
    kit.state.desk.facts = dataclasses.replace(kit.state.desk.facts, read_only=True)
    kit.state.desk.changed.emit(None)
    assert not actions["merge"].isEnabled()
    assert "can only be read" in actions["new_person"].toolTip()
    assert actions["backup"].isEnabled()
    kit.state.desk.shut()
    qtbot.waitUntil(lambda: not actions["backup"].isEnabled())
    assert "No gallery is open." in actions["new_person"].toolTip()
