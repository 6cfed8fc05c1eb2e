"""Errors fit to show to a person: what happened, to which item, what is safe and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """A sentence whose template and values stay apart, so that a surface can translate the template."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values) if self.values else self.template


def phrase(text: str) -> str:
    """A constant that stands in for a whole sentence or a part of one, marked for translation."""
    return text


class Problem(Exception):  # noqa: N818 - the word of the glossary
    """An error fit to show. `message` says what happened and to what; `hint` says what is safe and what to do.

    Both are templates; `values` fill them: `Problem("{path} is not a picture.", "Check it.", path=path)`.
    Values never hold a picture or a feature.
    """

    def __init__(self, message: str, hint: str = "", **values: Any) -> None:
        super().__init__(message, hint)
        self.message = Text(message, values)
        self.hint = Text(hint, values)

    def __str__(self) -> str:
        hint = str(self.hint)
        return f"{self.message} {hint}" if hint else str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message.template, self.hint.template, self.message.values)


def _rebuild(kind: type[Problem], message: str, hint: str, values: dict[str, Any]) -> Problem:
    return kind(message, hint, **values)


class PhotoProblem(Problem):
    """One photo cannot be read or used; the rest of the work goes on."""


class ModelProblem(Problem):
    """A model or its card is missing, damaged or does not fit its task."""


class EngineProblem(Problem):
    """An engine is absent or refuses a model or a device."""


class CameraProblem(Problem):
    """A camera cannot be opened or stopped giving frames."""


class GalleryProblem(Problem):
    """A gallery cannot be opened, read or changed."""


class IndexProblem(Problem):
    """An index is damaged, foreign or does not fit its gallery or model."""


class SettingsProblem(Problem):
    """A settings file or value is refused."""


class InputProblem(Problem):
    """A list file, a folder or an argument given by a person cannot be used."""
