"""From worker threads to the GUI thread."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject

from core.errors import PhotoProblem, Text
from core.types import Step
from gui.bridge import Bridge

TITLE = Text("Test {what}", {"what": "job"})


@pytest.fixture
def bridge(qapp):
    made = Bridge()
    yield made
    assert made.close()


def counting(count, items=None):
    def job():
        for number in range(count):
            yield Step(number + 1, count, items[number] if items else number)
        return "result"

    return job


def test_calls_from_threads_come_to_the_gui_thread_in_order(bridge, qtbot):
    seen, here = [], threading.get_ident()

    def give():
        for number in range(100):
            bridge.post(lambda number=number: seen.append((number, threading.get_ident())))

    thread = threading.Thread(target=give)
    thread.start()
    thread.join()
    assert not seen, "a posted call waits for the event loop"
    qtbot.waitUntil(lambda: len(seen) == 100)
    assert seen == [(number, here) for number in range(100)]


def test_a_call_whose_owner_is_gone_is_not_made(bridge, qtbot):
    seen, owner, other = [], QObject(), QObject()
    bridge.post(lambda: seen.append("gone"), owner)
    bridge.post(lambda: seen.append("here"), other)
    import shiboken6

    shiboken6.delete(owner)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["here"]


def test_an_error_of_a_posted_call_is_told_and_the_next_is_made(bridge, qtbot, caplog):
    seen = []
    with qtbot.waitSignal(bridge.failed) as told:
        bridge.post(lambda: 1 // 0)
        bridge.post(lambda: seen.append(1))
    assert isinstance(told.args[0], ZeroDivisionError)
    qtbot.waitUntil(lambda: seen == [1])


def test_a_job_tells_steps_in_order_then_its_result_then_its_end(bridge, qtbot):
    told = []
    job = bridge.run(
        TITLE,
        counting(1000),
        steps=lambda steps: told.extend(step.done for step in steps),
        done=told.append,
        ended=lambda: told.append("ended"),
    )
    with qtbot.waitSignal(bridge.job_ended):
        assert bridge.running() == [job]
    assert told == [*range(1, 1001), "result", "ended"]
    assert (job.state, job.done, job.total) == ("done", 1000, 1000)
    assert job.over
    assert not bridge.running()


def test_a_flood_of_steps_waits_for_the_screen_and_none_is_lost(bridge, qtbot):
    count = []
    bridge.run(TITLE, counting(12_000), steps=lambda steps: count.append(len(steps)))
    with qtbot.waitSignal(bridge.job_ended, timeout=20_000):
        pass
    assert sum(count) == 12_000
    assert max(count) <= 200


def test_problems_of_items_are_gathered_and_the_job_goes_on(bridge, qtbot):
    problem = PhotoProblem("{path} is bad.", path="x.jpg")

    class Row:
        def __init__(self, problem):
            self.problem = problem

    job = bridge.run(TITLE, counting(4, [problem, Row(problem), Row(None), "fine"]))
    with qtbot.waitSignal(bridge.job_ended):
        pass
    assert job.problems == [problem, problem]
    assert job.state == "done"


def test_an_error_goes_to_who_asked_else_to_everyone(bridge, qtbot):
    def bad():
        yield Step(1, 2, None)
        raise OSError("gone")

    mine, all_told, ends = [], [], []
    bridge.failed.connect(all_told.append)
    with qtbot.waitSignal(bridge.job_ended):
        bridge.run(TITLE, bad, failed=mine.append, ended=lambda: ends.append(1))
    assert (str(mine[0]), all_told, ends) == ("gone", [], [1])
    with qtbot.waitSignal(bridge.job_ended):
        job = bridge.run(TITLE, bad)
    assert str(all_told[0]) == "gone"
    assert job.state == "failed"


def endless(closed):
    def job():
        number = 0
        try:
            while True:
                number += 1
                yield Step(number, 0, number)
        finally:
            closed.append(threading.get_ident())

    return job


def test_cancelling_shows_at_once_and_closes_the_job_on_its_thread(bridge, qtbot):
    closed, done, ended = [], [], []
    job = bridge.run(TITLE, endless(closed), done=done.append, ended=lambda: ended.append(1))
    qtbot.waitUntil(lambda: job.done > 0)
    with qtbot.waitSignal(bridge.job_ended):
        job.cancel()
        assert job.state == "cancelling"
        job.cancel()
        job.pause()
        assert job.state == "cancelling"
    assert job.state == "cancelled"
    assert not done
    assert ended == [1]
    assert closed[0] != threading.get_ident()


def test_a_paused_job_stands_still_and_goes_on(bridge, qtbot):
    job = bridge.run(TITLE, endless([]))
    qtbot.waitUntil(lambda: job.done > 0)
    job.pause()
    assert job.state == "paused"
    job.pause()
    qtbot.waitUntil(lambda: not job._steps)
    worked = job.worked
    job.flush()
    job.flush()
    assert job.worked == worked, "a pause does not count as work"
    before = job.done
    job.resume()
    assert job.state == "running"
    qtbot.waitUntil(lambda: job.done > before)
    with qtbot.waitSignal(bridge.job_ended):
        job.cancel()


def test_ended_jobs_stay_until_forgotten_and_running_ones_cannot_be(bridge, qtbot):
    job = bridge.run(TITLE, endless([]))
    bridge.forget(job)
    assert job in bridge.jobs
    with qtbot.waitSignal(bridge.job_ended):
        job.cancel()
    assert job in bridge.jobs
    bridge.forget(job)
    bridge.forget(job)
    assert bridge.jobs == []


def test_closing_ends_every_job_also_one_that_waits_for_the_screen(qapp):
    bridge, closed, seen = Bridge(), [], []
    for _ in range(3):
        bridge.run(TITLE, endless(closed), done=seen.append)
    paused = bridge.run(TITLE, endless(closed))
    paused.pause()
    assert bridge.close(5)
    assert len(closed) in (3, 4), "a job cancelled before its first step is never made"
    bridge.post(lambda: seen.append("late"))
    qapp.processEvents()
    assert not seen
