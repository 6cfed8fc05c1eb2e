"""The whole window, once from end to end, with the built-in models and drawn people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication, QPushButton

from core.demo.film import moving_people
from core.demo.town import Town, draw_town, townspeople
from core.gallery.gallery import Gallery
from core.opencv import cv2
from gui.app import make_window
from gui.dialogs.enroll import EnrollDialog

LONG = 120_000  # milliseconds


@dataclass(frozen=True)
class Drawn:
    town: Town
    film: Path


@pytest.fixture
def drawn(tmp_path: Path) -> Drawn:
    """Portraits and group pictures of drawn people, and a film in which four of them walk past."""
    job = draw_town(tmp_path / "town", people=6, portraits=3, groups=3)
    try:
        while True:
            next(job)
    except StopIteration as end:
        town = end.value
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for pixels in moving_people(list(townspeople(4).values()), seconds=12, fps=10):
        writer.write(np.ascontiguousarray(pixels))
    writer.release()
    return Drawn(town, film)


class Journey:
    """The user at the window."""

    def __init__(self, application: QApplication, qtbot: Any, ask: Any) -> None:
        self.qtbot, self.ask = qtbot, ask
        self.window = make_window(application, ask=ask)
        self.window.show()
        self.state = self.window.state
        self.wait(lambda: self.state.gallery is not None)
        self.wait(lambda: self.state.bench.status == "ready")

    def wait(self, what: Callable[[], Any]) -> None:
        def checked() -> None:
            problems = [each for each in self.state.notices.history if each.kind == "problem"]
            assert not problems, problems[0].text + problems[0].details
            assert what()

        self.qtbot.waitUntil(lambda: bool(what()) or bool(checked()), timeout=LONG)

    def do(self, name: str) -> None:
        action = self.window.kit.actions[name]
        assert action.isEnabled(), f"{name}: {action.toolTip()}"
        action.trigger()

    @property
    def people(self) -> set[str]:
        return {person.name for person in self.state.people}

    def rows(self, origin: str) -> list[Any]:
        book = self.state.results.book
        return [row for row in map(book.row, book.numbers()) if row.origin == origin]

    def names_seen(self, origin: str) -> set[str]:
        return {row.match.name for row in self.rows(origin) if row.kind == "known" and row.match}

    def import_folder(self, folder: Path) -> None:
        self.ask.will("folder", folder)
        self.do("import_folder")
        self.wait(lambda: self.dialogs() and self.dialogs()[0].bottom.add.isEnabled())
        self.qtbot.mouseClick(self.dialogs()[0].bottom.add, Qt.MouseButton.LeftButton)
        self.wait(lambda: self.people and not self.dialogs())

    def dialogs(self) -> list[EnrollDialog]:
        return [each for each in QApplication.topLevelWidgets() if isinstance(each, EnrollDialog) and each.isVisible()]

    def play(self, film: Path) -> None:
        self.window.show_tab("camera")
        self.ask.will("file", film)
        self.do("camera_video")

    def tag(self, folder: Path) -> None:
        self.window.show_tab("batch")
        panel = self.window.panels["batch"]
        panel.folder.setText(str(folder))
        self.qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
        self.wait(lambda: panel.tagging.runs and all(run.over for run in panel.tagging.runs))

    def select_result(self, kind: str) -> Any:
        """The first face of a photo about which that was concluded, chosen in the results panel."""
        panel = self.window.panels["results"]

        def place() -> int | None:
            rows = (panel.model.row_at(each) for each in range(panel.model.rowCount()))
            return next((n for n, row in enumerate(rows) if row and row.origin == "photo" and row.kind == kind), None)

        self.wait(lambda: place() is not None)
        index = panel.model.index(place(), 0)
        panel.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        return panel.chosen_row()

    def same_face(self, row: Any) -> list[Any]:
        return [each for each in self.rows("photo") if (each.source, each.box) == (row.source, row.box)]

    def build_index(self, name: str, kind: str) -> None:
        def fill(dialog: Any) -> bool:
            dialog.name_field.setText(name)
            dialog.kind.setCurrentIndex(dialog.kind.findData(kind))
            return any(button.isEnabled() for button in dialog.findChildren(QPushButton) if button is dialog.sure)

        self.window.show_tab("indexes")
        self.ask.will("dialog", fill)
        self.wait(self.window.kit.actions["index_build"].isEnabled)
        self.do("index_build")
        self.wait(lambda: name in self.state.gallery.indexes and not self.state.bridge.running())

    def quit(self) -> None:
        if self.window.isVisible():
            assert self.window.close()
            assert not self.window.isVisible()


@pytest.fixture
def begin(qapp: QApplication, qtbot: Any, ask: Any) -> Iterator[Callable[[], Journey]]:
    """Starts the window; it is closed at the end if the test has not done so."""
    begun: list[Journey] = []

    def start() -> Journey:
        begun.append(Journey(qapp, qtbot, ask))
        return begun[-1]

    yield start
    for each in begun:
        each.quit()


@pytest.mark.slow
def test_from_the_first_start_to_the_second(begin: Callable[[], Journey], drawn: Drawn) -> None:
    user = begin()
    assert user.people == set()
    user.import_folder(drawn.town.portraits)
    people = user.people
    assert people == {path.name for path in drawn.town.portraits.iterdir()}

    user.play(drawn.film)
    user.wait(lambda: len(user.names_seen("live") & people) >= 2)
    user.do("camera_toggle")
    user.wait(lambda: not user.window.panels["camera"].live.running)

    user.tag(drawn.town.groups)
    truth = {face.name for group in drawn.town.truth for face in group.faces}
    assert user.names_seen("photo") & truth

    wrong = user.select_result("known")
    user.do("not_this_person")
    user.wait(lambda: wrong.match.name not in {row.match.name for row in user.same_face(wrong) if row.match})
    user.build_index("quick", "HNSW32")

    gone = next(person for person in user.state.people if person.name == sorted(people)[0])
    user.window.panels["gallery"].choose((gone.id,))
    user.do("remove_person")
    user.wait(lambda: user.people == people - {gone.name})
    user.do("undo")
    user.wait(lambda: user.people == people)
    folder = user.state.gallery.folder
    user.quit()

    with Gallery.open(folder) as gallery:
        assert {person.name for person in gallery.identities()} == people
        assert {rule.name: rule.kind for rule in gallery.index_rules()} == {"default": "Flat", "quick": "HNSW32"}
    again = begin()
    assert again.state.gallery.folder == folder
    assert again.people == people
    assert "quick" in again.state.gallery.indexes
