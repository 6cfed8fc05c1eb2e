"""The index manager, by its buttons, keys and dialogs."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.index.foreign import write_paddlex_index
from gui.dialogs.index_build import IndexBuildDialog
from gui.dialogs.people_choice import PeopleChoice
from gui.models.indexes import Column
from gui.panels.index_manager import IndexManagerPanel

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen
MODEL = FeatureModel("test-space", "test model", 8)
NAMES = ("Anna", "Ben", "李雷", "Zoë")


def rows(count, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, 8))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def face(feature):
    return NewFace((0, 0, 9, 9), None, 0.9, 0.9, "p.jpg", "", (20, 20), features={MODEL.space: feature})


@pytest.fixture
def peopled(gallery_folder):
    with Gallery.open(gallery_folder) as gallery:
        gallery.enroll(((NAMES[n % 4], face(row)) for n, row in enumerate(rows(12))), model=MODEL)
    return gallery_folder


@pytest.fixture
def panel(kit, qtbot):
    made = IndexManagerPanel(kit)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def opened(kit, panel, open_gallery, peopled, qtbot):
    open_gallery(peopled)
    qtbot.waitUntil(lambda: panel.chosen() is not None)
    return panel


def shown(panel, name, column):
    for row in range(panel.model.rowCount()):
        if panel.model.rows()[row].name == name:
            return panel.model.index(row, column).data()
    return None


def wait_for_jobs(kit, panel, qtbot):
    qtbot.waitUntil(lambda: not kit.bridge.running() and not panel._behind)
    answered = []
    kit.state.desk.ask(lambda *_: None, lambda _: answered.append(1))
    qtbot.waitUntil(lambda: bool(answered))


def build(kit, panel, ask, qtbot, name="fast", kind="HNSW32"):
    def fill(dialog):
        dialog.name_field.setText(name)
        dialog.kind.setCurrentText(kind)
        return True

    ask.will("dialog", fill)
    kit.actions["index_build"].trigger()
    qtbot.waitUntil(lambda: shown(panel, name, Column.KIND) == kind)
    wait_for_jobs(kit, panel, qtbot)
    assert panel.chosen().name == name  # what one does next is done with it


def test_the_default_index_is_shown_with_its_facts(opened):
    assert shown(opened, "default", Column.NAME) == "default (in use)"
    assert shown(opened, "default", Column.KIND) == "Flat"
    assert shown(opened, "default", Column.PEOPLE) == "4"
    assert shown(opened, "default", Column.FACES) == "12"
    assert shown(opened, "default", Column.RECALL) == "not measured"
    assert shown(opened, "default", Column.MODEL) == "test model"
    assert "Everyone" in str(opened.details.lines)


def test_without_a_gallery_nothing_can_be_done_and_it_says_why(kit, panel):
    for name in ("index_build", "index_verify", "index_import"):
        assert not kit.actions[name].isEnabled()
        assert "No gallery is open" in kit.actions[name].toolTip()
    assert not panel.build_button.isEnabled()


def test_without_features_there_is_nothing_to_build_but_importing(kit, panel, open_gallery, gallery_folder, qtbot):
    open_gallery(gallery_folder)
    qtbot.waitUntil(kit.actions["index_import"].isEnabled)
    assert not kit.actions["index_build"].isEnabled()
    assert "Nobody is enrolled" in kit.actions["index_build"].toolTip()


def test_built_by_dialog_verified_used_and_remembered(kit, opened, ask, qtbot, told, open_gallery, peopled):
    build(kit, opened, ask, qtbot)
    assert shown(opened, "fast", Column.STATE) == "current"
    opened.choose("fast")
    assert "Links per face" in str(opened.details.lines)
    kit.actions["index_verify"].trigger()
    qtbot.waitUntil(lambda: shown(opened, "fast", Column.RECALL) == "100.0 %")
    assert shown(opened, "fast", Column.TIME).endswith(" ms")
    assert any("is sound: 12 faces" in notice.text for notice in told)
    kit.actions["index_use"].trigger()
    qtbot.waitUntil(lambda: shown(opened, "fast", Column.NAME) == "fast (in use)")
    assert kit.state.desk.searcher.name == "fast"
    assert not kit.actions["index_use"].isEnabled()
    assert "already" in kit.actions["index_use"].toolTip()
    open_gallery(peopled)
    qtbot.waitUntil(lambda: kit.state.desk.searcher.name == "fast")


def test_each_gallery_remembers_its_own_index(kit, opened, ask, qtbot, open_gallery, peopled, tmp_path):
    build(kit, opened, ask, qtbot)
    opened.choose("fast")
    kit.actions["index_use"].trigger()
    qtbot.waitUntil(lambda: kit.state.desk.searcher.name == "fast")
    with Gallery.create(tmp_path / "other") as other:
        other.enroll([("Someone", face(rows(1)[0]))], model=MODEL)
    open_gallery(tmp_path / "other")
    assert kit.state.desk.searcher.name == "default"
    assert kit.state.settings.index == "default"


def test_deleting_is_taken_back_by_the_notice(kit, opened, ask, qtbot, told):
    build(kit, opened, ask, qtbot)
    opened.choose("fast")
    kit.actions["index_delete"].trigger()
    qtbot.waitUntil(lambda: shown(opened, "fast", Column.KIND) is None)
    folder = kit.state.gallery.folder / "indexes" / "fast"
    qtbot.waitUntil(lambda: not folder.exists())
    notice = next(notice for notice in told if notice.act is not None and "Remove the index" in notice.text)
    notice.act()
    qtbot.waitUntil(lambda: shown(opened, "fast", Column.STATE) == "not saved")
    opened.choose("fast")
    kit.actions["index_rebuild"].trigger()
    qtbot.waitUntil(lambda: shown(opened, "fast", Column.STATE) == "current")


def test_the_default_index_cannot_be_deleted(kit, opened):
    opened.choose("default")
    assert not kit.actions["index_delete"].isEnabled()
    assert "stays" in kit.actions["index_delete"].toolTip()


@pytest.mark.parametrize("kind", ["Flat", "HNSW32"])
def test_people_are_removed_and_appended_by_ticks(kit, opened, ask, qtbot, kind):
    build(kit, opened, ask, qtbot, kind=kind)
    opened.choose("fast")
    assert not kit.actions["index_append"].isEnabled()

    def tick_anna(dialog):
        qtbot.addWidget(dialog)
        assert isinstance(dialog, PeopleChoice)
        assert not dialog.sure.isEnabled()
        qtbot.keyClicks(dialog.search, "ann")
        assert dialog.model.rowCount() == 1
        dialog.list.setCurrentIndex(dialog.model.index(0))
        qtbot.keyClick(dialog.list, Qt.Key.Key_Space)
        dialog.search.clear()
        assert dialog.sure.isEnabled()
        assert len(dialog.chosen) == 1
        return True

    ask.will("dialog", tick_anna)
    kit.actions["index_remove"].trigger()
    qtbot.waitUntil(lambda: shown(opened, "fast", Column.PEOPLE) == "3")
    wait_for_jobs(kit, opened, qtbot)
    assert "Everyone but Anna" in str(opened.details.lines)
    qtbot.waitUntil(kit.actions["index_append"].isEnabled)
    ask.will("dialog", lambda dialog: bool(dialog.model.tick_shown(True) or True))
    kit.actions["index_append"].trigger()
    qtbot.waitUntil(lambda: shown(opened, "fast", Column.PEOPLE) == "4")
    wait_for_jobs(kit, opened, qtbot)


def test_recognition_follows_what_a_job_did(kit, opened, ask, qtbot):
    def found():
        matches = kit.state.desk.searcher.search(rows(12), 4, space=MODEL.space)
        return {match.name for row in matches for match in row}

    assert found() == set(NAMES)
    anna = next(person.id for person in kit.state.people if person.name == "Anna")
    opened.work.start("remove", "default", identities=[anna])
    qtbot.waitUntil(lambda: found() == set(NAMES) - {"Anna"})
    wait_for_jobs(kit, opened, qtbot)
    kit.state.undo()
    qtbot.waitUntil(lambda: found() == set(NAMES))


def test_what_a_command_line_does_is_seen(kit, opened, peopled, qtbot):
    from core.index.shelf import Shelf

    with Gallery.open(peopled) as gallery:
        for _ in Shelf(gallery).build("beside", kind="IVF"):
            pass
    kit.state.desk.look_again()
    qtbot.waitUntil(lambda: shown(opened, "beside", Column.KIND) == "IVF")


def test_exported_and_imported(kit, opened, ask, qtbot, tmp_path, told):
    ask.will("folder", tmp_path / "out")
    kit.actions["index_export"].trigger()
    qtbot.waitUntil(lambda: any("Exported 12 faces" in notice.text for notice in told))
    assert (tmp_path / "out" / "id_map.yaml").is_file()
    wait_for_jobs(kit, opened, qtbot)
    write_paddlex_index(
        tmp_path / "in", ids=np.arange(2), labels=["New", "Old"], features=rows(2, 5), kind="Flat", metric="IP"
    )
    ask.will("folder", tmp_path / "in")
    kit.actions["index_import"].trigger()
    qtbot.waitUntil(lambda: shown(opened, "default", Column.PEOPLE) == "6")
    wait_for_jobs(kit, opened, qtbot)


def test_the_model_in_use_is_proposed_first_for_an_index_of_an_unknown_model(
    kit, panel, open_gallery, gallery_folder, monkeypatch, tmp_path, qtbot
):
    models = [FeatureModel(f"{name}-space", name, 5) for name in ("built-in", "other")]
    monkeypatch.setattr("gui.panels.index_manager._feature_models", lambda _: models)
    offered, taken = [], []
    monkeypatch.setattr(kit.ask, "choice", lambda *texts, **_: offered.append(texts[2]) or 0)
    monkeypatch.setattr(panel.work, "import_folder", lambda source, model: taken.append(model.name))
    open_gallery(gallery_folder)
    kit.state.change_settings(feature="other")
    kit.state.index_wanted.emit(tmp_path)
    qtbot.waitUntil(lambda: bool(taken))
    assert offered == [["other", "built-in"]]
    assert taken == ["other"]


def test_only_models_that_fit_the_length_of_an_index_are_proposed(tmp_path, monkeypatch):
    from types import SimpleNamespace

    from gui.panels.index_manager import _feature_models

    cards = [SimpleNamespace(task="feature", space=f"s{length}", name=f"m{length}", length=length) for length in (4, 8)]
    monkeypatch.setattr("core.models.store.ModelStore.cards", lambda _: [*cards, SimpleNamespace(task="detect")])
    features = np.eye(8, dtype=np.float32)[:2]
    write_paddlex_index(tmp_path, ids=np.arange(2), labels=["Anna", "Ben"], features=features, kind="Flat", metric="IP")
    assert [model.name for model in _feature_models(tmp_path)] == ["m8"]
    (tmp_path / "vector.index").write_bytes(b"nothing")
    assert [model.name for model in _feature_models(tmp_path)] == ["m4", "m8"]
    (tmp_path / "vector.index").unlink()
    assert len(_feature_models(tmp_path)) == 2


def test_exporting_over_another_index_asks(kit, opened, ask, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "vector.index").write_bytes(b"precious")
    ask.will("folder", tmp_path / "out")
    ask.will("choice", None)
    kit.actions["index_export"].trigger()
    assert ("choice", "Replace the index there?") in ask.asked
    assert (tmp_path / "out" / "vector.index").read_bytes() == b"precious"


def test_a_bad_folder_is_told_and_nothing_changes(kit, opened, ask, qtbot, tmp_path, told):
    ask.will("folder", tmp_path)
    kit.actions["index_import"].trigger()
    qtbot.waitUntil(lambda: any(notice.kind == "problem" for notice in told))
    assert shown(opened, "default", Column.PEOPLE) == "4"


def test_damage_is_said_in_words(kit, opened, ask, qtbot, told):
    build(kit, opened, ask, qtbot, kind="Flat")
    path = kit.state.gallery.folder / "indexes" / "fast" / "vector.index"
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    opened.choose("fast")
    kit.actions["index_verify"].trigger()
    qtbot.waitUntil(lambda: any(notice.kind == "warning" and "damaged" in notice.text for notice in told))
    wait_for_jobs(kit, opened, qtbot)
    assert "damaged" in str(opened.details.lines)


def test_a_busy_index_is_left_alone(kit, opened, ask, qtbot):
    opened.choose("default")
    with qtbot.waitSignal(kit.bridge.job_ended):
        opened.work.start("rebuild", "default")
        assert opened.work.doing("default")
        opened._enable()
        assert not kit.actions["index_verify"].isEnabled()
        assert "A job is at work" in kit.actions["index_verify"].toolTip()
        opened.work.start("rebuild", "default")
        assert len(kit.bridge.jobs) == 1
    qtbot.waitUntil(kit.actions["index_verify"].isEnabled)


def test_jobs_go_on_at_the_next_start(kit, opened, qtbot):
    opened.work.start("verify", "default")
    again = kit.bridge.jobs[0].again
    wait_for_jobs(kit, opened, qtbot)
    assert kit.state.unfinished.start(again)
    qtbot.waitUntil(lambda: len(kit.bridge.jobs) == 2 and kit.bridge.jobs[1].state == "done")


def test_the_build_dialog_explains_and_refuses(kit, opened, ask, qtbot):
    dialog = IndexBuildDialog(kit, known=["default"])
    qtbot.addWidget(dialog)
    assert dialog.sure.isEnabled()
    dialog.kind.setCurrentText("HNSW32")
    assert set(dialog.fields) == {"m", "ef_construction", "ef_search"}
    assert (dialog.fields["m"].minimum(), dialog.fields["m"].maximum()) == (4, 96)
    assert "Links" not in dialog.fields["m"].toolTip()
    assert dialog.fields["m"].toolTip()
    dialog.fields["m"].setValue(16)
    assert dialog.values["parameters"] == {"m": 16}
    dialog.kind.setCurrentText("IVF")
    assert dialog.fields["lists"].text() == "automatic"
    assert dialog.values["parameters"] == {}
    dialog.name_field.setText("../x")
    assert not dialog.sure.isEnabled()
    dialog.name_field.setText("default")
    assert dialog.sure.isEnabled()
    dialog.some.setChecked(True)
    assert not dialog.sure.isEnabled()
    ask.will("dialog", lambda choice: bool(choice.model.tick_shown(True) or True))
    qtbot.mouseClick(dialog.choose, Qt.MouseButton.LeftButton)
    assert not dialog.sure.isEnabled(), "the default index covers everyone"
    dialog.name_field.setText("few")
    assert dialog.sure.isEnabled()
    assert len(dialog.values["identities"]) == 4


def test_columns_come_back_as_they_were_left(kit, opened, qtbot):
    opened.table.horizontalHeader().moveSection(Column.FACES, 0)
    opened.table.sortByColumn(Column.FACES, Qt.SortOrder.DescendingOrder)
    opened.shut()
    again = IndexManagerPanel(kit)
    qtbot.addWidget(again)
    header = again.findChild(QTableView).horizontalHeader()
    assert header.visualIndex(Column.FACES) == 0
    assert header.sortIndicatorSection() == Column.FACES


def test_every_button_has_a_name(opened):
    from PySide6.QtWidgets import QAbstractButton

    for button in opened.findChildren(QAbstractButton):
        if button.isVisible() and button.metaObject().className() != "QTableCornerButton":
            assert button.accessibleName() or button.text(), button
    assert opened.table.accessibleName()
