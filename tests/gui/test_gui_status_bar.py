"""The status bar."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.errors import ModelProblem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.types import Step
from gui.panels.status_bar import StatusBar
from gui.workbench import ModelsInUse

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)
MODEL = FeatureModel("test-space", "test model", 8)


@pytest.fixture
def bar(kit, qtbot):
    made = StatusBar(kit)
    qtbot.addWidget(made)
    made.resize(1280, 32)
    made.show()
    return made


def become(bench, status, in_use=None, problem=None):
    bench._ready.set()  # whoever borrows now hears that there are none
    bench.status, bench.in_use, bench.problem = status, in_use, problem
    bench.changed.emit()


def test_before_anything_is_open(bar):
    assert bar.gallery.text() == "No gallery"
    assert not bar.index.isVisible()
    assert bar.models.text() == "No models open"
    assert bar.jobs.text() == "No jobs"
    assert not bar.bar.isVisible()


def test_the_gallery_and_the_index_that_is_searched(kit, bar, gallery_folder, open_gallery, qtbot):
    feature = np.eye(8, dtype=np.float32)[0]
    face = NewFace((0, 0, 9, 9), None, 1, 1, "p.jpg", "", (9, 9), features={MODEL.space: feature})
    with Gallery.open(gallery_folder) as gallery:
        gallery.enroll([("Anna", face)], model=MODEL)
    open_gallery(gallery_folder)
    assert bar.gallery.accessibleName() == "people: 1 person, 1 face"
    assert bar.index.text() == "Flat: 1 face"
    kit.state.undo()
    qtbot.waitUntil(lambda: bar.gallery.accessibleName() == "people: 0 people, 0 faces")
    with qtbot.waitSignal(kit.state.tab_wanted) as wanted:
        qtbot.mouseClick(bar.index, Qt.MouseButton.LeftButton)
    assert wanted.args == ["indexes"]


def test_models_opening_ready_and_why_not_the_device_asked_for(kit, bar):
    become(kit.state.bench, "opening")
    assert "opening" in bar.models.text()
    note = "No GPU is there."
    become(kit.state.bench, "ready", ModelsInUse("det", "feat", "onnxruntime", "CPU", Text(note)))
    assert bar.models.text() == "feat · onnxruntime, CPU"
    assert note in bar.models.toolTip()
    assert note in bar.models.accessibleDescription()


def test_models_that_do_not_open_say_why_and_lead_to_the_models(kit, bar, qtbot):
    become(kit.state.bench, "failed", problem=ModelProblem("{name} is damaged.", "Add it anew.", name="feat"))
    assert bar.models.text() == "Models: not usable"
    assert bar.models.toolTip() == "feat is damaged.\nAdd it anew."
    with qtbot.waitSignal(kit.actions["models"].triggered):
        qtbot.mouseClick(bar.models, Qt.MouseButton.LeftButton)


def test_running_jobs_with_their_progress(kit, bar, qtbot):
    def job():
        while True:
            yield Step(25, 100, None)

    made = kit.bridge.run(Text("Work"), job)
    qtbot.waitUntil(lambda: bar.jobs.text() == "1 job, 25 %")
    assert bar.bar.isVisible()
    assert bar.bar.value() == 250
    assert bar.jobs.toolTip() == "Work"
    with qtbot.waitSignal(kit.state.dock_wanted) as wanted:
        qtbot.mouseClick(bar.jobs, Qt.MouseButton.LeftButton)
    assert wanted.args == ["jobs"]
    made.cancel()
    qtbot.waitUntil(lambda: bar.jobs.text() == "No jobs")
    assert not bar.bar.isVisible()


def test_long_words_are_elided_and_told_whole(kit, bar, tmp_path, open_gallery, qtbot):
    with Gallery.create(tmp_path / ("a gallery with a very long name " * 3).strip()) as gallery:
        folder = gallery.folder
    open_gallery(folder)
    assert bar.gallery.text().endswith("…")
    assert folder.name in bar.gallery.toolTip()
    parts = (bar.gallery, bar.models, bar.jobs)
    qtbot.waitUntil(lambda: all(part.width() >= part.minimumSizeHint().width() for part in parts))
    assert all(part.mapTo(bar, part.rect().bottomRight()).x() <= bar.width() for part in parts)


def test_a_wide_window_shows_more_of_long_words(kit, bar, open_gallery, tmp_path, qtbot):
    name = "all the people whom we met on our long way around the world and back again"
    with Gallery.create(tmp_path / name):
        pass
    open_gallery(tmp_path / name)
    bar.resize(1280, 30)
    short = bar.gallery.text()
    assert short.endswith("…")
    bar.resize(2560, 30)
    assert len(bar.gallery.text()) > len(short)
    bar.resize(1280, 30)
    assert bar.gallery.text() == short
