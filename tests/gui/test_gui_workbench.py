"""Models opened behind the window and lent to threads; the models themselves are fakes."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

import core.assembly
import core.models.store
from core.errors import NOTHING, EngineProblem, ModelProblem
from core.settings import Settings
from gui.bridge import Bridge
from gui.workbench import Workbench


class FakeModels:
    """Stands in for core.assembly.open_bench: opens at once, or when the gate is lifted."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.problem: Exception | None = None

    @contextmanager
    def open(self, settings, store, *, feature=None, threads=0):
        assert self.gate.wait(5)
        if self.problem is not None:
            raise self.problem
        self.opened.append(settings.device)
        session = SimpleNamespace(engine="fake", device=settings.device, note=NOTHING)
        part = SimpleNamespace(session=session, card=SimpleNamespace(name="card"))
        bench = SimpleNamespace(detector=part, extractor=part)
        bench.recognizer = lambda settings, searcher: (settings.device, searcher)
        bench.giving_way = lambda *_: bench
        yield bench
        self.closed.append(settings.device)


@pytest.fixture
def models(monkeypatch):
    made = FakeModels()
    monkeypatch.setattr(core.assembly, "open_bench", made.open)
    monkeypatch.setattr(core.assembly, "card_for", lambda *_: SimpleNamespace(name="feature"))
    monkeypatch.setattr(core.models.store, "ModelStore", lambda: None)
    return made


@pytest.fixture
def bench(qapp, models):
    bridge = Bridge()
    made = Workbench(bridge)
    yield made
    models.gate.set()
    assert bridge.close()
    assert made.close()
    assert models.opened == models.closed, "every model that was opened is closed"


def ready(bench, qtbot):
    qtbot.waitUntil(lambda: bench.status in ("ready", "failed"))


def test_opened_once_for_the_same_wish(bench, models, qtbot):
    bench.want(Settings(), None)
    assert bench.status == "opening"
    ready(bench, qtbot)
    bench.want(Settings(theme="dark"), None)
    assert bench.status == "ready"
    assert models.opened == ["auto"]
    assert (bench.in_use.feature, bench.in_use.engine, bench.in_use.device) == ("feature", "fake", "auto")


def test_a_borrower_waits_until_models_are_open(bench, models, qtbot):
    models.gate.clear()
    bench.want(Settings(), None)
    got = []

    def borrow():
        with bench.lend(wait=5) as lent:
            got.append(lent.detector.session.device)

    thread = threading.Thread(target=borrow)
    thread.start()
    assert not got
    models.gate.set()
    ready(bench, qtbot)
    thread.join(5)
    assert got == ["auto"]


def test_models_lent_are_closed_only_when_given_back(bench, models, qtbot):
    bench.want(Settings(), None)
    ready(bench, qtbot)
    with bench.lend() as lent:
        bench.want(Settings(device="cpu"), None)
        ready(bench, qtbot)
        assert lent.detector.session.device == "auto"
        assert models.closed == []
        with bench.lend() as newer:
            assert newer.detector.session.device == "cpu"
    assert models.closed == ["auto"]


def test_a_wish_that_was_overtaken_is_opened_and_closed_unseen(bench, models, qtbot):
    models.gate.clear()
    bench.want(Settings(device="cpu"), None)
    bench.want(Settings(device="gpu"), None)
    models.gate.set()
    qtbot.waitUntil(lambda: bench.status == "ready")
    assert bench.in_use.device == "gpu"
    assert models.closed == ["cpu"]


def test_what_cannot_be_opened_is_told_to_borrowers_and_may_be_wished_again(bench, models, qtbot):
    models.problem = ModelProblem("It is damaged.")
    bench.want(Settings(), None)
    ready(bench, qtbot)
    assert bench.status == "failed"
    with pytest.raises(ModelProblem, match="damaged"), bench.lend(wait=1):
        pass
    assert bench.recognizer(None) is None
    models.problem = None
    bench.want(Settings(), None)
    ready(bench, qtbot)
    assert bench.status == "ready"


def test_nobody_waits_for_ever(bench, models, qtbot):
    models.gate.clear()
    bench.want(Settings(), None)
    with pytest.raises(EngineProblem, match="in time"), bench.lend(wait=0.01):
        pass
    models.gate.set()
    ready(bench, qtbot)


def test_the_live_lane_goes_over_to_new_models(bench, models, qtbot):
    assert bench.recognizer("searcher") is None
    bench.want(Settings(), None)
    ready(bench, qtbot)
    assert bench.recognizer("searcher") == ("auto", "searcher")
    bench.want(Settings(device="cpu"), None)
    assert bench.recognizer("searcher") is None
    ready(bench, qtbot)
    assert models.closed == []
    assert bench.recognizer("searcher") == ("cpu", "searcher")
    assert models.closed == ["auto"]
    bench.live_over()


def test_again_opens_anew(bench, models, qtbot):
    bench.want(Settings(), None)
    ready(bench, qtbot)
    bench.again()
    ready(bench, qtbot)
    assert models.opened == ["auto", "auto"]
    assert models.closed == ["auto"]
