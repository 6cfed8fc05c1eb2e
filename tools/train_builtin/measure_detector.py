"""Measurements of a detector: recall and precision by face size, landmark error, speed."""

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime as ort

from detection import Detector, Faces
from geometry import iou

SIZE_STEPS = (0, 16, 24, 32, 64, 128, 256, 10000)  # face sizes in pixels of the detector's input
Timed = tuple[ort.InferenceSession, tuple[int, ...]]  # a model and the shape of its input


class Hit(NamedTuple):
    """One detection: right or wrong, and the size of the face (or of the wrong box) in pixels of the input."""

    score: float
    right: bool
    size: float


def match(faces: Faces, truth: np.ndarray, least: float, factor: float) -> list[Hit]:
    """Each detection, by falling score, takes the free true face that it covers best, if IoU is 0.5 or more.

    Faces with a side under `least` count neither as found nor, where only they are covered, as wrong.
    """
    hits, free = [], np.ones(len(truth), bool)
    for row in np.argsort(-faces.scores):
        box, score = faces.boxes[row], float(faces.scores[row])
        overlap = iou(box, truth) * free if len(truth) else np.zeros(1)
        best = int(overlap.argmax())
        if overlap[best] >= 0.5:
            free[best] = False
            if truth[best, 2:].min() >= least:
                hits.append(Hit(score, True, float(truth[best, 2:].min() * factor)))
        elif box[2:].min() >= least:
            hits.append(Hit(score, False, float(box[2:].min() * factor)))
    return hits


def operating_point(hits: list[Hit], total: int, precision: float) -> tuple[float, float]:
    """The greatest recall at which precision is still reached, and its score threshold."""
    ordered = sorted(hits, key=lambda hit: -hit.score)
    right = np.cumsum([hit.right for hit in ordered])
    enough = np.nonzero(right / np.arange(1, len(ordered) + 1) >= precision)[0]
    if not len(enough):
        return 0.0, 1.0
    return float(right[enough[-1]] / total), ordered[enough[-1]].score


def by_size(hits: list[Hit], sizes: np.ndarray, threshold: float) -> list[dict[str, float]]:
    rows = []
    for low, high in pairwise(SIZE_STEPS):
        inside = [hit for hit in hits if hit.score >= threshold and low <= hit.size < high]
        total, right = int(((sizes >= low) & (sizes < high)).sum()), sum(hit.right for hit in inside)
        if total:
            rows.append({"from": low, "to": high, "faces": total, "found": right, "wrong": len(inside) - right})
    return rows


def wider(detector: Detector, folder: Path, side: int = 640, least: float = 30, precision: float = 0.95) -> dict:
    """Recall of the faces with both sides of `least` original pixels or more."""
    hits: list[Hit] = []
    sizes: list[float] = []
    for name, entry in json.loads((folder / "annotations.json").read_text(encoding="utf-8")).items():
        width, height = entry["original_size"]
        image = cv2.resize(cv2.imread(str(folder / "images" / name)), (width, height))
        truth, factor = np.array(entry["boxes"], float).reshape(-1, 4), side / max(width, height)
        sizes += [least_side * factor for least_side in truth[:, 2:].min(1) if least_side >= least]
        hits += match(detector(image, side, 0.15, enlarge=True), truth, least, factor)
    recall, threshold = operating_point(hits, len(sizes), precision)
    table = by_size(hits, np.array(sizes), threshold)
    return {"faces": len(sizes), "recall": round(recall, 4), "threshold": round(threshold, 3), "by_size": table}


def landmark_error(found: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance of the five points in units of the eye distance."""
    return float(np.linalg.norm(found - truth, axis=1).mean() / np.linalg.norm(truth[0] - truth[1]))


def milliseconds(sessions: dict[str, Timed], rounds: int = 60) -> dict[str, float]:
    """The shortest run of each model, taken in turns so that other load on the machine falls on all of them."""
    best = dict.fromkeys(sessions, np.inf)
    for _ in range(rounds):
        for name, (session, shape) in sessions.items():
            feed = {session.get_inputs()[0].name: np.zeros(shape, np.float32)}
            begun = time.perf_counter()
            session.run(None, feed)
            best[name] = min(best[name], time.perf_counter() - begun)
    return {name: round(value * 1e3, 2) for name, value in best.items()}
