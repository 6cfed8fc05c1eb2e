"""Figures of a detector against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.detection_metrics import Hit, Tally, bands, hits, landmark_error, operating_point, overlaps, sides, tally
from core.types import Faces, Floats


def rows(*boxes: tuple[float, float, float, float]) -> Floats:
    return np.array(boxes, np.float32).reshape(-1, 4)


def found(boxes: Floats, *scores: float) -> Faces:
    return Faces(boxes, np.array(scores, np.float32))


def test_overlap_of_boxes() -> None:
    box = rows((0, 0, 10, 10))[0]
    others = rows((0, 0, 10, 10), (5, 0, 15, 10), (0, 0, 10, 20), (10, 0, 20, 10), (3, 3, 3, 9))
    assert overlaps(box, others) == pytest.approx([1, 1 / 3, 0.5, 0, 0])
    assert sides(others).tolist() == [10, 10, 10, 10, 0]


def test_the_second_box_on_a_face_is_wrong() -> None:
    truth = rows((0, 0, 40, 50), (100, 0, 140, 40))
    boxes = rows((1, 0, 41, 50), (0, 0, 40, 50), (300, 0, 330, 60))
    made = hits(found(boxes, 0.9, 0.8, 0.7), truth, np.array([True, True]))
    assert [(hit.truth, hit.row, hit.size) for hit in made] == [(0, 0, 40), (None, 1, 40), (None, 2, 30)]
    assert tally(made, 2) == Tally(2, 1, 2)


def test_half_of_the_union_is_enough_and_less_is_not() -> None:
    truth = rows((0, 0, 10, 10))
    just, less = rows((0, 0, 10, 20)), rows((0, 0, 10, 20.5))
    assert tally(hits(found(just, 1.0), truth, np.array([True])), 1) == Tally(1, 1, 0)
    assert tally(hits(found(less, 1.0), truth, np.array([True])), 1) == Tally(1, 0, 1)


def test_the_surer_box_takes_the_face_that_it_covers_best() -> None:
    truth = rows((0, 0, 10, 10), (3, 0, 13, 10))
    boxes = rows((0, 0, 10, 10), (2, 0, 12, 10))
    made = hits(found(boxes, 0.6, 0.9), truth, np.array([True, True]))
    assert [(hit.row, hit.truth) for hit in made] == [(1, 1), (0, 0)]


def test_faces_that_do_not_count_are_neither_found_nor_wrong() -> None:
    truth = rows((0, 0, 20, 20), (50, 0, 90, 40))
    boxes = rows((0, 0, 20, 20), (0, 0, 20, 21), (50, 0, 90, 40), (200, 0, 212, 30))
    made = hits(found(boxes, 0.9, 0.8, 0.7, 0.6), truth, np.array([False, True]), least=15)
    assert [(hit.row, hit.truth) for hit in made] == [(2, 1)]


def test_pictures_without_faces_or_boxes() -> None:
    boxes = rows((0, 0, 20, 20))
    assert [hit.truth for hit in hits(found(boxes, 0.9), rows(), np.zeros(0, bool))] == [None]
    assert hits(found(rows()), boxes, np.array([True])) == []
    assert tally([], 0).recall is None
    assert tally([], 3).precision is None


def test_bands_count_faces_by_their_own_size_and_wrong_boxes_by_theirs() -> None:
    made = [Hit(0.9, 16, 0, 0), Hit(0.8, 31.9, 1, 1), Hit(0.7, 32, 2), Hit(0.6, 400, 3, 2)]
    parts = bands(made, [16, 31.9, 20, 400])
    assert [(each.low, each.high, each.tally) for each in parts] == [
        (16, 32, Tally(3, 2, 0)),
        (32, 64, Tally(0, 0, 1)),
        (256, None, Tally(1, 1, 0)),
    ]
    assert parts[0].tally.recall == pytest.approx(2 / 3)
    assert parts[1].tally.recall is None


def test_the_lowest_score_that_keeps_the_precision() -> None:
    flags = [True, True, False, True, True, False, False]
    made = [Hit(0.9 - row / 10, 30, row, row if flag else None) for row, flag in enumerate(flags)]
    point = operating_point(made[::-1], 8, 0.8)  # 4 of the first 5 are right; 4 of 6 and 4 of 7 are too few
    assert point.recall == 0.5
    assert point.score == pytest.approx(0.5)
    assert operating_point(made, 8, 1.0).recall == 0.25


def test_boxes_of_one_score_are_taken_together() -> None:
    made = [Hit(0.9, 30, 0, 0), Hit(0.5, 30, 1, 1), Hit(0.5, 30, 2)]
    assert operating_point(made, 2, 0.9).recall == 0.5
    nothing = operating_point([Hit(0.9, 30, 0)], 2, 0.9)
    assert (nothing.recall, nothing.score) == (0.0, None)
    assert operating_point([], 2, 0.9).score is None


def test_landmark_error_in_eye_distances() -> None:
    truth = np.array([[10, 10], [30, 10], [20, 20], [12, 30], [28, 30]], np.float32)
    assert landmark_error(truth, truth) == 0
    moved = truth.copy()
    moved[0] += np.array([3, 4], np.float32)  # one of five points off by 5 pixels, eyes 20 apart
    assert landmark_error(moved, truth) == pytest.approx(0.05)
