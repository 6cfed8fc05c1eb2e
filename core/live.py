"""Recognizing the newest frame of a camera, again and again, without anything waiting for it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.busy import Busy
from core.errors import Problem
from core.gallery.records import NewFace
from core.rate import RateMeter
from core.recognizer import Recognizer
from core.tracker import Steadiness, Tracked, Tracker
from core.types import Frame, Recognition
from core.worker import at_work

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LiveResult:
    """What was found in one frame of a camera."""

    recognition: Recognition  # of this frame alone
    tracked: tuple[Tracked, ...]  # what to show: steady names
    age: float  # milliseconds from capture until now
    milliseconds: dict[str, float]  # by stage; those of the recognition, and "track"
    dropped: int  # frames that were passed over for newer ones, since the lane began
    rate: float | None  # analyses a second, measured


class Mailbox:
    """Room for one frame: the newest wins. Any thread may put and take."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Frames that nobody took."""
        with self._changed:
            return self._dropped

    def put(self, frame: Frame) -> None:
        """Never waits. A frame that was not taken is dropped for this one."""
        with self._changed:
            if self._closed:
                return
            self._dropped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def take(self) -> Frame | None:
        """Waits for a frame; None once the box is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._frame is not None)
            frame, self._frame = self._frame, None
            return None if self._closed else frame

    def clear(self) -> None:
        """Forgets a waiting frame, as when the camera is changed."""
        with self._changed:
            self._frame = None

    def close(self) -> None:
        with self._changed:
            self._closed, self._frame = True, None
            self._changed.notify_all()


class LiveLane:
    """A thread that recognizes the newest frame put into `frames`.

    `recognizer` is asked for each frame, so that another gallery, index, model or limit counts at once; it gives the
    same object as long as nothing changes, or None to leave the frame out. `on_result` and `on_problem` are called
    on the lane's thread; a problem once for each kind until another recognizer comes. The analyses a second may be
    limited by `rate`.
    """

    def __init__(
        self,
        recognizer: Callable[[], Recognizer | None],
        *,
        on_result: Callable[[LiveResult], None],
        on_problem: Callable[[Problem], None],
        rate: float | None = None,
        steadiness: Steadiness | None = None,
    ) -> None:
        self.frames = Mailbox()
        self.busy = Busy()
        self._recognizer, self._on_result, self._on_problem = recognizer, on_result, on_problem
        self._tracker = Tracker(steadiness)
        self._tracking = threading.Lock()
        self._last: Recognizer | None = None
        self._told: set[tuple[str, str]] = set()
        self._meter = RateMeter()
        self._pace = _Pace(rate)
        self._thread = threading.Thread(target=self._work, name="live", daemon=True)
        self._thread.start()

    @property
    def rate(self) -> float | None:
        """Most analyses a second; None for as many as can be made. May be changed at any time."""
        return self._pace.rate

    @rate.setter
    def rate(self, rate: float | None) -> None:
        self._pace.rate = rate

    def samples(self, track: int) -> list[NewFace]:
        """The best sights of a track for enrolling it, the best first; from any thread, takes some milliseconds.

        Empty for a track that left long ago or was never seen well. Raises PhotoProblem.
        """
        with self._tracking:
            kept = self._tracker.kept(track)
        return [each.encoded() for each in kept]

    def close(self) -> None:
        """Ends the thread after the frame it is at, and waits for it."""
        self._pace.close()
        self.frames.close()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _work(self) -> None:
        with at_work():
            while self._pace.wait() and (frame := self.frames.take()) is not None:
                self.busy.set()
                try:
                    self._analyse(frame)
                except Exception as error:
                    self._report(error)
                finally:
                    self.busy.clear()

    def _analyse(self, frame: Frame) -> None:
        recognizer = self._recognizer()
        if recognizer is None:
            return
        self._greet(recognizer)
        self._pace.begin()
        seen = recognizer.look(frame, recall=self._tracker.recall)
        recognition = recognizer.name(seen)
        began = time.perf_counter()
        with self._tracking:
            space = recognizer.extractor.card.space
            tracked = self._tracker.update(seen, recognition, limits=recognizer.limits, space=space)
        now = time.monotonic()
        stages = {**recognition.milliseconds, "track": (time.perf_counter() - began) * 1e3}
        self._meter.count(now)
        age = (now - frame.seconds) * 1e3
        self._on_result(LiveResult(recognition, tracked, age, stages, self.frames.dropped, self._meter.rate))

    def _greet(self, recognizer: Recognizer) -> None:
        """Another recognizer may know other people, and may not have the faults of the last."""
        last, self._last = self._last, recognizer
        if recognizer is last:
            return
        self._told.clear()
        if last is not None and recognizer.searcher is not last.searcher:
            with self._tracking:
                self._tracker.forget_names()

    def _report(self, error: Exception) -> None:
        problem = error if isinstance(error, Problem) else _unexpected(error)
        kind = (type(error).__name__, problem.message.template)
        if kind in self._told:
            return
        self._told.add(kind)
        _log.error("live recognition: %s", problem.message, exc_info=error)
        try:
            self._on_problem(problem)
        except Exception:
            _log.exception("a problem of the live recognition could not be told")


class _Pace:
    """Keeps two analyses apart."""

    def __init__(self, rate: float | None) -> None:
        self._changed = threading.Condition()
        self._rate = rate
        self._last = float("-inf")
        self._closed = False

    @property
    def rate(self) -> float | None:
        return self._rate

    @rate.setter
    def rate(self, rate: float | None) -> None:
        with self._changed:
            self._rate = rate
            self._changed.notify_all()

    def begin(self) -> None:
        self._last = time.monotonic()

    def wait(self) -> bool:
        """Waits until the next analysis is due; False once closed."""
        with self._changed:
            while not self._closed and self._left() > 0:
                self._changed.wait(min(self._left(), threading.TIMEOUT_MAX))
            return not self._closed

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _left(self) -> float:
        return self._last + 1 / self._rate - time.monotonic() if self._rate else 0.0


def _unexpected(error: Exception) -> Problem:
    problem = Problem(
        "A frame of the camera could not be recognized ({error}).",
        "The camera and the gallery are not affected; the next frames are tried. The log tells more.",
        error=f"{type(error).__name__}: {error}",
    )
    problem.__cause__ = error
    return problem
