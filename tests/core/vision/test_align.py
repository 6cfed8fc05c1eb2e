from __future__ import annotations

import math

import numpy as np
import pytest

from core.models.cards import Alignment
from core.opencv import cv2
from core.types import Faces
from core.vision.align import (
    STANDARD,
    TEMPLATE,
    crop_faces,
    crop_from_view,
    enlargements,
    matrix_of,
    similarity,
    view_of,
)

TARGET = np.array(TEMPLATE)
SHIFTED = TARGET + np.array([12, 4])


def moved(points: np.ndarray, *, scale: float, degrees: float, shift: tuple[float, float]) -> np.ndarray:
    turn = math.radians(degrees)
    matrix = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    return points @ matrix.T + shift


def face(box: tuple[float, ...], points: np.ndarray | None = None) -> Faces:
    landmarks = None if points is None else points[None].astype(np.float32)
    return Faces(np.array([box], np.float32), np.ones(1, np.float32), landmarks)


@pytest.mark.parametrize("degrees", [0, 33, 90, 180, -120])
def test_a_similarity_is_found_again(degrees: float) -> None:
    source = moved(TARGET, scale=2.5, degrees=degrees, shift=(300, -40))
    matrix = similarity(source, TARGET)
    assert matrix is not None
    assert np.allclose(source @ matrix[:, :2].T + matrix[:, 2], TARGET, atol=1e-9)
    assert math.isclose(math.sqrt(np.linalg.det(matrix[:, :2])), 1 / 2.5)


def test_a_quarter_turn_by_hand() -> None:
    matrix = similarity([(0, 0), (1, 0), (0, 1)], [(5, 5), (5, 7), (3, 5)])
    assert np.allclose(matrix, [[0, -2, 5], [2, 0, 5]])


def test_noise_is_spread_by_least_squares_as_umeyama_does() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        source, target = rng.normal(0, 30, (5, 2)), rng.normal(0, 30, (5, 2))
        found = similarity(source, target)
        assert found is not None
        best = np.sum((source @ found[:, :2].T + found[:, 2] - target) ** 2)
        a, b = found[0, 0], found[1, 0]
        for da, db, dx, dy in rng.normal(0, 0.01, (20, 4)):
            other = np.array([[a + da, -b - db], [b + db, a + da]])
            assert best <= np.sum((source @ other.T + found[:, 2] + np.array([dx, dy]) - target) ** 2) + 1e-9


@pytest.mark.parametrize("points", [np.full((5, 2), 7.0), np.full((5, 2), np.nan), np.full((5, 2), np.inf)])
def test_points_that_fall_together_give_no_similarity_but_a_crop(points: np.ndarray, checkerboard: np.ndarray) -> None:
    with np.errstate(invalid="ignore"):
        assert similarity(points, TARGET) is None
        crop = crop_faces(checkerboard, face((40, 20, 100, 90), points), STANDARD)[0]
    assert np.array_equal(crop, crop_faces(checkerboard, face((40, 20, 100, 90)), STANDARD)[0])
    assert crop.std() > 10


def test_a_face_that_lies_as_in_the_template_is_only_cut_out(checkerboard: np.ndarray) -> None:
    crop = crop_faces(checkerboard, face((10, 5, 100, 110), SHIFTED), STANDARD)[0]
    assert np.abs(crop.astype(int) - checkerboard[4:116, 12:124]).max() <= 1


def test_a_turned_face_becomes_upright(checkerboard: np.ndarray) -> None:
    upright = crop_faces(checkerboard, face((10, 5, 100, 110), SHIFTED), STANDARD)[0]
    turned = cv2.rotate(checkerboard, cv2.ROTATE_90_CLOCKWISE)
    x, y = SHIFTED.T
    points = np.stack([checkerboard.shape[0] - 1 - y, x], 1)
    again = crop_faces(turned, face((0, 0, 110, 110), points), STANDARD)[0]
    assert np.abs(again.astype(int) - upright).max() <= 2


def test_outside_the_frame_is_black(checkerboard: np.ndarray) -> None:
    crop = crop_faces(checkerboard, face((0, 0, 50, 50), TARGET - np.array([30, 0])), STANDARD)[0]
    assert crop[:, :29].max() == 0
    assert crop[:, 32:].std() > 10
    far = crop_faces(checkerboard, face((900, 900, 950, 950), TARGET * 9 + 5000), STANDARD)[0]
    assert far.max() == 0


@pytest.mark.parametrize("scale", [2.2, 3.0, 4.6, 9.0])
def test_a_large_face_is_averaged_not_sampled_and_stays_in_place(scale: float) -> None:
    size = int(112 * scale) + 20
    rows, columns = np.mgrid[:size, :size]
    ramp = ((rows + 2 * columns) * (200 / (3 * size))).astype(np.float64)
    grain = np.random.default_rng(0).choice([-40, 40], (size, size))
    noisy = np.repeat((ramp + grain + 40).clip(0, 255).astype(np.uint8)[..., None], 3, 2)
    points = TARGET * scale + (scale - 1) / 2
    crop = crop_faces(noisy, face((0, 0, size, size), points), STANDARD)[0][..., 0].astype(float)
    y, x = np.mgrid[:112, :112]
    wanted = (y + 2 * x + 1.5) * scale * (200 / (3 * size)) + 40
    inner = (slice(8, -8), slice(8, -8))
    assert abs(float(np.mean(crop[inner] - wanted[inner]))) < 1.5
    assert np.std(crop[inner] - wanted[inner]) < 40 / scale * 1.7
    plain = cv2.warpAffine(noisy, matrix_of(np.zeros(4, np.float32), points, STANDARD), (112, 112))[..., 0]
    assert np.std(crop[inner] - wanted[inner]) < 0.8 * np.std(plain[inner] - wanted[inner])


