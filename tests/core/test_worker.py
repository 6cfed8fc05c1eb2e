"""Lanes and running jobs, with the threads they live on."""

from __future__ import annotations

import threading

import pytest

from core.types import Step
from core.worker import Lane, Outcome, Running


@pytest.fixture
def lane():
    made = Lane("test lane")
    yield made
    assert made.close(wait=5)


class Heard:
    """Collects what a job tells, on whatever thread."""

    def __init__(self, job):
        self.steps, self.outcomes, self.over = [], [], threading.Event()
        self.running = Running(job, name="test job", on_step=self.steps.append, on_end=self._end)

    def _end(self, outcome):
        self.outcomes.append(outcome)
        self.over.set()

    def outcome(self) -> Outcome:
        assert self.over.wait(5)
        assert self.running.join(5)
        assert len(self.outcomes) == 1
        return self.outcomes[0]


def ended(lane, call):
    over, outcomes = threading.Event(), []
    lane.submit(call, lambda outcome: (outcomes.append(outcome), over.set()))
    assert over.wait(5)
    return outcomes[0]


def test_calls_are_made_in_order_on_one_thread(lane):
    seen, threads = [], set()

    def call(number):
        seen.append(number)
        threads.add(threading.get_ident())

    for number in range(200):
        lane.submit(lambda number=number: call(number))
    assert ended(lane, lambda: "last").result == "last"
    assert seen == list(range(200))
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_calls_from_many_threads_are_all_made_once(lane):
    seen = []
    givers = [
        threading.Thread(
            target=lambda first=first: [lane.submit(lambda n=n: seen.append(n)) for n in range(first, first + 100)]
        )
        for first in range(0, 800, 100)
    ]
    for giver in givers:
        giver.start()
    for giver in givers:
        giver.join()
    ended(lane, lambda: None)
    assert sorted(seen) == list(range(800))


def test_an_error_goes_to_who_asked_and_the_lane_goes_on(lane):
    outcome = ended(lane, lambda: 1 // 0)
    assert (outcome.ending, outcome.result) == ("failed", None)
    assert isinstance(outcome.error, ZeroDivisionError)
    assert ended(lane, lambda: 7) == Outcome("done", result=7)


def test_an_error_nobody_asked_for_is_logged(lane, caplog):
    lane.submit(lambda: 1 // 0)
    assert ended(lane, lambda: 7).result == 7
    assert "ZeroDivisionError" in caplog.text


def test_an_error_of_the_callback_does_not_end_the_lane(lane, caplog):
    def bad(outcome):
        raise RuntimeError("callback")

    lane.submit(lambda: 1, bad)
    assert ended(lane, lambda: 7).result == 7
    assert "callback" in caplog.text


def test_closing_makes_all_calls_then_the_last_one():
    lane, seen = Lane("closing"), []
    first = threading.Event()
    lane.submit(first.wait)
    for number in range(5):
        lane.submit(lambda number=number: seen.append(number))
    closer = threading.Thread(target=lambda: lane.close(lambda: seen.append("last"), wait=5))
    closer.start()
    first.set()
    closer.join(5)
    assert seen == [0, 1, 2, 3, 4, "last"]
    lane.submit(lambda: seen.append("too late"))
    assert lane.close(lambda: seen.append("twice"), wait=5)
    assert seen[-1] == "last"


def test_closing_does_not_wait_longer_than_told():
    lane, gate = Lane("stuck"), threading.Event()
    lane.submit(gate.wait)
    assert not lane.close(wait=0.01)
    gate.set()
    assert lane.close(wait=5)


def counting(count, made=None):
    def job():
        if made is not None:
            made.append(threading.get_ident())
        for number in range(count):
            yield Step(number + 1, count, number)
        return "all"

    return job


def test_a_job_runs_on_its_own_thread_to_its_result():
    made = []
    heard = Heard(counting(3, made))
    heard.running.start()
    assert heard.outcome() == Outcome("done", result="all")
    assert [step.done for step in heard.steps] == [1, 2, 3]
    assert made
    assert made[0] != threading.get_ident()


def test_an_error_ends_the_job_and_is_told():
    def job():
        yield Step(1, 2, None)
        raise ValueError("in the job")

    heard = Heard(job)
    heard.running.start()
    outcome = heard.outcome()
    assert outcome.ending == "failed"
    assert str(outcome.error) == "in the job"


def test_a_job_that_cannot_even_be_made_is_told():
    def job():
        raise OSError("no such drive")

    heard = Heard(job)
    heard.running.start()
    assert heard.outcome().ending == "failed"


def test_cancelling_closes_the_job_where_it_stands():
    began, closed = threading.Event(), []

    def job():
        try:
            while True:
                began.set()
                yield Step(0, 0, None)
        finally:
            closed.append(threading.get_ident())

    heard = Heard(job)
    heard.running.start()
    assert began.wait(5)
    heard.running.cancel()
    assert heard.outcome().ending == "cancelled"
    assert len(closed) == 1
    assert closed[0] != threading.get_ident()


def test_a_job_cancelled_before_it_starts_is_never_made():
    made = []
    heard = Heard(counting(3, made))
    heard.running.cancel()
    heard.running.start()
    assert heard.outcome().ending == "cancelled"
    assert not made


def test_a_pause_holds_after_the_current_step():
    steps, stepped = [], threading.Semaphore(0)
    running = None

    def on_step(step):
        steps.append(step.done)
        if step.done == 2:
            running.pause()
        stepped.release()

    over = threading.Event()
    running = Running(counting(5), name="paused", on_step=on_step, on_end=lambda _: over.set())
    running.start()
    assert stepped.acquire(timeout=5)
    assert stepped.acquire(timeout=5)
    assert running.paused
    assert not stepped.acquire(timeout=0.05)
    assert steps == [1, 2]
    running.resume()
    assert over.wait(5)
    assert steps == [1, 2, 3, 4, 5]
    assert running.join(5)


def test_a_paused_job_can_be_cancelled():
    running, stepped, outcomes = None, threading.Event(), []

    def on_step(step):
        running.pause()
        stepped.set()

    over = threading.Event()
    running = Running(counting(5), name="paused", on_step=on_step, on_end=lambda o: (outcomes.append(o), over.set()))
    running.start()
    assert stepped.wait(5)
    running.cancel()
    assert over.wait(5)
    assert running.cancelled
    assert outcomes[0].ending == "cancelled"
    assert running.join(5)


def test_an_error_while_closing_a_cancelled_job_is_told():
    began = threading.Event()

    def job():
        try:
            while True:
                began.set()
                yield Step(0, 0, None)
        finally:
            raise OSError("could not tidy up")

    heard = Heard(job)
    heard.running.start()
    assert began.wait(5)
    heard.running.cancel()
    outcome = heard.outcome()
    assert outcome.ending == "failed"
    assert "tidy" in str(outcome.error)


def test_an_error_of_the_listener_closes_the_job():
    closed = []

    def job():
        try:
            yield Step(1, 1, None)
            yield Step(1, 1, None)
        finally:
            closed.append(True)

    def on_step(step):
        raise RuntimeError("listener")

    over, outcomes = threading.Event(), []
    running = Running(job, name="bad listener", on_step=on_step, on_end=lambda o: (outcomes.append(o), over.set()))
    running.start()
    assert over.wait(5)
    assert running.join(5)
    assert closed == [True]
    assert outcomes[0].ending == "failed"


def test_a_job_that_ends_the_interpreter_is_told_as_an_error():
    def job():
        yield Step(1, 1, None)
        raise SystemExit(3)

    heard = Heard(job)
    heard.running.start()
    assert heard.outcome().ending == "failed"
