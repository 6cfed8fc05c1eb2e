"""What is at work and what has ended, the newest on top."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.bridge import Job
from gui.dialogs.job_problems import JobProblemsDialog
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, SMALL_GAP
from gui.widgets.job_line import JobLine

_KEPT = 50  # ended jobs shown; older ones go by themselves


class JobsPanel(QWidget):
    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._lines: dict[Job, JobLine] = {}
        self._empty, self.clear = QLabel(), QPushButton()
        self._column = QVBoxLayout()
        self._lay_out()
        self.clear.clicked.connect(self._clear)
        kit.bridge.job_added.connect(self._add)
        kit.bridge.job_ended.connect(lambda _: self._ended())
        kit.state.language_changed.connect(self._texts)
        for job in kit.bridge.jobs:
            self._add(job)
        self._texts()

    def lines(self) -> list[JobLine]:
        """The newest first."""
        return list(reversed(self._lines.values()))

    def _lay_out(self) -> None:
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "faint")
        self.clear.setProperty("flat", True)
        self._column.setContentsMargins(GAP, 0, GAP, GAP)
        self._column.setSpacing(SMALL_GAP)
        self._column.addStretch(1)
        inside = QWidget()
        inside.setLayout(self._column)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inside)
        self._area = area
        foot = QHBoxLayout()
        foot.setContentsMargins(GAP, 0, GAP, 0)
        foot.addStretch(1)
        foot.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SMALL_GAP, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._empty, 1)
        column.addWidget(area, 1)
        column.addLayout(foot)

    def _texts(self) -> None:
        self._empty.setText(tr("Nothing is at work. Imports, tagging and building an index show their progress here."))
        self.clear.setText(tr("C&lear ended jobs"))
        self._area.setAccessibleName(tr("Jobs"))
        for line in self._lines.values():
            line.texts()
        self._show_what_fits()

    def _add(self, job: Job) -> None:
        line = JobLine(self._kit, job)
        line.problems_wanted.connect(self._show_problems)
        line.again_wanted.connect(self._again)
        job.changed.connect(lambda: self._gone(job))
        self._lines[job] = line
        self._column.insertWidget(0, line)
        self._show_what_fits()

    def _ended(self) -> None:
        over = [job for job in self._lines if job.over]
        for job in over[:-_KEPT]:
            self._kit.bridge.forget(job)
        self._show_what_fits()

    def _gone(self, job: Job) -> None:
        """Takes the line of a forgotten job away."""
        if job.over and job not in self._kit.bridge.jobs and job in self._lines:
            line = self._lines.pop(job)
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
            self._show_what_fits()

    def _clear(self) -> None:
        for job in [job for job in self._lines if job.over]:
            self._kit.bridge.forget(job)

    def _show_problems(self, job: Job) -> None:
        dialog = JobProblemsDialog(self._kit, job)
        if self._kit.ask.dialog(dialog):
            self._again(job)
        dialog.deleteLater()

    def _again(self, job: Job) -> None:
        if job.again is not None and self._kit.state.unfinished.start(job.again):
            self._kit.bridge.forget(job)

    def _show_what_fits(self) -> None:
        self._empty.setVisible(not self._lines)
        self._area.setVisible(bool(self._lines))
        self.clear.setVisible(bool(self._lines))
        self.clear.setEnabled(any(job.over for job in self._lines))
