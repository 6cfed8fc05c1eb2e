"""Counting who was named right."""

from __future__ import annotations

from collections import Counter

import numpy as np

from core.demo.score import score
from core.demo.town import GroupTruth, TrueFace
from core.errors import Text
from core.export.records import PhotoResult
from core.types import Decision, DecisionKind, Faces, Match

LEFT, MIDDLE, RIGHT = (0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0), (40.0, 0.0, 50.0, 10.0)


def result(*faces: tuple[tuple[float, float, float, float], str, DecisionKind]) -> PhotoResult:
    boxes = np.array([box for box, _, _ in faces], np.float32).reshape(-1, 4)
    return PhotoResult(
        "0.jpg",
        60,
        10,
        Faces(boxes, np.ones(len(faces), np.float32)),
        matches=tuple((Match(1, name, 0.5, 1),) for _, name, _ in faces),
        decisions=tuple(Decision(kind, Text("")) for _, _, kind in faces),
    )


def test_right_wrong_and_missed() -> None:
    truth = GroupTruth("0.jpg", (TrueFace(LEFT, "Anna"), TrueFace(MIDDLE, "Ben"), TrueFace(RIGHT, "Cleo")))
    found = result(((1.0, 0.0, 11.0, 10.0), "Anna", "known"), (MIDDLE, "Cleo", "known"))
    assert score(found, truth) == Counter(people=3, right=1, wrong=1, missed=1)


def test_an_unsure_name_is_neither_right_nor_wrong() -> None:
    assert score(result((LEFT, "Anna", "unsure")), GroupTruth("", (TrueFace(LEFT, "Anna"),)))["unsure"] == 1


def test_strangers_are_left_unless_called_by_a_name() -> None:
    truth = GroupTruth("", (TrueFace(LEFT, None), TrueFace(MIDDLE, None)))
    found = score(result((LEFT, "Anna", "unsure"), (MIDDLE, "Ben", "known")), truth)
    assert found == Counter(strangers=2, strangers_left=1)


def test_a_face_where_nobody_is() -> None:
    assert score(result((RIGHT, "Anna", "known")), GroupTruth("", (TrueFace(LEFT, "Anna"),)))["false"] == 1
