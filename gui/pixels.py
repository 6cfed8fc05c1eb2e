"""Pixels of the core as Qt images and back; the only place that does so."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from core.types import Pixels


def image_of(pixels: Pixels) -> QImage:
    """A QImage over the same memory as pixels (H, W, 3) BGR, which must not be written afterwards."""
    tight = np.ascontiguousarray(pixels)
    height, width = tight.shape[:2]
    image = QImage(tight.data, width, height, tight.strides[0], QImage.Format.Format_BGR888)
    image.pixels = tight  # type: ignore[attr-defined]  # keeps the memory as long as this Python object
    return image


def owned_image_of(pixels: Pixels) -> QImage:
    """A QImage with memory of its own, which Qt may keep and copy as long as it likes."""
    return image_of(pixels).copy()


def fitted_image_of(pixels: Pixels, room: tuple[int, int]) -> QImage:
    """A QImage as large as fits into `room` (width, height), with the proportions of pixels (H, W, 3) BGR.

    Of the kind that is painted quickest. Any thread may call it; the work is done without holding up others.
    """
    from core.opencv import cv2

    height, width = pixels.shape[:2]
    scale = min(room[0] / width, room[1] / height)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    if size != (width, height):
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        pixels = cv2.resize(pixels, size, interpolation=way).astype(np.uint8, copy=False)
    four = cv2.cvtColor(pixels, cv2.COLOR_BGR2BGRA)
    image = QImage(four.data, size[0], size[1], four.strides[0], QImage.Format.Format_RGB32)
    image.pixels = four  # type: ignore[attr-defined]  # keeps the memory as long as this Python object
    return image


def pixels_of(image: QImage) -> Pixels:
    """Pixels (H, W, 3) BGR of an image, with memory of their own; transparent parts are white."""
    if image.hasAlphaChannel():
        flat = QImage(image.size(), QImage.Format.Format_RGB32)
        flat.fill(Qt.GlobalColor.white)
        from PySide6.QtGui import QPainter

        with QPainter(flat) as painter:
            painter.drawImage(0, 0, image)
        image = flat
    image = image.convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
