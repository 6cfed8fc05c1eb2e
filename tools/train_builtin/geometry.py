"""Alignment of a face by five landmarks to the template that the feature model is trained with."""

import cv2
import numpy as np

# Eye at image left, eye at image right, nose, mouth corner left, right, in pixels of a 112x112 crop.
TEMPLATE_112 = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
MIRRORED_POINTS = [1, 0, 2, 4, 3]  # the landmarks' places in a mirrored picture


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares similarity transform (Umeyama 1991) of (n, 2) points as a 2x3 matrix for cv2.warpAffine."""
    source, target = np.asarray(source, float), np.asarray(target, float)
    source_mean, target_mean = source.mean(0), target.mean(0)
    a, b = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd(b.T @ a / len(a))
    sign = np.ones(2)
    if np.linalg.det(u @ vt) < 0:
        sign[1] = -1
    rotation = u @ np.diag(sign) @ vt
    scale = (singular * sign).sum() / a.var(0).sum()
    return np.hstack([scale * rotation, (target_mean - scale * rotation @ source_mean)[:, None]])


def align(image: np.ndarray, landmarks: np.ndarray, size: int = 112, margin: int = 0) -> np.ndarray:
    """Crop of size x size pixels with the template in its middle `size - 2 * margin` pixels."""
    target = TEMPLATE_112 * (size - 2 * margin) / 112 + margin
    matrix = similarity(landmarks, target)
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def mirror_landmarks(landmarks: np.ndarray, width: float) -> np.ndarray:
    """Landmarks (5, 2) in the mirrored picture: left and right change places."""
    flipped = np.stack([width - landmarks[:, 0], landmarks[:, 1]], 1)
    return flipped[MIRRORED_POINTS]
