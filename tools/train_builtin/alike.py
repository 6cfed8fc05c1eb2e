"""Which training faces look alike to the teacher, and how often each shall be shown.

    python alike.py --work WORK --teacher TEACHER.xml --model FEATURE.onnx

Writes WORK/alike.npz for the rows of people.npy: near (n, 16) rows of the most alike faces of other people, weight (n,)
how often to show a face.
"""

import argparse
from pathlib import Path

import numpy as np

from measure_feature import Feature
from taught import Teacher

NEIGHBOURS = 16


def nearest_others(features: np.ndarray, people: np.ndarray, count: int = NEIGHBOURS) -> np.ndarray:
    """(n, count) rows by falling cosine; a person's own pictures are left out."""
    near = np.empty((len(features), count), np.int64)
    for row, feature in enumerate(features):
        cosines = features @ feature
        cosines[people == people[row]] = -1
        best = np.argpartition(-cosines, count)[:count]
        near[row] = best[np.argsort(-cosines[best])]
    return near


def crowding(features: np.ndarray, people: np.ndarray, count: int = 8) -> np.ndarray:
    """(n,) mean cosine to the most alike faces of `count` other people, one picture of each."""
    firsts = np.unique(people, return_index=True)[1]
    crowd = np.empty(len(features))
    for row, feature in enumerate(features):
        cosines = features[firsts] @ feature
        cosines[people[firsts] == people[row]] = -1
        crowd[row] = np.partition(cosines, -count)[-count:].mean()
    return crowd


def weights(apart: np.ndarray, crowd: np.ndarray) -> np.ndarray:
    """More often: faces that the model describes badly, and those to which many others are alike.

    `apart` (n,) is 1 - cosine of the model's and the teacher's description. East Asian faces are few in the data and
    alike to the teacher: a model that takes what comes confuses them.
    """
    badly = np.clip((apart / apart.mean()) ** 2, 0.3, 6)
    return badly * np.clip(np.exp((crowd - np.median(crowd)) / 0.02), 1, 16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    faces = np.ascontiguousarray(np.load(options.work / "people.npy", mmap_mode="r")[:, 8:-8, 8:-8])
    people = np.load(options.work / "labels.npz")["people"]
    teacher = Teacher(options.teacher, inner={})
    missing = -len(faces) % teacher.batch  # the teacher takes whole batches
    features = teacher(np.concatenate([faces, faces[:missing]])).features[: len(faces)]
    apart = 1 - (features * Feature(options.model)(list(faces))).sum(1)
    crowd = crowding(features, people)
    np.savez(options.work / "alike.npz", near=nearest_others(features, people), weight=weights(apart, crowd))
    print(f"{len(faces)} faces, {apart.mean():.3f} from the teacher, {crowd.mean():.3f} to the nearest others")


if __name__ == "__main__":
    main()
