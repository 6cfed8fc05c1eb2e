"""What makes a drawn person recognizable (traits), and what changes from picture to picture (pose)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Random = np.random.Generator
Hsv = tuple[float, float, float]  # hue 0..180, saturation and value 0..255, as OpenCV counts them

HairStyle = Literal["short", "long", "bunches", "bun", "bob", "curls", "bald"]
Fringe = Literal["parted", "swept", "pointed", "zigzag", "slanted"]
Nose = Literal["round", "edge", "curve", "nostrils"]
Glasses = Literal["none", "square", "round", "dark"]
Beard = Literal["none", "full", "trimmed", "chin"]
Hat = Literal["none", "cap", "band", "party"]
Mouth = Literal["smile", "laugh", "straight", "surprise"]

HAIR_STYLES: tuple[HairStyle, ...] = ("short", "long", "long", "bunches", "bun", "bob", "curls", "bald")
FRINGES: tuple[Fringe, ...] = ("parted", "swept", "pointed", "zigzag", "slanted")
NOSES: tuple[Nose, ...] = ("round", "edge", "curve", "nostrils")
GLASSES: tuple[Glasses, ...] = ("none", "square", "round", "dark")
BEARDS: tuple[Beard, ...] = ("none", "full", "trimmed", "chin")
HATS: tuple[Hat, ...] = ("none", "cap", "band", "party")
MOUTHS: tuple[Mouth, ...] = ("smile", "laugh", "straight", "surprise")

SKINS: tuple[Hsv, ...] = (
    (12, 60, 250),
    (10, 90, 235),
    (11, 120, 200),
    (10, 140, 150),
    (9, 150, 105),
    (25, 140, 250),
    (60, 90, 220),  # the last two come from a fairy tale: drawn people may be green or violet
    (105, 80, 235),
)
SKIN_SHARES = (0.22, 0.2, 0.17, 0.14, 0.12, 0.07, 0.04, 0.04)
HAIR_HUES = (0, 8, 12, 18, 25, 60, 100, 120, 140, 165)
EYE_HUES = (10, 18, 55, 85, 105, 115, 140)


@dataclass(frozen=True)
class DrawnPerson:
    """The lasting traits of one person. Lengths are in units of half a face's height, angles in radians."""

    skin: Hsv
    width: float
    jaw: float  # 0.6 pointed .. 1 square
    hair: Hsv
    hair_style: HairStyle
    fringe: Fringe
    eye_distance: float  # of one eye from the middle
    eye_size: float
    eye_ratio: float  # height to width
    eye: Hsv
    lashes: bool
    brow_thickness: float
    brow_length: float
    brow_angle: float
    nose: Nose
    nose_size: float
    mouth_width: float
    glasses: Glasses
    beard: Beard
    freckles: bool
    mole: tuple[float, float] | None
    ear_size: float
    hat: Hat
    hat_color: Hsv
    line: int  # width of the ink, 2..4
    eye_level: float
    clothes: Hsv


@dataclass(frozen=True)
class Brow:
    lift: float
    tilt: float


@dataclass(frozen=True)
class Pose:
    """How a person looks in one picture. Turns run from -1 to 1, roll is in degrees."""

    yaw: float = 0.0
    pitch: float = 0.0
    blink: bool = False
    openness: float = 1.0
    gaze: tuple[float, float] = (0.0, 0.0)
    brows: tuple[Brow, Brow] = (Brow(0.0, 0.0), Brow(0.0, 0.0))
    mouth_stretch: float = 1.0
    mouth: Mouth = "smile"
    mouth_opening: float = 0.5  # of a laugh or a surprise
    mouth_slant: float = 0.0  # of a straight mouth, pixels
    roll: float = 0.0


def imagine_person(rng: Random) -> DrawnPerson:
    """Another person for each state of `rng`; the built-in models were shown people of this kind."""
    skin = SKINS[int(rng.choice(len(SKINS), p=SKIN_SHARES))]
    return DrawnPerson(
        skin=(skin[0] + rng.normal(0, 1.5), skin[1] + rng.normal(0, 10), skin[2] + rng.normal(0, 6)),
        width=rng.uniform(0.78, 1.08),
        jaw=rng.uniform(0.6, 1.0),
        hair=(float(rng.choice(HAIR_HUES)), rng.uniform(30, 255), rng.uniform(25, 245)),
        hair_style=HAIR_STYLES[rng.integers(0, len(HAIR_STYLES))],
        fringe=FRINGES[rng.integers(0, len(FRINGES))],
        eye_distance=rng.uniform(0.34, 0.5),
        eye_size=rng.uniform(0.11, 0.22),
        eye_ratio=rng.uniform(0.8, 1.6),
        eye=(float(rng.choice(EYE_HUES)), rng.uniform(90, 255), rng.uniform(60, 220)),
        lashes=bool(rng.integers(0, 2)),
        brow_thickness=rng.uniform(0.025, 0.075),
        brow_length=rng.uniform(0.12, 0.22),
        brow_angle=rng.uniform(-0.28, 0.28),
        nose=NOSES[rng.integers(0, len(NOSES))],
        nose_size=rng.uniform(0.06, 0.15),
        mouth_width=rng.uniform(0.16, 0.34),
        glasses=GLASSES[int(rng.choice(4, p=(0.7, 0.1, 0.1, 0.1)))],
        beard=BEARDS[int(rng.choice(4, p=(0.72, 0.1, 0.09, 0.09)))],
        freckles=bool(rng.random() < 0.18),
        mole=(rng.uniform(-0.5, 0.5), rng.uniform(0.05, 0.5)) if rng.random() < 0.2 else None,
        ear_size=rng.uniform(0.1, 0.22),
        hat=HATS[int(rng.choice(4, p=(0.8, 0.07, 0.07, 0.06)))],
        hat_color=(float(rng.integers(0, 180)), 200.0, 200.0),
        line=int(rng.integers(2, 5)),
        eye_level=rng.uniform(-0.12, 0.06),
        clothes=(rng.uniform(0, 180), rng.uniform(60, 190), rng.uniform(110, 235)),
    )


def imagine_pose(rng: Random, *, liveliness: float = 1.0) -> Pose:
    """A pose as a snapshot catches it; `liveliness` below 1 gives calmer turns of the head."""
    yaw = float(np.clip(rng.normal(0, 0.35), -0.9, 0.9)) * liveliness
    pitch = float(np.clip(rng.normal(0, 0.15), -0.4, 0.4)) * liveliness
    blink = bool(rng.random() < 0.08)
    openness = rng.uniform(0.75, 1.1)
    gaze = (rng.normal(0, 0.025), rng.normal(0, 0.02))
    brows = (_imagine_brow(rng), _imagine_brow(rng))
    stretch = rng.uniform(0.9, 1.12)
    mouth = MOUTHS[rng.integers(0, len(MOUTHS))]
    opening, slant = _imagine_lips(rng, mouth)
    roll = float(np.clip(rng.normal(0, 9), -25, 25)) * liveliness
    return Pose(yaw, pitch, blink, openness, gaze, brows, stretch, mouth, opening, slant, roll)


def _imagine_brow(rng: Random) -> Brow:
    return Brow(lift=rng.normal(0, 0.015), tilt=rng.normal(0, 0.06))


def _imagine_lips(rng: Random, mouth: Mouth) -> tuple[float, float]:
    if mouth == "laugh":
        return rng.uniform(0.35, 0.7), 0.0
    if mouth == "surprise":
        return rng.uniform(0.3, 0.6), 0.0
    return 0.5, rng.normal(0, 3) if mouth == "straight" else 0.0
