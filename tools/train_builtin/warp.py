"""Smooth displacement of a picture's pixels: faces get other shapes, so they are other faces."""

import cv2
import numpy as np


def displace(image: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """Moves the pixels by a coarse grid (rows, columns, 2) of shifts x, y in pixels, smooth between its points."""
    height, width = image.shape[:2]
    shift = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(
        image, columns + shift[..., 0], rows + shift[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
