"""Pixels to input tensors, and the way back from tensor pixels to frame pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from core.models.cards import Preprocess
from core.opencv import cv2
from core.types import Floats, Pixels

_INTERPOLATIONS = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos": cv2.INTER_LANCZOS4,
}


@dataclass(frozen=True)
class Geometry:
    """How a frame lies in its tensor: tensor pixel = frame pixel * scale, the frame at the left upper corner."""

    width: int  # of the frame
    height: int
    scale_x: float
    scale_y: float
    inner: tuple[int, int]  # height and width of the resized frame
    outer: tuple[int, int]  # height and width of the tensor

    @property
    def per_frame_pixel(self) -> Floats:
        """(4,) what to divide boxes by."""
        return np.array([self.scale_x, self.scale_y] * 2, np.float32)


def plan(
    rules: Preprocess, *, width: int, height: int, side: int | None = None, outer: tuple[int, int] | None = None
) -> Geometry:
    """Where a frame of this size goes. For "fit", `side` replaces `rules.size` as the longer side.

    `outer` is the height and width of the tensor where the model takes no other; it wins over `side`.
    """
    size = outer or ((side, side) if side else rules.size)
    if rules.canvas and outer == rules.canvas:
        size = rules.size  # the model's one size is that after padding
    if rules.resize == "native" or size is None:
        inner = (height, width)
    elif rules.resize == "ratio" and size is not outer:
        inner = _either_way(width, height, size)
    else:
        inner = size if rules.resize == "stretch" else _fitted(width, height, size)
    if outer is None:
        outer = _padded(inner, rules)
    return Geometry(width, height, inner[1] / width, inner[0] / height, inner, outer)


def tensor(pixels: Pixels, rules: Preprocess, geometry: Geometry, out: Floats) -> None:
    """Fills out (3, h, w) float32 with (pixel * scale - mean) / std, padding with what a pixel of `fill` becomes."""
    small = resized(pixels, rules, geometry)
    planes = cv2.split(small)
    rows, columns = geometry.inner
    for channel, plane in enumerate(planes if rules.order == "BGR" else planes[::-1]):
        gain = rules.scale / rules.std[channel]
        black = -rules.mean[channel] / rules.std[channel]
        beside = rules.fill[channel] * gain + black
        inside = out[channel, :rows, :columns]
        # one pass over the bytes, and written in place: numpy needs two and blobFromImage ten times as long
        cv2.addWeighted(plane, gain, plane, 0.0, black, dst=inside, dtype=cv2.CV_32F)
        out[channel, rows:] = beside
        out[channel, :rows, columns:] = beside


def resized(pixels: Pixels, rules: Preprocess, geometry: Geometry) -> Pixels:
    """The frame (h, w, 3) uint8 at the size it has in the tensor."""
    rows, columns = geometry.inner
    if pixels.shape[:2] == (rows, columns):
        return pixels
    way = _INTERPOLATIONS[rules.interpolation]
    if rules.resize == "fit" and rules.interpolation in {"linear", "area"}:
        pixels = _halved(pixels, rows=rows, columns=columns)
        if pixels.shape[:2] == (rows, columns):
            return pixels
        way = cv2.INTER_LINEAR
    return cast(Pixels, cv2.resize(pixels, (columns, rows), interpolation=way))


def _halved(pixels: Pixels, *, rows: int, columns: int) -> Pixels:
    """Halved while both sides stay at least as large as wanted.

    OpenCV's area average is twenty times faster by exactly two than by any other ratio; what remains to shrink is
    less than two, where bilinear sampling leaves no pixel out.
    """
    while pixels.shape[0] >= 2 * rows and pixels.shape[1] >= 2 * columns:
        height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
        even = pixels[: height * 2, : width * 2]
        pixels = cast(Pixels, cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
    return pixels


def _padded(inner: tuple[int, int], rules: Preprocess) -> tuple[int, int]:
    least, multiple = rules.canvas or inner, rules.multiple
    height, width = max(inner[0], least[0]), max(inner[1], least[1])
    return -(-height // multiple) * multiple, -(-width // multiple) * multiple


def _either_way(width: int, height: int, size: tuple[int, int]) -> tuple[int, int]:
    """The ratio kept as PaddleX does: longer side within the longer of `size`, shorter within the shorter."""
    scale = min(max(size) / max(width, height), min(size) / min(width, height))
    return max(round(height * scale), 1), max(round(width * scale), 1)


def _fitted(width: int, height: int, size: tuple[int, int]) -> tuple[int, int]:
    scale = min(size[0] / height, size[1] / width)
    return max(round(height * scale), 1), max(round(width * scale), 1)
