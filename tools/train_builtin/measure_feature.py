"""Measurements of detector and feature model together: LFW pairs, portraits, drawn people, damaged pictures."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import drawn_people
from backdrop import background, paste, wear
from damage import DAMAGES
from detection import Detector, Faces, open_session
from geometry import align
from measure_detector import landmark_error
from measure_groups import by_group
from metrics import all_pairs, unit, verification
from prepare import read_pairs

EVALUATION_SEED = 4242  # other people than those drawn for the training


class Feature:
    """A feature model on one thread. `raw` models take 128x128 BGR 0..255, ours 112x112 in [-1, 1]."""

    def __init__(self, path: Path | str, raw: bool = False) -> None:
        self.session, self.raw = open_session(path), raw
        self.input = self.session.get_inputs()[0].name

    def __call__(self, crops: list[np.ndarray]) -> np.ndarray:
        parts = [self._run(crops[i : i + 64]) for i in range(0, len(crops), 64)]
        return unit(np.concatenate(parts))

    def _run(self, crops: list[np.ndarray]) -> np.ndarray:
        x = np.stack([cv2.resize(crop, (128, 128)) for crop in crops] if self.raw else crops).astype(np.float32)
        x = x if self.raw else (x - 127.5) / 127.5
        return self.session.run(None, {self.input: x.transpose(0, 3, 1, 2)})[0].reshape(len(x), -1)


def largest(faces: Faces) -> int:
    return int(np.argmax(faces.boxes[:, 2] * faces.boxes[:, 3]))


def lfw(detector: Detector, feature: Feature, folder: Path, known_at: float, side: int = 320) -> dict[str, object]:
    """The 6000 pairs with the teacher's landmarks and with the detector's own; the landmarks' difference; groups."""
    known = json.loads((folder / "test_pairs_yunet.json").read_text(encoding="utf-8"))
    names, given, own, errors = sorted(known), [], [], []
    for name in names:
        image, truth = cv2.imread(str(folder / "test_pairs" / name)), np.array(known[name][4:14]).reshape(5, 2)
        given.append(align(image, truth))
        faces = detector(image, side, 0.3)
        if len(faces.scores):
            nearest = np.argmin(np.linalg.norm(faces.landmarks.mean(1) - truth.mean(0), axis=1))
            errors.append(landmark_error(faces.landmarks[nearest], truth))
            own.append(align(image, faces.landmarks[nearest]))
        else:
            own.append(given[-1])
    pairs = read_pairs(folder / "pairs.txt", {name: i for i, name in enumerate(names)})
    people = np.unique([name.split("/")[0] for name in names], return_inverse=True)[1]
    vectors, points = feature(given), np.array([known[name][4:14] for name in names]).reshape(-1, 5, 2)
    return {
        "teacher_landmarks": verification(vectors, pairs),
        "own_landmarks": verification(feature(own), pairs),
        "all_pairs": all_pairs(vectors, people),
        "groups": by_group(vectors, [name.split("/")[0] for name in names], given, points, known_at),
        "missed": len(names) - len(errors),
        "landmark_error": round(float(np.median(errors)), 4),
    }


