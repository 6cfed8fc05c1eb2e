"""Faces compared with one another before they are enrolled: who lies in the wrong folder, who is meant in a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import Text
from core.jobs.enroll_plan import EnrollPlan, EnrollRow
from core.jobs.enroll_propose import other_name, which_one
from core.types import Floats, Ids

_AHEAD = 0.05  # how much nearer than the second face of a picture the one that is meant must be


def strays(plan: EnrollPlan, *, choosing: bool, known: float) -> list[EnrollRow]:
    """The rows, with a warning on each face that is nearer to another person of the plan than to its own.

    For someone who is `choosing` it is a doubt, and in pictures of several faces the one that is certainly near to
    the other pictures of the given person is proposed.
    """
    rows = list(plan.rows)
    sure = [index for index, row in enumerate(rows) if _counts(row, choosing)]
    names = sorted({rows[index].name for index in sure})
    if not names:
        return rows
    features = _features(plan, [rows[index] for index in sure])
    place = {name: position for position, name in enumerate(names)}
    own = np.array([place[rows[index].name] for index in sure])
    if len(names) > 1:
        others = _strays(features, own, len(names), known)
        for index, other in zip(sure, others, strict=True):
            if other >= 0:
                rows[index] = _warned(rows[index], names[other], choosing)
    if choosing:
        _choose_in_groups(plan, rows, dict(zip(names, _unit(_sums(features, own, len(names))), strict=True)), known)
    return rows


def _counts(row: EnrollRow, choosing: bool) -> bool:
    if row.face is None or row.problem is not None:
        return False
    return not choosing or bool(row.name and row.name == row.given)


def _features(plan: EnrollPlan, rows: Sequence[EnrollRow]) -> Floats:
    return np.stack([plan.spool.feature(row.face) for row in rows if row.face is not None])


def _warned(row: EnrollRow, other: str, choosing: bool) -> EnrollRow:
    note = Text("Looks more like {other} than {name}.", {"other": other, "name": row.name})
    if choosing:
        return replace(row, doubts=(*row.doubts, note))
    return replace(row, warnings=(*row.warnings, note))


def _choose_in_groups(plan: EnrollPlan, rows: list[EnrollRow], centres: dict[str, Floats], known: float) -> None:
    groups: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        if row.count > 1 and row.face is not None and row.given in centres:
            groups.setdefault(row.photo, []).append(index)
    for group in groups.values():
        if any(rows[index].name == rows[index].given for index in group):
            continue
        given = rows[group[0]].given
        near = _features(plan, [rows[index] for index in group]) @ centres[given]
        order = np.argsort(-near)
        if near[order[0]] < known or (len(order) > 1 and near[order[0]] - near[order[1]] < _AHEAD):
            continue
        _choose(rows, group, int(order[0]), known)


def _choose(rows: list[EnrollRow], group: Sequence[int], meant: int, known: float) -> None:
    open_question = which_one(rows[group[0]])
    for position, index in enumerate(group):
        row = rows[index]
        doubts = tuple(doubt for doubt in row.doubts if doubt != open_question)
        if position == meant and not other_name(row.nearest, row.given, known):
            values = {"count": row.count, "name": row.given}
            note = Text("Of {count} faces the one like the other pictures of {name}.", values)
            rows[index] = replace(row, name=row.given, doubts=doubts, warnings=(*row.warnings, note))
        elif position != meant:
            note = Text("Another face in a picture of {name}.", {"name": row.given})
            rows[index] = replace(row, doubts=(note, *doubts))


def _sums(features: Floats, own: Ids, people: int) -> Floats:
    sums = np.zeros((people, features.shape[1]), np.float32)
    np.add.at(sums, own, features)
    return sums


def _strays(features: Floats, own: Ids, people: int, known: float) -> Ids:
    """(n,) the other person each face is certainly nearer to, or -1. A face does not vouch for itself."""
    sums = _sums(features, own, people)
    other = np.full(len(features), -1)
    for start in range(0, len(features), 1024):
        part, mine = features[start : start + 1024], own[start : start + 1024]
        scores = part @ _unit(sums).T
        rest = np.einsum("nd,nd->n", part, _unit(sums[mine] - part))
        scores[np.arange(len(part)), mine] = -1
        best = scores.argmax(1)
        certain = (scores[np.arange(len(part)), best] >= known) & (scores[np.arange(len(part)), best] > rest)
        other[start : start + 1024][certain] = best[certain]
    return other


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), np.float32)
