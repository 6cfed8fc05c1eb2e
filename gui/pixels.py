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
