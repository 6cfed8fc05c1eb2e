"""Where drawn people stand: park, street, beach and room; light and noise as a camera adds them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.demo.canvas import color_of
from core.demo.traits import Hsv, Random
from core.opencv import cv2
from core.types import Pixels

Scene = Callable[[Random, int, int], Pixels]

SKY: tuple[Hsv, Hsv] = ((105, 130, 235), (100, 35, 250))
SUNSET: tuple[Hsv, Hsv] = ((115, 110, 215), (12, 110, 252))
CLOUD: Hsv = (100, 8, 252)
SUN: Hsv = (26, 120, 255)
TRUNK: Hsv = (12, 120, 110)
GRASS: Hsv = (45, 120, 175)
HORIZON = 0.62  # of the height


def draw_park(rng: Random, height: int, width: int) -> Pixels:
    pixels = _sky(rng, height, width, SKY)
    horizon = int(height * HORIZON)
    _hills(pixels, rng, horizon)
    for x in np.linspace(0, width, 7) + rng.uniform(-40, 40, 7):
        _tree(pixels, rng, x=int(x), ground=horizon + int(rng.uniform(0, height * 0.05)), size=height * 0.3)
    _ground(pixels, GRASS, horizon)
    _tufts(pixels, rng, horizon)
    return pixels


def draw_street(rng: Random, height: int, width: int) -> Pixels:
    pixels = _sky(rng, height, width, SKY)
    horizon, x = int(height * 0.7), -int(rng.uniform(0, width * 0.1))
    while x < width:
        wide = max(6, int(rng.uniform(0.15, 0.24) * width))
        _house(pixels, rng, left=x, right=x + wide, top=int(height * rng.uniform(0.12, 0.32)), ground=horizon)
        x += wide
    _ground(pixels, (15, 25, 165), horizon)
    kerb = horizon + int(height * 0.05)
    cv2.line(pixels, (0, kerb), (width, kerb), color_of((15, 15, 210)), max(2, height // 100))
    return pixels


def draw_beach(rng: Random, height: int, width: int) -> Pixels:
    pixels = _sky(rng, height, width, SUNSET)
    sea, sand = int(height * 0.45), int(height * 0.66)
    pixels[sea:sand] = _gradient(sand - sea, width, (104, 150, 190), (95, 90, 225))
    for _ in range(24):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(sea, sand))
        cv2.line(pixels, (x, y), (x + int(rng.uniform(20, 70)), y), color_of((95, 40, 245)), 2, cv2.LINE_AA)
    _ground(pixels, (18, 85, 235), sand)
    return pixels


def draw_room(rng: Random, height: int, width: int) -> Pixels:
    hue = rng.uniform(0, 180)
    pixels = _gradient(height, width, (hue, 45, 235), (hue, 60, 205))
    stripe = max(24, width // 16)
    for x in range(0, width, stripe * 2):
        pixels[:, x : x + stripe] = np.clip(pixels[:, x : x + stripe].astype(np.int16) + 6, 0, 255).astype(np.uint8)
    _window(pixels, rng, (int(width * 0.08), int(height * 0.08)), (int(width * 0.3), int(height * 0.46)))
    _picture(pixels, rng, (int(width * 0.68), int(height * 0.1)), (int(width * 0.9), int(height * 0.36)))
    _ground(pixels, (14, 110, 150), int(height * 0.78))
    return pixels


SCENES: dict[str, Scene] = {"park": draw_park, "street": draw_street, "beach": draw_beach, "room": draw_room}


def draw_backdrop(rng: Random, height: int, width: int) -> Pixels:
    """A calm coloured ground, as in a photographer's studio."""
    hue = rng.uniform(0, 180)
    pixels = _gradient(height, width, (hue, rng.uniform(30, 90), 240), (hue, rng.uniform(60, 120), 190))
    for _ in range(3):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        glow = pixels.copy()
        cv2.circle(glow, centre, int(width * rng.uniform(0.2, 0.5)), color_of((hue, 30, 250)), -1, cv2.LINE_AA)
        pixels = cv2.addWeighted(pixels, 0.85, glow, 0.15, 0).astype(np.uint8, copy=False)
    return pixels


def paste(ground: Pixels, drawing: NDArray[np.uint8], *, x: int, y: int) -> None:
    """Lays a BGRA drawing upon `ground` in place; what reaches over its edges is cut off."""
    height, width = drawing.shape[:2]
    x1, y1 = max(x, 0), max(y, 0)
    x2, y2 = min(x + width, ground.shape[1]), min(y + height, ground.shape[0])
    if x2 <= x1 or y2 <= y1:
        return
    part = drawing[y1 - y : y2 - y, x1 - x : x2 - x]
    cover = part[..., 3:].astype(np.float32) / 255
    ground[y1:y2, x1:x2] = (part[..., :3] * cover + ground[y1:y2, x1:x2] * (1 - cover)).astype(np.uint8)


def degrade(pixels: Pixels, rng: Random, *, strength: float = 1.0) -> Pixels:
    """Another light, and at times a little blur or noise; strength 1 is what the built-in models were shown."""
    gain, shift = 1 + strength * (rng.uniform(0.7, 1.2) - 1), strength * rng.uniform(-25, 25)
    result = cv2.convertScaleAbs(pixels, alpha=gain, beta=shift)
    if rng.random() < 0.3:
        result = cv2.GaussianBlur(result, (0, 0), max(0.1, strength * rng.uniform(0.4, 1.4)))
    if rng.random() < 0.3:
        noise = rng.normal(0, strength * rng.uniform(2, 9), result.shape)
        result = np.clip(result + noise, 0, 255)
    return result.astype(np.uint8, copy=False)


