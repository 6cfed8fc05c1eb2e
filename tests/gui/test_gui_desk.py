"""The open gallery on its own thread."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from core.errors import GalleryProblem, Problem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, IndexRule, NewFace

MODEL = FeatureModel("test-space", "test model", 8)


def face(number):
    row = np.random.default_rng(number).normal(size=8)
    feature = (row / np.linalg.norm(row)).astype(np.float32)
    return NewFace((0, 0, 9, 9), None, 0.9, 0.9, "p.jpg", "", (20, 20), features={MODEL.space: feature})


@pytest.fixture
def desk(kit, open_gallery, gallery_folder):
    with Gallery.open(gallery_folder) as gallery:
        gallery.enroll([("Anna", face(1)), ("Ben", face(2))], model=MODEL)
    open_gallery(gallery_folder)
    kit.state.desk._timer.stop()  # these tests say when it looks
    return kit.state.desk


@pytest.fixture
def changes(desk):
    seen = []
    desk.changed.connect(seen.append)
    return seen


def asked(desk, qtbot, work=lambda gallery, shelf: None):
    answers = []
    desk.ask(work, answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    return answers[0]


def people(desk):
    return [person.name for person in desk.facts.people]


def test_facts_tell_what_is_open(desk, gallery_folder):
    facts = desk.facts
    assert (facts.folder, facts.faces, facts.indexes) == (gallery_folder, 2, ("default",))
    assert people(desk) == ["Anna", "Ben"]
    assert facts.next_undo is not None
    assert facts.next_redo is None
    assert desk.searcher.name == "default"


def test_all_work_is_done_on_one_other_thread(desk, qtbot):
    threads = {asked(desk, qtbot, lambda *_: threading.get_ident()) for _ in range(5)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_a_change_is_told_with_fresh_facts_before_done(desk, qtbot, changes):
    anna, order = desk.facts.people[0].id, []
    desk.changed.connect(lambda _: order.append(("changed", people(desk))))
    desk.change(lambda gallery: gallery.rename(anna, "Änne"), lambda change: order.append(("done", change.id > 0)))
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == [("changed", ["Ben", "Änne"]), ("done", True)]
    assert changes[0].identities == {anna}


def test_a_change_that_changes_nothing_is_not_told(desk, qtbot, changes):
    anna, done = desk.facts.people[0], []
    desk.change(lambda gallery: gallery.rename(anna.id, anna.name), done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert not changes


def test_a_refused_change_is_told_and_nothing_is_changed(desk, qtbot, changes):
    with qtbot.waitSignal(desk.failed) as told:
        desk.change(lambda gallery: gallery.rename(10**6, "Nobody"))
    assert isinstance(told.args[0], GalleryProblem)
    mine = []
    desk.change(lambda gallery: gallery.rename(10**6, "Nobody"), failed=mine.append)
    qtbot.waitUntil(lambda: bool(mine))
    assert not changes


def test_only_the_change_that_is_meant_is_undone(kit, desk, qtbot, told):
    done = []
    kit.state.desk.change(lambda gallery: gallery.rename(1, "Anne"), done.append)
    kit.state.desk.change(lambda gallery: gallery.rename(2, "Benno"), done.append)
    qtbot.waitUntil(lambda: len(done) == 2)
    kit.state.tell_done(done[0])
    told[-1].act()
    qtbot.waitUntil(lambda: "was not undone" in told[-1].text)
    assert people(desk) == ["Anne", "Benno"]
    kit.state.tell_done(done[1])
    told[-1].act()
    qtbot.waitUntil(lambda: people(desk) == ["Anne", "Ben"])


def test_undo_and_redo(desk, qtbot, changes):
    done = []
    desk.undo(done.append)
    qtbot.waitUntil(lambda: len(done) == 1)
    assert people(desk) == []
    assert desk.facts.next_redo is not None
    desk.redo(done.append)
    qtbot.waitUntil(lambda: len(done) == 2)
    assert people(desk) == ["Anna", "Ben"]
    assert len(changes) == 2


def test_what_others_change_is_found_by_looking(desk, gallery_folder, qtbot, changes):
    with Gallery.open(gallery_folder) as other:
        other.enroll([("Cara", face(3))], model=MODEL)
    with qtbot.waitSignal(desk.changed) as told:
        desk.look_again()
    assert told.args == [None]
    assert people(desk) == ["Anna", "Ben", "Cara"]
    assert len(desk.searcher) == 3
    desk.look_again()
    asked(desk, qtbot)
    assert len(changes) == 1, "looking again without news tells nothing"


def test_what_others_change_is_told_although_an_asker_saw_it_first(desk, gallery_folder, qtbot):
    with Gallery.open(gallery_folder) as other:
        other.enroll([("Cara", face(3))], model=MODEL)
    assert asked(desk, qtbot, lambda gallery, shelf: shelf.state("default").faces) == 3
    assert people(desk) == ["Anna", "Ben"]
    with qtbot.waitSignal(desk.changed):
        desk.look_again()
    assert people(desk) == ["Anna", "Ben", "Cara"]


def test_a_change_beside_a_foreign_one_tells_that_anything_may_have_changed(desk, gallery_folder, qtbot, changes):
    with Gallery.open(gallery_folder) as other:
        other.enroll([("Cara", face(3))], model=MODEL)
    anna, done = desk.facts.people[0].id, []
    desk.change(lambda gallery: gallery.annotate(anna, "tall"), done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert changes == [None]
    assert people(desk) == ["Anna", "Ben", "Cara"]


def test_a_gallery_that_cannot_be_opened_leaves_the_open_one(desk, qtbot, tmp_path):
    failed, searcher = [], desk.searcher
    desk.open(tmp_path / "nowhere", failed=failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert isinstance(failed[0], Problem)
    assert people(desk) == ["Anna", "Ben"]
    assert desk.searcher is searcher
    assert asked(desk, qtbot, lambda gallery, _: len(gallery.identities())) == 2


def test_a_gallery_that_breaks_while_it_opens_leaves_the_open_one(desk, qtbot, tmp_path, monkeypatch):
    with Gallery.create(tmp_path / "other") as other:
        other.enroll([("Someone", face(9))], model=MODEL)
    good = Gallery.identities

    def bad(gallery):
        if gallery.folder.name == "other":
            raise GalleryProblem("broken")
        return good(gallery)

    monkeypatch.setattr(Gallery, "identities", bad)
    failed, searcher = [], desk.searcher
    desk.open(tmp_path / "other", failed=failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert desk.searcher is searcher
    assert asked(desk, qtbot, lambda gallery, _: gallery.folder.name) == "people"


def test_recognition_goes_over_to_another_index_and_back(desk, qtbot, changes):
    desk.change(lambda gallery: gallery.set_index(IndexRule("few", covers="chosen")))
    with qtbot.waitSignal(desk.changed):
        desk.use_index("few")
    qtbot.waitUntil(lambda: desk.searcher.name == "few")
    done = []
    desk.change(lambda gallery: gallery.remove_index("few"), done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert desk.searcher.name == "default"


def test_an_answer_for_a_widget_that_is_gone_is_dropped(desk, qtbot):
    import shiboken6
    from PySide6.QtCore import QObject

    owner, seen = QObject(), []
    desk.ask(lambda *_: 1, seen.append, owner=owner)
    shiboken6.delete(owner)
    asked(desk, qtbot)
    assert not seen


def test_shut_and_asked_it_says_so(desk, qtbot):
    with qtbot.waitSignal(desk.opened):
        desk.shut()
    assert desk.facts is None
    assert desk.searcher is None
    failed = []
    desk.ask(lambda *_: 1, failed=failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert "No gallery is open" in str(failed[0])


def test_looking_at_a_gallery_that_went_away_is_said_once(desk, qtbot, monkeypatch):
    told = []
    desk.failed.connect(told.append)

    def gone(*_):
        raise GalleryProblem("The drive is gone.")

    monkeypatch.setattr(Gallery, "version", gone)
    desk._timer.start()
    desk.look_again()
    qtbot.waitUntil(lambda: bool(told))
    assert desk._timer.interval() > 5000, "it is asked less often from now on"
    monkeypatch.undo()
    done = []
    desk.change(lambda gallery: gallery.annotate(desk.facts.people[0].id, "back"), done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert desk._timer.interval() < 5000
