from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.opencv import cv2
from core.vision.align import STANDARD, TEMPLATE, crop_faces
from core.vision.detector import Detector
from core.vision.quality import assess, pose

Seen = tuple[np.ndarray, np.ndarray, np.ndarray]


def words(quality: object) -> str:
    return " ".join(str(reason) for reason in quality.reasons)


def falls(scores: list[float]) -> bool:
    return all(after < before for before, after in pairwise(scores))


def test_a_good_portrait_scores_well_and_has_nothing_to_say(crop: Seen) -> None:
    quality = assess(*crop)
    assert quality.score > 0.6
    assert quality.reasons == ()
    assert abs(quality.roll) < 15
    assert 60 < quality.light < 220


def test_blur_lowers_it(crop: Seen) -> None:
    picture, box, points = crop
    blurred = [cv2.GaussianBlur(picture, (0, 0), sigma) for sigma in (1, 1.7, 2.5, 4)]
    found = [assess(each, box, points) for each in (picture, *blurred)]
    assert falls([each.score for each in found])
    assert falls([each.sharpness for each in found])
    assert "blurred" in words(found[-1])


def test_grain_does_not_pass_for_sharpness(crop: Seen) -> None:
    picture, box, points = crop
    blurred = cv2.GaussianBlur(picture, (0, 0), 3).astype(float)
    grain = np.random.default_rng(0).normal(0, 6, picture.shape)
    noisy = (blurred + grain).clip(0, 255).astype(np.uint8)
    assert assess(noisy, box, points).score < 0.6 * assess(picture, box, points).score


def test_a_small_face_is_worse_and_told_its_size(crop: Seen) -> None:
    picture, _, points = crop
    sides = (140, 90, 60, 40, 25, 18)
    found = [assess(picture, np.array([0, 0, side, side * 1.3], np.float32), points) for side in sides]
    assert falls([each.score for each in found])
    assert "The face is small: 25 pixels." in words(found[4])
    assert found[4].size == 25


@pytest.mark.parametrize(("gains", "told"), [((1, 0.4, 0.28, 0.2, 0.12), "dark"), ((1, 1.35, 1.5, 1.8), "bright")])
def test_bad_light_lowers_it(crop: Seen, gains: tuple[float, ...], told: str) -> None:
    picture, box, points = crop
    found = [assess((picture * gain).clip(0, 255).astype(np.uint8), box, points) for gain in gains]
    assert falls([each.score for each in found])
    assert f"too {told}" in words(found[-1])
    assert told not in words(found[0])


def test_light_from_behind_is_told(crop: Seen) -> None:
    picture, box, points = crop
    against = (picture * 0.35).astype(np.uint8)
    against[:, :14] = against[:, -14:] = 250
    quality = assess(against, box, points)
    assert "from behind" in words(quality)
    assert quality.score < assess(*crop).score


def turned_head(yaw: float, pitch: float = 0.0) -> np.ndarray:
    """Landmarks of a head in space: eyes and mouth in a plane, the nose before it."""
    head = np.array([(-0.5, 0, 0), (0.5, 0, 0), (0, 0.59, 0.55), (-0.4, 1.05, 0.1), (0.4, 1.05, 0.1)])
    a, b = np.radians([yaw, pitch])
    sideways = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    return ((head @ sideways.T @ nod.T)[:, :2] * 40 + 56).astype(np.float32)


@pytest.mark.parametrize("yaw", [-60, -30, 0, 30, 60])
def test_yaw_is_told_about_right(yaw: float) -> None:
    assert abs(pose(turned_head(yaw))[0] - yaw) < 8


def test_turning_away_lowers_it_on_either_side(crop: Seen) -> None:
    picture, box, _ = crop
    for side in (1, -1):
        found = [assess(picture, box, turned_head(side * yaw)) for yaw in (0, 20, 35, 45, 60)]
        assert falls([each.score for each in found])
        assert "turned away: about" in words(found[-1])


def test_pitch_has_its_sign_and_lowers_it(crop: Seen) -> None:
    picture, box, _ = crop
    down, level, up = (assess(picture, box, turned_head(0, pitch)) for pitch in (50, 0, -50))
    assert up.pitch < -20 < level.pitch < 20 < down.pitch
    assert max(up.score, down.score) < level.score


def test_roll_costs_nothing() -> None:
    turn = np.radians(40)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    upright, rolled = pose(np.array(TEMPLATE)), pose(np.array(TEMPLATE) @ matrix.T)
    assert abs(rolled[2] - upright[2] - 40) < 1e-6
    assert np.allclose(rolled[:2], upright[:2])


def test_without_landmarks_the_pose_counts_as_frontal(crop: Seen) -> None:
    quality = assess(crop[0], crop[1], None)
    assert (quality.yaw, quality.pitch, quality.roll) == (0, 0, 0)
    assert quality.score > 0.5


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), np.nan)])
def test_senseless_input_gives_a_score_and_no_crash(points: np.ndarray) -> None:
    quality = assess(np.zeros((112, 112, 3), np.uint8), np.zeros(4, np.float32), points.astype(np.float32))
    assert quality.score == 0
    assert quality.reasons


def test_a_low_score_always_has_a_reason(crop: Seen) -> None:
    rng = np.random.default_rng(0)
    picture, _, _ = crop
    for _ in range(200):
        side, sigma, gain, yaw = rng.uniform(20, 150), rng.uniform(0.1, 3), rng.uniform(0.2, 1), rng.uniform(-60, 60)
        worse = (cv2.GaussianBlur(picture, (0, 0), sigma) * gain).astype(np.uint8)
        quality = assess(worse, np.array([0, 0, side, side], np.float32), turned_head(yaw))
        assert 0 <= quality.score <= 1
        assert quality.reasons or quality.score >= 0.35


def test_most_portraits_of_people_score_above_a_half(detector: Detector, shared_data: Path) -> None:
    from core.photos import open_photo

    with (shared_data / "photos" / "identities.csv").open(encoding="utf-8", newline="") as file:
        names = [row["file"] for row in csv.DictReader(file) if row["file"].startswith("single/")]
    scores = []
    for name in names[::3]:
        pixels = open_photo(shared_data / "photos" / name).decode()
        faces = detector.find(pixels)[:1]
        scores += [
            assess(crop, box, points).score
            for crop, box, points in zip(crop_faces(pixels, faces, STANDARD), faces.boxes, faces.landmarks, strict=True)
        ]
    assert np.mean(np.array(scores) > 0.5) > 0.9
