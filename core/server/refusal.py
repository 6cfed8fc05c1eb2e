"""Why a request is refused: a status of HTTP and words for whoever sent it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.errors import GalleryProblem, IndexProblem, InputProblem, PhotoProblem, Problem

Place = tuple[str | int, ...]  # where in the request: ("body", "imageLabelPairs", 3, "image")


class Refusal(Exception):  # noqa: N818 - a request is refused; nothing is broken
    """An answer that is no success."""

    def __init__(self, status: int, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}


class Gone(Exception):  # noqa: N818
    """Nobody waits for the answer any more; nothing was changed."""


def invalid(place: Place, kind: str, message: str) -> Refusal:
    """One fault of one field, in the form in which faults of fields are told."""
    return Refusal(422, faults_text([{"type": kind, "loc": place, "msg": message}]))


def faults_text(faults: Sequence[Any]) -> str:
    """Faults of fields as PaddleX's service tells them: JSON in a text."""
    return json.dumps([{"type": each["type"], "loc": _written(each["loc"]), "msg": each["msg"]} for each in faults])


def refused(problem: Problem, place: Place | None = None) -> Refusal:
    """What a Problem means to who sent the request; `place` names the field that it is about."""
    if isinstance(problem, PhotoProblem | InputProblem) and place is not None:
        kind = "picture" if isinstance(problem, PhotoProblem) else "value"
        return invalid(place, kind, str(problem))
    if isinstance(problem, PhotoProblem | InputProblem):
        return Refusal(422, faults_text([{"type": "value", "loc": ("body",), "msg": str(problem)}]))
    return Refusal(409 if isinstance(problem, GalleryProblem | IndexProblem) else 500, str(problem))


def _written(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