def _gradient(height: int, width: int, top: Hsv, bottom: Hsv) -> Pixels:
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    start, end = (np.array(color_of(hsv)[:3], np.float32) for hsv in (top, bottom))
    column = start * (1 - share) + end * share
    return np.repeat(column, width, axis=1).astype(np.uint8)


def _sky(rng: Random, height: int, width: int, colors: tuple[Hsv, Hsv]) -> Pixels:
    pixels = _gradient(height, width, *colors)
    sun = (int(width * rng.uniform(0.1, 0.9)), int(height * rng.uniform(0.06, 0.16)))
    cv2.circle(pixels, sun, height // 16, color_of(SUN), -1, cv2.LINE_AA)
    for _ in range(rng.integers(3, 6)):
        x, y = rng.uniform(0, width), height * rng.uniform(0.04, 0.3)
        size = height * rng.uniform(0.03, 0.06)
        for step in range(-2, 3):
            centre = (int(x + step * size), int(y + abs(step) * size * 0.18))
            axes = (int(size * 1.1), int(size * (0.75 - 0.14 * abs(step))))
            cv2.ellipse(pixels, centre, axes, 0, 0, 360, color_of(CLOUD), -1, cv2.LINE_AA)
    return pixels


def _hills(pixels: Pixels, rng: Random, horizon: int) -> None:
    height, width = pixels.shape[:2]
    for value in (205, 190):
        centre = (int(rng.uniform(0, width)), horizon + height // 10)
        axes = (int(width * rng.uniform(0.45, 0.7)), int(height * rng.uniform(0.2, 0.3)))
        cv2.ellipse(pixels, centre, axes, 0, 180, 360, color_of((50, 85, value)), -1, cv2.LINE_AA)


def _tree(pixels: Pixels, rng: Random, *, x: int, ground: int, size: float) -> None:
    trunk = (x - int(size * 0.06), ground - int(size * 0.5)), (x + int(size * 0.06), ground + int(size * 0.1))
    cv2.rectangle(pixels, *trunk, color_of(TRUNK), -1)
    leaves: Hsv = (rng.uniform(38, 62), rng.uniform(120, 170), rng.uniform(120, 170))
    for dx, dy, radius in ((-0.22, -0.55, 0.24), (0.22, -0.55, 0.24), (0, -0.8, 0.3)):
        centre = (x + int(dx * size), ground + int(dy * size))
        cv2.circle(pixels, centre, int(radius * size), color_of(leaves), -1, cv2.LINE_AA)


def _tufts(pixels: Pixels, rng: Random, horizon: int) -> None:
    height, width = pixels.shape[:2]
    for _ in range(60):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(horizon + 8, height))
        size = 3 + (y - horizon) // 25
        for lean in (-1, 0, 1):
            tip = (x + lean * size, y - size * 2)
            cv2.line(pixels, (x, y), tip, color_of((48, 150, 145)), 2, cv2.LINE_AA)


def _ground(pixels: Pixels, color: Hsv, horizon: int) -> None:
    height, width = pixels.shape[:2]
    nearer: Hsv = (color[0], color[1] + 15, color[2] - 30)
    pixels[horizon:] = _gradient(height - horizon, width, color, nearer)


def _house(pixels: Pixels, rng: Random, *, left: int, right: int, top: int, ground: int) -> None:
    wall: Hsv = (rng.choice([8, 15, 22, 28, 100, 160]), rng.uniform(40, 110), rng.uniform(190, 240))
    cv2.rectangle(pixels, (left, top), (right, ground), color_of(wall), -1)
    roof = np.array([(left - 6, top), (right + 6, top), ((left + right) // 2, top - (right - left) // 3)], np.int32)
    cv2.fillPoly(pixels, [roof], color_of((4, rng.uniform(110, 170), rng.uniform(120, 180))), cv2.LINE_AA)
    pane, frame = color_of((102, 60, 225)), color_of((0, 0, 245))
    step = (right - left) // 3
    for y in range(top + step // 2, ground - step // 2, int(step * 1.3)):
        for x in (left + step // 2, left + step // 2 + int(step * 1.2)):
            corners = (x, y), (x + int(step * 0.7), y + int(step * 0.85))
            cv2.rectangle(pixels, *corners, pane, -1)
            cv2.rectangle(pixels, *corners, frame, 3)


def _window(pixels: Pixels, rng: Random, start: tuple[int, int], end: tuple[int, int]) -> None:
    view = _sky(rng, end[1] - start[1], end[0] - start[0], SKY)
    pixels[start[1] : end[1], start[0] : end[0]] = view
    frame, middle = color_of((0, 0, 250)), (start[0] + end[0]) // 2
    cv2.rectangle(pixels, start, end, frame, 8)
    cv2.line(pixels, (middle, start[1]), (middle, end[1]), frame, 6)


def _picture(pixels: Pixels, rng: Random, start: tuple[int, int], end: tuple[int, int]) -> None:
    view = draw_beach(rng, end[1] - start[1], end[0] - start[0])
    pixels[start[1] : end[1], start[0] : end[0]] = view
    cv2.rectangle(pixels, start, end, color_of((15, 130, 120)), 8)
