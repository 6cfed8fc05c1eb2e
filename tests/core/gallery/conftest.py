"""A small gallery and faces to enroll."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace

LENGTH = 8


def make_face(number: int, *, space: str = "space", quality: float | None = None, picture: bytes = b"") -> NewFace:
    feature = np.random.default_rng(number).normal(size=LENGTH).astype(np.float32)
    return NewFace(
        box=(1.5, 2.25, 101.125, 120.0),
        landmarks=((1.0, 2.0), (3.0, 4.0), (5.5, 6.0), (7.0, 8.0), (9.0, 10.0)),
        score=0.9,
        quality=(number % 97) / 100 if quality is None else quality,
        source=f"photos/{number}.jpg",
        sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        frame_size=(640, 480),
        crop=picture or b"crop of %d" % number,
        view=b"view of %d" % number,
        view_origin=(10.0, 20.0),
        view_scale=0.5,
        features={space: feature / np.linalg.norm(feature)},
    )


@pytest.fixture
def model() -> FeatureModel:
    return FeatureModel("space", "a model", LENGTH)


@pytest.fixture
def new_face():
    """Makes faces; each call another one unless a number is given."""
    numbers = itertools.count(1)

    def make(number=None, **values):
        return make_face(next(numbers) if number is None else number, **values)

    return make


@pytest.fixture
def gallery(tmp_path):
    with Gallery.create(tmp_path / "gallery") as made:
        yield made


@pytest.fixture
def people(gallery, model, new_face):
    """Anna (1) with three faces, Bob (2) with two, Carla (3) with one; all in one change."""
    names = ["Anna", "Anna", "Bob", "Anna", "Bob", "Carla"]
    gallery.enroll([(name, new_face()) for name in names], model=model)
    return gallery


@pytest.fixture
def view():
    """Everything living in a gallery as plain data, to compare."""

    def look(gallery):
        faces, owners = gallery.owners()
        identities = {one.id: (one.name, one.notes, one.cover, one.faces) for one in gallery.identities()}
        return identities, dict(zip(faces.tolist(), owners.tolist(), strict=True)), gallery.index_rules(), gallery.model

    return look
