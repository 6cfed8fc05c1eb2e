"""Boxes, landmarks, and the alignment of a face by them to the template that the feature model is trained with."""

import cv2
import numpy as np

from project import TEMPLATE, similarity

TEMPLATE_112 = np.array(TEMPLATE)  # in pixels of a 112x112 crop
MIRRORED_POINTS = [1, 0, 2, 4, 3]  # the landmarks' places in a mirrored picture


def align(image: np.ndarray, landmarks: np.ndarray, size: int = 112, margin: int = 0) -> np.ndarray:
    """Crop of size x size pixels with the template in its middle `size - 2 * margin` pixels."""
    target = TEMPLATE_112 * (size - 2 * margin) / 112 + margin
    matrix = similarity(landmarks, target)
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def mirror_landmarks(landmarks: np.ndarray, width: float) -> np.ndarray:
    """Landmarks (5, 2) in the mirrored picture: left and right change places."""
    flipped = np.stack([width - landmarks[:, 0], landmarks[:, 1]], 1)
    return flipped[MIRRORED_POINTS]


def iou(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of one box x, y, w, h with many."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    inter = np.clip(high - low, 0, None).prod(1)
    return inter / (box[2:].prod() + others[:, 2:].prod(1) - inter + 1e-9)
