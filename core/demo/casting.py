"""Choosing people that nobody takes for one another, as the people of a small town are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from core.demo.canvas import color_of
from core.demo.traits import BEARDS, FRINGES, GLASSES, HAIR_STYLES, DrawnPerson, Random, imagine_person
from core.types import Floats

CANDIDATES = 40
# The weights follow what drove cosines apart over 3,160 pairs of drawn people; glasses and beards count for less than
# they did, or everybody would wear them.
_NUMBERS = {"eye_size": 9.0, "width": 3.5, "mouth_width": 4.5, "eye_distance": 8.0, "eye_level": 7.0}
_COLORS = {"skin": 0.35, "hair": 0.28}
_KINDS = {
    "hair_style": (0.2, HAIR_STYLES),
    "fringe": (0.3, FRINGES),
    "glasses": (0.6, GLASSES),
    "beard": (0.3, BEARDS),
}
_BEARDED = 0.5


def cast_unlike(others: Iterable[DrawnPerson], rng: Random) -> DrawnPerson:
    """Of some imagined people the one that differs most from whoever of `others` is nearest."""
    candidates = [imagine_person(rng) for _ in range(CANDIDATES)]
    present = [appearance(person) for person in others]
    if not present:
        return candidates[0]
    looks = np.stack([appearance(candidate) for candidate in candidates])
    differences = np.abs(looks[:, None] - np.stack(present)[None]).sum(2)
    return candidates[int(differences.min(1).argmax())]


def appearance(person: DrawnPerson) -> Floats:
    """How a person looks as a row of numbers: the sum of absolute differences tells how unlike two people are."""
    numbers = [weight * getattr(person, name) for name, weight in _NUMBERS.items()]
    colors = [weight * part / 255 for name, weight in _COLORS.items() for part in color_of(getattr(person, name))[:3]]
    kinds = [weight / 2 * (getattr(person, name) == kind) for name, (weight, every) in _KINDS.items() for kind in every]
    return np.array([*numbers, *colors, *kinds, _BEARDED * (person.beard != "none")], np.float32)
