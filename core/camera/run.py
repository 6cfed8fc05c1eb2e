"""From one start of a camera to its stop: readings, one after the other, and the thread that watches over them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.camera import faults
from core.camera.readers import Playing, Read
from core.camera.reading import Opener, Reading
from core.camera.source import Source
from core.camera.state import CameraState
from core.camera.told import Told
from core.errors import CameraProblem
from core.rate import RateMeter
from core.types import Frame, Pixels

_MOST_HUNG = 2  # readings that may hang at a time before no further one is tried
_LEAVING = 0.3  # seconds a reading gets to end before it is left behind
_TELLING = 2.0  # seconds between two states of a running camera


@dataclass(frozen=True)
class Patience:
    """How long a camera waits, in seconds."""

    opening: float = 15.0  # until the first frame: some cameras need long
    silence: float = 5.0  # between frames
    settled: float = 5.0  # having run so long, a camera that is lost counts as lost anew
    waits: tuple[float, ...] = (1, 2, 4, 8, 15)  # before trying again; the last one repeats


@dataclass
class Order:
    """What a camera is to do; shared by its runs."""

    source: Source
    playing: Playing
    patience: Patience
    opener: Opener
    told: Told
    mirror: bool
    hung: list[Reading] = field(default_factory=list)


class Run:
    """Its thread calls nothing that may hang, so it ends soon after `stop`."""

    def __init__(self, order: Order, before: Run | None) -> None:
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, name="camera", daemon=True)
        self._order, self._before = order, before
        self._news = threading.Event()
        self._number = 0
        self._meter = RateMeter()
        self._next_telling = 0.0

    def stop(self) -> None:
        self.over.set()
        self._news.set()

    def _watch(self) -> None:
        if self._before is not None:  # its device must be free, and its last state come before our first
            self._before.thread.join()
            self._before = None
        try:
            last = self._until_over()
        finally:
            self.over.set()
        self._order.told.state(last)

    def _until_over(self) -> CameraState:
        waits = self._waits()
        while not self.over.is_set():
            self._tell(CameraState("opening"))
            reading, problem = self._attempt()
            if self.over.is_set():
                break
            if reading is not None and reading.ended and not self._order.source.lasting:
                return CameraState("ended", problem)
            if reading is not None and self._settled(reading):
                waits = self._waits()
            wait = next(waits)
            self._tell(CameraState("lost", problem, retry_in=wait))
            self.over.wait(wait)
        return CameraState("stopped")

    def _attempt(self) -> tuple[Reading | None, CameraProblem | None]:
        """Reads until that ends, falls silent or is stopped; then the reading and what was wrong."""
        order = self._order
        order.hung[:] = [each for each in order.hung if not each.ended]
        if len(order.hung) >= _MOST_HUNG:
            return None, faults.hanging(order.source)
        reading = Reading(order.source, order.playing, order.opener, self._take, news=self._news)
        reading.start()
        problem = self._attend(reading)
        reading.leave(_LEAVING)
        if not reading.ended:
            order.hung.append(reading)
        return reading, problem or reading.problem

    def _attend(self, reading: Reading) -> CameraProblem | None:
        """Returns when the reading has ended, the camera is stopped, or with a problem when it is silent too long."""
        while not reading.ended and not self.over.is_set():
            left, limit = self._patience_left(reading)
            if left <= 0:
                return faults.silent(self._order.source, limit)
            self._news.wait(min(left, threading.TIMEOUT_MAX))
            self._news.clear()
        return None

    def _patience_left(self, reading: Reading) -> tuple[float, float]:
        """Seconds left, and of how many. A file may take its time: it can be stopped, but not come back."""
        if not self._order.source.lasting:
            return math.inf, math.inf
        patience, last = self._order.patience, reading.last
        since, limit = (reading.began, patience.opening) if last is None else (last, patience.silence)
        return since + limit - time.monotonic(), limit

    def _settled(self, reading: Reading) -> bool:
        return reading.first is not None and time.monotonic() - reading.first >= self._order.patience.settled

    def _waits(self) -> Iterator[float]:
        yield from self._order.patience.waits
        while True:
            yield self._order.patience.waits[-1]

    def _take(self, reading: Reading, read: Read) -> None:
        """On the reading's thread."""
        if read.problem is not None:
            self._tell(CameraState("running", read.problem, rate=self._meter.rate), reading)
        if read.pixels is None or reading.last is None:
            return
        self._meter.count(reading.last)
        pixels = _mirrored(read.pixels) if self._order.mirror else read.pixels
        if reading.first == reading.last or reading.last >= self._next_telling:
            self._next_telling = reading.last + _TELLING
            size = (pixels.shape[1], pixels.shape[0])
            self._tell(CameraState("running", size=size, rate=self._meter.rate), reading)
        frame = Frame(pixels, self._number, reading.last, read.source or self._order.source.label)
        self._number += 1
        self._order.told.frame(frame, unless=(self.over, reading.over))

    def _tell(self, state: CameraState, reading: Reading | None = None) -> None:
        self._order.told.state(state, unless=(self.over, reading.over) if reading else (self.over,))


def _mirrored(pixels: Pixels) -> Pixels:
    from core.opencv import cv2

    return cv2.flip(pixels, 1).astype(pixels.dtype, copy=False)
