"""One line of the results: a face of a photo, or a face seen live, with what was concluded about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.decision import Limits
from core.export.records import PhotoResult
from core.gallery.records import NewFace
from core.types import Decision, DecisionKind, Match, Pixels, Quality

Origin = Literal["live", "photo"]
RowKind = Literal["known", "unsure", "unknown", "no face"]
Box = tuple[float, float, float, float]  # x1 y1 x2 y2
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Answer:
    """What a person said about a face. `faces` are those of the gallery that it stands on."""

    kind: Literal["person", "no face"]
    identity: int = 0
    name: str = ""
    faces: tuple[int, ...] = ()
    saved: bool = True  # False while it is on its way to the gallery


@dataclass(frozen=True, eq=False)
class ResultRow:
    """Boxes and landmarks are in pixels of the upright photo, or of the frame of the camera."""

    origin: Origin
    source: str  # path of the photo, or name of the camera
    when: float  # seconds since 1970: when it was looked at
    box: Box
    frame_size: tuple[int, int]  # width, height of the photo or frame
    decision: Decision
    matches: tuple[Match, ...] = ()  # best first, one entry per identity
    quality: Quality | None = None
    score: float = 0.0  # of the detection, 0..1
    landmarks: Points | None = None
    sha256: str = ""  # of the photo
    crop: Pixels | None = None  # live: (S, S, 3) to look at; a photo is read again
    samples: Callable[[], list[NewFace]] | None = None  # live: what can be enrolled; any thread may call it
    track: int = 0  # live: never used again within its run
    run: int = 0  # live: tells apart the tracks of a camera started twice
    answer: Answer | None = None
    excluded: frozenset[int] = frozenset()  # identities that a person said it is not
    found: tuple[Match, ...] = ()  # the matches as they were once, where people among them left: for an undo

    @property
    def kind(self) -> RowKind:
        """What is shown: what a person said comes first."""
        if self.answer is not None:
            return "known" if self.answer.kind == "person" else "no face"
        return self.decision.kind

    @property
    def candidates(self) -> tuple[Match, ...]:
        """The matches that nobody spoke against."""
        return tuple(match for match in self.matches if match.identity not in self.excluded)

    @property
    def match(self) -> Match | None:
        """Who it is or may be; None for an unknown face and where a person said someone else."""
        if self.answer is not None:
            own = (match for match in self.matches if match.identity == self.answer.identity)
            return next(own, None) if self.answer.kind == "person" else None
        found = self.candidates
        return found[0] if found and self.decision.kind != "unknown" else None

    @property
    def identity(self) -> int:
        """Who it is or may be; 0 for nobody."""
        if self.answer is not None:
            return self.answer.identity
        return self.match.identity if self.match else 0

    @property
    def name(self) -> str:
        """Of that identity; empty for nobody."""
        if self.answer is not None:
            return self.answer.name
        return self.match.name if self.match else ""


def rows_of(result: PhotoResult, when: float) -> list[ResultRow]:
    """One row per face of a photo; none for a photo that could not be read."""
    return [_row(result, position, when) for position in range(len(result.faces))]


def _row(result: PhotoResult, position: int, when: float) -> ResultRow:
    faces = result.faces
    points = faces.landmarks
    return ResultRow(
        origin="photo",
        source=result.path,
        when=when,
        box=box_of(faces.boxes[position].tolist()),
        frame_size=(result.width, result.height),
        decision=result.decisions[position],
        matches=result.matches[position],
        quality=result.qualities[position] if result.qualities else None,
        score=float(faces.scores[position]),
        landmarks=None if points is None else tuple((x, y) for x, y in points[position].tolist()),
        sha256=result.sha256,
    )


def box_of(edges: list[float]) -> Box:
    x1, y1, x2, y2 = edges
    return x1, y1, x2, y2


_RANKS: dict[DecisionKind, int] = {"unknown": 0, "unsure": 1, "known": 2}


def better(new: Decision, old: Decision) -> bool:
    """Whether a decision says at least as much as an earlier one about the same face."""
    return _RANKS[new.kind] >= _RANKS[old.kind]


Certainty = Literal["said", "sure", "likely", "unsure", "unknown", "no face"]
_CLEARLY = 0.1  # cosine above the limit from which a known face counts as sure


def certainty(row: ResultRow, limits: Limits | None) -> Certainty:
    """How sure the name of a row is, in a word."""
    if row.kind == "no face":
        return "no face"
    if row.answer is not None:
        return "said"
    if row.kind != "known" or row.match is None:
        return "unsure" if row.kind == "unsure" else "unknown"
    return "sure" if limits is None or row.match.similarity >= limits.known + _CLEARLY else "likely"
