"""The small picture of a face found in a photo: which it is, and made at once while the photo is decoded."""

from __future__ import annotations

from core.export.records import PhotoResult
from core.result_row import ResultRow, rows_of
from core.types import Pixels
from gui.pictures import PictureKey, Pictures
from gui.pixels import fitted_image_of

SIDE = 56  # of the picture in a list, device-independent pixels
_MARGIN = 0.25  # of the box, shown around a face
_SHARP = 0.6  # of the size wanted: coarser than that the photo is rather read again


def seen_key(row: ResultRow, size: int) -> PictureKey:
    """The face of a photo's row with some margin, at a size in device pixels."""
    x1, y1, x2, y2 = row.box
    side = max(x2 - x1, y2 - y1) * (1 + 2 * _MARGIN) / 2
    x, y, (width, height) = (x1 + x2) / 2, (y1 + y2) / 2, row.frame_size
    box = (
        max(0, round(x - side)),
        max(0, round(y - side)),
        min(width, round(x + side)),
        min(height, round(y + side)),
    )
    return PictureKey("photo", path=row.source, box=box, size=size)


def offer_faces(pictures: Pictures, size: int, result: PhotoResult, pixels: Pixels) -> None:
    """Cuts the pictures of all faces out of pixels (H, W, 3) of the photo, which may be reduced. From any thread.

    Without it every photo of a folder would be decoded a second time only to show its faces.
    """
    for row in rows_of(result, 0.0):
        key = seen_key(row, size)
        assert key.box is not None
        scale = pixels.shape[1] / row.frame_size[0]
        x1, y1, x2, y2 = (round(edge * scale) for edge in key.box)
        if max(x2 - x1, y2 - y1) >= _SHARP * size and min(x2 - x1, y2 - y1) > 0:
            pictures.offer(key, fitted_image_of(pixels[y1:y2, x1:x2], (size, size)))
