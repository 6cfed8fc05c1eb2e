"""A camera on its threads: it says how it is, comes back by itself, and never holds anybody up."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from core.camera import Camera, CameraState, Patience, Source
from core.camera.readers import Read
from core.errors import CameraProblem, PhotoProblem
from core.types import Frame

LONG = 20.0  # seconds after which a test has failed
WEBCAM = Source("camera", "0", "Desk camera")
PICTURE = np.zeros((4, 6, 3), np.uint8)
PICTURE[:, 0] = 255
PATIENT = Patience(waits=(0.001,))
ENDLESS = object()


class Script:
    """An opener whose attempts are lists of what happens: a Read, an error to raise, an Event to hang on."""

    def __init__(self, *attempts: list[Any]) -> None:
        self.attempts = queue.SimpleQueue[list[Any]]()
        for attempt in attempts:
            self.attempts.put(attempt)
        self.opened = 0
        self.released = threading.Semaphore(0)

    def __call__(self, source: Source, playing: Any, wait: Callable[[float], bool]) -> Script.Reader:
        try:
            attempt = self.attempts.get_nowait()
        except queue.Empty:
            wait(LONG)
            raise CameraProblem("The script is over.", "") from None
        if attempt and isinstance(attempt[0], Exception):
            raise attempt[0]
        self.opened += 1
        return Script.Reader(self, attempt, wait)

    class Reader:
        def __init__(self, script: Script, attempt: list[Any], wait: Callable[[float], bool]) -> None:
            self.script, self.attempt, self.wait = script, attempt, wait

        def __iter__(self) -> Iterator[Read]:
            for each in self.attempt:
                if isinstance(each, threading.Event):
                    assert each.wait(LONG)
                elif isinstance(each, Exception):
                    raise each
                elif each is ENDLESS:
                    self.wait(LONG)
                else:
                    yield each

        def close(self) -> None:
            self.script.released.release()


class Watcher:
    """Gathers what a camera tells; the test waits for it."""

    def __init__(self) -> None:
        self.frames = queue.SimpleQueue[Frame]()
        self.states = queue.SimpleQueue[CameraState]()

    def frame(self) -> Frame:
        return self.frames.get(timeout=LONG)

    def state(self, *kinds: str) -> CameraState:
        """The next state that is of one of the kinds."""
        while (state := self.states.get(timeout=LONG)).kind not in kinds:
            pass
        return state

    def kinds(self, count: int) -> list[str]:
        return [self.states.get(timeout=LONG).kind for _ in range(count)]


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


def camera(watcher: Watcher, script: Script, source: Source = WEBCAM, **options: Any) -> Camera:
    options = {"patience": PATIENT, **options}
    return Camera(source, on_frame=watcher.frames.put, on_state=watcher.states.put, opener=script, **options)


def test_frames_come_with_number_clock_and_source(watcher: Watcher) -> None:
    with closing(camera(watcher, Script([Read(PICTURE), Read(PICTURE), ENDLESS]))) as it:
        it.start()
        first, second = watcher.frame(), watcher.frame()
        assert (first.number, second.number, first.source) == (0, 1, "camera:0")
        assert first.seconds <= second.seconds
        assert watcher.kinds(2) == ["opening", "running"]
        assert it.running
        it.stop()
        assert watcher.state("stopped").problem is None
        assert not it.running


def test_running_tells_the_size_with_the_first_frame(watcher: Watcher) -> None:
    with closing(camera(watcher, Script([Read(PICTURE), ENDLESS]))) as it:
        it.start()
        assert watcher.state("running").size == (6, 4)


def test_the_mirror_may_be_turned_while_running(watcher: Watcher) -> None:
    go = threading.Event()
    with closing(camera(watcher, Script([Read(PICTURE), go, Read(PICTURE), ENDLESS]))) as it:
        it.start()
        assert watcher.frame().pixels[0, 0, 0] == 255
        it.mirror = True
        go.set()
        mirrored = watcher.frame().pixels
        assert mirrored[0, 0, 0] == 0
        assert mirrored[0, -1, 0] == 255
        assert PICTURE[0, 0, 0] == 255


def test_a_lost_camera_says_so_and_comes_back(watcher: Watcher) -> None:
    unplugged = CameraProblem("Desk camera stopped.", "Plug it in.")
    script = Script([Read(PICTURE), unplugged], [unplugged], [Read(PICTURE), ENDLESS])
    with closing(camera(watcher, script)) as it:
        it.start()
        assert watcher.kinds(6) == ["opening", "running", "lost", "opening", "lost", "opening"]
        assert watcher.state("running").kind == "running"
        assert script.released.acquire(timeout=LONG), "the device was not given back before the next attempt"
        assert [watcher.frame().number, watcher.frame().number] == [0, 1]


def test_waits_grow_and_start_anew_after_a_good_time(watcher: Watcher) -> None:
    refused = [CameraProblem("No.", "Later.")]
    patience = Patience(waits=(0.001, 0.002, 0.003), settled=0.0)
    script = Script(*[refused] * 4, [Read(PICTURE), refused[0]], refused, [ENDLESS])
    with closing(camera(watcher, script, patience=patience)) as it:
        it.start()
        waits = [watcher.state("lost").retry_in for _ in range(6)]
        assert waits == [0.001, 0.002, 0.003, 0.003, 0.001, 0.002]


def test_stopping_interrupts_a_wait(watcher: Watcher) -> None:
    with closing(camera(watcher, Script([CameraProblem("No.", "")]), patience=Patience(waits=(3600.0,)))) as it:
        it.start()
        assert watcher.state("lost").retry_in == 3600.0
        it.stop()
        assert watcher.state("stopped")


def test_a_camera_that_hangs_is_left_behind_and_lets_go_when_it_wakes(watcher: Watcher) -> None:
    wake = threading.Event()
    script = Script([Read(PICTURE), wake, Read(PICTURE)])
    it = camera(watcher, script)
    it.start()
    watcher.frame()
    it.close()
    assert not it.running
    assert not script.released.acquire(blocking=False)
    wake.set()
    assert script.released.acquire(timeout=LONG)
    assert watcher.frames.empty(), "a frame came after the end"


def test_silence_is_told_and_tried_again(watcher: Watcher) -> None:
    wake = threading.Event()
    script = Script([Read(PICTURE), wake, Read(PICTURE)], [Read(PICTURE), ENDLESS])
    with closing(camera(watcher, script, patience=Patience(silence=0.02, waits=(0.001,)))) as it:
        it.start()
        lost = watcher.state("lost")
        assert "Desk camera" in str(lost.problem)
        assert watcher.state("running")
        wake.set()
        assert script.released.acquire(timeout=LONG)


def test_a_driver_that_always_hangs_does_not_gather_threads(watcher: Watcher) -> None:
    wake = threading.Event()
    script = Script(*[[wake] for _ in range(2)])
    with closing(camera(watcher, script, patience=Patience(opening=0.01, waits=(0.001,)))) as it:
        it.start()
        problems = [str(watcher.state("lost").problem) for _ in range(4)]
        assert "hangs" in problems[2]
        assert script.opened == 2
        wake.set()
        for _ in range(2):
            assert script.released.acquire(timeout=LONG)
        script.attempts.put([Read(PICTURE), ENDLESS])
        assert watcher.state("running")


def test_an_unexpected_error_is_a_problem_without_its_text(watcher: Watcher, caplog: pytest.LogCaptureFixture) -> None:
    stream = Source("stream", "rtsp://anna:secret@door/1")
    with closing(camera(watcher, Script([RuntimeError(stream.place)], [ENDLESS]), stream)) as it:
        it.start()
        told = str(watcher.state("lost").problem)
    assert "rtsp://door/1" in told
    assert "secret" not in told + caplog.text
    assert "RuntimeError" in caplog.text


def test_a_film_ends_without_being_tried_again(watcher: Watcher) -> None:
    with closing(camera(watcher, Script([Read(PICTURE)]), Source("video", "a.mp4"))) as it:
        it.start()
        assert watcher.state("ended", "lost").kind == "ended"
        assert not it.running


def test_a_film_that_cannot_be_played_ends_with_a_problem(watcher: Watcher) -> None:
    problem = CameraProblem("Damaged.", "")
    with closing(camera(watcher, Script([problem]), Source("video", "a.mp4"))) as it:
        it.start()
        assert watcher.state("ended", "lost") == CameraState("ended", problem)


def test_a_picture_left_out_is_told_while_it_goes_on(watcher: Watcher) -> None:
    problem = PhotoProblem("b.jpg is damaged.", "")
    with closing(camera(watcher, Script([Read(problem=problem), Read(PICTURE, "a.jpg")]), Source("folder", "f"))) as it:
        it.start()
        assert watcher.frame().source == "a.jpg"
        assert watcher.state("running").problem is problem
        assert watcher.state("ended").problem is None


def test_it_may_be_started_again_and_counts_anew(watcher: Watcher) -> None:
    with closing(camera(watcher, Script([Read(PICTURE), ENDLESS], [Read(PICTURE), ENDLESS]))) as it:
        it.start()
        it.start()
        assert watcher.frame().number == 0
        it.stop()
        assert not it.running
        it.start()
        assert watcher.frame().number == 0
        assert watcher.kinds(5) == ["opening", "running", "stopped", "opening", "running"]


def test_it_may_be_stopped_from_its_own_callback(watcher: Watcher) -> None:
    it: Camera

    def stop(frame: Frame) -> None:
        it.stop()
        watcher.frames.put(frame)

    it = Camera(
        WEBCAM, on_frame=stop, on_state=watcher.states.put, opener=Script([Read(PICTURE), Read(PICTURE), ENDLESS])
    )
    with closing(it):
        it.start()
        watcher.frame()
        assert watcher.state("stopped")
        assert watcher.frames.empty()


def test_closing_waits_for_the_callback_under_way(watcher: Watcher) -> None:
    entered, leave, left = threading.Event(), threading.Event(), threading.Event()

    def slow(frame: Frame) -> None:
        entered.set()
        assert leave.wait(LONG)
        left.set()

    it = Camera(WEBCAM, on_frame=slow, on_state=watcher.states.put, opener=Script([Read(PICTURE), ENDLESS]))
    it.start()
    assert entered.wait(LONG)
    closer = threading.Thread(target=it.close)
    closer.start()
    leave.set()
    closer.join(LONG)
    assert left.is_set()


def test_closing_one_that_never_started_is_nothing(watcher: Watcher) -> None:
    camera(watcher, Script()).close()
    assert watcher.states.empty()
