"""Who is before the camera now, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt

from core.decision import Limits
from core.result_row import ResultRow
from gui import result_words as words
from gui.models.steady import Index, SteadyList
from gui.widgets.person_row import Role


@dataclass(frozen=True)
class _Line:
    """What a row of the list shows; compared to tell whether anything has changed."""

    title: str
    detail: str
    spoken: str
    tip: str
    identity: int
    face: int | None
    icon: str


class PresentFaces(SteadyList):
    """One row for each face, in the order in which they came; ids are tracks."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def show(self, rows: Sequence[ResultRow], limits: Limits | None) -> None:
        order = sorted(rows, key=lambda row: row.track)
        self.take([_line(row, limits) for row in order], np.array([row.track for row in order], np.int64))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line: _Line = self._rows[index.row()]
        answers: dict[int, Any] = {
            Qt.ItemDataRole.DisplayRole: line.title,
            Qt.ItemDataRole.AccessibleTextRole: line.spoken,
            Qt.ItemDataRole.ToolTipRole: line.tip,
            Role.DETAIL: line.detail,
            Role.PERSON: line.identity or None,
            Role.COVER: line.face,
            Role.ICON: line.icon,
        }
        return answers.get(role)


def _line(row: ResultRow, limits: Limits | None) -> _Line:
    score = words.score(row, limits)
    title = words.title(row)
    return _Line(
        title=title,
        detail=score,
        spoken=f"{title}, {score}",
        tip=words.why(row),
        identity=row.identity,
        face=row.match.face if row.match else None,
        icon=words.ICONS[row.kind],
    )
