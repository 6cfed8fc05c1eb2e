"""Hand-computed cases for the measurements: `pytest --import-mode=prepend tools/train_builtin`."""

import time

import numpy as np
import pytest

from alike import crowding, nearest_others
from detection import Faces, decode, fit, suppress
from geometry import TEMPLATE_112, iou, mirror_landmarks, similarity
from measure_detector import Hit, by_size, landmark_error, match, operating_point
from metrics import all_pairs, fold_accuracy, threshold_at, verification
from warp import displace, roll

BOX = [0.0, 0.0, 40.0, 40.0]


def found(*boxes: list[float], scores: tuple[float, ...]) -> Faces:
    return Faces(np.array(boxes), np.array(scores), np.zeros((len(boxes), 5, 2)))


def test_iou_of_half_shifted_squares() -> None:
    assert iou(np.array(BOX), np.array([[20.0, 0, 40, 40], BOX, [50, 50, 9, 9]])) == pytest.approx([1 / 3, 1, 0])


def test_match_gives_each_face_to_one_detection() -> None:
    hits = match(found(BOX, [1.0, 0, 40, 40], scores=(0.6, 0.9)), np.array([BOX]), 30, 1.0)
    assert [(hit.score, hit.right) for hit in hits] == [(0.9, True), (0.6, False)]


def test_match_leaves_small_faces_out() -> None:
    truth, faces = np.array([[0.0, 0, 20, 20]]), found([0.0, 0, 20, 20], [90, 90, 20, 20], scores=(0.9, 0.8))
    assert match(faces, truth, 30, 1.0) == []


def test_operating_point_takes_the_last_score_with_the_precision() -> None:
    hits = [Hit(0.9, True, 40), Hit(0.8, False, 40), Hit(0.7, True, 40), Hit(0.6, True, 40), Hit(0.5, False, 40)]
    assert operating_point(hits, 4, 0.75) == (0.75, 0.6)
    assert operating_point([Hit(0.9, False, 40)], 4, 0.5) == (0.0, 1.0)


def test_by_size_counts_in_ranges() -> None:
    hits = [Hit(0.9, True, 20), Hit(0.9, False, 20), Hit(0.1, True, 20), Hit(0.9, True, 100)]
    rows = by_size(hits, np.array([20.0, 22.0, 100.0]), 0.5)
    assert [(row["faces"], row["found"], row["wrong"]) for row in rows] == [(2, 1, 1), (1, 1, 0)]


def test_landmark_error_in_eye_distances() -> None:
    assert landmark_error(TEMPLATE_112 + np.array([3, 4]), TEMPLATE_112) == pytest.approx(5 / 35.2357, rel=1e-3)


def test_similarity_undoes_a_turn_and_a_scale() -> None:
    turned = TEMPLATE_112 @ np.array([[0.0, 2.0], [-2.0, 0.0]]) + [7, -3]
    matrix = similarity(turned, TEMPLATE_112)
    assert turned @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(TEMPLATE_112)


def test_mirrored_twice_is_the_same() -> None:
    assert mirror_landmarks(mirror_landmarks(TEMPLATE_112, 112), 112) == pytest.approx(TEMPLATE_112)


def test_decode_one_cell() -> None:
    outputs = {}
    for stride, cells in ((8, 32), (16, 8), (32, 2)):
        for kind, size in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            outputs[f"{kind}_{stride}"] = np.zeros((cells, size))
    outputs["cls_8"][9], outputs["obj_8"][9] = 0.81, 1.0  # a picture of 64 x 32: column 1, row 1
    outputs["bbox_8"][9] = [0.5, 0.5, np.log(2), 0]
    faces = suppress(decode(outputs, 64, 0.5), 0.5)
    assert faces.boxes[0] == pytest.approx([4, 8, 16, 8])
    assert faces.scores == pytest.approx([0.9])
    assert faces.landmarks[0] == pytest.approx(np.full((5, 2), 8.0))


