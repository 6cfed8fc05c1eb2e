from __future__ import annotations

import numpy as np
import pytest

from core.errors import ModelProblem
from core.models.cards import Preprocess
from core.vision.decoders import Limits, anchor_free, paddle_boxes, suppress
from core.vision.preprocess import Geometry, plan

LIMITS = Limits(0.5, 0.4)


def square(width: int = 64, height: int = 64, scale: float = 1.0) -> Geometry:
    rules = Preprocess(resize="fit", size=(64, 64), multiple=32)
    return plan(rules, width=round(width / scale), height=round(height / scale))


def raw_outputs(count: int = 1, size: int = 64) -> dict[str, np.ndarray]:
    outputs = {}
    for part, values in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for stride in (8, 16, 32):
            outputs[f"{part}_{stride}"] = np.zeros((count, (size // stride) ** 2, values), np.float32)
    return outputs


def put(outputs: dict[str, np.ndarray], *, stride: int, cell: int, cls: float, obj: float, row: int = 0) -> None:
    outputs[f"cls_{stride}"][row, cell] = cls
    outputs[f"obj_{stride}"][row, cell] = obj
    outputs[f"bbox_{stride}"][row, cell] = (0.5, 0.25, np.log(2), np.log(3))
    outputs[f"kps_{stride}"][row, cell] = np.arange(10) / 10


def test_anchor_free_against_numbers_worked_out_by_hand() -> None:
    outputs = raw_outputs()
    put(outputs, stride=16, cell=6, cls=0.9, obj=0.4)  # column 2, row 1 of four columns
    faces = anchor_free(outputs, [square()], LIMITS)[0]
    # centre ((2 + .5) 16, (1 + .25) 16) = (40, 20); size (32, 48); y1 = -4 is cut at the edge
    assert np.allclose(faces.boxes, [[24, 0, 56, 44]], atol=1e-4)
    assert np.allclose(faces.scores, [0.6])
    assert faces.landmarks is not None
    expected = [[(2 + k / 5) * 16, (1 + k / 5 + 0.1) * 16] for k in range(5)]
    assert np.allclose(faces.landmarks[0], expected, atol=1e-4)
    assert faces.boxes.dtype == faces.scores.dtype == faces.landmarks.dtype == np.float32


def test_anchor_free_answers_in_pixels_of_the_frame() -> None:
    outputs = raw_outputs()
    put(outputs, stride=16, cell=6, cls=1, obj=1)
    faces = anchor_free(outputs, [square(scale=0.25)], LIMITS)[0]
    assert np.allclose(faces.boxes, [[96, 0, 224, 176]], atol=1e-3)
    assert faces.landmarks is not None
    assert np.allclose(faces.landmarks[0, 0], [128, 70.4], atol=1e-3)


def test_each_frame_of_a_batch_has_its_own_faces_best_first() -> None:
    outputs = raw_outputs(count=3)
    put(outputs, stride=8, cell=0, cls=0.7, obj=0.7, row=0)
    put(outputs, stride=32, cell=3, cls=0.9, obj=0.9, row=0)
    put(outputs, stride=16, cell=5, cls=0.8, obj=0.8, row=2)
    found = anchor_free(outputs, [square()] * 3, LIMITS)
    assert [[round(score, 2) for score in faces.scores.tolist()] for faces in found] == [[0.9, 0.7], [], [0.8]]
    assert found[1].boxes.shape == (0, 4)
    assert found[1].landmarks is not None


def test_cells_that_see_the_same_face_tell_its_landmarks_together() -> None:
    outputs = raw_outputs()
    put(outputs, stride=16, cell=5, cls=1, obj=0.8)
    put(outputs, stride=16, cell=6, cls=1, obj=0.6)  # its box is two pixels to the right, its landmarks four
    put(outputs, stride=16, cell=9, cls=1, obj=0.7)  # 16 pixels lower: suppressed, too, but IoU is 0.5
    outputs["bbox_16"][0, 6, 0] -= 14 / 16
    outputs["kps_16"][0, 6, ::2] -= 12 / 16
    faces = anchor_free(outputs, [square()], Limits(0.5, 0.4))[0]
    assert faces.landmarks is not None
    alone = np.array([[(1 + k / 5) * 16, (1 + k / 5 + 0.1) * 16] for k in range(5)])
    share = 0.6**2 / (0.8**2 + 0.6**2)  # by the squared product of cls and obj
    assert np.allclose(faces.boxes, [[8, 0, 40, 44]], atol=1e-4)  # of the surest cell alone
    assert np.allclose(faces.landmarks[0] - alone, (4 * share, 0), atol=1e-3)


def test_the_score_must_exceed_the_threshold() -> None:
    outputs = raw_outputs()
    put(outputs, stride=8, cell=0, cls=0.25, obj=1)
    assert len(anchor_free(outputs, [square()], Limits(0.5, 0.4))[0]) == 0
    assert len(anchor_free(outputs, [square()], Limits(0.49, 0.4))[0]) == 1


def test_outputs_without_their_names_are_known_by_their_order() -> None:
    outputs = raw_outputs()
    put(outputs, stride=16, cell=6, cls=0.9, obj=0.4)
    unnamed = {f"fetch_name_{index}": value for index, value in enumerate(outputs.values())}
    assert np.allclose(anchor_free(unnamed, [square()], LIMITS)[0].scores, [0.6])


def test_foreign_outputs_are_refused_in_words() -> None:
    with pytest.raises(ModelProblem, match="twelve outputs"):
        anchor_free({"boxes": np.zeros((1, 5, 4), np.float32)}, [square()], LIMITS)
    with pytest.raises(ModelProblem, match="grid"):
        anchor_free(raw_outputs(size=96), [square()], LIMITS)
    with pytest.raises(ModelProblem, match="six numbers"):
        paddle_boxes({"a": np.zeros((3, 5), np.float32)}, [square()], LIMITS)
    rows = {"boxes": np.zeros((3, 6), np.float32), "count": np.array([3], np.int32)}
    with pytest.raises(ModelProblem, match="another number of pictures"):
        paddle_boxes(rows, [square(), square()], LIMITS)


def test_infinite_sizes_do_no_harm() -> None:
    outputs = raw_outputs()
    put(outputs, stride=8, cell=9, cls=1, obj=1)
    outputs["bbox_8"][0, 9, 2:] = 1e9
    faces = anchor_free(outputs, [square()], LIMITS)[0]
    assert faces.boxes.tolist() == [[0, 0, 64, 64]]
    assert faces.landmarks is not None
    assert np.allclose(faces.landmarks[0, 0], (8, 8.8))


def test_empty_boxes_do_no_harm() -> None:
    outputs = raw_outputs()
    put(outputs, stride=8, cell=9, cls=1, obj=1)
    outputs["bbox_8"][0, 9, 2:] = -1e9
    assert len(anchor_free(outputs, [square()], LIMITS)[0]) == 0


def test_paddle_boxes_follow_paddlex_rules() -> None:
    rows = np.array(
        [
            [0, 0.50, 1, 1, 9, 9],  # not above the threshold
            [-1, 0.99, 1, 1, 9, 9],  # no class
            [0, 0.60, -5, 2, 30, 99],  # reaches out of the frame
            [0, 0.90, 70, 5, 90, 9],  # outside
            [0, 0.80, 5, 5, 5, 9],  # empty
            [0, 0.95, 3, 3, 8, 8],  # second frame
            [0, 0.51, 3, 3, 8, 8],
        ],
        np.float32,
    )
    first, second = paddle_boxes({"b": rows, "n": np.array([5, 2], np.int32)}, [square(), square()], LIMITS)
    assert first.boxes.tolist() == [[0, 2, 30, 64]]
    assert np.allclose(first.scores, [0.6])
    assert first.landmarks is None
    assert np.allclose(second.scores, [0.95, 0.51])  # doubles stay: the graph did its own suppression


def test_paddle_boxes_of_frames_without_faces() -> None:
    empty = paddle_boxes({"b": np.zeros((0, 6), np.float32), "n": np.array([0], np.int32)}, [square()], LIMITS)
    assert [len(faces) for faces in empty] == [0]


def test_suppression_is_greedy_and_strict() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 4], [1, 0, 11, 10], [20, 20, 30, 30], [0, 0, 10, 5]], np.float32)
    kept = suppress(boxes, np.array([3, 0, 1, 2, 4]), 0.4)
    assert kept.tolist() == [3, 0, 1]  # IoU 0.4 stays, 0.82 and 0.5 go
    assert suppress(boxes[:0], np.array([], np.intp), 0.4).tolist() == []


def test_suppression_agrees_with_opencv() -> None:
    from core.opencv import cv2

    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 80, (200, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 40, (200, 2))], 1).astype(np.float32)
    scores = rng.permutation(200).astype(np.float32) / 200
    wide = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)
    expected = np.array(cv2.dnn.NMSBoxes(wide.tolist(), scores.tolist(), 0.0, 0.4)).reshape(-1)
    assert suppress(boxes, np.argsort(-scores), 0.4).tolist() == expected.tolist()
