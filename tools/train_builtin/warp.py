"""Displacing a picture's pixels: faces get other shapes, so they are other faces, or look another way."""

import cv2
import numpy as np


def places(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's column and row."""
    height, width = image.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return columns, rows


def taken(image: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The picture whose pixels come from those places."""
    x, y = columns.astype(np.float32), rows.astype(np.float32)
    return cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def displace(image: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """Moves the pixels by a coarse grid (rows, columns, 2) of shifts x, y in pixels, smooth between its points."""
    height, width = image.shape[:2]
    shift = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    columns, rows = places(image)
    return taken(image, columns + shift[..., 0], rows + shift[..., 1])


def roll(image: np.ndarray, yaw: float, pitch: float, radius: float) -> np.ndarray:
    """The middle of a picture turned as a ball of that radius (in pixels) would be, less and less towards its edge.

    Angles in radians; positive ones show what lies further left, further up. Heads are no balls, but a face that was
    looking into the camera looks elsewhere.
    """
    height, width = image.shape[:2]
    x, y = places(image)
    x, y = (x - (width - 1) / 2) / radius, (y - (height - 1) / 2) / radius
    away = np.sqrt(x * x + y * y)
    share = np.clip((1 - away) / 0.5, 0, 1)
    z = np.sqrt(np.clip(1 - away * away, 0, 1))
    across, up = yaw * share, pitch * share
    source_x, z = x * np.cos(across) - z * np.sin(across), x * np.sin(across) + z * np.cos(across)
    source_y = y * np.cos(up) - z * np.sin(up)
    return taken(image, source_x * radius + (width - 1) / 2, source_y * radius + (height - 1) / 2)
