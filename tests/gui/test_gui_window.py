"""The main window as a whole: every action does something, layout and titles come back, closing asks about jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import SIGNAL
from PySide6.QtWidgets import QApplication

from core.errors import Text
from core.types import Step
from gui.action_table import ALL, MENUS
from gui.app import make_window
from gui.unfinished import unfinished_file


@pytest.fixture
def windows(qapp: QApplication, qtbot: Any, ask: Any) -> Iterator[Any]:
    made: list[Any] = []

    def start() -> Any:
        window = make_window(qapp, ask=ask)
        window.show()
        made.append(window)
        qtbot.waitUntil(lambda: window.state.gallery is not None, timeout=20_000)
        return window

    yield start
    for window in made:
        if window.isVisible():
            assert window.close()


def in_menus() -> set[str]:
    def names(entries: Any) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, tuple):
                yield from names(entry[1])
            else:
                yield entry

    return {name for _, entries in MENUS for name in names(entries)}


def test_every_action_does_something_and_stands_in_a_menu(windows: Any) -> None:
    actions = windows().kit.actions
    idle = [spec.name for spec in ALL if actions[spec.name].receivers(SIGNAL("triggered(bool)")) == 0]
    assert idle == []
    assert {spec.name for spec in ALL} - in_menus() == set()


def test_a_window_comes_back_as_it_was_left(windows: Any, qtbot: Any) -> None:
    first = windows()
    qtbot.waitExposed(first)
    first.show_tab("indexes")
    first.show_dock("log")
    first.kit.state.change_settings(theme="dark")
    assert first.close()
    again = windows()
    assert again.tabs.currentWidget() is again.panels["indexes"]
    assert again.panels["log"].isVisibleTo(again)
    assert again.kit.theme.dark
    assert again.windowTitle().startswith(again.state.gallery.name)


def endless(stop: threading.Event) -> Iterator[Step[None]]:
    yield Step(1, 9, None)
    while not stop.wait(0.01):
        yield Step(2, 9, None)


@pytest.mark.parametrize("answer", [None, 0, 1], ids=["stay", "pause", "cancel"])
def test_closing_asks_about_jobs_at_work(windows: Any, ask: Any, qtbot: Any, answer: int | None) -> None:
    window, stop = windows(), threading.Event()
    job = window.state.bridge.run(
        Text("Count for ever"), lambda: endless(stop), again={"kind": "nobody knows", "folder": "x"}
    )
    qtbot.waitUntil(lambda: job.done >= 1, timeout=5000)
    ask.will("choice", answer)
    assert window.close() == (answer is not None)
    kept = json.loads(unfinished_file().read_text(encoding="utf-8")) if unfinished_file().exists() else []
    assert len(kept) == (answer == 0)
    if answer is None:
        assert job.state == "running"
        stop.set()
        job.cancel()
        qtbot.waitUntil(lambda: job.over, timeout=5000)


def test_a_fault_in_a_slot_or_a_job_is_told_and_the_window_goes_on(windows: Any, qtbot: Any) -> None:
    window = windows()
    notices = window.state.notices.history

    def broken() -> Iterator[Step[None]]:
        yield Step(1, 2, None)
        raise ZeroDivisionError("by a job")

    window.state.bridge.run(Text("Break"), broken)
    window.state.bridge.post(lambda: 1 // 0)
    qtbot.waitUntil(lambda: sum("ZeroDivisionError" in each.text for each in notices) == 2, timeout=5000)
    assert all(each.details for each in notices if each.kind == "problem")
    window.show_tab("batch")
    assert window.tabs.currentWidget() is window.panels["batch"]
