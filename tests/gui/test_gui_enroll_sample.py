"""The sample in one click: made, opened, and what to try next is one click away."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap

from core.assembly import open_bench
from core.demo.town import townspeople
from core.models.store import ModelStore
from core.settings import Settings
from gui.dialogs.enroll_sample import Sampling
from gui.widgets.face_picker import FacePicker, PickedFace

pytestmark = pytest.mark.qt_log_ignore("plugin does not support", extend=True)  # said by the offscreen screen


@pytest.fixture
def sampling(kit, monkeypatch) -> Sampling:
    @contextmanager
    def lend(**_: Any) -> Any:
        with open_bench(Settings(), ModelStore(), threads=1) as bench:
            yield SimpleNamespace(recognizer=bench.recognizer)

    monkeypatch.setattr(kit.state.bench, "lend", lend)
    return Sampling(kit, kit.state)


def test_one_click_makes_and_opens_the_sample(sampling: Sampling, kit, qtbot) -> None:
    wanted: list[Path] = []
    tabs: list[str] = []
    kit.state.tag_wanted.connect(wanted.append)
    kit.state.tab_wanted.connect(tabs.append)
    kit.actions["try_sample"].trigger()
    qtbot.waitUntil(lambda: sampling.dialog is not None, timeout=60000)
    assert kit.state.gallery.name == "Sample"
    assert {person.name for person in kit.state.people} == set(townspeople())
    dialog = sampling.dialog
    assert dialog.isVisible()
    qtbot.mouseClick(dialog.photos, Qt.MouseButton.LeftButton)
    assert tabs == ["people", "batch"]
    assert len(list(wanted[0].glob("*.jpg"))) == 8
    with qtbot.waitSignal(kit.state.desk.opened, timeout=20000):
        kit.actions["try_sample"].trigger()  # again: it is there already and opens
    qtbot.waitUntil(lambda: sampling.dialog is not dialog and sampling.dialog.isVisible())
    played: list[bool] = []
    kit.actions.on("play_sample", lambda: played.append(True))
    qtbot.mouseClick(sampling.dialog.film, Qt.MouseButton.LeftButton)
    assert played == [True]
    assert tabs[-1] == "camera"


def test_faces_of_a_picture_by_keys_and_mouse(kit, qtbot) -> None:
    picker = FacePicker(kit)
    qtbot.addWidget(picker)
    picker.resize(400, 300)
    faces = [
        PickedFace(4, (0, 0, 50, 50), (200, 150), "Anna", True),
        PickedFace(7, (10, 10, 30, 30), (200, 150), "", False),
    ]
    picker.show_faces(faces, 4)
    picture = QPixmap(200, 150)
    picture.fill(Qt.GlobalColor.blue)
    picker.show_picture(picture)
    picker.show()
    with qtbot.waitSignal(picker.pointed) as pointed:
        qtbot.keyClick(picker, Qt.Key.Key_Right)
    assert pointed.args == [7]
    with qtbot.waitSignal(picker.picked) as picked:
        qtbot.keyClick(picker, Qt.Key.Key_Space)
    assert picked.args == [4]
    with qtbot.waitSignal(picker.picked) as picked:  # the smaller one lies in the larger one
        spot = picker.place_of(faces[1]).center().toPoint()
        qtbot.mouseClick(picker, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    assert picked.args == [7]
    assert "Anna, will be added" in picker.accessibleDescription()
