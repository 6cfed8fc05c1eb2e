"""Rows of results as they are after something was said of them, or after people of the gallery have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.decision import Limits, decide_all
from core.errors import Text
from core.result_row import Answer, ResultRow
from core.standing import Standing
from core.types import Decision, Match


def rows_now(rows: Sequence[ResultRow], standing: Standing, limits: Limits | None) -> list[ResultRow]:
    """The rows of one photo as the gallery knows them now. Without `limits` only names and answers are renewed."""
    known = [_known(row, standing) for row in rows]
    if limits is None:
        return known
    taken = {row.answer.identity for row in known if row.answer is not None}
    open_rows = [row for row in known if row.answer is None]
    decided = iter(decide_all([row.candidates for row in open_rows], limits))
    return [row if row.answer is not None else _decided(row, next(decided), taken, limits) for row in known]


def live_row_now(row: ResultRow, standing: Standing, limits: Limits | None = None) -> ResultRow:
    """The same of a row of a camera, whose answer stands on the faces that were enrolled from it.

    What several pictures agreed on stays decided as long as the people it was decided between are there.
    """
    renewed = _compared(row, standing)
    if limits is not None and _identities(renewed.matches) != _identities(row.matches):
        renewed = _decided(renewed, decide_all([renewed.candidates], limits)[0], set(), limits)
    answer = row.answer
    if answer is None or answer.kind == "no face" or not answer.saved:
        return renewed
    owner = next((standing.owners[face] for face in answer.faces if face in standing.owners), None)
    if owner is None or standing.present(owner) is None:
        return replace(renewed, answer=None)
    return replace(renewed, answer=replace(answer, identity=owner, name=standing.names[owner]))


def without(row: ResultRow, identity: int, limits: Limits | None) -> ResultRow:
    """The row when the face is not that person."""
    left = replace(row, excluded=row.excluded | {identity}, answer=None)
    if limits is None:
        return replace(left, decision=Decision("unknown", _DENIED))
    return _decided(left, decide_all([left.candidates], limits)[0], set(), limits)


_DENIED = Text("You said that it is nobody of those who resemble it.")
_TAKEN = "{name} is already in this picture with a nearer face."


def _known(row: ResultRow, standing: Standing) -> ResultRow:
    answer = row.answer
    if answer is None or answer.saved:
        answer = _answer(row, standing)
    return replace(_compared(row, standing), excluded=standing.excluded(row.sha256, row.box), answer=answer)


def _compared(row: ResultRow, standing: Standing) -> ResultRow:
    """The row with its matches as the gallery has them; after an undo they are again what they were."""
    found = row.found or row.matches
    matches = standing.matches(found, frozenset())
    if matches == row.matches and not row.found:
        return row
    return replace(row, matches=matches, found=() if _identities(matches) == _identities(found) else found)


def _identities(matches: Sequence[Match]) -> list[int]:
    return [match.identity for match in matches]


def _answer(row: ResultRow, standing: Standing) -> Answer | None:
    if standing.not_a_face(row.sha256, row.box) is not None:
        return Answer("no face")
    face = standing.enrolled_as(row.sha256, row.box)
    if face is None or face.identity not in standing.names:
        return None
    return Answer("person", face.identity, standing.names[face.identity], (face.id,))


def _decided(row: ResultRow, decision: Decision, taken: set[int], limits: Limits) -> ResultRow:
    if row.excluded and row.matches and not row.candidates:
        decision = Decision("unknown", _DENIED)
    first = row.candidates[0] if row.candidates else None
    if limits.once_per_photo and decision.kind == "known" and first is not None and first.identity in taken:
        decision = Decision("unsure", Text(_TAKEN, {"name": first.name}), decision.margin)
    return replace(row, decision=decision)
