"""Draws cartoon people: licence-free faces without end, with exact boxes and landmarks.

`person(rng)` makes up somebody, `draw(somebody, rng)` draws the head in a new pose and mood.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pen import INK, SUPERSAMPLING, Pen, Point, colour, darker

Rng = np.random.Generator
SKINS = [(12, 60, 250), (10, 90, 235), (11, 120, 200), (10, 140, 150), (9, 150, 105), (25, 140, 250), (60, 90, 220)]
SKINS.append((105, 80, 235))
SKIN_SHARES = [0.22, 0.2, 0.17, 0.14, 0.12, 0.07, 0.04, 0.04]
HAIR_HUES = [0, 8, 12, 18, 25, 60, 100, 120, 140, 165]
EYE_HUES = [10, 18, 55, 85, 105, 115, 140]
BEARD_TOPS = (0.35, 0.45, 0.6)
FRINGES = [
    [(0.95, -0.25), (0.4, -0.55), (-0.4, -0.55), (-0.95, -0.25)],
    [(0.95, -0.3), (0.5, -0.35), (0.2, -0.62), (-0.3, -0.4), (-0.95, -0.25)],
    [(0.95, -0.1), (0.75, -0.45), (0, -0.7), (-0.75, -0.45), (-0.95, -0.1)],
    [(0.95, -0.2), (0.7, -0.4), (0.5, -0.3), (0.25, -0.45), (0, -0.3), (-0.25, -0.45), (-0.5, -0.3), (-0.7, -0.4)],
    [(0.95, -0.35), (-0.2, -0.75), (-0.95, -0.05)],
]


@dataclass(frozen=True)
class Person:
    """What stays the same in every picture of a drawn person. Colours are hue, saturation, value."""

    skin: tuple[float, float, float]
    width: float
    jaw: float
    hair: tuple[float, float, float]
    hair_style: int  # 1, 2, 5 long, 3 bunches, 4 a bun, 6 curls, 7 none
    fringe: int
    eye_distance: float
    eye_size: float
    eye_height: float
    eye_place: float
    eye_colour: tuple[float, float, float]
    lashes: bool
    brow_width: float
    brow_length: float
    brow_angle: float
    nose: int
    nose_size: float
    mouth_width: float
    glasses: int  # 0 none, 1 square, 2 round, 3 dark
    beard: int  # 0 none, else the row of BEARD_TOPS + 1
    freckles: bool
    mole: tuple[float, float] | None
    ears: float
    hat: int  # 0 none, 1 cap, 2 band, 3 cone
    hat_hue: int
    line: int


def person(rng: Rng) -> Person:
    skin = SKINS[rng.choice(len(SKINS), p=SKIN_SHARES)]
    return Person(
        skin=(skin[0] + rng.normal(0, 1.5), skin[1] + rng.normal(0, 10), skin[2] + rng.normal(0, 6)),
        width=rng.uniform(0.78, 1.08),
        jaw=rng.uniform(0.6, 1.0),
        hair=(rng.choice(HAIR_HUES), rng.uniform(30, 255), rng.uniform(25, 245)),
        hair_style=int(rng.integers(0, 8)),
        fringe=int(rng.integers(0, len(FRINGES))),
        eye_distance=rng.uniform(0.34, 0.5),
        eye_size=rng.uniform(0.11, 0.22),
        eye_height=rng.uniform(0.8, 1.6),
        eye_place=rng.uniform(-0.12, 0.06),
        eye_colour=(rng.choice(EYE_HUES), rng.uniform(90, 255), rng.uniform(60, 220)),
        lashes=bool(rng.integers(0, 2)),
        brow_width=rng.uniform(0.025, 0.075),
        brow_length=rng.uniform(0.12, 0.22),
        brow_angle=rng.uniform(-0.28, 0.28),
        nose=int(rng.integers(0, 4)),
        nose_size=rng.uniform(0.06, 0.15),
        mouth_width=rng.uniform(0.16, 0.34),
        glasses=int(rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])),
        beard=int(rng.choice(4, p=[0.72, 0.1, 0.09, 0.09])),
        freckles=bool(rng.random() < 0.18),
        mole=(rng.uniform(-0.5, 0.5), rng.uniform(0.05, 0.5)) if rng.random() < 0.2 else None,
        ears=rng.uniform(0.1, 0.22),
        hat=int(rng.choice(4, p=[0.8, 0.07, 0.07, 0.06])),
        hat_hue=int(rng.integers(0, 180)),
        line=int(rng.integers(2, 5)),
    )


def _outline(who: Person) -> tuple[np.ndarray, np.ndarray]:
    """The head's outline in head units: an ellipse, narrower at the jaw."""
    angle = np.linspace(0, 2 * np.pi, 60)
    narrow = np.where(np.sin(angle) > 0, 1 - (1 - who.jaw) * np.sin(angle) ** 2 * 0.6, 1)
    return np.cos(angle) * narrow, np.sin(angle) * np.where(np.sin(angle) > 0, 1.08, 0.98)


