"""Small pictures of our own: encoding, decoding, writing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import numpy as np

from core.errors import PhotoProblem, why
from core.files import atomic_write
from core.opencv import cv2
from core.types import Pixels

PictureKind = Literal["webp", "jpeg", "png", "bmp", "tiff"]

_SUFFIXES: dict[str, PictureKind] = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".png": "png",
    ".webp": "webp",
    ".bmp": "bmp",
    ".tif": "tiff",
    ".tiff": "tiff",
}
_ENDINGS: dict[PictureKind, str] = {"webp": ".webp", "jpeg": ".jpg", "png": ".png", "bmp": ".bmp", "tiff": ".tif"}
_LONGEST_SIDE: dict[PictureKind, int] = {"webp": 16383, "jpeg": 65500}
_UNCHANGED = "No file was written."


def encode_picture(pixels: Pixels, *, kind: PictureKind = "webp", quality: int = 90) -> bytes:
    """A picture file in memory from pixels (H, W, 3) BGR. `quality` 1..100 counts for webp and jpeg.

    Raises PhotoProblem for an empty picture or one larger than the format can hold.
    """
    height, width = pixels.shape[:2]
    if not height or not width:
        raise PhotoProblem("A picture without pixels cannot be written.", _UNCHANGED)
    if max(height, width) > _LONGEST_SIDE.get(kind, max(height, width)):
        raise PhotoProblem(
            "A picture of {width} x {height} pixels does not fit into a {kind} file.",
            "Write it as PNG.",
            width=width,
            height=height,
            kind=kind,
        )
    options = {
        "webp": [cv2.IMWRITE_WEBP_QUALITY, min(quality, 100)],  # above 100 means lossless
        "jpeg": [cv2.IMWRITE_JPEG_QUALITY, quality],
    }.get(kind, [])
    try:
        done, data = cv2.imencode(_ENDINGS[kind], pixels, options)
    except cv2.error as error:
        raise PhotoProblem("A picture could not be encoded: {error}", _UNCHANGED, error=error) from error
    if not done:
        raise PhotoProblem("A picture could not be encoded as {kind}.", _UNCHANGED, kind=kind)
    return data.tobytes()


def decode_picture(data: bytes) -> Pixels:
    """Pixels (H, W, 3) BGR of a picture that `encode_picture` made. Raises PhotoProblem when it is damaged."""
    pixels = None
    if data:
        try:
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error:
            pixels = None
    if pixels is None:
        raise PhotoProblem("A stored picture is damaged.", "Enroll its photo again to replace it.")
    return cast(Pixels, pixels)


def write_picture(path: Path, pixels: Pixels, *, quality: int = 92) -> None:
    """Writes pixels (H, W, 3) BGR in the format of the suffix, whole or not at all.

    Raises PhotoProblem for an unknown suffix, an unfit picture, a read-only or full disk.
    """
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise PhotoProblem(
            "{path} cannot be written: {suffix} is not a picture format known here.",
            "Use one of {known}.",
            path=path,
            suffix=path.suffix or "a name without suffix",
            known=", ".join(sorted(_SUFFIXES)),
        )
    data = encode_picture(pixels, kind=kind, quality=quality)
    try:
        with atomic_write(path) as file:
            file.write(data)
    except OSError as error:
        raise PhotoProblem(
            "{path} cannot be written: {error}.",
            "Choose another folder or make room; nothing was half-written.",
            path=path,
            error=why(error),
        ) from error
