"""Work that can wait lets the camera go first."""

from __future__ import annotations

import contextlib
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.busy import Busy
from core.engines import giving_way
from core.engines.giving_way import GivingWay
from core.engines.session import Port
from core.errors import NOTHING
from core.worker import at_work, crowded


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
        note=NOTHING,
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


def test_a_job_alone_may_run_on_every_core_and_several_leave_one_to_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "_ROOM", threading.Semaphore(1))
    both = threading.Barrier(2)
    met: list[str] = []

    def meet() -> None:
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.2 if crowded() else 5)
            met.append("at once")

    def two_runs() -> None:
        log: list[str] = []
        sessions = [GivingWay(session(log), meet) for _ in range(2)]
        threads = [threading.Thread(target=one.run, args=({"x": np.zeros((1, 2), np.float32)},)) for one in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert log == ["run", "run"]

    with at_work():
        two_runs()
    assert met == ["at once", "at once"]
    both.reset()
    with at_work(), at_work():
        two_runs()
    assert met == ["at once", "at once"]