def read_portraits(folder: Path) -> tuple[list[Path], np.ndarray]:
    with (folder / "identities.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("single/")]
    return [folder / row["file"] for row in rows], np.array([row["identity"] for row in rows])


def accepted(cosines: np.ndarray, names: np.ndarray, known: float, margin: float) -> bool:
    """The application's rule: the best person reaches `known` and leads the second best by `margin`."""
    people = np.unique(names)
    best = np.sort([cosines[names == person].max() for person in people])[::-1]
    return bool(best[0] >= known and (len(best) == 1 or best[0] - best[1] >= margin))


def portrait_crops(detector: Detector, paths: list[Path], side: int) -> tuple[list[np.ndarray], list[int]]:
    """The largest face of every portrait, and the rows of those that have one."""
    crops, kept = [], []
    for row, path in enumerate(paths):
        image = cv2.imread(str(path))
        faces = detector(image, side, 0.3, enlarge=True)
        if len(faces.scores):
            crops.append(align(image, faces.landmarks[largest(faces)]))
            kept.append(row)
    return crops, kept


def portraits(
    detector: Detector, feature: Feature, folder: Path, side: int, rule: tuple[float, float]
) -> dict[str, float]:
    """Each single portrait against all others: rank-1, and how often a person who is not enrolled is accepted."""
    paths, names = read_portraits(folder)
    crops, kept = portrait_crops(detector, paths, side)
    names, vectors = names[kept], feature(crops)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    several = np.array([(names == name).sum() > 1 for name in names])
    strangers = cosines[names[:, None] != names[None]]
    right, taken = names[cosines.argmax(1)] == names, []
    for row, name in zip(cosines, names, strict=True):
        others = names != name
        taken.append(accepted(row[others], names[others], *rule))
    sure = [accepted(np.delete(row, i), np.delete(names, i), *rule) for i, row in enumerate(cosines)]
    return {
        "faceless": len(paths) - len(kept),
        "rank1": round(float(right[several].mean()), 4),
        "named_by_rule": round(float((right & np.array(sure))[several].mean()), 4),
        "strangers_accepted": round(float(np.mean(taken)), 4),
        "strangers_highest": round(float(strangers.max()), 3),
        "strangers_99.9": round(float(np.quantile(strangers, 0.999)), 3),
    }


def drawn(detector: Detector, feature: Feature, score: float, people: int = 40, pictures: int = 24) -> dict[str, float]:
    """Unseen drawn people: how many are found, and for how many the nearest other picture is of the same one.

    Also how many are found with `score`, the one of the detector's card: the demo's people are drawn, too.
    """
    crops, names, wrong, sure = [], [], 0, 0
    for number in range(people):
        person = drawn_people.person(np.random.default_rng([EVALUATION_SEED, number]))
        for picture in range(pictures):
            rng = np.random.default_rng([EVALUATION_SEED, number, picture, 7])
            head, _, _ = drawn_people.draw(person, rng)
            image = background(rng, 160, 160)
            paste(image, head, int(rng.integers(-8, 9)), int(rng.integers(-8, 9)))
            image = wear(rng, image)
            faces = detector(image, 320, 0.5)
            wrong += max(len(faces.scores) - 1, 0)
            sure += faces.scores.max(initial=0) >= score
            if len(faces.scores):
                crops.append(align(image, faces.landmarks[largest(faces)]))
                names.append(number)
    vectors, labels = feature(crops), np.array(names)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    right = (labels[cosines.argmax(1)] == labels).mean()
    total = people * pictures
    return {
        "found": round(len(names) / total, 4),
        "found_at_the_cards_score": round(float(sure / total), 4),
        "wrong_boxes": wrong,
        "nearest_right": round(float(right), 4),
    }


def upright(detector: Detector, image: np.ndarray, side: int) -> tuple[np.ndarray, Faces]:
    """Tries the picture as it is and, only where nothing is found, turned three ways: the best score wins."""
    faces = detector(image, side, 0.5)
    if len(faces.scores):
        return image, faces
    turned = [np.ascontiguousarray(np.rot90(image, k)) for k in (1, 2, 3)]
    found = [(picture, detector(picture, side, 0.5)) for picture in turned]
    return max(found, key=lambda pair: pair[1].scores.max(initial=0))


def damaged_crops(
    detector: Detector, images: list[np.ndarray], points: list[np.ndarray], change: Callable
) -> tuple[list[np.ndarray], np.ndarray]:
    """Aligned faces of the changed pictures, and which of them were found."""
    crops, found = [], []
    for image, landmarks in zip(images, points, strict=True):
        picture, faces = upright(detector, change(image.copy(), landmarks), 320)
        found.append(len(faces.scores) > 0)
        blank = np.zeros((112, 112, 3), np.uint8)
        crops.append(align(picture, faces.landmarks[largest(faces)]) if found[-1] else blank)
    return crops, np.array(found)


def robustness(detector: Detector, feature: Feature, folder: Path, count: int = 600) -> dict[str, dict]:
    """The first pairs with the second picture damaged; decisions at the threshold of FAR 1e-2 on undamaged ones."""
    known = json.loads((folder / "test_pairs_yunet.json").read_text(encoding="utf-8"))
    names = sorted(known)
    pairs = read_pairs(folder / "pairs.txt", {name: i for i, name in enumerate(names)})[:count]
    sides = []
    for column in (0, 1):
        images = [cv2.imread(str(folder / "test_pairs" / names[row])) for row in pairs[:, column]]
        points = [np.array(known[names[row]][4:14]).reshape(5, 2) for row in pairs[:, column]]
        sides.append((images, points))
    first = feature([align(image, landmarks) for image, landmarks in zip(*sides[0], strict=True)])
    same, result, threshold = pairs[:, 2].astype(bool), {}, 0.0
    for name, change in DAMAGES.items():
        crops, found = damaged_crops(detector, *sides[1], change)
        score = (first * feature(crops)).sum(1)
        if name == "none":
            threshold = float(np.quantile(score[~same], 0.99))
        result[name] = {
            "found": round(float(found.mean()), 3),
            "same_accepted": round(float((found & (score >= threshold))[same].mean()), 3),
            "others_accepted": round(float((found & (score >= threshold))[~same].mean()), 3),
        }
    return result
