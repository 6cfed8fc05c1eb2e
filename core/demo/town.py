"""A small town of drawn people: portraits to enroll, group pictures to tag, and the truth about both."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core.demo.casting import cast_unlike
from core.demo.crowd import Box, Placed, Spot, place_person, spread
from core.demo.people import DrawnPerson, imagine_pose
from core.demo.scenes import SCENES, degrade, draw_backdrop
from core.errors import InputProblem, why
from core.files import write_text
from core.pictures import write_picture
from core.types import Pixels, Step

NAMES = (
    *("Anna Lind", "李雷", "Zoë", "Ørjan", "Mateo", "Łucja", "Amara", "Nguyễn An"),
    *("José", "Çağla", "Νίκος", "Мария", "さくら", "Oluwaseun", "Siân", "Ravi"),
    *("Björk", "Léa", "지우", "Ángel", "Þóra", "Ivana", "Kofi", "Tomáš"),
)
SEED = 7
PORTRAIT_SIZE, GROUP_SIZE = (400, 480), (1280, 800)  # width, height
TOWN_FILE, TRUTH_FILE = "town.json", "truth.json"
_FEWEST, _MOST = 3, 7  # people in a group
_PEOPLE, _PORTRAITS, _GROUPS, _STRANGERS = range(4)  # separate streams of chance


class TrueFace(NamedTuple):
    """A face that is in a picture; strangers have no name."""

    box: Box
    name: str | None


@dataclass(frozen=True)
class GroupTruth:
    """Who is in one group picture, from left to right."""

    file: str  # under `Town.groups`
    faces: tuple[TrueFace, ...]


@dataclass(frozen=True)
class Town:
    """What was drawn: `portraits` holds a folder per person, `groups` the group pictures."""

    portraits: Path
    groups: Path
    truth: list[GroupTruth]


def draw_town(
    folder: Path, *, people: int = 12, portraits: int = 4, groups: int = 8, seed: int = SEED
) -> Generator[Step[Path], None, Town]:
    """Draws a town into `folder`: portraits/NAME/0.jpg, groups/0.jpg, truth.json; the same for the same numbers.

    Raises InputProblem when other pictures lie there already.
    """
    _claim(folder, {"people": people, "portraits": portraits, "groups": groups, "seed": seed})
    town = Town(folder / "portraits", folder / "groups", [])
    inhabitants = townspeople(people, seed=seed)
    total, done = people * portraits + groups, 0
    for name, person in inhabitants.items():
        for number in range(portraits):
            path = town.portraits / name / f"{number}.jpg"
            write_picture(path, draw_portrait(person, np.random.default_rng((seed, _PORTRAITS, done))))
            done += 1
            yield Step(done, total, path)
    for number in range(groups):
        path = town.groups / f"{number}.jpg"
        pixels, faces = draw_group(inhabitants, number=number, seed=seed)
        write_picture(path, pixels)
        town.truth.append(GroupTruth(path.name, tuple(TrueFace(_rounded(face.box), name) for face, name in faces)))
        done += 1
        yield Step(done, total, path)
    with _writing(folder):
        write_text(folder / TRUTH_FILE, _as_json(town.truth))
    return town


def townspeople(count: int = 12, *, seed: int = SEED) -> dict[str, DrawnPerson]:
    """Name -> person; the first are the same however many there are."""
    town: dict[str, DrawnPerson] = {}
    for number in range(count):
        town[_name(number)] = cast_unlike(town.values(), np.random.default_rng((seed, _PEOPLE, number)))
    return town


def draw_portrait(person: DrawnPerson, rng: np.random.Generator) -> Pixels:
    """One person from the chest up, 400 x 480."""
    width, height = PORTRAIT_SIZE
    pixels = draw_backdrop(rng, height, width)
    size = int(width * rng.uniform(0.68, 0.78))
    spot = Spot(width * rng.uniform(0.47, 0.53), height * rng.uniform(0.44, 0.48), size)
    place_person(pixels, person, imagine_pose(rng, liveliness=0.8), spot)
    return degrade(pixels, rng, strength=0.4)


def draw_group(
    inhabitants: dict[str, DrawnPerson], *, number: int, seed: int = SEED
) -> tuple[Pixels, list[tuple[Placed, str | None]]]:
    """A group of inhabitants and one or two strangers, 1280 x 800, and their faces from left to right."""
    rng = np.random.default_rng((seed, _GROUPS, number))
    width, height = GROUP_SIZE
    pixels = list(SCENES.values())[number % len(SCENES)](rng, height, width)
    cast = _cast(inhabitants, rng, number=number, seed=seed)
    faces = [
        (place_person(pixels, person, imagine_pose(rng, liveliness=0.8), spot), name)
        for (name, person), spot in zip(cast, spread(len(cast), rng, height=height, width=width), strict=True)
    ]
    return degrade(pixels, rng, strength=0.4), sorted(faces, key=lambda face: face[0].box[0])


def _cast(
    inhabitants: dict[str, DrawnPerson], rng: np.random.Generator, *, number: int, seed: int
) -> list[tuple[str | None, DrawnPerson]]:
    count = int(rng.integers(_FEWEST, _MOST + 1))
    strangers = min(int(rng.integers(1, 3)), count - 2)
    known = rng.permutation(list(inhabitants))[: count - strangers].tolist()
    cast: list[tuple[str | None, DrawnPerson]] = [(name, inhabitants[name]) for name in known]
    for each in range(strangers):
        chance = np.random.default_rng((seed, _STRANGERS, number, each))
        cast.append((None, cast_unlike(inhabitants.values(), chance)))
    return [cast[place] for place in rng.permutation(len(cast))]


def _name(number: int) -> str:
    again, place = divmod(number, len(NAMES))
    return f"{NAMES[place]} {again + 1}" if again else NAMES[place]


def _claim(folder: Path, plan: dict[str, int]) -> None:
    """Leaves a file that tells a town drawn earlier from pictures of someone's own, which are never overwritten."""
    text, mark = json.dumps(plan) + "\n", folder / TOWN_FILE
    with _writing(folder):
        taken = any((folder / name).exists() for name in ("portraits", "groups", TRUTH_FILE, TOWN_FILE))
        if taken and not (mark.is_file() and mark.read_bytes() == text.encode()):
            raise InputProblem(
                "{folder} already holds other pictures.",
                "They were left as they are; choose an empty folder.",
                folder=folder,
            )
        write_text(mark, text)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputProblem(
            "{folder} cannot be written: {error}.",
            "Choose another folder, or make room.",
            folder=folder,
            error=why(error),
        ) from error


def _rounded(box: Box) -> Box:
    x1, y1, x2, y2 = (round(edge, 1) for edge in box)
    return x1, y1, x2, y2


def _as_json(truth: list[GroupTruth]) -> str:
    pictures: dict[str, Any] = {
        f"groups/{group.file}": [{"name": face.name, "box": list(face.box)} for face in group.faces] for group in truth
    }
    return json.dumps(pictures, ensure_ascii=False, indent=2) + "\n"
