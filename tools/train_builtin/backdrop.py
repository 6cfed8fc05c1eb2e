"""Backgrounds for drawn heads, laying heads over pictures, and wear."""

import cv2
import numpy as np

from project import color_of


def background(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Some discs, rectangles and lines on one colour."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = color_of((rng.integers(0, 180), rng.integers(10, 160), rng.integers(90, 255)))[:3]
    for _ in range(rng.integers(2, 9)):
        start = int(rng.integers(0, width)), int(rng.integers(0, height))
        end = int(rng.integers(0, width)), int(rng.integers(0, height))
        paint = color_of((rng.integers(0, 180), rng.integers(10, 200), rng.integers(60, 255)))[:3]
        kind = rng.integers(0, 3)
        if kind == 0:
            cv2.circle(image, start, int(rng.integers(8, height // 2)), paint, -1, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(image, start, end, paint, -1)
        else:
            cv2.line(image, start, end, paint, int(rng.integers(2, 20)), cv2.LINE_AA)
    return image


def paste(image: np.ndarray, head: np.ndarray, x: int, y: int) -> None:
    """Lays BGRA over the picture with its corner at x, y, cut off at the borders."""
    (height, width), (rows, columns) = head.shape[:2], image.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, columns), min(y + height, rows)
    if right <= left or bottom <= top:
        return
    part = head[top - y : bottom - y, left - x : right - x].astype(np.float32)
    alpha = part[..., 3:] / 255
    below = image[top:bottom, left:right]
    image[top:bottom, left:right] = (part[..., :3] * alpha + below * (1 - alpha)).astype(np.uint8)


def wear(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Other light, sometimes blur and noise."""
    image = cv2.convertScaleAbs(image, alpha=rng.uniform(0.7, 1.2), beta=rng.uniform(-25, 25))
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.4)))
    if rng.random() < 0.3:
        noise = rng.normal(0, rng.uniform(2, 9), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    return image
