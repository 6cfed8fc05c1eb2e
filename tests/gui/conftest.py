"""What tests of the window get: the whole window, or the parts that panels are handed."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.pictures import encode_picture
from gui.actions import Actions
from gui.ask import Ask
from gui.bridge import Bridge
from gui.kit import Kit
from gui.notices import Notice
from gui.state import State
from gui.theme import Theme

MODEL = FeatureModel("test-space", "test model", 8)


class FakeAsk(Ask):
    """Answers in the user's place: `answers` maps the name of a question to the next answers, in order.

    A question without an answer fails the test. An answer to `dialog` may be a callable that gets the dialog.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, list[Any]] = {}
        self.asked: list[tuple[str, str]] = []

    def will(self, question: str, *answers: Any) -> None:
        self.answers.setdefault(question, []).extend(answers)

    def _answer(self, question: str, title: str) -> Any:
        self.asked.append((question, title))
        assert self.answers.get(question), f"nobody expected the question {question}: {title}"
        return self.answers[question].pop(0)

    def folder(self, title: str, start: Path | None = None) -> Path | None:
        return self._answer("folder", title)

    def files(self, title: str, kinds: str = "", start: Path | None = None) -> list[Path]:
        return self._answer("files", title)

    def file(self, title: str, kinds: str = "", start: Path | None = None) -> Path | None:
        return self._answer("file", title)

    def save_file(self, title: str, kinds: str = "", start: Path | None = None) -> Path | None:
        return self._answer("save_file", title)

    def text(self, title: str, label: str, value: str = "") -> str | None:
        return self._answer("text", title)

    def choice(self, title: str, text: str, choices: Sequence[str], *, danger: bool = False) -> int | None:
        return self._answer("choice", title)

    def dialog(self, dialog: QDialog) -> bool:
        answer = self._answer("dialog", dialog.windowTitle())
        return bool(answer(dialog)) if callable(answer) else bool(answer)


@pytest.fixture
def ask() -> FakeAsk:
    return FakeAsk()


@pytest.fixture
def kit(qapp: QApplication, ask: FakeAsk) -> Iterator[Kit]:
    """State, bridge, actions and the rest without a window; every thread ends with the test."""
    bridge, window = Bridge(), QMainWindow()
    state = State(bridge)
    state.bench.want = lambda *_: None  # type: ignore[method-assign]  # tests that need models open them themselves
    theme = Theme(qapp)
    theme.choose("light")
    yield Kit(state, bridge, Actions(window), ask, theme)
    assert state.close(), "threads of the window are still running"
    window.deleteLater()
    gc.collect()


@pytest.fixture
def gallery_folder(tmp_path: Path) -> Path:
    """An empty gallery on disk."""
    with Gallery.create(tmp_path / "people") as gallery:
        return gallery.folder


@pytest.fixture
def people_folder(gallery_folder: Path) -> Path:
    """That gallery with Anna (1: faces 1, 2, 4), Bob (2: faces 3, 5) and Carla (3: face 6), all with pictures."""
    with Gallery.open(gallery_folder) as gallery:
        names = ["Anna", "Anna", "Bob", "Anna", "Bob", "Carla"]
        gallery.enroll([(name, _face(number)) for number, name in enumerate(names, 1)], model=MODEL)
    return gallery_folder


def _face(number: int) -> NewFace:
    picture = encode_picture(np.full((112, 112, 3), number * 30, np.uint8), kind="jpeg")
    return NewFace(
        box=(10.0, 20.0, 110.0, 120.0),
        landmarks=None,
        score=0.9,
        quality=number / 10,
        source=f"photos/{number}.jpg",
        sha256=f"{number:064x}",
        frame_size=(640, 480),
        crop=picture,
        view=picture,
        view_scale=0.5,
        features={MODEL.space: np.eye(MODEL.length, dtype=np.float32)[number % MODEL.length]},
    )


@pytest.fixture
def open_gallery(kit: Kit, qtbot: Any) -> Callable[[Path], None]:
    """Opens a gallery folder in the kit's desk and waits until it is there."""

    def opened(folder: Path) -> None:
        with qtbot.waitSignal(kit.state.desk.opened, timeout=5000):
            kit.state.desk.open(folder)

    return opened


@pytest.fixture
def told(kit: Kit) -> list[Notice]:
    """Everything told so far and from now on."""
    notices: list[Notice] = list(kit.state.notices.history)
    kit.state.notices.told.connect(notices.append)
    return notices


@pytest.fixture
def x_server() -> Iterator[str]:
    """A display of these tests' own."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not installed")
    reading, writing = os.pipe()
    command = [program, "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    if not number:
        process.wait(10)
        pytest.skip("Xvfb does not start here")
    yield f":{number}"
    process.terminate()
    process.wait(10)
