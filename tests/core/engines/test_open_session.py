"""Which engine opens a card: order of preference, what was measured, what is installed."""

from __future__ import annotations

import json
import types
from pathlib import Path

import numpy as np
import pytest

from core import engines
from core.engines import Port, engines_for, files_for, open_session, open_session_files
from core.engines.batches import free_batch
from core.engines.choose import Choice, Measured, measure, remembered
from core.engines.samples import input_size, noise_feeds, sample_feeds
from core.errors import NOTHING, EngineProblem, Text
from core.models.cards import Card, Preprocess


class FakeSession:
    inputs = (Port("x", (1, 3, None, None), "float32"),)
    outputs = (Port("y", (1, 2), "float32"),)
    note = NOTHING

    def __init__(self, engine: str = "onnxruntime", device: str = "CPU") -> None:
        self.engine, self.device, self.shapes, self.closed = engine, device, [], False

    def run(self, feeds):
        self.shapes.append(feeds["x"].shape)
        if feeds["x"].shape[0] != 1:
            raise EngineProblem("one at a time")
        return [np.full((1, 2), feeds["x"].flat[0], np.float32)]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def opened(monkeypatch):
    """Three engines that write down how they are asked; `broken` and `absent` hold the names of those that are."""
    log = types.SimpleNamespace(asked=[], broken=set(), absent=set())

    def module(engine):
        def open_(files, *, device, threads):
            log.asked.append((engine, [file.name for file in files], device, threads))
            if engine in log.broken:
                raise EngineProblem("{engine} is broken", engine=engine)
            return FakeSession(engine)

        reason = Text("{engine} is not there", {"engine": engine})
        return types.SimpleNamespace(available=lambda: reason if engine in log.absent else NOTHING, open=open_)

    modules = {engine: module(engine) for engine in engines.ENGINES}
    real = engines.importlib.import_module
    paths = {path: modules[engine] for engine, path in engines.ENGINES.items()}
    monkeypatch.setattr(engines.importlib, "import_module", lambda name: paths.get(name) or real(name))
    return log


def card(**files: tuple[str, ...]) -> Card:
    checksums = {name: "0" * 64 for names in files.values() for name in names}
    return Card("net", "feature", files, checksums, Path("folder"), preprocess=Preprocess(size=(32, 32)))


def test_onnx_files_serve_two_engines():
    found = card(onnxruntime=("a.onnx",))
    assert files_for(found, "openvino") == files_for(found, "onnxruntime") == [Path("folder/a.onnx")]
    assert files_for(found, "paddle") == []


def test_own_files_go_before_onnx_files():
    found = card(onnxruntime=("a.onnx",), openvino=("a.xml", "a.bin"))
    assert files_for(found, "openvino") == [Path("folder/a.xml"), Path("folder/a.bin")]


def test_the_first_installed_engine_with_files_is_taken(opened):
    assert open_session(card(onnxruntime=("a.onnx",), paddle=("p", "w"))).engine == "onnxruntime"
    opened.absent = {"onnxruntime"}
    assert open_session(card(onnxruntime=("a.onnx",), paddle=("p", "w")), threads=3).engine == "openvino"
    assert open_session(card(paddle=("p", "w")), device="gpu").engine == "paddle"
    assert opened.asked[1:] == [("openvino", ["a.onnx"], "auto", 3), ("paddle", ["p", "w"], "gpu", 0)]


def test_another_engine_steps_in_for_a_broken_one(opened):
    opened.broken = {"onnxruntime"}
    assert open_session(card(onnxruntime=("a.onnx",))).engine == "openvino"
    opened.broken = {"onnxruntime", "openvino"}
    with pytest.raises(EngineProblem, match="onnxruntime is broken"):
        open_session(card(onnxruntime=("a.onnx",)))
    with pytest.raises(EngineProblem, match="onnxruntime is broken"):
        open_session(card(onnxruntime=("a.onnx",)), engine="onnxruntime")


def test_tells_what_to_install_when_nothing_opens_it(opened):
    opened.absent = {"paddle"}
    assert engines_for(card(paddle=("p", "w"))) == []
    with pytest.raises(EngineProblem, match="paddle is not there"):
        open_session(card(paddle=("p", "w")))
    with pytest.raises(EngineProblem, match="paddle is not there"):
        open_session(card(paddle=("p", "w")), engine="paddle")
    with pytest.raises(EngineProblem, match="no files that any engine reads"):
        open_session(card())


def test_refuses_an_engine_without_files_for_the_card(opened):
    with pytest.raises(EngineProblem, match=r"no files for paddle.*onnxruntime, openvino"):
        open_session(card(onnxruntime=("a.onnx",)), engine="paddle")


