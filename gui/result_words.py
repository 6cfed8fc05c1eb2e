"""What the screen says about a row of the results."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale

from core.decision import Limits
from core.result_row import Certainty, ResultRow, RowKind, certainty
from gui.language import said, tr
from gui.theme import Colours

ICONS: dict[RowKind, str] = {"known": "check", "unsure": "question", "unknown": "unknown", "no face": "no_face"}


def colour_of(kind: RowKind, colours: Colours) -> str:
    return {"known": colours.known, "unsure": colours.unsure}.get(kind, colours.unknown)


def kind_word(kind: RowKind) -> str:
    return {
        "known": tr("Known"),
        "unsure": tr("Unsure"),
        "unknown": tr("Unknown"),
        "no face": tr("Not a face"),
    }[kind]


def certainty_word(found: Certainty) -> str:
    return {
        "said": tr("said by you"),
        "sure": tr("sure"),
        "likely": tr("likely"),
        "unsure": tr("unsure"),
        "unknown": tr("nobody near enough"),
        "no face": tr("left out from now on"),
    }[found]


def title(row: ResultRow) -> str:
    """The name, with a question mark while it is only proposed."""
    if row.kind == "no face":
        return tr("Not a face")
    if not row.name:
        return tr("Unknown")
    return tr("{name}?", name=row.name) if row.kind == "unsure" else row.name


def caption(row: ResultRow) -> str:
    """Beside a box: the name and how near it is."""
    match = row.match
    return title(row) if match is None else tr("{name} {number}", name=title(row), number=number(match.similarity))


def score(row: ResultRow, limits: Limits | None) -> str:
    """Certainty in a word and as a number."""
    word = certainty_word(certainty(row, limits))
    if row.answer is not None and not row.answer.saved:
        return tr("being saved…")
    match = row.match or (row.candidates[0] if row.candidates and row.kind == "unknown" else None)
    if match is None or row.kind == "no face":
        return word
    return tr("{word} · {number}", word=word, number=number(match.similarity))


def source(row: ResultRow) -> str:
    """Where and when: the file's name, or the camera and the time."""
    if row.origin == "live":
        played = Path(row.source)  # of a film or a picture that played as a camera; else the camera's name
        camera = played.name if played.is_absolute() else row.source
        return tr("{camera} · {time}", camera=camera, time=_time(row.when))
    return Path(row.source).name


def why(row: ResultRow) -> str:
    """The reason of the decision."""
    if row.answer is not None:
        return tr("You said so.") if row.answer.saved else tr("You said so; it is being saved.")
    return said(row.decision.reason)


def tip(row: ResultRow, limits: Limits | None, model: str) -> str:
    """Everything about it, line by line."""
    lines = [title(row), why(row)]
    match = row.match or (row.candidates[0] if row.candidates else None)
    if match is not None:
        lines.append(tr("Similarity to {name}: {number}", name=match.name, number=number(match.similarity, 3)))
    if limits is not None:
        known, unsure = number(limits.known, 3), number(limits.unsure, 3)
        lines.append(tr("Known from {known}, proposed from {unsure}", known=known, unsure=unsure))
    if row.decision.margin is not None:
        lines.append(tr("Nearer than the second by {number}", number=number(row.decision.margin, 3)))
    if row.quality is not None:
        flags = " ".join(said(reason) for reason in row.quality.reasons)
        lines.append(tr("Quality {number}. {flags}", number=number(row.quality.score), flags=flags).strip())
    if model:
        lines.append(tr("Model: {model}", model=model))
    lines.append(tr("Looked at {time}", time=_moment(row.when)))
    lines.append(row.source)
    return "\n".join(lines)


def spoken(row: ResultRow, limits: Limits | None) -> str:
    """One sentence for screen readers."""
    return ", ".join([title(row), kind_word(row.kind), score(row, limits), source(row)])


def number(value: float, digits: int = 2) -> str:
    return QLocale().toString(float(value), "f", digits)


def _time(seconds: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)).time(), QLocale.FormatType.ShortFormat)


def _moment(seconds: float) -> str:
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)), QLocale.FormatType.ShortFormat)
