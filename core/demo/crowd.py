"""Drawn people in a scene, with bodies under their heads, and the truth about where their faces are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.demo.canvas import CENTRE_Y, INK, UNIT_SHARE, Color, color_of, darker
from core.demo.people import Drawing, DrawnPerson, Pose, draw_pose
from core.demo.scenes import paste
from core.opencv import cv2
from core.types import Floats, Pixels

Outline = Sequence[tuple[float, float]]
Box = tuple[float, float, float, float]  # x1 y1 x2 y2, pixels
_FRACTION_BITS = 4  # OpenCV's sub-pixel points: a body must not tremble in a film


class Spot(NamedTuple):
    """Where a head is: its middle and the side of its drawing, pixels."""

    x: float
    y: float
    size: int


@dataclass(frozen=True, eq=False)
class Placed:
    """The face of someone in a scene, in pixels of the scene."""

    box: Box
    landmarks: Floats  # (5, 2)


def place_person(pixels: Pixels, person: DrawnPerson, pose: Pose, spot: Spot) -> Placed:
    """Draws a whole person into the scene, in place."""
    _draw_body(pixels, person, spot)
    drawing = draw_pose(person, pose, spot.size)
    x, y = round(spot.x - spot.size / 2), round(spot.y - spot.size * CENTRE_Y)
    paste(pixels, drawing.pixels, x=x, y=y)
    return _placed(drawing, x, y)


def spread(count: int, rng: np.random.Generator, *, height: int, width: int) -> list[Spot]:
    """Places for `count` people that stand in one row, or in two from five on, so that no face hides another."""
    if count < 5:
        return _row(count, rng, width=width, y=height * 0.48, size=height * 0.36, shift=0.0)
    back, front = (count + 1) // 2, count // 2
    size = height * 0.29
    shift = 0.0 if back != front else 0.25
    return [
        *_row(back, rng, width=width, y=height * 0.31, size=size, shift=-shift),
        *_row(front, rng, width=width, y=height * 0.63, size=size * 1.06, shift=shift),
    ]


def _row(count: int, rng: np.random.Generator, *, width: int, y: float, size: float, shift: float) -> list[Spot]:
    cell = width / (count + (1 if count < 4 else 0.3))
    left = (width - cell * (count - 1)) / 2 + shift * cell
    jitter = rng.uniform(-0.08, 0.08, (count, 2)) * (cell, size)
    sizes = size * rng.uniform(0.92, 1.06, count)
    return [Spot(left + cell * k + jitter[k, 0], y + jitter[k, 1], int(sizes[k])) for k in range(count)]


def _placed(drawing: Drawing, x: int, y: int) -> Placed:
    x1, y1, x2, y2 = drawing.box
    return Placed((x1 + x, y1 + y, x2 + x, y2 + y), drawing.landmarks + np.array((x, y), np.float32))


def _draw_body(pixels: Pixels, person: DrawnPerson, spot: Spot) -> None:
    hue, saturation, value = person.clothes
    clothes, trousers = color_of(person.clothes), color_of((hue + 60, saturation * 0.7, value * 0.6))
    draw = _Tailor(pixels, spot, max(1, round(person.line * spot.size / 320)))
    for side in (-1, 1):
        draw.fill([(side * x, y) for x, y in _LEG], trousers)
        draw.fill([(side * x, y) for x, y in _SHOE], INK)
    draw.fill(_NECK, darker(color_of(person.skin), 0.9))
    draw.fill(_SHIRT, clothes)
    for side in (-1, 1):
        draw.stroke([(side * 0.98, 2.2), (side * 0.92, _HEM)], INK)
    draw.stroke([(-0.36, 1.27), (0, 1.62), (0.36, 1.27)], darker(clothes, 0.6), wider=3)


_HEM = 4.4
_NECK = ((-0.3, 0.7), (0.3, 0.7), (0.34, 1.5), (-0.34, 1.5))
_LEG = ((0.04, 4.0), (0.98, 4.0), (0.86, 7.4), (0.1, 7.4))
_SHOE = ((0.1, 7.3), (0.86, 7.3), (1.06, 7.55), (1.0, 7.7), (0.1, 7.7))


def _shirt() -> tuple[tuple[float, float], ...]:
    """From the neck over round shoulders down the arms to the hem."""
    bend = np.linspace(0, np.pi / 2, 8)
    shoulder = [(0.75 + 0.65 * float(np.sin(t)), 1.95 - 0.6 * float(np.cos(t))) for t in bend]
    half = [(0.36, 1.25), *shoulder, (1.46, _HEM - 0.1), (1.4, _HEM), (0.0, _HEM)]
    return (*half, *((-x, y) for x, y in reversed(half)))


_SHIRT = _shirt()


class _Tailor:
    """Draws outlines given in half face heights from the middle of the face."""

    def __init__(self, pixels: Pixels, spot: Spot, line: int) -> None:
        self._pixels, self._spot, self._line = pixels, spot, line

    def fill(self, outline: Outline, color: Color) -> None:
        points = self._points(outline)
        cv2.fillPoly(self._pixels, points, color, cv2.LINE_AA, _FRACTION_BITS)
        cv2.polylines(self._pixels, points, True, INK, self._line, cv2.LINE_AA, _FRACTION_BITS)

    def stroke(self, outline: Outline, color: Color, *, wider: int = 1) -> None:
        width = self._line * wider
        cv2.polylines(self._pixels, self._points(outline), False, color, width, cv2.LINE_AA, _FRACTION_BITS)

    def _points(self, outline: Outline) -> list[NDArray[np.int32]]:
        places = np.array(outline) * (self._spot.size * UNIT_SHARE) + (self._spot.x, self._spot.y)
        return [np.round(places * 2**_FRACTION_BITS).astype(np.int32)]
