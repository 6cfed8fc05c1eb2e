"""Which training faces look alike to the teacher, and which ones a model describes worst.

    python alike.py --work WORK --teacher TEACHER.xml --model FEATURE.onnx

Writes WORK/alike.npz: near (n, 16) rows of the most alike faces of other people, apart (n,) how far the model's
description is from the teacher's (1 - cosine), both for the rows of people.npy.
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    faces = np.ascontiguousarray(np.load(options.work / "people.npy", mmap_mode="r")[:, 8:-8, 8:-8])
    people = np.load(options.work / "labels.npz")["people"]
    teacher = Teacher(options.teacher)
    missing = -len(faces) % teacher.batch  # the teacher takes whole batches
    features = teacher(np.concatenate([faces, faces[:missing]])).features[: len(faces)]
    apart = 1 - (features * Feature(options.model)(list(faces))).sum(1)
    np.savez(options.work / "alike.npz", near=nearest_others(features, people), apart=apart)
    print(f"{len(faces)} faces, mean {apart.mean():.3f}, worst tenth over {np.quantile(apart, 0.9):.3f}")


if __name__ == "__main__":
    main()