def test_suppressed_cells_have_a_say_in_the_landmarks() -> None:
    points = np.stack([np.zeros((5, 2)), np.ones((5, 2))])
    kept = suppress(Faces(np.array([BOX, [2.0, 0, 40, 40]]), np.array([0.5, 1.0]), points), 0.3)
    assert kept.boxes.tolist() == [[2, 0, 40, 40]]
    assert kept.landmarks[0] == pytest.approx(np.full((5, 2), 16 / 17))  # by the fourth power of the scores


def test_clock_times_that_have_passed_are_tomorrows() -> None:
    pytest.importorskip("torch")
    from schedule import clock

    soon, before = (time.strftime("%H:%M", time.localtime(time.time() + away)) for away in (7200, -7200))
    assert 0 < clock(soon, 0) - time.time() <= 7200
    assert 21 * 3600 < clock(before, 0) - time.time() < 23 * 3600
    assert clock(None, 2) - time.time() == pytest.approx(120, abs=5)


def test_fit_pads_to_multiples_of_32() -> None:
    padded, factor = fit(np.zeros((50, 100, 3), np.uint8), 64, enlarge=False)
    assert (padded.shape, factor) == ((32, 64, 3), 0.64)
    assert fit(np.zeros((50, 100, 3), np.uint8), 200, enlarge=False)[1] == 1.0


def test_fold_accuracy_of_separable_and_swapped_pairs() -> None:
    same = np.tile([True, False], 20)
    score = np.where(same, 0.8, 0.2)
    assert fold_accuracy(score, same)[0].mean() == 1
    score[0], score[1] = 0.2, 0.8  # one fold of four pairs has two wrong ones
    assert fold_accuracy(score, same)[0].mean() == pytest.approx(0.95)


def test_threshold_and_verification() -> None:
    impostors = np.linspace(0, 0.99, 100)
    assert threshold_at(0.01, impostors) == pytest.approx(0.98)
    features = np.array([[1.0, 0], [2.0, 0], [0, 1.0]])
    result = verification(features, np.array([[0, 1, 1], [0, 2, 0]] * 20))
    assert (result["accuracy"], result["tar_at_0.01"]) == (1.0, 1.0)


def test_all_pairs_of_two_people() -> None:
    features = np.array([[1.0, 0], [1.0, 0.1], [0, 1.0], [0.1, 1.0]])
    result = all_pairs(features, np.array([0, 0, 1, 1]))
    assert (result["tar_at_0.01"], result["rank1"]) == (1.0, 1.0)


def test_nearest_others_leaves_ones_own_pictures_out() -> None:
    features = np.array([[1.0, 0], [0.99, 0.14], [0.6, 0.8], [0.8, 0.6]])
    assert nearest_others(features, np.array([0, 0, 1, 2]), 2).tolist() == [[3, 2], [3, 2], [3, 1], [2, 1]]


def test_crowding_takes_one_picture_of_each_other_person() -> None:
    features = np.array([[1.0, 0], [0.99, 0.14], [0.6, 0.8], [0.8, 0.6]])
    assert crowding(features, np.array([0, 0, 1, 2]), 2) == pytest.approx([0.7, 0.791, 0.78, 0.88])


def test_displace_moves_the_picture_by_the_grid() -> None:
    image = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    shift = np.zeros((3, 3, 2), np.float32)
    assert (displace(image, shift) == image).all()
    shift[..., 0] = 2
    assert (displace(image, shift)[:, :6] == image[:, 2:]).all()


def test_roll_shows_what_lies_further_left_or_up_and_keeps_the_rim() -> None:
    columns, rows = np.meshgrid(np.arange(101), np.arange(101))
    image = np.stack([columns, rows, columns], -1).astype(np.uint8)
    assert (roll(image, 0, 0, 40) == image).all()
    left, up = roll(image, 0.5, 0, 40), roll(image, 0, 0.5, 40)
    assert left[50, 50, :2] == pytest.approx((50 - 40 * np.sin(0.5), 50), abs=1)
    assert up[50, 50, :2] == pytest.approx((50, 50 - 40 * np.sin(0.5)), abs=1)
    assert (left[:, :9] == image[:, :9]).all()
