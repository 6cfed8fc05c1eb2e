"""Drawn people: as many as needed, of no real person and under no one's rights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.demo.canvas import INK, SUPERSAMPLING, WHITE, Canvas, Point, color_of, darker
from core.demo.traits import DrawnPerson, Fringe, Pose, Random, imagine_person, imagine_pose
from core.opencv import cv2
from core.types import Floats

__all__ = ["Drawing", "DrawnPerson", "Pose", "draw_person", "draw_pose", "imagine_person", "imagine_pose"]

SIDES = (-1, 1)
DARK_GLASS = (60, 60, 60, 150)
LAUGH, SURPRISE = (60, 40, 150, 255), (50, 30, 120, 255)
BEARD_TOPS = {"full": 0.35, "trimmed": 0.45, "chin": 0.6}
FRINGE_POINTS: dict[Fringe, tuple[tuple[float, float], ...]] = {
    "parted": ((0.95, -0.25), (0.4, -0.55), (-0.4, -0.55), (-0.95, -0.25)),
    "swept": ((0.95, -0.3), (0.5, -0.35), (0.2, -0.62), (-0.3, -0.4), (-0.95, -0.25)),
    "pointed": ((0.95, -0.1), (0.75, -0.45), (0, -0.7), (-0.75, -0.45), (-0.95, -0.1)),
    "zigzag": (
        (0.95, -0.2),
        (0.7, -0.4),
        (0.5, -0.3),
        (0.25, -0.45),
        (0, -0.3),
        (-0.25, -0.45),
        (-0.5, -0.3),
        (-0.7, -0.4),
        (-0.95, -0.2),
    ),
    "slanted": ((0.95, -0.35), (-0.2, -0.75), (-0.95, -0.05)),
}


@dataclass(frozen=True, eq=False)
class Drawing:
    """A head on transparent ground, with the truth about its face."""

    pixels: NDArray[np.uint8]  # (size, size, 4) BGRA
    box: tuple[float, float, float, float]  # x1 y1 x2 y2 of the face without hair, pixels
    landmarks: Floats  # (5, 2) pixels: image-left eye, image-right eye, nose, mouth left, right


def draw_person(person: DrawnPerson, rng: Random, size: int = 160) -> Drawing:
    """The person in a pose of chance."""
    return draw_pose(person, imagine_pose(rng), size)


def draw_pose(person: DrawnPerson, pose: Pose, size: int = 160) -> Drawing:
    canvas = Canvas(person, pose, size=size)
    _draw_back_hair(canvas, person)
    _draw_ears(canvas, person)
    oval = _draw_oval(canvas, person)
    points = [_draw_eye(canvas, person, pose, side) for side in SIDES]
    points.append(_draw_nose(canvas, person, pose))
    points += _draw_mouth(canvas, person, pose)
    _draw_marks(canvas, person)
    _draw_glasses(canvas, person)
    _draw_fringe(canvas, person)
    _draw_hat(canvas, person)
    return _finished(canvas, pose, oval, points, size)


def _draw_back_hair(canvas: Canvas, person: DrawnPerson) -> None:
    unit, color = canvas.unit, color_of(person.hair)
    if person.hair_style in ("long", "bob"):
        length = 1.35 if person.hair_style == "long" else 1.05
        canvas.outlined(canvas.head(0, 0.15), (unit * 1.12 * person.width, unit * length), color)
    elif person.hair_style == "bunches":
        for side in SIDES:
            canvas.outlined(canvas.head(side * 1.15, 0.25), (unit * 0.3, unit * 0.62), color)
    elif person.hair_style == "bun":
        canvas.outlined(canvas.head(0, -1.15), (unit * 0.42, unit * 0.4), color)
    elif person.hair_style == "curls":
        for angle in np.linspace(-np.pi * 1.05, 0.05 * np.pi, 11):
            curl = canvas.head(0.95 * np.cos(angle), 0.95 * np.sin(angle) - 0.1)
            canvas.disc(curl, (unit * 0.42, unit * 0.42), color)


def _draw_ears(canvas: Canvas, person: DrawnPerson) -> None:
    size = canvas.unit * person.ear_size
    for side in SIDES:
        canvas.outlined(canvas.head(side, 0.1), (size * 1.1, size * 1.5), color_of(person.skin))


def _draw_oval(canvas: Canvas, person: DrawnPerson) -> list[Point]:
    """Skin and beard; returns the outline of the face."""
    angle = np.linspace(0, 2 * np.pi, 60)
    below = np.sin(angle) > 0
    xs = np.cos(angle) * np.where(below, 1 - (1 - person.jaw) * np.sin(angle) ** 2 * 0.6, 1)
    ys = np.sin(angle) * np.where(below, 1.08, 0.98)
    oval = [canvas.head(x, y) for x, y in zip(xs, ys, strict=True)]
    canvas.polygon(oval, color_of(person.skin))
    canvas.path(oval, closed=True)
    if person.beard != "none":
        chin = [point for point, y in zip(oval, ys, strict=True) if y > BEARD_TOPS[person.beard]]
        lip = [canvas.face(0.45, 0.42), canvas.face(0, 0.36), canvas.face(-0.45, 0.42)]
        canvas.polygon(chin + lip, _hair_shade(person))
    return oval


def _draw_eye(canvas: Canvas, person: DrawnPerson, pose: Pose, side: int) -> Point:
    centre = canvas.face(side * person.eye_distance, person.eye_level)
    width = canvas.unit * person.eye_size * (1 - 0.12 * abs(pose.yaw))
    height = canvas.unit * person.eye_size * person.eye_ratio * pose.openness
    if pose.blink:
        canvas.arc(centre, (width, width * 0.5), INK, end=180, thickness=canvas.line + 1)
    else:
        canvas.disc(centre, (width, height), WHITE)
        _draw_iris(canvas, person, pose, centre=centre, radius=min(width, height) * 0.72)
        canvas.arc(centre, (width, height), INK)
        if person.lashes:
            lashes = (width * 1.05, height * 1.05)
            canvas.arc(centre, lashes, INK, start=190, end=350, thickness=canvas.line * 2)
    _draw_brow(canvas, person, pose, side)
    return centre


def _draw_iris(canvas: Canvas, person: DrawnPerson, pose: Pose, *, centre: Point, radius: float) -> None:
    x, y = int(centre[0] + canvas.unit * pose.gaze[0]), int(centre[1] + canvas.unit * pose.gaze[1])
    canvas.disc((x, y), (radius, radius), color_of(person.eye))
    canvas.disc((x, y), (radius * 0.5, radius * 0.5), INK)
    glint = (int(x - radius * 0.3), int(y - radius * 0.35))
    canvas.disc(glint, (radius * 0.25, radius * 0.25), WHITE)


def _draw_brow(canvas: Canvas, person: DrawnPerson, pose: Pose, side: int) -> None:
    brow = pose.brows[SIDES.index(side)]
    height = person.eye_level - person.eye_size * person.eye_ratio - 0.14 + brow.lift
    x, y = canvas.face(side * person.eye_distance, height)
    angle = person.brow_angle * side + brow.tilt
    dx, dy = (canvas.unit * person.brow_length * turn for turn in (np.cos(angle), np.sin(angle)))
    thickness = max(2, int(canvas.unit * person.brow_thickness))
    canvas.stroke((int(x - dx), int(y - dy)), (int(x + dx), int(y + dy)), _hair_shade(person), thickness)


def _draw_nose(canvas: Canvas, person: DrawnPerson, pose: Pose) -> Point:
    x, y = tip = canvas.face(pose.yaw * 0.12, 0.22)
    size, shade = canvas.unit * person.nose_size, darker(color_of(person.skin), 0.72)
    if person.nose == "round":
        canvas.disc(tip, (size * 0.9, size * 0.7), shade)
    elif person.nose == "edge":
        side = 1 if pose.yaw >= 0 else -1
        corner = (int(x + size * side), int(y + size * 0.3))
        canvas.path([(x, int(y - size * 1.3)), corner, (x, int(y + size * 0.4))], closed=False)
    elif person.nose == "curve":
        canvas.arc(tip, (size, size * 0.6), INK, start=10, end=170)
    else:
        for side in SIDES:
            canvas.disc((int(x + side * size * 0.5), y), (size * 0.22, size * 0.18), shade)
    return tip


def _draw_mouth(canvas: Canvas, person: DrawnPerson, pose: Pose) -> list[Point]:
    """Returns the two corners."""
    x, y = centre = canvas.face(0, 0.56)
    width = canvas.unit * person.mouth_width * pose.mouth_stretch
    left, right = (int(x - width), y), (int(x + width), y)
    if pose.mouth == "smile":
        canvas.arc(centre, (width, width * 0.55), INK, start=15, end=165)
    elif pose.mouth == "laugh":
        canvas.arc(centre, (width, width * pose.mouth_opening), LAUGH, end=180, thickness=-1)
        canvas.arc(centre, (width, width * 0.5), INK, end=180)
        canvas.stroke(left, right, INK, canvas.line)
    elif pose.mouth == "straight":
        slanted = (int(x + width * 0.8), int(y + pose.mouth_slant * canvas.scale))
        canvas.stroke((int(x - width * 0.8), y), slanted, INK, canvas.line)
    else:
        canvas.disc(centre, (width * 0.5, width * pose.mouth_opening), SURPRISE)
        canvas.arc(centre, (width * 0.5, width * 0.4), INK)
    return [left, right]


def _draw_marks(canvas: Canvas, person: DrawnPerson) -> None:
    shade, dot = darker(color_of(person.skin), 0.72), canvas.unit * 0.025
    if person.freckles:
        for side in SIDES:
            for k in range(3):
                canvas.disc(canvas.face(side * (0.45 + 0.13 * k), 0.28 + 0.06 * (k % 2)), (dot, dot), shade)
    if person.mole:
        canvas.disc(canvas.face(*person.mole), (canvas.unit * 0.035, canvas.unit * 0.035), INK)


def _draw_glasses(canvas: Canvas, person: DrawnPerson) -> None:
    if person.glasses == "none":
        return
    reach, wire = int(canvas.unit * 0.27), canvas.line + 1
    for side in SIDES:
        centre = canvas.face(side * person.eye_distance, person.eye_level)
        if person.glasses == "square":
            canvas.frame(centre, (reach, int(reach * 0.75)), wire)
        elif person.glasses == "round":
            canvas.arc(centre, (reach, reach), INK, thickness=wire)
        else:
            canvas.disc(centre, (reach, reach), DARK_GLASS)
    inner = person.eye_distance - 0.2
    canvas.stroke(canvas.face(-inner, person.eye_level), canvas.face(inner, person.eye_level), INK, wire)


def _draw_fringe(canvas: Canvas, person: DrawnPerson) -> None:
    if person.hair_style == "bald":
        return
    angle = np.linspace(np.pi, 2 * np.pi, 30)
    crown = [canvas.head(x * 1.06, y * 1.12 - 0.04) for x, y in zip(np.cos(angle), np.sin(angle), strict=True)]
    outline = crown + [canvas.head(x, y) for x, y in FRINGE_POINTS[person.fringe]]
    canvas.polygon(outline, color_of(person.hair))
    canvas.path(outline, closed=True)


def _draw_hat(canvas: Canvas, person: DrawnPerson) -> None:
    unit, color = canvas.unit, color_of(person.hat_color)
    if person.hat == "cap":
        crown = (unit * 1.08 * person.width, unit * 0.55)
        canvas.arc(canvas.head(0, -0.72), crown, color, start=180, thickness=-1)
        canvas.stroke(canvas.head(-1.25, -0.72), canvas.head(1.25, -0.72), color, int(unit * 0.16))
    elif person.hat == "band":
        canvas.stroke(canvas.head(-1, -0.62), canvas.head(1, -0.62), color, int(unit * 0.17))
    elif person.hat == "party":
        canvas.polygon([canvas.head(-0.6, -0.85), canvas.head(0.6, -0.85), canvas.head(0, -1.7)], color)


def _hair_shade(person: DrawnPerson) -> tuple[int, int, int, int]:
    return darker(color_of(person.hair), 0.6)


def _finished(canvas: Canvas, pose: Pose, oval: list[Point], points: list[Point], size: int) -> Drawing:
    matrix = canvas.tilt(pose.roll)
    outline, landmarks = (
        (np.array(group, float) @ matrix[:, :2].T + matrix[:, 2]) / SUPERSAMPLING for group in (oval, points)
    )
    x1, y1, x2, y2 = (float(edge) for edge in (*outline.min(0), *outline.max(0)))
    pixels = cv2.resize(canvas.pixels, (size, size), interpolation=cv2.INTER_AREA)
    return Drawing(pixels.astype(np.uint8, copy=False), (x1, y1, x2, y2), landmarks.astype(np.float32))
