"""Prepares the training and evaluation sets from the data folder.

    python prepare.py --data DATA --work WORK

Writes to WORK:
    people.npy    (n, 128, 128, 3) uint8 BGR, faces of the LFW training people and of the 24 people, aligned: the 112
                  crop of the template in the middle, 8 pixels more on every side
    drawn.npy     the same for drawn people
    labels.npz    people (n,), drawn (m,): a number for each person
    rarity.json   how often the detector's scenes show a picture, by its name
    heads.npz     X (n, 160, 160, 4) BGRA drawn heads, B (n, 4) boxes, L (n, 5, 2) landmarks, for the detector's scenes
    lfw_eval.npz  A (7701, 112, 112, 3) crops of the test pairs by the teacher's landmarks, pairs (6000, 3); not for
                  training
"""

import argparse
import json
import os
from pathlib import Path

import cv2
import numpy as np

import drawn_people
from backdrop import background, paste
from detection import Detector
from geometry import align

MARGIN = 8
POOL_SIZE = 112 + 2 * MARGIN
TRAIN_SEED = 1  # the evaluation draws its people with another seed


def rarity(landmarks: np.ndarray, score: float) -> float:
    """How often the detector's scenes shall show a face: turned and hardly recognizable ones more often."""
    eyes = landmarks[1] - landmarks[0]
    sideways = abs((landmarks[2] - landmarks[:2].mean(0)) @ eyes) / (eyes @ eyes + 1e-6)
    return (1 + 10 * min(float(sideways), 0.7) + 12 * max(0.85 - float(score), 0)) ** 2


def lfw_people(data: Path) -> tuple[list[np.ndarray], list[str], dict[str, float]]:
    """Aligned faces of the LFW training pictures, names, rarity by file; the face in the middle is the named one's."""
    teacher = Detector(data / "models" / "yunet_n_dynamic.onnx", raw=True)
    crops, names, rare = [], [], {}
    for path in sorted((data / "lfw" / "train").rglob("*.jpg")):
        image = cv2.imread(str(path))
        faces = teacher(image, 160, 0.4)
        if not len(faces.scores):
            continue
        middle = faces.boxes[:, :2] + faces.boxes[:, 2:] / 2
        nearest = np.argmin(np.abs(middle - np.array(image.shape[1::-1]) / 2).sum(1))
        crops.append(align(image, faces.landmarks[nearest], POOL_SIZE, MARGIN))
        names.append(path.parent.name)
        rare[path.name] = rarity(faces.landmarks[nearest], faces.scores[nearest])
    return crops, names, rare


def aligned_people(data: Path) -> tuple[list[np.ndarray], list[str]]:
    """The 24 people's 112x112 crops, with a reflected border to the size of the pool."""
    paths = sorted((data / "train" / "glint24").rglob("*.*"))
    images = [cv2.imread(str(path)) for path in paths]
    border = (MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_REFLECT_101)
    rows = [row for row, image in enumerate(images) if image is not None]
    return [cv2.copyMakeBorder(images[row], *border) for row in rows], [paths[row].parent.name for row in rows]


def drawn_faces(count: int, pictures: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Aligned drawn faces on drawn backgrounds, `pictures` of each of `count` people."""
    crops, labels = [], []
    for number in range(count):
        person = drawn_people.person(np.random.default_rng([seed, number]))
        for picture in range(pictures):
            rng = np.random.default_rng([seed, number, picture, 7])
            head, _, landmarks = drawn_people.draw(person, rng)
            scene = background(rng, 160, 160)
            paste(scene, head, 0, 0)
            crops.append(align(scene, landmarks, POOL_SIZE, MARGIN))
            labels.append(number)
    return np.stack(crops), np.array(labels)


def drawn_heads(count: int, seed: int) -> dict[str, np.ndarray]:
    """Heads with transparent surroundings, boxes and landmarks; every one another person."""
    heads, boxes, landmarks = [], [], []
    for number in range(count):
        person = drawn_people.person(np.random.default_rng([seed, number, 3]))
        head, box, points = drawn_people.draw(person, np.random.default_rng([seed, number, 5]))
        heads.append(head)
        boxes.append(box)
        landmarks.append(points)
    return {"X": np.stack(heads), "B": np.array(boxes, np.float32), "L": np.array(landmarks, np.float32)}


def read_pairs(path: Path, row: dict[str, int]) -> np.ndarray:
    """(6000, 3): row, row, same person; in the order of the file's ten folds."""
    pairs = []
    for line in path.read_text(encoding="utf-8").split("\n")[1:]:
        words = line.split()
        if len(words) not in {3, 4}:
            continue
        first, second = (words[0], words[0]) if len(words) == 3 else (words[0], words[2])
        pictures = f"{first}/{first}_{int(words[1]):04d}.jpg", f"{second}/{second}_{int(words[-1]):04d}.jpg"
        pairs.append((row[pictures[0]], row[pictures[1]], len(words) == 3))
    return np.array(pairs, int)


def lfw_evaluation(data: Path) -> dict[str, np.ndarray]:
    known = json.loads((data / "lfw" / "test_pairs_yunet.json").read_text(encoding="utf-8"))
    names, crops = sorted(known), []
    for name in names:
        image = cv2.imread(str(data / "lfw" / "test_pairs" / name))
        crops.append(align(image, np.array(known[name][4:14]).reshape(5, 2)))
    pairs = read_pairs(data / "lfw" / "pairs.txt", {name: i for i, name in enumerate(names)})
    return {"A": np.stack(crops), "pairs": pairs}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("FACEFOLIO_TEST_DATA"))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--drawn", type=int, default=1500, help="drawn people for the feature model")
    parser.add_argument("--heads", type=int, default=3000, help="drawn heads for the detector")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    lfw, lfw_names, rare = lfw_people(options.data)
    (options.work / "rarity.json").write_text(json.dumps(rare), encoding="utf-8")
    others, other_names = aligned_people(options.data)
    np.save(options.work / "people.npy", np.stack(lfw + others))
    people = np.unique(lfw_names + other_names, return_inverse=True)[1]
    drawn, drawn_labels = drawn_faces(options.drawn, 4, TRAIN_SEED)
    np.save(options.work / "drawn.npy", drawn)
    np.savez(options.work / "labels.npz", people=people, drawn=drawn_labels, lfw=len(lfw))
    np.savez(options.work / "heads.npz", **drawn_heads(options.heads, TRAIN_SEED))
    np.savez(options.work / "lfw_eval.npz", **lfw_evaluation(options.data))
    print(f"{len(lfw)} LFW faces, {len(others)} of the 24 people, {people.max() + 1} people, {len(drawn)} drawn faces")


if __name__ == "__main__":
    main()
