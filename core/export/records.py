"""What is known about one photo after recognizing it: small enough to keep, exact enough to go on from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from core import errors
from core.errors import InputProblem, Problem, Text
from core.types import Decision, Faces, Floats, Match, Quality, Recognition


class Measured(Protocol):
    """A photo, of which only its size in full is asked."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...


@dataclass(frozen=True, eq=False)
class PhotoResult:
    """The answer for one photo, without its pixels. Tuples run parallel to `faces` or are empty."""

    path: str
    width: int  # of the photo in full, pixels; 0 when it could not be read
    height: int
    faces: Faces  # pixels of the photo in full
    qualities: tuple[Quality, ...] = ()
    matches: tuple[tuple[Match, ...], ...] = ()  # best first, one entry per identity
    decisions: tuple[Decision, ...] = ()
    milliseconds: dict[str, float] = field(default_factory=dict)  # by stage
    problem: Problem | None = None
    sha256: str = ""  # of the file; empty when it was not read

    @staticmethod
    def of(recognition: Recognition, photo: Measured | None = None, *, sha256: str = "") -> PhotoResult:
        """The result of a recognition; its faces are scaled up when its frame was a reduced decode of `photo`."""
        high, wide = recognition.frame.pixels.shape[:2]
        width, height = (photo.width, photo.height) if photo else (wide, high)
        faces = recognition.faces if width == wide else recognition.faces.scaled(width / wide)
        return PhotoResult(
            recognition.frame.source,
            width,
            height,
            faces,
            recognition.qualities,
            recognition.matches,
            recognition.decisions,
            dict(recognition.milliseconds),
            recognition.problem,
            sha256,
        )

    @staticmethod
    def failed(path: str, problem: Problem | None) -> PhotoResult:
        """A photo about which nothing is known."""
        return PhotoResult(path, 0, 0, Faces.none(), problem=problem)

    def to_json(self) -> dict[str, Any]:
        """Plain lists, numbers and texts from which `from_json` makes the same result."""
        points = self.faces.landmarks
        return {
            "path": self.path,
            "size": [self.width, self.height],
            "boxes": self.faces.boxes.tolist(),
            "scores": self.faces.scores.tolist(),
            "landmarks": None if points is None else points.tolist(),
            "qualities": [_quality_out(quality) for quality in self.qualities],
            "matches": [[_match_out(match) for match in each] for each in self.matches],
            "decisions": [_decision_out(decision) for decision in self.decisions],
            "milliseconds": {stage: float(value) for stage, value in self.milliseconds.items()},
            "problem": None if self.problem is None else _problem_out(self.problem),
            "sha256": self.sha256,
        }

    @staticmethod
    def from_json(data: Any) -> PhotoResult:
        """The other direction of `to_json`. Raises InputProblem when the data are not such a result."""
        try:
            return _result_in(data)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputProblem(
                "A stored result is damaged: {error!r}.",
                "Let its photo be read again; it was not touched.",
                error=error,
            ) from error


def _result_in(data: dict[str, Any]) -> PhotoResult:
    width, height = data["size"]
    faces = _faces_in(data)
    result = PhotoResult(
        str(data["path"]),
        int(width),
        int(height),
        faces,
        tuple(_quality_in(row) for row in data["qualities"]),
        tuple(tuple(_match_in(row) for row in rows) for rows in data["matches"]),
        tuple(_decision_in(row) for row in data["decisions"]),
        {str(stage): float(value) for stage, value in data["milliseconds"].items()},
        None if data["problem"] is None else _problem_in(data["problem"]),
        str(data.get("sha256", "")),
    )
    if any(len(each) not in (0, len(faces)) for each in (result.qualities, result.matches, result.decisions)):
        raise ValueError("lists of different lengths")
    return result


def _faces_in(data: dict[str, Any]) -> Faces:
    count = len(data["scores"])
    points = data["landmarks"]
    return Faces(
        _floats(data["boxes"], (count, 4)),
        _floats(data["scores"], (count,)),
        None if points is None else _floats(points, (count, 5, 2)),
    )


def _floats(values: Any, shape: tuple[int, ...]) -> Floats:
    array: Floats = np.array(values, np.float32)
    if array.size != np.prod(shape):
        raise ValueError(f"{array.size} numbers where {shape} belong")
    return array.reshape(shape)


def _quality_out(quality: Quality) -> dict[str, Any]:
    numbers = {name: float(getattr(quality, name)) for name in _QUALITY_NUMBERS}
    return {**numbers, "reasons": [_text_out(reason) for reason in quality.reasons]}


def _quality_in(row: dict[str, Any]) -> Quality:
    numbers = {name: float(row[name]) for name in _QUALITY_NUMBERS}
    return Quality(**numbers, reasons=tuple(_text_in(text) for text in row["reasons"]))


_QUALITY_NUMBERS = ("score", "size", "sharpness", "light", "yaw", "pitch", "roll")


def _match_out(match: Match) -> list[Any]:
    return [int(match.identity), match.name, float(match.similarity), int(match.face)]


def _match_in(row: list[Any]) -> Match:
    identity, name, similarity, face = row
    return Match(int(identity), str(name), float(similarity), int(face))


def _decision_out(decision: Decision) -> dict[str, Any]:
    margin = None if decision.margin is None else float(decision.margin)
    return {"kind": decision.kind, "reason": _text_out(decision.reason), "margin": margin}


def _decision_in(row: dict[str, Any]) -> Decision:
    if row["kind"] not in ("known", "unsure", "unknown"):
        raise ValueError(f"no decision is called {row['kind']!r}")
    margin = row["margin"]
    return Decision(row["kind"], _text_in(row["reason"]), None if margin is None else float(margin))


def _problem_out(problem: Problem) -> dict[str, Any]:
    message, hint = _text_out(problem.message), _text_out(problem.hint)
    return {"kind": type(problem).__name__, "message": message, "hint": hint}


def _problem_in(row: dict[str, Any]) -> Problem:
    kind = getattr(errors, str(row["kind"]), None)
    usable = kind if isinstance(kind, type) and issubclass(kind, Problem) else Problem
    message, hint = _text_in(row["message"]), _text_in(row["hint"])
    problem = usable(message.template, hint.template)
    problem.message, problem.hint = message, hint
    return problem


def _text_out(text: Text) -> list[Any]:
    """Template and values; the finished sentence where its values cannot be kept as plain data."""
    kept = Text(text.template, {name: _plain(value) for name, value in text.values.items()})
    try:
        same = str(kept) == str(text)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        same = False
    return [kept.template, kept.values] if same else [str(text), {}]


def _text_in(row: list[Any]) -> Text:
    template, values = row
    return Text(str(template), dict(values))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | int | float | bool | None) else str(value)
