"""The opened models, made ready behind the window and lent to jobs and to the camera."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from core.busy import Busy
from core.errors import EngineProblem, Text, sentences
from core.gallery.records import FeatureModel
from core.lending import Lending
from core.recognizer import Recognizer, Searcher
from core.settings import Settings
from core.worker import Lane, Outcome
from gui.bridge import Bridge

Status = Literal["closed", "opening", "ready", "failed"]
_AT_MOST = 0.1  # seconds a job's run waits for the camera's lane
_MODELS = ("detector", "feature", "engine", "device")  # the settings of which a change opens models anew


@dataclass(frozen=True)
class ModelsInUse:
    """What the status bar tells."""

    detector: str
    feature: str
    engine: str
    device: str  # really in use
    note: Text  # why it is not the one asked for; empty when it is


class Workbench(QObject):
    """Models opened as the settings and the gallery ask. `lend` and `recognizer` may be called from any thread."""

    changed = Signal()  # status, in_use or problem

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.status: Status = "closed"
        self.in_use: ModelsInUse | None = None
        self.problem: BaseException | None = None
        self.settings = Settings()
        self._bridge = bridge
        self._lane = Lane("models")
        self._wanted: tuple[Any, ...] | None = None
        self._bench: Lending[Any] | None = None
        self._ready = threading.Event()
        self._live = ExitStack()
        self._live_bench: tuple[Lending[Any], Any] | None = None
        self._live_made: tuple[Any, ...] = ()
        self.live_busy: Busy | None = None  # of the camera's lane while there is one: jobs let it go first

    def want(self, settings: Settings, model: FeatureModel | None) -> None:
        """Opens the settings' detector and the gallery's (else the settings') feature model unless they are."""
        self.settings = settings
        wanted = (*(getattr(settings, name) for name in _MODELS), model)
        if wanted == self._wanted and self.status != "failed":
            return
        self._wanted = wanted
        self._become("opening")
        self._ready.clear()
        self._lane.submit(
            lambda: _opened(settings, model),
            lambda outcome: self._bridge.post(lambda: self._take(wanted, outcome)),
        )

    def again(self) -> None:
        """Opens the models anew, after one was added, removed or mended."""
        model = self._wanted[-1] if self._wanted else None
        self._wanted = None
        self.want(self.settings, model)

    @contextmanager
    def lend(self, *, wait: float = 60.0) -> Iterator[Any]:
        """The opened models (core.assembly.Bench) for the length of a block, waiting while they are opening.

        For jobs: each run lets the camera go first. Raises what made opening fail.
        """
        with ExitStack() as stack:
            yield self._lent(stack, wait).giving_way(self._give_way)

    @contextmanager
    def lend_recognizer(self, settings: Settings, searcher: Searcher | None) -> Iterator[Recognizer]:
        """The same as a recognizer with these settings."""
        with self.lend() as bench:
            yield bench.recognizer(settings, searcher)

    def recognizer(self, searcher: Searcher | None) -> Recognizer | None:
        """For the live lane, which asks for every frame; None while models open. From the lane's thread only."""
        bench = self._bench
        if bench is None or not self._ready.is_set():
            return None
        if self._live_bench is None or self._live_bench[0] is not bench:
            self._live.close()  # the lane asks again: it is done with the former models
            try:
                self._live_bench = (bench, self._live.enter_context(bench.lend()))
            except LookupError:  # closed between the two lines: the next frame finds the new ones
                return None
        made_for = (bench, self.settings, searcher)
        if not self._live_made or any(one is not other for one, other in zip(self._live_made, made_for, strict=False)):
            # The lane knows by the object whether anything is new.
            # Nobody stands on their head before a camera: an empty frame needs no second look.
            upright = self.settings.changed(try_turned=False)
            self._live_made = (*made_for, self._live_bench[1].recognizer(upright, searcher))
        recognizer: Recognizer = self._live_made[-1]
        return recognizer

    def live_over(self) -> None:
        """The live lane has stopped and uses no models any more."""
        self._live.close()
        self._live_bench, self._live_made, self.live_busy = None, (), None

    def close(self, seconds: float = 5.0) -> bool:
        """Retires the models once nobody uses them and ends the thread; whether it has ended."""
        self._ready.set()
        self.live_over()
        done = self._lane.close(wait=seconds)
        if self._bench is not None:
            self._bench.retire()
            self._bench = None
        return done

    def _give_way(self) -> None:
        busy = self.live_busy
        if busy is not None:
            busy.wait_until_free(_AT_MOST)

    def _lent(self, stack: ExitStack, wait: float) -> Any:
        while self._ready.wait(wait):
            bench = self._bench
            if bench is None:
                raise self.problem or EngineProblem("No model is open.", "Choose one in the Models window.")
            try:
                return stack.enter_context(bench.lend())
            except LookupError:  # others were opened in its place meanwhile
                continue
        raise EngineProblem("The models did not open in time.", "Nothing was changed; try again in a moment.")

    def _take(self, wanted: tuple[Any, ...], outcome: Outcome[Any]) -> None:
        if wanted != self._wanted:  # something else is wanted by now and on its way
            if outcome.result is not None:
                outcome.result[0].retire()
            return
        before, self._bench = self._bench, None
        if outcome.result is not None:
            self._bench, self.in_use = outcome.result
        self.problem = outcome.error
        if before is not None:
            before.retire()
        self._ready.set()
        self._become("ready" if self._bench is not None else "failed")

    def _become(self, status: Status) -> None:
        self.status = status
        self.changed.emit()


def _opened(settings: Settings, model: FeatureModel | None) -> tuple[Lending[Any], ModelsInUse]:
    """Runs on the lane. Models run on one thread each: photos and frames are what is done side by side."""
    from core.assembly import card_for, open_bench
    from core.models.store import ModelStore

    store = ModelStore()
    stack = ExitStack()
    card = card_for(model, settings, store)
    bench = stack.enter_context(open_bench(settings, store, feature=card, threads=1))
    sessions = (bench.detector.session, bench.extractor.session)
    notes = [session.note for session in sessions]
    in_use = ModelsInUse(
        detector=bench.detector.card.name,
        feature=card.name,
        engine=" + ".join(dict.fromkeys(session.engine for session in sessions)),
        device=" + ".join(dict.fromkeys(session.device for session in sessions)),
        note=notes[0] if notes[0] == notes[1] else sentences(*notes),
    )
    return Lending(bench, stack.close), in_use
