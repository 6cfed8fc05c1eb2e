"""Comparing a gallery with itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.decision import Limits
from core.errors import GalleryProblem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.jobs import own_limits as job
from core.types import Floats

Finish = Callable[[Any], tuple[list[Any], Any]]
MODEL = FeatureModel("numbers", "numbers", 16)
LIMITS = Limits(known=0.45, unsure=0.3, margin=0.05)


def face(feature: Floats, number: int) -> NewFace:
    return NewFace(
        box=(0.0, 0.0, 9.0, 9.0),
        landmarks=None,
        score=0.9,
        quality=0.5,
        source=f"{number}.jpg",
        sha256=f"{number:064x}",
        frame_size=(10, 10),
        features={MODEL.space: feature},
    )


def enrolled(folder: Path, people: int, faces: int, noise: float) -> Path:
    """People at random places, their faces around them, enrolled in no order."""
    rng = np.random.default_rng(3)
    rows = []
    for person in range(people):
        middle = rng.normal(size=MODEL.length)
        for number in range(faces):
            feature = middle / np.linalg.norm(middle) + noise * rng.normal(size=MODEL.length)
            unit = (feature / np.linalg.norm(feature)).astype(np.float32)
            rows.append((f"P{person}", face(unit, person * faces + number)))
    with Gallery.create(folder) as gallery:
        gallery.enroll([rows[place] for place in rng.permutation(len(rows))], model=MODEL)
        return gallery.folder


@pytest.mark.parametrize("block", [1, 7, 256])
def test_a_gallery_is_compared_with_itself(
    finish: Finish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(job, "_MOST", block)
    steps, found = finish(job.own_limits(enrolled(tmp_path / "g", 12, 3, 0.1), LIMITS, card=0.4))
    assert found.compared.count == 12
    assert len(found.compared.first) == 36
    assert (found.known, found.limits.known) == (0.45, 0.4)
    assert set(found.names.values()) == {f"P{number}" for number in range(12)}
    assert found.at(0.4).named > 0.9
    # By hand: the accepted strangers at the advised limit are at most the wanted share, just below it more.
    assert found.advised > 0.4
    assert found.at(found.advised).strangers <= 0.02 < found.at(found.advised - 0.01).strangers
    assert [step for step in steps if step is not None] == []


def test_more_strangers_wanted_ask_for_less(finish: Finish, tmp_path: Path) -> None:
    folder = enrolled(tmp_path / "g", 40, 1, 0.0)
    few, many = (finish(job.own_limits(folder, LIMITS, card=0.4, wanted=share))[1].advised for share in (0.02, 0.2))
    assert many < few


def test_too_few_people_are_told(finish: Finish, tmp_path: Path) -> None:
    with pytest.raises(GalleryProblem, match="holds 4 people to compare"):
        finish(job.own_limits(enrolled(tmp_path / "g", 4, 2, 0.1), LIMITS, card=0.4))
    with Gallery.create(tmp_path / "empty"):
        pass
    with pytest.raises(GalleryProblem, match="holds 0 people") as problem:
        finish(job.own_limits(tmp_path / "empty", LIMITS, card=0.4))
    assert "model's own threshold holds" in str(problem.value)


def test_faces_taken_away_meanwhile_are_left_out(
    finish: Finish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, real = enrolled(tmp_path / "g", 8, 2, 0.1), Gallery.owners_of
    monkeypatch.setattr(
        Gallery, "owners_of", lambda self, faces: {face: who for face, who in real(self, faces).items() if who != 3}
    )
    assert finish(job.own_limits(folder, LIMITS, card=0.4))[1].compared.count == 7


def test_stopped_in_the_middle_it_lets_the_gallery_go(tmp_path: Path) -> None:
    folder = enrolled(tmp_path / "g", 6, 2, 0.1)
    work = job.own_limits(folder, LIMITS, card=0.4)
    next(work)
    work.close()
    with Gallery.open(folder) as gallery:
        assert len(gallery.identities()) == 6
