"""Fake sessions, built-in models and pictures for the tests of vision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engines import open_session
from core.engines.session import Port
from core.models.cards import Card, Preprocess
from core.models.store import ModelStore
from core.opencv import cv2
from core.vision.align import STANDARD
from core.vision.detector import Detector
from core.vision.feature import FeatureExtractor


class FakeSession:
    """Answers with what a function makes of the feeds, and remembers their shapes."""

    engine, device, note = "fake", "CPU", ""

    def __init__(
        self, answer: Callable[[dict[str, Any]], list[Any]], inputs: Sequence[Port], outputs: Sequence[str]
    ) -> None:
        self.answer = answer
        self.inputs = tuple(inputs)
        self.outputs = tuple(Port(name, (), "float32") for name in outputs)
        self.feeds: list[dict[str, Any]] = []

    def run(self, feeds: dict[str, Any]) -> list[Any]:
        self.feeds.append({name: value.copy() for name, value in feeds.items()})
        return self.answer(feeds)

    def close(self) -> None: ...


@pytest.fixture(scope="session")
def fake_session() -> type[FakeSession]:
    return FakeSession


@pytest.fixture(scope="session")
def make_card() -> Callable[..., Card]:
    def make(**fields: Any) -> Card:
        rules = {"preprocess": Preprocess(size=(64, 64), multiple=32), "decoder": "anchor_free"}
        return Card("fake", fields.pop("task", "detect"), {}, {}, Path(), **{**rules, **fields})

    return make


@pytest.fixture(scope="session")
def detector() -> Iterator[Detector]:
    card = ModelStore().card("facefolio-detector")
    session = open_session(card, engine="onnxruntime", device="cpu", threads=1)
    yield Detector(card, session)
    session.close()


@pytest.fixture(scope="session")
def extractor() -> Iterator[FeatureExtractor]:
    card = ModelStore().card("facefolio-feature")
    session = open_session(card, engine="onnxruntime", device="cpu", threads=1)
    yield FeatureExtractor(card, session)
    session.close()


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """(512, 512, 3) BGR: a real portrait whose face lies about (177, 61) to (271, 180)."""
    data = pytest.importorskip("skimage.data")
    return np.ascontiguousarray(data.astronaut()[..., ::-1])


@pytest.fixture(scope="session")
def crop(portrait: np.ndarray, detector: Detector) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The standard crop of the portrait's face, its box and landmarks."""
    from core.vision.align import crop_faces

    faces = detector.find(portrait)[:1]
    assert faces.landmarks is not None
    return crop_faces(portrait, faces, STANDARD)[0], faces.boxes[0], faces.landmarks[0]


@pytest.fixture
def checkerboard() -> np.ndarray:
    """(120, 160, 3): squares of eight pixels with a gradient, so that every place differs."""
    rows, columns = np.mgrid[:120, :160]
    board = ((rows // 8 + columns // 8) % 2 * 90 + rows + columns // 2).astype(np.uint8)
    return cv2.cvtColor(board, cv2.COLOR_GRAY2BGR)
