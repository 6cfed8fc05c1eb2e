"""The people list and the grid "All" over 100,000 faces of 20,000 people: the longest turns of the event loop."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QSplitter

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.pictures import encode_picture
from gui.actions import Actions
from gui.ask import Ask
from gui.bridge import Bridge
from gui.kit import Kit
from gui.panels.gallery import GalleryPanel
from gui.panels.people import PeoplePanel
from gui.state import State
from gui.theme import Theme
from gui.widgets.steady_view import SteadyView
from measuring import fill, group_picture, machine, people_features

EACH = 5
MODEL = FeatureModel("bench", "bench", 16)
FRAME = 1 / 60  # seconds


class Turns:
    """Runs the event loop and keeps how long each turn took, in milliseconds."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self.times: list[float] = []
        self.own: list[float] = []  # time of the processor within these turns

    def one(self, act: Callable[[], object] | None = None) -> None:
        began, busy = time.perf_counter(), time.thread_time()
        if act is not None:
            act()
        self._application.processEvents()
        took = time.perf_counter() - began
        self.times.append(took * 1e3)
        self.own.append((time.thread_time() - busy) * 1e3)
        time.sleep(max(0.0, FRAME - took))

    def until(self, done: Callable[[], bool], seconds: float = 60.0) -> None:
        end = time.perf_counter() + seconds
        while not done() and time.perf_counter() < end:
            self.one()

    def report(self, what: str) -> None:
        times = np.array(self.times)
        print(
            f"{what:34} {len(times):5} turns, median {np.median(times):6.1f} ms,"
            f" 99.9 % {np.percentile(times, 99.9):6.1f} ms, longest {times.max():6.1f} ms,"
            f" of its own {max(self.own):6.1f} ms"
        )
        self.times, self.own = [], []


def scrolled(view: SteadyView, seconds: float) -> Iterator[Callable[[], None]]:
    """Down in steps of the wheel, then in leaps over the whole of it."""
    bar = view.verticalScrollBar()
    steps = round(seconds / FRAME)
    for step in range(steps):
        yield lambda step=step: bar.setValue(step * 150)  # type: ignore[misc]
    places = np.random.default_rng(3).integers(0, bar.maximum(), steps)
    for place in places.tolist():
        yield lambda place=place: bar.setValue(place)  # type: ignore[misc]


def measure(application: QApplication, kit: Kit, folder: Path, seconds: float) -> None:
    turns, window = Turns(application), QSplitter(Qt.Orientation.Horizontal)
    gallery, people = GalleryPanel(kit), PeoplePanel(kit)
    window.addWidget(gallery)
    window.addWidget(people)
    window.resize(1280, 800)
    window.setSizes([270, 1010])
    window.show()
    turns.until(lambda: len(turns.times) > 20)
    turns.times, turns.own = [], []
    kit.state.desk.open(folder)
    turns.until(lambda: len(people.faces.ids) > 0)
    turns.until(lambda: len(turns.times) > 200)
    turns.report("open, list and grid are there")
    for view, what in ((gallery.list, "scroll the list"), (people.grid, "scroll the grid")):
        for act in scrolled(view, seconds):
            turns.one(act)
        turns.report(what)
    for typed in ("p", "pe", "1", "19", "199", "1999", ""):
        turns.one(lambda typed=typed: gallery.search.setText(typed))  # type: ignore[misc]
    turns.report("type into the search")
    for order in ("faces", "newest", "name"):
        gallery.order.setCurrentIndex(gallery.order.findData(order))
        turns.one(lambda: gallery.order.activated.emit(0))
    turns.report("sort the list")
    for order in ("best", "person", "newest"):
        people.order.setCurrentIndex(people.order.findData(order))
        people.order.activated.emit(0)
        end = time.perf_counter() + 2.5
        turns.until(lambda end=end: time.perf_counter() > end)  # type: ignore[misc]
    turns.report("sort the grid")
    turns.one(people.grid.selectAll)
    turns.one(people.grid.clearSelection)
    turns.report("choose all faces and none")
    changes(turns, kit)
    gallery.shut()
    people.shut()
    window.close()
    window.deleteLater()


def changes(turns: Turns, kit: Kit) -> None:
    for name, change in (
        ("rename a person", lambda gallery: gallery.rename(11, "Zoë")),
        ("remove a person", lambda gallery: gallery.remove([12])),
        ("remove a face", lambda gallery: gallery.remove_faces([999])),
        ("merge two people", lambda gallery: gallery.merge(20, [21])),
        ("undo", lambda gallery: gallery.undo()),
    ):
        kit.state.desk.change(change)
        end = time.perf_counter() + 3
        turns.until(lambda end=end: time.perf_counter() > end)  # type: ignore[misc]
        turns.report(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each kind of scrolling")
    arguments = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["FACEFOLIO_HOME"] = str(Path(temporary) / "home")
        folder = Path(temporary) / "gallery"
        picture = encode_picture(group_picture(0, width=112, height=112), kind="jpeg", quality=95)
        with Gallery.create(folder) as gallery:
            fill(gallery, people_features(arguments.people, EACH, MODEL.length), MODEL, each=EACH, crop=picture)
        application = QApplication([])
        bridge, window = Bridge(), QMainWindow()
        state = State(bridge)
        theme = Theme(application)
        theme.choose("light")
        measure(application, Kit(state, bridge, Actions(window), Ask(), theme), folder, arguments.seconds)
        state.close()


if __name__ == "__main__":
    main()
