"""Whom the faces of one picture are proposed as, and what speaks against it: for someone who looks and chooses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from core.errors import Text
from core.jobs.enroll_plan import EnrollRow
from core.types import Decision, Match, Recognition

ENROLLED_ALREADY = Text("Already enrolled from this picture.")


def other_name(nearest: Match | None, name: str, known: float) -> tuple[Text, ...]:
    """A warning when the gallery knows the face under another name than this."""
    if nearest is None or nearest.name == name or nearest.similarity < known:
        return ()
    values = {"name": nearest.name, "similarity": f"{nearest.similarity:.2f}"}
    return (Text("Already enrolled under another name? Very near to {name} ({similarity}).", values),)


def proposed(rows: Sequence[EnrollRow], found: Recognition, here: Collection[str], *, least: float) -> list[EnrollRow]:
    """The rows of all faces of one picture with the names that are proposed for them, and with doubts.

    `here` are the names already enrolled from this picture; `least` is the quality below which a face is doubtful.
    """
    taken = [each[0] if each else None for each in found.matches]
    decisions = found.decisions
    if rows and rows[0].given:
        rows = _of_given(rows, taken, decisions)
    else:
        rows = [_of_gallery(*each) for each in zip(rows, taken, decisions, strict=True)]
    return [_weighed(replace(row, nearest=near), here, least) for row, near in zip(rows, taken, strict=True)]


def _of_given(
    rows: Sequence[EnrollRow], nearest: Sequence[Match | None], decisions: Sequence[Decision]
) -> list[EnrollRow]:
    """Of several faces the one that the gallery knows under the given name is meant; else it stays open."""
    if len(rows) == 1:
        return list(rows)
    given = rows[0].given
    certain = [
        index
        for index, (near, decision) in enumerate(zip(nearest, decisions, strict=True))
        if near is not None and near.name == given and decision.kind == "known"
    ]
    proposals = []
    for index, row in enumerate(rows):
        if index in certain:
            proposals.append(row)
            continue
        mine = _of_gallery(row, nearest[index], decisions[index])
        note = Text("Another face in a picture of {name}.", {"name": given}) if certain else which_one(row)
        proposals.append(replace(mine, doubts=(note,)))
    return proposals


def which_one(row: EnrollRow) -> Text:
    return Text("{count} faces in this picture: choose the one of {name}.", {"count": row.count, "name": row.given})


def _of_gallery(row: EnrollRow, nearest: Match | None, decision: Decision) -> EnrollRow:
    """The person whom the gallery takes the face for."""
    if nearest is None or decision.kind == "unknown":
        return replace(row, name="")
    doubts = () if decision.kind == "known" else (decision.reason,)
    return replace(row, name=nearest.name, doubts=doubts)


def _weighed(row: EnrollRow, here: Collection[str], least: float) -> EnrollRow:
    doubts = row.doubts
    if row.name and row.name in here:
        doubts += (ENROLLED_ALREADY,)
    if row.quality is not None and row.quality.score < least:
        values = {"score": round(row.quality.score, 2), "least": least}
        doubts += (Text("The face is of low quality: {score}, and {least} is asked for.", values),)
    return replace(row, doubts=doubts)
