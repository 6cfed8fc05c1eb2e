"""Ink and colour on a transparent square, in a head's own units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.demo.traits import DrawnPerson, Hsv, Pose
from core.opencv import cv2

Color = tuple[int, int, int, int]  # blue, green, red, opacity
Point = tuple[int, int]

SUPERSAMPLING = 2
INK: Color = (30, 25, 25, 255)
WHITE: Color = (255, 255, 255, 255)
UNIT_SHARE = 0.30  # half a face's height, of the drawing's side
CENTRE_X, CENTRE_Y = 0.5, 0.53
LINE_SIDE = 160  # up to this side of the drawing the ink keeps its width, as the models know it


def color_of(hsv: Hsv) -> Color:
    hue, saturation, value = hsv
    pixel = np.array([[[hue % 180, np.clip(saturation, 0, 255), np.clip(value, 0, 255)]]]).astype(np.uint8)
    blue, green, red = cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0].tolist()
    return blue, green, red, 255


def darker(color: Color, share: float) -> Color:
    return int(color[0] * share), int(color[1] * share), int(color[2] * share), 255


class Canvas:
    """A drawing under way. Points are given in half face heights from the middle of the face.

    `head` places what sits on the skull, `face` what sits on the front and so moves more when the head turns.
    """

    def __init__(self, person: DrawnPerson, pose: Pose, *, size: int) -> None:
        self.side = size * SUPERSAMPLING
        self.pixels: NDArray[np.uint8] = np.zeros((self.side, self.side, 4), np.uint8)
        self.unit = self.side * UNIT_SHARE
        self.scale = max(1.0, size / LINE_SIDE)
        self.line = round((person.line * SUPERSAMPLING // 2 + 1) * self.scale)
        self._centre = (self.side * CENTRE_X, self.side * CENTRE_Y)
        self._person, self._pose = person, pose

    def head(self, x: float, y: float) -> Point:
        moved = x * self._person.width + self._pose.yaw * 0.18
        return self._pixel(moved, y + self._pose.pitch * 0.15)

    def face(self, x: float, y: float) -> Point:
        narrowed = x * self._person.width * (1 - 0.25 * abs(self._pose.yaw))
        return self._pixel(narrowed + self._pose.yaw * 0.42, y + self._pose.pitch * 0.3)

    def disc(self, centre: Point, axes: tuple[float, float], color: Color) -> None:
        self.arc(centre, axes, color, thickness=-1)

    def outlined(self, centre: Point, axes: tuple[float, float], color: Color) -> None:
        self.disc(centre, axes, color)
        self.arc(centre, axes, INK)

    def arc(
        self,
        centre: Point,
        axes: tuple[float, float],
        color: Color,
        *,
        start: float = 0,
        end: float = 360,
        thickness: int | None = None,
    ) -> None:
        """An elliptic arc, axes in pixels, angles in degrees; thickness -1 fills it, None is the person's ink."""
        radii = (max(1, int(axes[0])), max(1, int(axes[1])))
        width = self.line if thickness is None else thickness
        cv2.ellipse(self.pixels, centre, radii, 0, start, end, color, width, cv2.LINE_AA)

    def stroke(self, start: Point, end: Point, color: Color, thickness: int) -> None:
        cv2.line(self.pixels, start, end, color, thickness, cv2.LINE_AA)

    def path(self, points: Sequence[Point], *, closed: bool) -> None:
        cv2.polylines(self.pixels, [_array(points)], closed, INK, self.line, cv2.LINE_AA)

    def polygon(self, points: Iterable[Point], color: Color) -> None:
        cv2.fillPoly(self.pixels, [_array(points)], color, cv2.LINE_AA)

    def frame(self, centre: Point, half: tuple[int, int], thickness: int) -> None:
        corners = (centre[0] - half[0], centre[1] - half[1]), (centre[0] + half[0], centre[1] + half[1])
        cv2.rectangle(self.pixels, *corners, INK, thickness, cv2.LINE_AA)

    def tilt(self, degrees: float) -> NDArray[Any]:
        """Rotates all that was drawn; the (2, 3) matrix moves points along."""
        matrix = cv2.getRotationMatrix2D(self._centre, degrees, 1.0)
        turned = cv2.warpAffine(self.pixels, matrix, (self.side, self.side), flags=cv2.INTER_LINEAR)
        self.pixels = turned.astype(np.uint8, copy=False)
        return matrix

    def _pixel(self, x: float, y: float) -> Point:
        return int(self._centre[0] + self.unit * x), int(self._centre[1] + self.unit * y)


def _array(points: Iterable[Point]) -> NDArray[np.int32]:
    return np.array(list(points), np.int32)
