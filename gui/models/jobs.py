"""Jobs in words, and the problems a job has met as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QLocale, QModelIndex, QPersistentModelIndex, Qt

from core.errors import Problem
from gui.bridge import Job
from gui.language import counted, said, tr

_Cell = QModelIndex | QPersistentModelIndex


def how_far(job: Job) -> str:
    """ "120 of 500 · 8 a second · 45 s left", as far as it is known; how it ended when it has."""
    if job.over:
        return ending(job)
    parts = []
    if job.total:
        locale = QLocale()
        parts.append(tr("{done} of {total}", done=locale.toString(job.done), total=locale.toString(job.total)))
    if job.state == "paused":
        parts.append(tr("paused"))
    elif job.state == "cancelling":
        parts.append(tr("being cancelled"))
    else:
        parts += _speed(job)
    return " · ".join(parts) or tr("at work")


def ending(job: Job) -> str:
    """How an ended job ended."""
    took = tr("after {time}", time=duration(job.worked))
    if job.state == "cancelled":
        return tr("cancelled {after}", after=took)
    if job.state == "failed":
        error = job.outcome.error if job.outcome is not None else None
        reason = said(error.message) if isinstance(error, Problem) else str(error or "")
        return tr("failed: {reason}", reason=reason)
    return tr("done {after}", after=took)


def problems_said(count: int) -> str:
    return counted("{count} problem", "{count} problems", count)


def duration(seconds: float) -> str:
    """Two units at most: "45 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 1:
        return tr("less than 1 s")
    if whole < 60:
        return tr("{seconds} s", seconds=whole)
    if whole < 3600:
        return tr("{minutes} min {seconds} s", minutes=whole // 60, seconds=whole % 60)
    return tr("{hours} h {minutes} min", hours=whole // 3600, minutes=whole % 3600 // 60)


def share_done(jobs: Sequence[Job]) -> float | None:
    """0..1 over all jobs that know their total; None where none does."""
    known = [job for job in jobs if job.total]
    return sum(min(1.0, job.done / job.total) for job in known) / len(known) if known else None


def _speed(job: Job) -> list[str]:
    parts = []
    if job.rate:
        rate = QLocale().toString(job.rate, "f", 0 if job.rate >= 10 else 1)
        parts.append(tr("{rate} a second", rate=rate))
    if job.seconds_left is not None and job.done < job.total:
        parts.append(tr("{time} left", time=duration(job.seconds_left)))
    return parts


class JobProblems(QAbstractListModel):
    """The problems of one job, as they come."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job
        self._shown = len(job.problems)
        job.changed.connect(self._more)

    def rowCount(self, parent: _Cell = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._shown

    def data(self, index: _Cell, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < self._shown:
            return None
        problem = self._job.problems[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return said(problem.message)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return said(problem.hint)
        return None

    def text(self, rows: Sequence[int] | None = None) -> str:
        """Message and hint of the rows (None = all), one problem a line."""
        chosen = range(self._shown) if rows is None else rows
        problems = [self._job.problems[row] for row in chosen]
        return "".join(f"{said(problem.message)}\t{said(problem.hint)}\n" for problem in problems)

    def _more(self) -> None:
        count = len(self._job.problems)
        if count > self._shown:
            self.beginInsertRows(QModelIndex(), self._shown, count - 1)
            self._shown = count
            self.endInsertRows()
