"""A running camera with its recognition, brought to the GUI thread; nothing is painted here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from core.camera import Camera, CameraState, Playing, Source
from core.camera.readers import open_reader
from core.camera.reading import Opener
from core.errors import Problem
from core.types import Frame
from gui.aside import Aside
from gui.kit import Kit
from gui.pixels import fitted_image_of

if TYPE_CHECKING:  # these bring OpenCV with them, which the window does not wait for
    from core.gallery.records import NewFace
    from core.live import LiveLane, LiveResult
    from core.recognizer import Recognizer
    from core.sightings import Look, Sightings

Thing = TypeVar("Thing")
_CLOSING = 5.0  # seconds that the window waits for the frame that is being recognized


@dataclass(frozen=True, eq=False)
class Shown:
    """A frame and its picture, as large as there was room; None while nobody looks."""

    frame: Frame
    image: QImage | None


@dataclass(frozen=True, eq=False)
class SeenSample:
    """A sight of a live face that can be enrolled, and its picture."""

    face: NewFace
    picture: QImage


class Newest(QObject, Generic[Thing]):
    """Carries what a thread gives to the GUI thread. Only one thing is on its way, the newest: the GUI never lags."""

    _come = Signal()

    def __init__(
        self,
        parent: QObject,
        take: Callable[[Thing], None],
        join: Callable[[Thing, Thing], Thing] | None = None,
    ) -> None:
        """`join` makes one thing of a newer one and the one that it overtakes."""
        super().__init__(parent)
        self._take, self._join = take, join
        self._lock = threading.Lock()
        self._waiting: Thing | None = None
        self._come.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def put(self, thing: Thing) -> None:
        with self._lock:
            overtaken = self._waiting
            self._waiting = thing if overtaken is None or self._join is None else self._join(thing, overtaken)
        if overtaken is None:
            self._come.emit()

    def _deliver(self) -> None:
        with self._lock:
            thing, self._waiting = self._waiting, None
        if thing is not None:
            self._take(thing)


class Live(QObject):
    """At most one camera runs. Stopping and starting never wait: the next begins when the last has let go."""

    framed = Signal(object)  # Shown
    looked = Signal(object)  # core.sightings.Look
    told = Signal(object)  # CameraState
    failed = Signal(object)  # Problem of the recognition; the camera goes on

    def __init__(self, kit: Kit, *, opener: Opener = open_reader) -> None:
        super().__init__()
        self.room = (0, 0)  # width, height for pictures, device pixels; (0, 0) while nobody looks
        self.source: Source | None = None  # that runs or is about to
        self.newest: Frame | None = None
        self._kit, self._opener = kit, opener
        self._mirror = False
        self._run: _Run | None = None
        self._ending = False
        self._number = 0
        self._aside = Aside(kit.bridge)
        kit.state.settings_changed.connect(self._settings_changed)

    @property
    def running(self) -> bool:
        return self.source is not None

    @property
    def mirror(self) -> bool:
        return self._mirror

    @mirror.setter
    def mirror(self, on: bool) -> None:
        self._mirror = on
        if self._run is not None:
            self._run.camera.mirror = on

    def start(self, source: Source) -> None:
        """Takes the place of what runs."""
        self.source = source
        self._end_run()
        self.told.emit(CameraState("opening"))
        if not self._ending:
            self._begin()

    def stop(self) -> None:
        if self.source is None:
            return
        self.source = None
        self._end_run()
        self.told.emit(CameraState("stopped"))

    def samples(self, track: int, done: Callable[[list[SeenSample]], None], owner: QObject) -> None:
        """The best sights of a face for enrolling it; none when the camera has stopped meanwhile."""
        run = self._run
        self._aside.ask(lambda: run.samples(track) if run is not None else [], done, owner=owner)

    def shut(self) -> None:
        """Ends every thread, waiting for them."""
        self.source = None
        self._end_run()
        self._aside.close(_CLOSING)
        for way in self.findChildren(Newest):
            way.deleteLater()
        self._kit.state.bench.live_over()

    # --- one run after another -------------------------------------------------------------------------------------

    def _begin(self) -> None:
        source = self.source
        if source is None or self._run is not None:
            return
        self._number += 1
        run = self._run = _Run(self, self._kit, source, self._number)
        run.camera = Camera(
            source,
            on_frame=run.frame,
            on_state=run.states.put,
            mirror=self._mirror,
            playing=Playing(),
            opener=self._opener,
        )
        run.camera.start()
        # Making the lane imports much, and nobody waits for it to see the picture.
        self._aside.ask(run.make_lane, lambda _: self._lane_made(run), owner=self)

    def _lane_made(self, run: _Run) -> None:
        if run is self._run and run.lane is not None:
            self._kit.state.bench.live_busy = run.lane.busy

    def _end_run(self) -> None:
        run, self._run = self._run, None
        if run is None:
            return
        self._ending = True
        self.newest = None
        run.camera.stop()
        self._aside.ask(run.close, lambda _: self._ended(run), lambda error: self._ended(run, error), owner=self)

    def _ended(self, run: _Run, error: BaseException | None = None) -> None:
        run.forget()
        self._ending = False
        self._kit.state.bench.live_over()
        if error is not None:
            self._kit.bridge.failed.emit(error)
        self._begin()

    # --- what a run tells ------------------------------------------------------------------------------------------

    def take_frame(self, run: _Run, shown: Shown) -> None:
        if run is self._run:
            self.newest = shown.frame
            self.framed.emit(shown)

    def take_look(self, run: _Run, look: Look) -> None:
        if look.fresh:
            self._kit.state.sighted.emit(list(look.fresh))
        if run is self._run:
            self.looked.emit(look)

    def take_state(self, run: _Run, state: CameraState) -> None:
        if run is not self._run:
            return
        if state.kind in ("ended", "stopped"):
            self.source = None
            self._end_run()
        self.told.emit(state)

    def take_problem(self, run: _Run, problem: Problem) -> None:
        if run is self._run:
            self.failed.emit(problem)

    def _settings_changed(self, names: frozenset[str]) -> None:
        if "live_rate" in names and self._run is not None and self._run.lane is not None:
            self._run.lane.rate = self._kit.state.settings.live_rate or None


class _Run:
    """From one start of a camera to its end. Its methods are called on the threads of the camera and of the lane."""

    camera: Camera

    def __init__(self, live: Live, kit: Kit, source: Source, number: int) -> None:
        self.lane: LiveLane | None = None
        self._live, self._kit, self._source, self._number = live, kit, source, number
        self._recognizer: Recognizer | None = None
        self._sightings: Sightings | None = None
        self._frames: Newest[Shown] = Newest(live, lambda shown: live.take_frame(self, shown))
        self._looks: Newest[Any] = Newest(live, lambda look: live.take_look(self, look), _with_news)
        self.states: Newest[CameraState] = Newest(live, lambda state: live.take_state(self, state), _with_problem)

    def frame(self, frame: Frame) -> None:
        if self.lane is not None:
            self.lane.frames.put(frame)
        room = self._live.room
        image = fitted_image_of(frame.pixels, room) if min(room) > 0 else None
        self._frames.put(Shown(frame, image))

    def make_lane(self) -> None:
        from core.live import LiveLane
        from core.sightings import Sightings

        self._sightings = Sightings(self._source, self._number, self._samples)
        rate = self._kit.state.settings.live_rate or None
        self.lane = LiveLane(self._asked, on_result=self._look, on_problem=self._problem, rate=rate)

    def close(self) -> None:
        """Waits for the camera and for the frame that is being recognized."""
        self.camera.close()
        if self.lane is not None:
            self.lane.close()

    def forget(self) -> None:
        """Nothing is told any more; only the lane stays, for results that are enrolled later."""
        for way in (self._frames, self._looks, self.states):
            way.deleteLater()

    def _asked(self) -> Recognizer | None:
        state = self._kit.state
        self._recognizer = state.bench.recognizer(state.desk.searcher)
        return self._recognizer

    def _look(self, result: LiveResult) -> None:
        assert self._sightings is not None
        assert self._recognizer is not None
        used = self._recognizer
        self._looks.put(self._sightings.look(result, used.limits, used.extractor.card))

    def _problem(self, problem: Problem) -> None:
        self._kit.bridge.post(lambda: self._live.take_problem(self, problem), self._live)

    def samples(self, track: int) -> list[SeenSample]:
        found = self.lane.samples(track) if self.lane is not None else []
        return [SeenSample(face, QImage.fromData(face.crop)) for face in found]

    def _samples(self, track: int) -> list[NewFace]:
        assert self.lane is not None
        return self.lane.samples(track)


def _with_news(newer: Look, older: Look) -> Look:
    return newer.after(older)


def _with_problem(newer: CameraState, older: CameraState) -> CameraState:
    """A picture that was left out is told although others came after it."""
    if newer.kind == older.kind == "running" and newer.problem is None:
        return replace(newer, problem=older.problem, size=newer.size or older.size)
    return newer
