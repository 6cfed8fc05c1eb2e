"""The live lane: the newest frame wins, nothing waits for it, and no fault ends it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.decision import Limits, decide_all
from core.errors import EngineProblem, Problem
from core.live import LiveLane, LiveResult, Mailbox
from core.recognizer import Sighting
from core.types import Faces, Frame, Match, Quality, Recognition

LONG = 20.0
PIXELS = np.zeros((480, 640, 3), np.uint8)


def frame(number: int) -> Frame:
    return Frame(PIXELS, number, time.monotonic(), "camera:0")


@dataclass
class Painted:
    """Recognizes one face in each frame; `before` is called with each frame first."""

    before: Callable[[Frame], object] = lambda frame: None
    name_given: str = "Anna"
    searcher: Any = field(default_factory=object)
    limits: Limits = field(default_factory=lambda: Limits(0.4, 0.3, 0.05))
    extractor: Any = field(default_factory=lambda: SimpleNamespace(card=SimpleNamespace(space="s")))

    def look(self, frame: Frame, *, recall: Any) -> Sighting:
        self.before(frame)
        faces = Faces(np.array([[100, 100, 200, 220]], np.float32), np.ones(1, np.float32))
        crops = np.full((1, 112, 112, 3), 90, np.uint8)
        known = recall(frame, faces, crops)
        features = np.array([[1, 0]], np.float32)
        fresh = np.array([known[0] is None])
        return Sighting(frame, faces, crops, (Quality(0.9, 100, 100, 100),), features, crops, {"detect": 1.0}, fresh)

    def name(self, seen: Sighting) -> Recognition:
        matches = ((Match(1, self.name_given, 0.8, 1),),)
        decisions = decide_all(matches, self.limits)
        clock = {**seen.milliseconds, "search": 0.1}
        return Recognition(seen.frame, seen.faces, seen.features, seen.qualities, matches, decisions, clock)


class Watcher:
    """A lane under watch. `painter` may be replaced between frames."""

    def __init__(self) -> None:
        self.results = queue.SimpleQueue[LiveResult]()
        self.problems = queue.SimpleQueue[Problem]()
        self.painter: Any = Painted()
        self.asked = threading.Semaphore(0)
        self.lane = LiveLane(self._ask, on_result=self.results.put, on_problem=self.problems.put)

    def _ask(self) -> Any:
        painter = self.painter
        self.asked.release()
        return painter

    def show(self, number: int) -> LiveResult:
        self.lane.frames.put(frame(number))
        return self.results.get(timeout=LONG)


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    found = Watcher()
    yield found
    found.lane.close()


def test_the_newest_frame_wins_and_drops_are_counted() -> None:
    box = Mailbox()
    for number in range(5):
        box.put(frame(number))
    taken = box.take()
    assert taken is not None
    assert (taken.number, box.dropped) == (4, 4)
    box.put(frame(5))
    assert box.take() is not None
    assert box.dropped == 4


def test_a_cleared_box_waits_for_the_next_frame() -> None:
    box = Mailbox()
    box.put(frame(0))
    box.clear()
    box.put(frame(1))
    taken = box.take()
    assert taken is not None
    assert (taken.number, box.dropped) == (1, 0)


def test_closing_a_box_frees_who_waits_and_takes_no_more() -> None:
    box, taken = Mailbox(), list[Frame | None]()
    waiting = threading.Thread(target=lambda: taken.append(box.take()))
    waiting.start()
    box.close()
    waiting.join(LONG)
    box.put(frame(0))
    assert taken == [None]
    assert box.take() is None


def test_many_putters_lose_no_count() -> None:
    box, start, taken = Mailbox(), threading.Barrier(5), list[Frame]()

    def put() -> None:
        start.wait(LONG)
        for number in range(200):
            box.put(frame(number))

    def take() -> None:
        start.wait(LONG)
        while (got := box.take()) is not None:
            taken.append(got)

    threads = [threading.Thread(target=put) for _ in range(4)]
    taker = threading.Thread(target=take)
    for thread in (*threads, taker):
        thread.start()
    for thread in threads:
        thread.join(LONG)
    last = frame(1000)
    box.put(last)
    while last not in taken:
        assert taker.is_alive()
    box.close()
    taker.join(LONG)
    assert len(taken) + box.dropped == 801


def test_a_result_tells_all_about_its_frame(watcher: Watcher) -> None:
    result = watcher.show(7)
    assert result.recognition.frame.number == 7
    assert [each.face for each in result.tracked] == [0]
    assert set(result.milliseconds) == {"detect", "search", "track"}
    assert result.age > 0
    assert (result.dropped, result.rate) == (0, None)
    assert (watcher.show(8).rate or 0) > 0


def test_names_become_steady_over_frames(watcher: Watcher) -> None:
    told = [watcher.show(number).tracked[0] for number in range(5)]
    assert [each.match and each.match.name for each in told] == [None, None, "Anna", "Anna", "Anna"]
    assert len({each.track for each in told}) == 1


def test_while_it_computes_only_the_newest_frame_waits(watcher: Watcher) -> None:
    entered, go = threading.Event(), threading.Event()
    watcher.painter = Painted(before=lambda frame: (entered.set(), go.wait(LONG)))
    watcher.lane.frames.put(frame(0))
    assert entered.wait(LONG)
    for number in range(1, 6):
        watcher.lane.frames.put(frame(number))
    go.set()
    numbers = [watcher.results.get(timeout=LONG) for _ in range(2)]
    assert [each.recognition.frame.number for each in numbers] == [0, 5]
    assert numbers[1].dropped == 4


def test_it_is_busy_exactly_while_it_computes(watcher: Watcher) -> None:
    entered, go = threading.Event(), threading.Event()
    assert not watcher.lane.busy.is_set()
    watcher.painter = Painted(before=lambda frame: (entered.set(), go.wait(LONG)))
    watcher.lane.frames.put(frame(0))
    assert entered.wait(LONG)
    assert watcher.lane.busy.is_set()
    assert not watcher.lane.busy.wait_until_free(0)
    go.set()
    assert watcher.lane.busy.wait_until_free(LONG)


def test_without_a_recognizer_frames_are_left_out(watcher: Watcher) -> None:
    watcher.painter = None
    watcher.lane.frames.put(frame(0))
    assert watcher.asked.acquire(timeout=LONG)
    assert watcher.lane.busy.wait_until_free(LONG)
    watcher.painter = Painted()
    assert watcher.show(1).recognition.frame.number == 1
    assert watcher.results.empty()


def test_another_gallery_counts_at_once(watcher: Watcher) -> None:
    for number in range(5):
        before = watcher.show(number).tracked[0]
    watcher.painter = Painted(name_given="Ben")
    told = [watcher.show(5 + number).tracked[0] for number in range(3)]
    assert [each.match and each.match.name for each in told] == [None, None, "Ben"]
    assert {each.track for each in told} == {before.track}


def test_other_limits_alone_do_not_unname(watcher: Watcher) -> None:
    for number in range(5):
        watcher.show(number)
    old = watcher.painter
    watcher.painter = Painted(limits=Limits(0.5, 0.3, 0.05), searcher=old.searcher, extractor=old.extractor)
    assert watcher.show(5).tracked[0].match is not None


def test_a_problem_is_told_once_for_each_kind_and_the_lane_goes_on(watcher: Watcher) -> None:
    faults: list[Exception | None] = [
        *[EngineProblem("{name} broke.", name=str(number)) for number in range(3)],
        *[ZeroDivisionError("division by zero")] * 2,
        None,
        EngineProblem("{name} broke.", name="again"),
        None,
    ]

    def fail(frame: Frame) -> None:
        if faults and (fault := faults.pop(0)):
            raise fault

    watcher.painter = Painted(before=fail)
    for number in range(8):
        watcher.lane.frames.put(frame(number))
        assert watcher.asked.acquire(timeout=LONG)
        assert watcher.lane.busy.wait_until_free(LONG)
    watcher.show(8)
    told = [str(watcher.problems.get(timeout=LONG)) for _ in range(2)]
    assert "0 broke" in told[0]
    assert "ZeroDivisionError" in told[1]
    assert watcher.problems.empty()
    watcher.painter = Painted(before=lambda frame: 1 / 0)
    watcher.lane.frames.put(frame(9))
    assert "ZeroDivisionError" in str(watcher.problems.get(timeout=LONG)), "another recognizer, another word"


def test_a_fault_in_the_callback_does_not_end_the_lane() -> None:
    problems, results = queue.SimpleQueue[Problem](), queue.SimpleQueue[int]()

    def show(result: LiveResult) -> None:
        results.put(result.recognition.frame.number)
        if result.recognition.frame.number == 0:
            raise KeyError("no such row")

    painter: Any = Painted()
    lane = LiveLane(lambda: painter, on_result=show, on_problem=problems.put)
    lane.frames.put(frame(0))
    assert "KeyError" in str(problems.get(timeout=LONG))
    lane.frames.put(frame(1))
    assert [results.get(timeout=LONG), results.get(timeout=LONG)] == [0, 1]
    lane.close()


def test_the_rate_is_limited_and_may_be_raised_while_it_waits(watcher: Watcher) -> None:
    watcher.lane.rate = 0.0001  # once in hours
    watcher.show(0)
    for number in range(1, 5):
        watcher.lane.frames.put(frame(number))
    assert watcher.results.empty()
    watcher.lane.rate = None
    assert watcher.results.get(timeout=LONG).recognition.frame.number == 4


def test_closing_interrupts_the_wait_for_the_next_turn(watcher: Watcher) -> None:
    watcher.lane.rate = 0.0001
    watcher.show(0)
    watcher.lane.frames.put(frame(1))
    watcher.lane.close()
    assert watcher.results.empty()


def test_closing_waits_for_the_frame_under_way_and_may_be_done_twice() -> None:
    entered, go, done = threading.Event(), threading.Event(), threading.Event()
    painter: Any = Painted(before=lambda frame: (entered.set(), go.wait(LONG)))
    lane = LiveLane(lambda: painter, on_result=lambda result: done.set(), on_problem=lambda problem: None)
    lane.frames.put(frame(0))
    assert entered.wait(LONG)
    closer = threading.Thread(target=lane.close)
    closer.start()
    go.set()
    closer.join(LONG)
    assert done.is_set()
    lane.close()


def test_samples_may_be_asked_for_while_the_lane_works(watcher: Watcher) -> None:
    track = watcher.show(0).tracked[0].track
    start = threading.Barrier(2)
    counts: list[int] = []

    def ask() -> None:
        start.wait(LONG)
        counts.extend(len(watcher.lane.samples(track)) for _ in range(20))

    asking = threading.Thread(target=ask)
    asking.start()
    start.wait(LONG)
    for number in range(1, 30):
        watcher.show(number)
    asking.join(LONG)
    assert len(counts) == 20
    assert min(counts) >= 1
    assert watcher.lane.samples(track)[0].features["s"].tolist() == [1, 0]
    assert watcher.lane.samples(999) == []


def test_importing_the_camera_and_the_lane_loads_no_model_library() -> None:
    import subprocess
    import sys

    code = "import sys, core.camera; print([n for n in ('cv2', 'PIL', 'onnxruntime', 'faiss') if n in sys.modules])"
    root = Path(__file__).resolve().parents[2]
    answer = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
