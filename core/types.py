"""The words of the core as data: frames, faces, matches, recognitions, steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import Problem, Text

Pixels = NDArray[np.uint8]  # (H, W, 3) BGR
Floats = NDArray[np.float32]
Ids = NDArray[np.int64]
Flags = NDArray[np.bool_]
Item = TypeVar("Item")
DecisionKind = Literal["known", "unsure", "unknown"]


@dataclass(frozen=True, eq=False)
class Frame:
    """One image in memory. `pixels` is (H, W, 3) uint8 BGR and never written after creation."""

    pixels: Pixels
    number: int = 0
    seconds: float = 0.0  # monotonic clock at capture
    source: str = ""  # a path or "camera:0"


@dataclass(frozen=True, eq=False)
class Faces:
    """Faces of one frame as parallel arrays; index it by a mask or by positions."""

    boxes: Floats  # (n, 4) x1 y1 x2 y2, frame pixels
    scores: Floats  # (n,) 0..1
    landmarks: Floats | None = None  # (n, 5, 2) frame pixels: image-left eye, image-right eye, nose, mouth left, right

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, chosen: Any) -> Faces:
        points = None if self.landmarks is None else self.landmarks[chosen]
        return Faces(self.boxes[chosen], self.scores[chosen], points)

    @staticmethod
    def none(*, landmarks: bool = True) -> Faces:
        points = np.zeros((0, 5, 2), np.float32) if landmarks else None
        return Faces(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), points)

    def scaled(self, factor: float) -> Faces:
        """The same faces in a frame `factor` times as large."""
        points = None if self.landmarks is None else self.landmarks * np.float32(factor)
        return Faces(self.boxes * np.float32(factor), self.scores, points)


@dataclass(frozen=True)
class Quality:
    """How usable one face is. `score` 0..1 is the product of the parts' grades."""

    score: float
    size: float  # shorter side of the box, frame pixels
    sharpness: float  # variance of the Laplacian of the aligned crop
    light: float  # mean grey of the aligned crop, 0..255
    yaw: float = 0.0  # degrees, estimated from landmarks; positive when turned to the image's right
    pitch: float = 0.0
    roll: float = 0.0
    reasons: tuple[Text, ...] = ()  # what is wrong, in words; empty when all is well


@dataclass(frozen=True)
class Match:
    """An identity a face resembles."""

    identity: int
    name: str
    similarity: float  # cosine, -1..1
    face: int  # the nearest enrolled face of that identity


@dataclass(frozen=True)
class Decision:
    """What was concluded about one face, and why in words."""

    kind: DecisionKind
    reason: Text
    margin: float | None = None  # similarity of the first identity less that of the second; None without a second


@dataclass(frozen=True, eq=False)
class Recognition:
    """Everything found in one frame. All tuples and arrays run parallel to `faces`."""

    frame: Frame
    faces: Faces
    features: Floats  # (n, d) unit length
    qualities: tuple[Quality, ...] = ()
    matches: tuple[tuple[Match, ...], ...] = ()  # best first, one entry per identity; empty = nobody is near
    decisions: tuple[Decision, ...] = ()
    milliseconds: dict[str, float] = field(default_factory=dict)  # by stage
    problem: Problem | None = None


@dataclass(frozen=True)
class Step(Generic[Item]):
    """What a job yields: `done` of `total` items, the newest being `item`."""

    done: int
    total: int
    item: Item
