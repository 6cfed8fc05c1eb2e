"""Work that can wait lets the camera go first."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.engines.giving_way import GivingWay
from core.engines.session import Port
from core.live import Busy


def session(log: list[str]) -> Any:
    def run(feeds: dict[str, Any]) -> list[Any]:
        log.append("run")
        return [feeds["x"] * 2]

    port = Port("x", (None, 2), "float32")
    return SimpleNamespace(
        inputs=(port,),
        outputs=(port,),
        engine="fake",
        device="CPU",
        note="",
        run=run,
        close=lambda: log.append("closed"),
    )


def test_it_waits_before_each_run_and_answers_like_the_session() -> None:
    log: list[str] = []
    behind = GivingWay(session(log), lambda: log.append("waits"))
    (answer,) = behind.run({"x": np.ones((1, 2), np.float32)})
    assert answer.tolist() == [[2, 2]]
    assert log == ["waits", "run"]
    assert (behind.engine, behind.device, behind.inputs[0].name) == ("fake", "CPU", "x")


def test_its_end_does_not_close_what_others_use() -> None:
    log: list[str] = []
    GivingWay(session(log), lambda: None).close()
    assert log == []


def test_a_run_waits_until_the_camera_is_done() -> None:
    log: list[str] = []
    busy = Busy()
    busy.set()
    waiting = threading.Event()

    def give_way() -> None:
        waiting.set()
        assert busy.wait_until_free(5)

    behind = GivingWay(session(log), give_way)
    thread = threading.Thread(target=lambda: behind.run({"x": np.zeros((1, 2), np.float32)}))
    thread.start()
    assert waiting.wait(5)
    assert log == []
    busy.clear()
    thread.join(5)
    assert log == ["run"]