def test_a_session_without_ports_is_refused(opened, monkeypatch):
    monkeypatch.setattr(FakeSession, "inputs", ())
    with pytest.raises(EngineProblem, match=r"a\.onnx.*no input"):
        open_session_files("onnxruntime", [Path("a.onnx")])


def test_measuring_remembers_the_best(opened, own_home):
    found = measure(card(onnxruntime=("a.onnx",)), seconds=0)
    assert {one.engine for one in found} == {"onnxruntime", "openvino"}
    assert found[0].milliseconds <= found[1].milliseconds
    assert remembered(card(onnxruntime=("a.onnx",))) == Choice(found[0].engine, "cpu")
    assert remembered(card(onnxruntime=("other.onnx", "two"))) is None
    assert open_session(card(onnxruntime=("a.onnx",))).engine == found[0].engine


def test_what_was_measured_best_goes_first(opened, own_home, monkeypatch):
    monkeypatch.setattr("core.engines.choose.remembered", lambda card: Choice("openvino", "gpu"))
    assert open_session(card(onnxruntime=("a.onnx",))).engine == "openvino"
    assert open_session(card(onnxruntime=("a.onnx",)), device="cpu").engine == "onnxruntime"
    assert [device for _, _, device, _ in opened.asked] == ["gpu", "cpu"]


def test_measuring_tells_what_could_not_be_measured(opened, own_home):
    opened.absent, opened.broken = {"onnxruntime"}, {"openvino", "paddle"}
    found = measure(card(onnxruntime=("a.onnx",), paddle=("p", "w")), seconds=0)
    assert [one.milliseconds for one in found] == [None] * 5
    assert found[0] == Measured("onnxruntime", "", None, Text("{engine} is not there", {"engine": "onnxruntime"}))
    assert {str(one.note) for one in found[1:]} == {"openvino is broken", "paddle is broken"}
    assert remembered(card(onnxruntime=("a.onnx",), paddle=("p", "w"))) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"KEY": 3}', '{"KEY": {"engine": "x", "device": "cpu"}}'])
def test_damaged_notes_count_as_none(opened, own_home, content):
    found = card(onnxruntime=("a.onnx",))
    measure(found, seconds=0)
    notes = own_home / "engines.json"
    key = next(iter(json.loads(notes.read_text())))
    notes.write_text(content.replace("KEY", key))
    assert remembered(found) is None
    measure(found, seconds=0)
    assert remembered(found) is not None


def test_one_by_one_joins_what_single_runs_give():
    inner = FakeSession()
    session = free_batch(inner)
    assert session.inputs[0].shape == (None, 3, None, None)
    batch = np.stack([np.full((3, 4, 4), value, np.float32) for value in (1, 2, 3)])
    assert session.run({"x": batch})[0].tolist() == [[1, 1], [2, 2], [3, 3]]
    assert inner.shapes == [(1, 3, 4, 4)] * 3
    session.close()
    assert inner.closed


def test_one_by_one_only_where_the_batch_is_one():
    inner = FakeSession()
    inner.inputs = (Port("x", (None, 3, 4, 4), "float32"), Port("im_shape", (1, 2), "float32"))
    assert free_batch(inner) is inner


def test_samples_have_the_size_of_the_card():
    detector = Card("d", "detect", {}, {}, Path(), preprocess=Preprocess(multiple=32), passes=(640, 330))
    assert input_size(detector) == (352, 352)
    ports = (Port("image", (None, 3, None, 64), "float32"), Port("im_shape", (None, 2), "float32"))
    feeds = sample_feeds(ports, size=(32, 48), batch=2)
    assert feeds["image"].shape == (2, 3, 32, 64)
    assert feeds["im_shape"].tolist() == [[32, 48], [32, 48]]
    assert not feeds["image"].any()


def test_noise_is_in_the_range_in_which_the_model_gets_pixels():
    rules = Preprocess(scale=2.0, mean=(10.0, 20.0, 30.0), std=(1.0, 2.0, 4.0))
    card = Card("d", "detect", {}, {}, Path(), preprocess=rules, passes=(64,))
    ports = (Port("image", (None, 3, None, None), "float32"), Port("im_shape", (None, 2), "float32"))
    feeds = noise_feeds(card, ports, batch=2, grain=16)
    lowest, highest = np.array([-10, -10, -7.5]), np.array([500, 245, 120])
    values = feeds["image"].transpose(1, 0, 2, 3).reshape(3, -1)
    assert values.min(1) == pytest.approx(lowest, abs=30)
    assert values.max(1) == pytest.approx(highest, abs=30)
    assert (feeds["image"][:, :, :16, :16] == feeds["image"][:, :, :1, :1]).all()
    assert feeds["im_shape"].tolist() == [[64, 64], [64, 64]]
