"""Drawing with the coordinates of a head that is turned, and backgrounds for the heads."""

import cv2
import numpy as np

SUPERSAMPLING = 2
INK = (30, 25, 25, 255)
Colour = tuple[int, ...]
Point = tuple[int, int]


def colour(hsv: tuple[float, float, float]) -> Colour:
    """BGRA of hue (0..180), saturation, value (0..255)."""
    hue, saturation, value = int(hsv[0]) % 180, np.clip(hsv[1], 0, 255), np.clip(hsv[2], 0, 255)
    bgr = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.uint8), cv2.COLOR_HSV2BGR)[0, 0]
    return (*(int(channel) for channel in bgr), 255)


def darker(paint: Colour, factor: float) -> Colour:
    return (*(int(channel * factor) for channel in paint[:3]), 255)


class Pen:
    """Draws on a transparent picture, twice as large as wanted. Sizes and offsets are in head units."""

    def __init__(self, size: int, width: float, yaw: float, pitch: float, line: int) -> None:
        side = size * SUPERSAMPLING
        self.image = np.zeros((side, side, 4), np.uint8)
        self.unit, self.centre = side * 0.30, (side / 2, side * 0.53)
        self.width, self.yaw, self.pitch = width, yaw, pitch
        self.line = line * SUPERSAMPLING // 2 + 1

    def _pixel(self, x: float, y: float) -> Point:
        return int(self.centre[0] + self.unit * x), int(self.centre[1] + self.unit * y)

    def head(self, x: float, y: float) -> Point:
        """A place on the head's outline: it moves a little where the head turns."""
        return self._pixel(x * self.width + self.yaw * 0.18, y + self.pitch * 0.15)

    def face(self, x: float, y: float) -> Point:
        """A place on the face's front: it moves more, and both sides come nearer."""
        return self._pixel(x * self.width * (1 - 0.25 * abs(self.yaw)) + self.yaw * 0.42, y + self.pitch * 0.3)

    def moved(self, point: Point, x: float, y: float) -> Point:
        return int(point[0] + self.unit * x), int(point[1] + self.unit * y)

    def _axes(self, width: float, height: float) -> Point:
        return max(1, int(self.unit * width)), max(1, int(self.unit * height))

    def ellipse(
        self, centre: Point, width: float, height: float, paint: Colour, part: tuple[int, int] = (0, 360)
    ) -> None:
        cv2.ellipse(self.image, centre, self._axes(width, height), 0, *part, paint, -1, cv2.LINE_AA)

    def arc(self, centre: Point, width: float, height: float, part: tuple[int, int], line: int | None = None) -> None:
        cv2.ellipse(self.image, centre, self._axes(width, height), 0, *part, INK, line or self.line, cv2.LINE_AA)

    def outlined(self, centre: Point, width: float, height: float, paint: Colour) -> None:
        self.ellipse(centre, width, height, paint)
        self.arc(centre, width, height, (0, 360))

    def polygon(self, points: np.ndarray, paint: Colour, outlined: bool = True) -> None:
        cv2.fillPoly(self.image, [points], paint, cv2.LINE_AA)
        if outlined:
            cv2.polylines(self.image, [points], True, INK, self.line, cv2.LINE_AA)

    def lines(self, points: list[Point]) -> None:
        cv2.polylines(self.image, [np.array(points)], False, INK, self.line, cv2.LINE_AA)

    def stroke(self, start: Point, end: Point, paint: Colour, line: int) -> None:
        cv2.line(self.image, start, end, paint, line, cv2.LINE_AA)

    def rectangle(self, centre: Point, width: float, height: float) -> None:
        low, high = self.moved(centre, -width, -height), self.moved(centre, width, height)
        cv2.rectangle(self.image, low, high, INK, self.line + 1)


def background(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Some discs, rectangles and lines on one colour."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = colour((rng.integers(0, 180), rng.integers(10, 160), rng.integers(90, 255)))[:3]
    for _ in range(rng.integers(2, 9)):
        start = int(rng.integers(0, width)), int(rng.integers(0, height))
        end = int(rng.integers(0, width)), int(rng.integers(0, height))
        paint = colour((rng.integers(0, 180), rng.integers(10, 200), rng.integers(60, 255)))[:3]
        kind = rng.integers(0, 3)
        if kind == 0:
            cv2.circle(image, start, int(rng.integers(8, height // 2)), paint, -1, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(image, start, end, paint, -1)
        else:
            cv2.line(image, start, end, paint, int(rng.integers(2, 20)), cv2.LINE_AA)
    return image


def paste(image: np.ndarray, head: np.ndarray, x: int, y: int) -> None:
    """Lays BGRA over the picture with its corner at x, y, cut off at the borders."""
    (height, width), (rows, columns) = head.shape[:2], image.shape[:2]
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, columns), min(y + height, rows)
    if right <= left or bottom <= top:
        return
    part = head[top - y : bottom - y, left - x : right - x].astype(np.float32)
    alpha = part[..., 3:] / 255
    below = image[top:bottom, left:right]
    image[top:bottom, left:right] = (part[..., :3] * alpha + below * (1 - alpha)).astype(np.uint8)


def wear(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Other light, sometimes blur and noise."""
    image = cv2.convertScaleAbs(image, alpha=rng.uniform(0.7, 1.2), beta=rng.uniform(-25, 25))
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.4)))
    if rng.random() < 0.3:
        noise = rng.normal(0, rng.uniform(2, 9), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    return image
