"""Drawn people walking past, as a camera would see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import pi, sin

import numpy as np

from core.demo.crowd import Spot, place_person
from core.demo.people import DrawnPerson, Pose
from core.demo.scenes import draw_park
from core.types import Pixels

FRAME_SIZE = (640, 480)  # width, height
_CROSSING = 9.0  # seconds from one edge to the other
_STEPS = 1.8  # a second
_BLINK_SECONDS = 0.12


@dataclass(frozen=True)
class _Walker:
    """One person's own rhythm."""

    person: DrawnPerson
    start: float  # share of the way already gone at the beginning
    phase: float  # 0..1
    blink_every: float  # seconds


def moving_people(people: Sequence[DrawnPerson], *, seconds: float, fps: float = 30, seed: int = 0) -> Iterator[Pixels]:
    """Frames of 640 x 480, each an array of its own; the same for the same numbers. Nobody hides another."""
    rng = np.random.default_rng(seed)
    width, height = FRAME_SIZE
    scene = draw_park(rng, height, width)
    walkers = [_Walker(p, k / len(people), rng.uniform(), rng.uniform(2.5, 4)) for k, p in enumerate(people)]
    way = width * 1.5
    size = int(min(height * 0.36, 0.95 * way / max(1, len(people))))
    for number in range(round(seconds * fps)):
        pixels = scene.copy()
        for walker in walkers:
            place_person(pixels, walker.person, _pose(walker, number / fps), _spot(walker, number / fps, way, size))
        yield pixels


def _spot(walker: _Walker, time: float, way: float, size: int) -> Spot:
    width, height = FRAME_SIZE
    x = (walker.start + time / _CROSSING) % 1 * way - (way - width) / 2
    bounce = abs(sin(pi * (_STEPS * time + walker.phase)))
    return Spot(x, height * 0.5 - bounce * size * 0.04, size)


def _pose(walker: _Walker, time: float) -> Pose:
    turn = sin(2 * pi * (0.23 * time + walker.phase))
    nod = sin(2 * pi * (0.31 * time + walker.phase * 2))
    happy = sin(2 * pi * (0.11 * time + walker.phase * 3)) > 0
    blink = (time + walker.phase * walker.blink_every) % walker.blink_every < _BLINK_SECONDS
    return Pose(
        yaw=0.45 * turn,
        pitch=0.15 * nod,
        blink=blink,
        gaze=(0.03 * turn, 0.0),
        mouth="laugh" if happy else "smile",
        roll=5 * nod,
    )
