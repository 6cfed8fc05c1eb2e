"""A recognizer with eyes of its own: painted squares are faces, and their colour is the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.decision import Limits
from core.models.cards import Card
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.types import Faces, Floats, Frame, Match, Pixels
from core.vision.align import STANDARD

SIDE = 160
SPACE = "paint"


class Painted:
    """Finds the squares that `paint` made: each has a white frame of its own row of the grid."""

    longest_side = 640

    def find(self, pixels: Pixels, *, threshold: float | None = None, turned: bool = False) -> Faces:
        columns = pixels.shape[1] // SIDE
        boxes = [
            (x * SIDE + 20, 20, x * SIDE + 140, 140)
            for x in range(columns)
            if pixels[80, x * SIDE + 80].astype(int).sum() > 60
        ]
        return Faces(np.array(boxes, np.float32).reshape(-1, 4), np.full(len(boxes), 0.9, np.float32))


class Colours:
    """The feature of a crop is its colour at the middle, seen from grey."""

    card = Card("paint", "feature", {}, {}, Path(), length=3, space=SPACE, alignment=STANDARD)

    def features(self, crops: Any) -> Floats:
        if not len(crops):
            return np.zeros((0, 3), np.float32)
        middles = crops[:, 56, 56].astype(np.float32) - 100
        return np.asarray(middles / np.linalg.norm(middles, axis=1, keepdims=True), np.float32)


class Known:
    """A searcher over named colours."""

    def __init__(self, people: dict[str, tuple[int, int, int]]) -> None:
        self.names = list(people)
        rows = np.array(list(people.values()), np.float32) - 100
        self.rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def search(self, features: Floats, top_k: int, *, space: str) -> tuple[tuple[Match, ...], ...]:
        assert space == SPACE
        found = []
        for near in features @ self.rows.T:
            order = np.argsort(-near)[:top_k]
            found.append(tuple(Match(int(i) + 1, self.names[i], float(near[i]), int(i) + 1) for i in order))
        return tuple(found)


RED, GREEN, BLUE = (40, 40, 230), (40, 230, 40), (230, 40, 40)


def paint(*colours: tuple[int, int, int]) -> Pixels:
    """A strip of faces on black, each with stripes so that it counts as sharp; black = nobody there."""
    pixels = np.zeros((SIDE, SIDE * max(len(colours), 1), 3), np.uint8)
    for place, colour in enumerate(colours):
        left = place * SIDE + 20
        pixels[20:140, left : left + 120] = colour
        pixels[26:140:12, left : left + 120] //= 2
    return pixels


@pytest.fixture
def recognizer() -> Recognizer:
    eyes: Any = Painted()
    colours: Any = Colours()
    return Recognizer(eyes, colours, Limits(known=0.9, unsure=0.7, margin=0.05))


@pytest.fixture
def knowing(recognizer: Recognizer) -> Recognizer:
    return replace(recognizer, searcher=Known({"Rosa": RED, "Gino": GREEN}))


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, *colours: tuple[int, int, int], mark: int = 0) -> Path:
        pixels = paint(*colours)
        pixels[0, 0] = mark
        path = tmp_path / name
        write_picture(path, pixels)
        return path

    return write


@pytest.fixture
def paints() -> SimpleNamespace:
    return SimpleNamespace(RED=RED, GREEN=GREEN, BLUE=BLUE, paint=paint, Known=Known, frame=lambda *c: Frame(paint(*c)))


@pytest.fixture
def finish() -> Callable[[Any], Any]:
    """Runs a job to its end: its steps' items and its result."""

    def call(job: Any) -> tuple[list[Any], Any]:
        items = []
        while True:
            try:
                items.append(next(job).item)
            except StopIteration as end:
                return items, end.value

    return call
