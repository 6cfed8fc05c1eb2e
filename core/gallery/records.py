"""What a gallery gives and takes: identities, faces, changes, index rules, feature models."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from core.errors import Text
from core.types import Floats

FACTS = struct.Struct("<8d")  # box, score, width, height, added; landmarks follow as pairs of doubles


@dataclass(frozen=True)
class Identity:
    """A named person of a gallery."""

    id: int
    name: str
    notes: str
    cover: int | None  # the face to show: the chosen one, else the best of the living; None without faces
    faces: int  # living ones
    created: float  # seconds since 1970


class EnrolledFace:
    """A face of a gallery, without its pictures and features. Box and landmarks in pixels of the frame it came from."""

    # A gallery lists 100,000 of these at once: the row stays as it was read, and is decoded only where looked at.
    __slots__ = ("_row",)

    def __init__(self, cursor: object, row: tuple[Any, ...]) -> None:
        """Made by a cursor as its row factory; the row is id, identity, facts, quality, source, sha256."""
        self._row = row

    def __repr__(self) -> str:
        return f"EnrolledFace(id={self.id}, identity={self.identity}, source={self.source!r})"

    @property
    def id(self) -> int:
        return int(self._row[0])

    @property
    def identity(self) -> int:
        return int(self._row[1])

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x1 y1 x2 y2"""
        x1, y1, x2, y2 = FACTS.unpack_from(self._row[2])[:4]
        return x1, y1, x2, y2

    @property
    def landmarks(self) -> tuple[tuple[float, float], ...] | None:
        points = [(x, y) for x, y in struct.iter_unpack("<2d", self._row[2][FACTS.size :])]
        return tuple(points) or None

    @property
    def score(self) -> float:
        """Of the detection, 0..1."""
        return float(FACTS.unpack_from(self._row[2])[4])

    @property
    def quality(self) -> float:
        """0..1"""
        return float(self._row[3])

    @property
    def source(self) -> str:
        """Path of the photo, or "camera:0"."""
        return str(self._row[4])

    @property
    def sha256(self) -> str:
        """Of the source file; empty when there is none."""
        return str(self._row[5])

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width, height."""
        width, height = FACTS.unpack_from(self._row[2])[5:7]
        return int(width), int(height)

    @property
    def from_index(self) -> bool:
        """Taken over from an index as a bare feature: there never was a picture, so none is kept."""
        return self.frame_size == (0, 0)

    @property
    def added(self) -> float:
        """Seconds since 1970."""
        return float(FACTS.unpack_from(self._row[2])[7])


@dataclass(frozen=True, eq=False)
class NewFace:
    """All that is kept of a face that is to be enrolled."""

    box: tuple[float, float, float, float]
    landmarks: tuple[tuple[float, float], ...] | None
    score: float
    quality: float
    source: str
    sha256: str
    frame_size: tuple[int, int]  # width, height
    crop: bytes = b""  # encoded WebP or JPEG, aligned, 112 x 112; empty when there is none
    view: bytes = b""  # encoded larger crop with margin, for people to look at; empty when there is none
    view_origin: tuple[float, float] = (0.0, 0.0)  # view pixel = (frame pixel - origin) * scale
    view_scale: float = 1.0
    features: dict[str, Floats] = field(default_factory=dict)  # space -> (d,) unit length

    def facts(self, added: float) -> bytes:
        """What a row keeps of it in one cell, as EnrolledFace reads it."""
        points = [float(value) for point in self.landmarks or () for value in point]
        return FACTS.pack(*self.box, self.score, *self.frame_size, added) + struct.pack(f"<{len(points)}d", *points)


@dataclass(frozen=True)
class Verdict:
    """What a person said about a face of a photo: it is not that identity, or no face at all."""

    sha256: str  # of the photo's file
    box: tuple[float, float, float, float]  # x1 y1 x2 y2, pixels of the upright photo
    identity: int | None  # None: no face
    id: int = 0  # given by the gallery


@dataclass(frozen=True)
class Change:
    """One step of the history and all that it touched. An id of 0: there was nothing to change, nothing is kept."""

    id: int
    label: Text
    seconds: float  # since 1970
    identities: frozenset[int] = frozenset()
    faces: frozenset[int] = frozenset()
    indexes: frozenset[str] = frozenset()
    undone: bool = False


@dataclass(frozen=True)
class IndexRule:
    """How a named index is built and whom it holds."""

    name: str
    kind: str = "Flat"  # "Flat", "HNSW32", "IVF"
    metric: str = "IP"  # "IP", "L2"
    parameters: dict[str, int] = field(default_factory=dict)
    covers: str = "all"  # "all" but `identities`, or "chosen": only `identities`
    identities: frozenset[int] = frozenset()

    def holds(self, identity: int) -> bool:
        return (identity in self.identities) == (self.covers == "chosen")


@dataclass(frozen=True)
class FeatureModel:
    """What a gallery knows of a model of features. Features of an equal `space` may be compared."""

    space: str
    name: str
    length: int

    @classmethod
    def of(cls, card: Any) -> FeatureModel:
        """The model of a card (core.models.cards), which this room does not know."""
        return cls(card.space, card.name, card.length)


@dataclass(frozen=True)
class Erased:
    """How much was erased."""

    identities: int
    faces: int
