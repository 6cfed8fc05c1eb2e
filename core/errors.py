"""Errors fit to show to a person: what happened, to which item, what is safe and what to do."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """A sentence whose template and values stay apart, so that a surface can translate the template."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values) if self.values else self.template

    def __bool__(self) -> bool:
        return bool(self.template)


NOTHING = Text("")


def sentences(*parts: Text) -> Text:
    """Sentences that follow one another, as one text; empty ones are left out."""
    told = [part for part in parts if part]
    if len(told) < 2:
        return told[0] if told else NOTHING
    return Text("{first} {further}", {"first": told[0], "further": sentences(*told[1:])})


def phrase(text: str) -> str:
    """A constant that stands in for a whole sentence or a part of one, marked for translation."""
    return text


_OF_THE_SYSTEM = {
    errno.EACCES: Text("Permission denied"),
    errno.EPERM: Text("Operation not permitted"),
    errno.ENOENT: Text("No such file or directory"),
    errno.ENOSPC: Text("No space left on device"),
    errno.EDQUOT: Text("Disk quota exceeded"),
    errno.EROFS: Text("Read-only file system"),
    errno.EIO: Text("Input/output error"),
    errno.EISDIR: Text("Is a directory"),
    errno.ENOTDIR: Text("Not a directory"),
    errno.ENAMETOOLONG: Text("File name too long"),
    errno.EEXIST: Text("File exists"),
    errno.ENOTEMPTY: Text("Directory not empty"),
    errno.EBUSY: Text("Device or resource busy"),
    errno.EMFILE: Text("Too many open files"),
    errno.ELOOP: Text("Too many levels of symbolic links"),
    errno.ETIMEDOUT: Text("Connection timed out"),
    errno.ECONNREFUSED: Text("Connection refused"),
    errno.ECONNRESET: Text("Connection reset by peer"),
    errno.ENETUNREACH: Text("Network is unreachable"),
}


def why(error: BaseException) -> Text | str:
    """What an error says, on one line; the commonest words of the system and our own can be translated."""
    if error.args and isinstance(error.args[0], Text):
        return error.args[0]
    if isinstance(error, OSError) and error.strerror and error.errno is not None:
        known = _OF_THE_SYSTEM.get(error.errno)
        return known if known and error.strerror == os.strerror(error.errno) else str(error.strerror)
    return " ".join(str(error).split())[:300] or type(error).__name__


class Problem(Exception):  # noqa: N818 - the word of the glossary
    """An error fit to show. `message` says what happened and to what; `hint` says what is safe and what to do.

    Both are templates; `values` fill them: `Problem("{path} is not a picture.", "Check it.", path=path)`.
    Values never hold a picture or a feature.
    """

    def __init__(self, message: str, hint: str = "", **values: Any) -> None:
        super().__init__(message, hint)
        self.message = Text(message, values)
        self.hint = Text(hint, values)

    @property
    def text(self) -> Text:
        """All of it in one."""
        return sentences(self.message, self.hint)

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
