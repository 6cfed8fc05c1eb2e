"""What was seen of the pictures to enroll, waiting to be accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.errors import Problem, Text
from core.gallery.records import FeatureModel
from core.jobs.spool import Place, Spool
from core.types import Match, Quality

# Which faces of a picture: "each" is for someone who looks and chooses; it gives the doubtful ones too.
FacesRule = Literal["one", "largest", "all", "each"]


@dataclass(frozen=True)
class EnrollRow:
    """What was seen for one face of one photo, or why the photo gives none."""

    path: Path
    name: str  # proposed; empty only where someone is to choose
    face: Place | None = None
    quality: Quality | None = None
    nearest: Match | None = None  # who in the gallery it resembles most
    warnings: tuple[Text, ...] = ()
    problem: Problem | None = None
    skipped: Text | None = None  # nothing is wrong, but there is nothing to do
    doubts: tuple[Text, ...] = ()  # why someone should look before it is taken
    given: str = ""  # whom the whole picture shows, as its folder or list says
    photo: int = 0  # number of the picture in this enrollment: the faces of one have the same
    count: int = 1  # faces in the picture
    picture: bytes | None = field(default=None, repr=False)  # the picture itself where there is no file
    box: tuple[float, float, float, float] | None = None  # x1 y1 x2 y2 in pixels of the upright photo
    frame_size: tuple[int, int] = (0, 0)  # of the photo: width, height; (0, 0) for that of `picture`


@dataclass
class EnrollPlan:
    """Rows to look at before anything is written. Close it when done: the faces wait in a temporary file."""

    spool: Spool
    rows: list[EnrollRow] = field(default_factory=list)
    model: FeatureModel | None = None  # of the features
    known: float = 1.0  # cosine from which the model's features are of one person

    def accepted(self) -> list[EnrollRow]:
        return [row for row in self.rows if row.face is not None and row.problem is None]

    def problems(self) -> list[EnrollRow]:
        return [row for row in self.rows if row.problem is not None]

    def close(self) -> None:
        self.spool.close()


@dataclass(frozen=True)
class EnrollOptions:
    faces: FacesRule = "one"
    min_quality: float = 0.2
    max_megapixels: float = 250.0
    threads: int = 0