def test_square_takes_the_longer_side_and_its_margin(checkerboard: np.ndarray) -> None:
    alignment = Alignment(kind="square", size=64, margin=0.5)
    crop = crop_faces(checkerboard, face((60, 50, 92, 82)), alignment)[0]
    assert np.array_equal(crop, checkerboard[34:98, 44:108])
    wide = matrix_of(np.array([0, 0, 40, 20], np.float32), None, Alignment(kind="square", size=40))
    assert np.allclose(wide, [[1, 0, 0], [0, 1, 10]])


def test_stretch_is_cut_and_resized_as_paddlex_does(checkerboard: np.ndarray) -> None:
    alignment = Alignment(kind="stretch", size=112)
    crop = crop_faces(checkerboard, face((10.9, 20.9, 90.2, 60.99)), alignment)[0]
    assert np.array_equal(crop, cv2.resize(checkerboard[20:60, 10:90], (112, 112), interpolation=cv2.INTER_LINEAR))


@pytest.mark.parametrize("kind", ["stretch", "square", "landmarks"])
@pytest.mark.parametrize("box", [(3.2, 3.2, 3.4, 3.9), (5, 5, 5, 5), (-9, -9, -2, -2), (np.nan,) * 4])
def test_an_empty_box_gives_a_picture_and_no_crash(kind: str, box: tuple[float, ...], checkerboard: np.ndarray) -> None:
    crop = crop_faces(checkerboard, face(box), Alignment(kind=kind, size=112))[0]
    assert crop.shape == (112, 112, 3)
    if kind == "stretch":
        assert crop.max() == 0


def test_no_faces_give_no_crops(checkerboard: np.ndarray) -> None:
    assert crop_faces(checkerboard, Faces.none(), STANDARD).shape == (0, 112, 112, 3)


def test_a_view_has_a_margin_and_knows_its_place(checkerboard: np.ndarray) -> None:
    view = view_of(checkerboard, np.array([60, 40, 80, 60], np.float32), margin=0.5)
    assert view.scale == 1.0
    assert view.origin == (50.0, 30.0)
    assert np.array_equal(view.pixels, checkerboard[30:70, 50:90])


def test_a_view_is_cut_at_the_edges_and_never_too_large() -> None:
    frame = np.zeros((600, 900, 3), np.uint8)
    view = view_of(frame, np.array([-20, 10, 400, 590], np.float32), side=128)
    assert max(view.pixels.shape[:2]) == 128
    tiny = view_of(frame, np.array([899, 599, 900, 600], np.float32))
    assert min(tiny.pixels.shape[:2]) >= 1
    assert min(view_of(frame, np.array([5000, 5000, 5001, 5001], np.float32)).pixels.shape[:2]) >= 1


def test_a_crop_from_a_view_is_the_crop_from_the_frame() -> None:
    rows, columns = np.mgrid[:800, :900]
    frame = np.stack([rows * 0.3, columns * 0.28, (rows + columns) * 0.14], 2).astype(np.uint8)
    frame[300:340, 380:440] = 250
    points = moved(TARGET, scale=2.4, degrees=12, shift=(280, 200))
    box = np.array([*(points.min(0) - 60), *(points.max(0) + 60)], np.float32)
    view = view_of(frame, box)
    assert view.scale < 1
    origin = np.array(view.origin)
    in_view = (points - origin) * view.scale
    box_in_view = ((box.reshape(2, 2) - origin) * view.scale).reshape(-1)
    for alignment in (STANDARD, Alignment(kind="square", size=96, margin=0.1)):
        direct = crop_faces(frame, face(tuple(box), points), alignment)[0]
        again = crop_from_view(view.pixels, box_in_view, in_view, alignment)
        assert np.abs(again.astype(int) - direct).mean() < 1.5


def test_enlargement_tells_when_a_finer_frame_would_help() -> None:
    faces = Faces(
        np.array([[0, 0, 56, 56], [0, 0, 448, 448]], np.float32),
        np.ones(2, np.float32),
        np.stack([TARGET / 2, TARGET * 4]).astype(np.float32),
    )
    assert np.allclose(enlargements(faces, STANDARD), [2, 0.25])
    assert np.allclose(enlargements(faces, Alignment(kind="stretch", size=112)), [2, 0.25])
    assert np.allclose(enlargements(faces, Alignment(kind="square", size=112, margin=0.5)), [1, 0.125])
    assert enlargements(Faces.none(), STANDARD).shape == (0,)