def _hair_behind(pen: Pen, who: Person) -> None:
    hair = colour(who.hair)
    if who.hair_style in {1, 2, 5}:
        pen.outlined(pen.head(0, 0.15), 1.12 * who.width, 1.05 if who.hair_style == 5 else 1.35, hair)
    elif who.hair_style == 3:
        for side in (-1, 1):
            pen.outlined(pen.head(side * 1.15, 0.25), 0.3, 0.62, hair)
    elif who.hair_style == 4:
        pen.outlined(pen.head(0, -1.15), 0.42, 0.4, hair)
    elif who.hair_style == 6:
        for angle in np.linspace(-np.pi * 1.05, 0.05 * np.pi, 11):
            pen.ellipse(pen.head(0.95 * np.cos(angle), 0.95 * np.sin(angle) - 0.1), 0.42, 0.42, hair)


def _head(pen: Pen, who: Person) -> np.ndarray:
    """Ears, head and beard; gives the head's outline back."""
    skin = colour(who.skin)
    for side in (-1, 1):
        pen.outlined(pen.head(side, 0.1), who.ears * 1.1, who.ears * 1.5, skin)
    xs, ys = _outline(who)
    outline = np.array([pen.head(x, y) for x, y in zip(xs, ys, strict=True)])
    pen.polygon(outline, skin)
    if who.beard:
        chin = [pen.head(x, y) for x, y in zip(xs, ys, strict=True) if y > BEARD_TOPS[who.beard - 1]]
        chin += [pen.face(0.45, 0.42), pen.face(0, 0.36), pen.face(-0.45, 0.42)]
        pen.polygon(np.array(chin), darker(colour(who.hair), 0.6), outlined=False)
    return outline


def _open_eye(pen: Pen, who: Person, centre: Point, size: tuple[float, float], gaze: Point) -> None:
    pen.ellipse(centre, *size, (255, 255, 255, 255))
    iris = min(size) * 0.72
    place = pen.moved(centre, *gaze)
    pen.ellipse(place, iris, iris, colour(who.eye_colour))
    pen.ellipse(place, iris * 0.5, iris * 0.5, INK)
    pen.ellipse(pen.moved(place, -iris * 0.3, -iris * 0.35), iris * 0.25, iris * 0.25, (255, 255, 255, 255))
    pen.arc(centre, *size, (0, 360))
    if who.lashes:
        pen.arc(centre, size[0] * 1.05, size[1] * 1.05, (190, 350), 2 * pen.line)


def _eyes(pen: Pen, who: Person, rng: Rng) -> list[Point]:
    """Eyes and brows; gives the eyes' centres back."""
    blink, opening, gaze = rng.random() < 0.08, rng.uniform(0.75, 1.1), (rng.normal(0, 0.025), rng.normal(0, 0.02))
    width, height = who.eye_size * (1 - 0.12 * abs(pen.yaw)), who.eye_size * who.eye_height * opening
    centres = []
    for side in (-1, 1):
        centre = pen.face(side * who.eye_distance, who.eye_place)
        centres.append(centre)
        if blink:
            pen.arc(centre, width, width * 0.5, (0, 180), pen.line + 1)
        else:
            _open_eye(pen, who, centre, (width, height), gaze)
        above = who.eye_place - who.eye_size * who.eye_height - 0.14 + rng.normal(0, 0.015)
        angle = who.brow_angle * side + rng.normal(0, 0.06)
        reach = who.brow_length * np.cos(angle), who.brow_length * np.sin(angle)
        brow = pen.face(side * who.eye_distance, above)
        ends = pen.moved(brow, -reach[0], -reach[1]), pen.moved(brow, *reach)
        pen.stroke(*ends, darker(colour(who.hair), 0.6), max(2, int(pen.unit * who.brow_width)))
    return centres


def _nose(pen: Pen, who: Person) -> Point:
    tip, size, shade = pen.face(pen.yaw * 0.12, 0.22), who.nose_size, darker(colour(who.skin), 0.72)
    if who.nose == 0:
        pen.ellipse(tip, size * 0.9, size * 0.7, shade)
    elif who.nose == 1:
        side = size if pen.yaw >= 0 else -size
        pen.lines([pen.moved(tip, 0, -size * 1.3), pen.moved(tip, side, size * 0.3), pen.moved(tip, 0, size * 0.4)])
    elif who.nose == 2:
        pen.arc(tip, size, size * 0.6, (10, 170))
    else:
        for side in (-0.5, 0.5):
            pen.ellipse(pen.moved(tip, side * size, 0), size * 0.22, size * 0.18, shade)
    return tip


