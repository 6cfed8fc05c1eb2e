"""A gallery made with an earlier version of the built-in feature model: told, never compared, moved by one command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.demo.town import Town
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel

Run = Callable[..., Any]
FORMER = FeatureModel("facefolio-feature-0123456789ab", "facefolio-feature", 256)


def made_with_former_model(folder: Path) -> None:
    with Gallery.open(folder) as gallery:
        ids = gallery.without_feature(FORMER.space)
        features = np.random.default_rng(3).normal(size=(len(ids), FORMER.length)).astype(np.float32)
        gallery.add_features(FORMER, ids, features / np.linalg.norm(features, axis=1, keepdims=True))
        gallery.use_model(FORMER)


def test_it_is_said_what_to_do_and_that_helps(run: Run, town: Town, gallery: Path) -> None:
    someone = next(town.portraits.iterdir())
    made_with_former_model(gallery)
    refused = run("recognize", gallery, someone / "0.jpg")
    assert refused.status == 1
    assert "another version" in refused.err
    assert "facefolio models use facefolio-feature --gallery" in refused.err
    moved = run("models", "use", "facefolio-feature", "--gallery", gallery)
    assert moved.status == 0, moved.err
    assert f"{someone.name} " in run("recognize", gallery, someone / "0.jpg").out


def test_the_demo_says_so_too_in_the_folder_of_an_earlier_one(run: Run, tmp_path: Path) -> None:
    demo = ("demo", tmp_path / "demo", "--people", "2", "--groups", "1")
    assert run(*demo).status == 0
    made_with_former_model(tmp_path / "demo" / "town.gallery")
    refused = run(*demo)
    assert refused.status == 1
    assert "another version" in refused.err
    assert "people named right" not in refused.out
