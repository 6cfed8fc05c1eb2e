"""Galleries with drawn features, and the folder of reference data where it is present."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.types import Floats

SPACE, LENGTH = "test-space", 16


@pytest.fixture
def model() -> FeatureModel:
    return FeatureModel(SPACE, "Test model", LENGTH)


@pytest.fixture
def units() -> Callable[..., Floats]:
    """Distinct random directions (n, length)."""

    def make(count: int, *, length: int = LENGTH, seed: int = 0) -> Floats:
        rows = np.random.default_rng(seed).normal(size=(count, length))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    return make


@pytest.fixture
def new_face() -> Callable[..., NewFace]:
    def make(feature: Floats, *, space: str = SPACE) -> NewFace:
        box = (0.0, 0.0, 10.0, 10.0)
        return NewFace(box, None, 0.9, 0.9, "photo.jpg", "", (20, 20), features={space: feature})

    return make


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with Gallery.create(tmp_path / "gallery") as made:
        yield made


@pytest.fixture
def town(gallery: Gallery, model, units, new_face) -> Gallery:
    """Six people with two faces each; the faces of person i are rows 2 i and 2 i + 1 of `units(12)`."""
    rows = units(12)
    names = ["Anna", "Ben", "李雷", "Zoë-Ann", "007", "Dora Day"]
    gallery.enroll(((names[number // 2], new_face(row)) for number, row in enumerate(rows)), model=model)
    return gallery


@pytest.fixture
def paddlex_data() -> Path:
    root = Path(os.environ.get("FACEFOLIO_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "paddlex"
    if not root.is_dir():
        pytest.skip(f"the reference data of PaddleX is not in {root}")
    return root