def _mouth(pen: Pen, who: Person, rng: Rng) -> list[Point]:
    """One of four moods; gives the corners back."""
    centre, width, mood = pen.face(0, 0.56), who.mouth_width * rng.uniform(0.9, 1.12), rng.integers(0, 4)
    corners = [pen.moved(centre, -width, 0), pen.moved(centre, width, 0)]
    if mood == 0:
        pen.arc(centre, width, width * 0.55, (15, 165))
    elif mood == 1:
        pen.ellipse(centre, width, width * rng.uniform(0.35, 0.7), (60, 40, 150, 255), (0, 180))
        pen.arc(centre, width, width * 0.5, (0, 180))
        pen.stroke(*corners, INK, pen.line)
    elif mood == 2:
        end = pen.moved(centre, width * 0.8, rng.normal(0, 0.03))
        pen.stroke(pen.moved(centre, -width * 0.8, 0), end, INK, pen.line)
    else:
        pen.ellipse(centre, width * 0.5, width * rng.uniform(0.3, 0.6), (50, 30, 120, 255))
        pen.arc(centre, width * 0.5, width * 0.4, (0, 360))
    return corners


def _marks(pen: Pen, who: Person) -> None:
    """Freckles, mole, glasses."""
    if who.freckles:
        for side in (-1, 1):
            for j in range(3):
                spot = pen.face(side * (0.45 + 0.13 * j), 0.28 + 0.06 * (j % 2))
                pen.ellipse(spot, 0.025, 0.025, darker(colour(who.skin), 0.72))
    if who.mole:
        pen.ellipse(pen.face(*who.mole), 0.035, 0.035, INK)
    if not who.glasses:
        return
    for side in (-1, 1):
        centre = pen.face(side * who.eye_distance, who.eye_place)
        if who.glasses == 1:
            pen.rectangle(centre, 0.27, 0.2)
        elif who.glasses == 2:
            pen.arc(centre, 0.27, 0.27, (0, 360), pen.line + 1)
        else:
            pen.ellipse(centre, 0.27, 0.27, (60, 60, 60, 150))
    bridge = who.eye_distance - 0.2
    pen.stroke(pen.face(-bridge, who.eye_place), pen.face(bridge, who.eye_place), INK, pen.line + 1)


def _top(pen: Pen, who: Person) -> None:
    """Hair over the forehead, and a hat."""
    if who.hair_style != 7:
        arc = np.linspace(np.pi, 2 * np.pi, 30)
        cap = [pen.head(1.06 * np.cos(a), 1.12 * np.sin(a) - 0.04) for a in arc]
        pen.polygon(np.array(cap + [pen.head(x, y) for x, y in FRINGES[who.fringe]]), colour(who.hair))
    felt = colour((who.hat_hue, 200, 200))
    if who.hat == 1:
        pen.ellipse(pen.head(0, -0.72), 1.08 * who.width, 0.55, felt, (180, 360))
        pen.stroke(pen.head(-1.25, -0.72), pen.head(1.25, -0.72), felt, int(pen.unit * 0.16))
    elif who.hat == 2:
        pen.stroke(pen.head(-1, -0.62), pen.head(1, -0.62), felt, int(pen.unit * 0.17))
    elif who.hat == 3:
        cone = [pen.head(-0.6, -0.85), pen.head(0.6, -0.85), pen.head(0, -1.7)]
        pen.polygon(np.array(cone), felt, outlined=False)


def draw(who: Person, rng: Rng, size: int = 160) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """-> BGRA (size, size, 4) with the head in the middle, box x, y, w, h, landmarks (5, 2)."""
    yaw, pitch = float(np.clip(rng.normal(0, 0.35), -0.9, 0.9)), float(np.clip(rng.normal(0, 0.15), -0.4, 0.4))
    pen = Pen(size, who.width, yaw, pitch, who.line)
    _hair_behind(pen, who)
    outline = _head(pen, who)
    eyes, nose = _eyes(pen, who, rng), _nose(pen, who)
    points = [*eyes, nose, *_mouth(pen, who, rng)]
    _marks(pen, who)
    _top(pen, who)
    matrix = cv2.getRotationMatrix2D(pen.centre, float(np.clip(rng.normal(0, 9), -25, 25)), 1.0)
    image = cv2.warpAffine(pen.image, matrix, pen.image.shape[:2])
    image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    outline = cv2.transform(outline[None].astype(float), matrix)[0] / SUPERSAMPLING
    landmarks = cv2.transform(np.array([points], float), matrix)[0] / SUPERSAMPLING
    low, high = outline.min(0), outline.max(0)
    return image, np.concatenate([low, high - low]), landmarks
