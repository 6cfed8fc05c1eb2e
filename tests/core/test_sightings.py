"""From live results to rows: names first, news once, and samples that outlive the face."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.camera import Source
from core.decision import Limits
from core.errors import Text
from core.live import LiveResult
from core.sightings import Look, Sightings, foremost
from core.tracker import Tracked
from core.types import Decision, DecisionKind, Faces, Frame, Match, Quality, Recognition

CARD: Any = SimpleNamespace(space="s", name="model", length=2)
LIMITS = Limits(0.5, 0.3, 0.05)
ANNA, BOB = Match(1, "Anna", 0.9, 11), Match(2, "Bob", 0.4, 12)


def tracked(track: int, kind: DecisionKind, *, new: bool = False, left: float = 10.0, size: float = 40.0) -> Tracked:
    known = kind == "known"
    return Tracked(
        track=track,
        face=0,
        box=(left, 10.0, left + size, 10.0 + size),
        landmarks=None,
        match=ANNA if known else None,
        decision=Decision(kind, Text("so")),
        quality=Quality(0.9, 40, 100, 100),
        age=1.0,
        is_new_sighting=new,
        seconds=5.0,
        ranked=(BOB, ANNA),
    )


def look(sightings: Sightings, *faces: Tracked, source: str = "camera:0") -> Look:
    pixels = np.random.default_rng(0).integers(0, 255, (100, 120, 3)).astype(np.uint8)
    boxes = np.array([face.box for face in faces], np.float32).reshape(-1, 4)
    found = Faces(boxes, np.ones(len(faces), np.float32))
    placed = [replace(face, face=None if face.face is None else place) for place, face in enumerate(faces)]
    recognition = Recognition(Frame(pixels, 1, 5.0, source), found, np.zeros((len(faces), 2), np.float32))
    return sightings.look(LiveResult(recognition, tuple(placed), 40.0, {}, 0, 12.0), LIMITS, CARD)


@pytest.fixture
def samples() -> dict[int, list[Any]]:
    return {1: ["best", "next"]}


@pytest.fixture
def sightings(samples: dict[int, list[Any]]) -> Sightings:
    return Sightings(Source("camera", "0", "Webcam"), 3, lambda track: samples.get(track, []))


def test_the_steady_name_leads_whatever_is_near_on_average(sightings) -> None:
    row = look(sightings, tracked(1, "known")).faces[0].row
    assert (row.name, row.kind, row.matches) == ("Anna", "known", (ANNA, BOB))
    assert (row.source, row.run, row.track, row.frame_size) == ("Webcam", 3, 1, (120, 100))


def test_an_unsure_face_proposes_the_nearest_on_average(sightings) -> None:
    assert look(sightings, tracked(1, "unsure")).faces[0].row.name == "Bob"


def test_news_is_told_once_and_again_when_it_is_better(sightings) -> None:
    kinds = []
    for face in (
        tracked(1, "unknown"),
        tracked(1, "unknown", new=True),
        tracked(1, "unknown"),
        tracked(1, "unsure"),
        tracked(1, "unsure"),
        tracked(1, "unknown"),
        tracked(1, "unsure"),
        tracked(1, "known", new=True),
        tracked(1, "known"),
    ):
        kinds.append([row.kind for row in look(sightings, face).fresh])
    assert kinds == [[], ["unknown"], [], ["unsure"], [], [], [], ["known"], []]


def test_a_missed_face_is_no_news(sightings) -> None:
    assert look(sightings, replace(tracked(1, "known", new=True), face=None)).fresh == ()


def test_a_row_keeps_its_crop_and_one_sample_when_the_face_is_forgotten(sightings, samples) -> None:
    row = look(sightings, tracked(1, "unknown", new=True)).fresh[0]
    assert row.crop is not None
    assert row.crop.shape == (112, 112, 3)
    assert row.crop.base is None or row.crop.base.shape[0] == 1  # holds no frame
    assert row.samples is not None
    assert row.samples() == ["best", "next"]
    samples.clear()
    assert row.samples() == ["best"]


def test_news_that_nobody_took_goes_along_with_the_next(sightings) -> None:
    first = look(sightings, tracked(1, "unknown", new=True))
    second = look(sightings, tracked(1, "known", new=True))
    assert [row.kind for row in second.after(first).fresh] == ["unknown", "known"]
    assert second.after(first).faces == second.faces


def test_of_files_the_row_tells_the_picture(tmp_path: Path) -> None:
    from_folder = Sightings(Source("folder", str(tmp_path)), 1, lambda _: [])
    assert look(from_folder, tracked(1, "known"), source="/pictures/a.jpg").faces[0].row.source == "/pictures/a.jpg"


def test_foremost_is_the_largest_without_a_sure_name(sightings) -> None:
    faces = look(
        sightings,
        tracked(1, "known", size=60),
        tracked(2, "unknown", left=30, size=20),
        tracked(3, "unsure", left=70, size=30),
    ).faces
    chosen = foremost(faces)
    assert chosen is not None
    assert chosen.tracked.track == 3
    assert foremost(faces[:1]) is faces[0]
    assert foremost(()) is None
