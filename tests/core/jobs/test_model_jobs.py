"""Measuring, checking and adding models as jobs, and moving a gallery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.engines.choose import Measured
from core.engines.session import Port
from core.errors import NOTHING, EngineProblem, ModelProblem, Problem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.jobs.models import Measurement, add_model, check_model, measure_models, move_gallery
from core.models.store import ModelStore
from core.pictures import encode_picture
from core.settings import Settings

Finish = Callable[[Any], tuple[list[Any], Any]]
OLD = FeatureModel("old", "old model", 4)


@pytest.fixture
def gallery(tmp_path: Path) -> Any:
    crop = encode_picture(np.random.default_rng(1).integers(0, 255, (112, 112, 3), np.uint8), kind="jpeg")
    rows = [
        (name, NewFace((0, 0, 9, 9), None, 1, 1, name, "", (9, 9), picture, features={"old": np.eye(4)[place]}))
        for place, (name, picture) in enumerate((("Ann", crop), ("Ben", crop), ("Cid", b"")))
    ]
    with Gallery.create(tmp_path / "people") as made:
        made.enroll(rows, model=OLD)
        yield made


def test_a_gallery_moves_in_one_undoable_step(gallery: Gallery, finish: Finish) -> None:
    card = ModelStore().default_card("feature")
    _, moved = finish(move_gallery(gallery, card, Settings()))
    assert gallery.model is not None
    assert gallery.model.name == card.name
    assert len(gallery.features(card.space)[0]) == 2
    assert ["Cid" in str(problem) for problem in moved.problems] == [True]
    assert moved.change.label.values == {"name": card.name}
    gallery.undo()
    assert gallery.model == OLD


def test_a_cancelled_move_leaves_the_model_in_use(gallery: Gallery) -> None:
    card = ModelStore().default_card("feature")
    job = move_gallery(gallery, card, Settings())
    next(job)
    job.close()
    assert gallery.model == OLD


def test_a_model_that_does_not_open_leaves_the_gallery(gallery: Gallery, finish: Finish) -> None:
    card = ModelStore().default_card("feature")
    with pytest.raises(EngineProblem):
        finish(move_gallery(gallery, card, Settings(engine="paddle")))
    assert gallery.model == OLD


def test_measuring_gives_each_result_as_it_comes(monkeypatch: pytest.MonkeyPatch, finish: Finish) -> None:
    def opened(card: Any, *, engine: str, device: str, threads: int) -> Any:
        if engine == "openvino":
            raise EngineProblem("no luck")
        port = Port("x", (None, 3, 112, 112), "float32")
        return SimpleNamespace(
            engine=engine, device="CPU", note=NOTHING, inputs=(port,), run=lambda feeds: [], close=lambda: None
        )

    monkeypatch.setattr("core.engines.choose.open_session", opened)
    monkeypatch.setattr("core.engines.choose.availability", lambda: {"onnxruntime": NOTHING, "openvino": NOTHING})
    cards = ModelStore().cards()
    items, found = finish(measure_models(cards))
    assert all(isinstance(item, Measurement) for item in items)
    assert list(found) == [card.name for card in cards]
    first, *rest = found[cards[0].name]
    assert first.engine == "onnxruntime"
    assert first.milliseconds is not None
    assert {type(one) for one in rest} == {Measured}
    assert all(one.milliseconds is None and "no luck" in str(one.note) for one in rest)


def test_checking_gives_findings(finish: Finish) -> None:
    store = ModelStore()
    items, found = finish(check_model(store, store.default_card("feature").name))
    assert items == found
    assert not [one for one in found if isinstance(one, Problem)]


def test_adding_nothing_says_so(tmp_path: Path, finish: Finish) -> None:
    with pytest.raises(ModelProblem, match="nowhere"):
        finish(add_model(ModelStore(), tmp_path / "nowhere"))
