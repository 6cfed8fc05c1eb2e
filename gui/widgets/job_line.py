"""One job: title, how far it is, its problems, and buttons to pause and cancel it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QVBoxLayout

from gui.bridge import Job
from gui.icons import icon, picture
from gui.kit import Kit
from gui.language import said, tr
from gui.models.jobs import how_far, problems_said
from gui.theme import GAP, SMALL_GAP
from gui.widgets.elided import ElidedLabel

_SIGNS = {"done": "check", "failed": "warning", "cancelled": "close", "paused": "pause"}


class JobLine(QFrame):
    problems_wanted = Signal(object)  # Job
    again_wanted = Signal(object)  # Job

    def __init__(self, kit: Kit, job: Job) -> None:
        super().__init__()
        self.job, self._kit = job, kit
        self.setProperty("role", "card")
        self.title, self.figures, self._sign = ElidedLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "heading")
        self.figures.setProperty("role", "faint")
        self.bar = QProgressBar(textVisible=False)
        self.problems = QPushButton()
        self.problems.setProperty("flat", True)
        self.again = self._button("refresh", lambda: self.again_wanted.emit(job))
        self.pause = self._button("pause", self._pause_or_go_on)
        self.cancel = self._button("stop", job.cancel)
        self.clear = self._button("close", self._forget)
        self.problems.clicked.connect(lambda: self.problems_wanted.emit(job))
        self._lay_out()
        self.texts()
        job.changed.connect(self.follow)
        kit.theme.changed.connect(self.texts)

    def texts(self) -> None:
        """All words and pictures anew, after the language or the theme has changed."""
        colours = self._kit.theme.colours
        title = said(self.job.title)
        self.title.setText(title)
        for button, name, words in (
            (self.again, "refresh", tr("Run {job} again", job=title)),
            (self.cancel, "stop", tr("Cancel {job}", job=title)),
            (self.clear, "close", tr("Take {job} off the list", job=title)),
        ):
            button.setIcon(icon(name, colours.text, colours.faint))
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.follow()

    def follow(self) -> None:
        job = self.job
        self.figures.setText(how_far(job))
        self.bar.setRange(0, job.total if job.total or job.state != "running" else 0)
        self.bar.setValue(job.done)
        self.bar.setVisible(not job.over)
        self.problems.setVisible(bool(job.problems) or job.state == "failed")
        self.problems.setText(problems_said(len(job.problems)) if job.problems else tr("Why?"))
        self._buttons()
        self._show_sign()
        told = tr("{job}: {state}", job=said(job.title), state=how_far(job))
        self.setAccessibleName(told)
        self.bar.setAccessibleName(told)

    def _buttons(self) -> None:
        job = self.job
        paused = job.state == "paused"
        title = said(job.title)
        words = tr("Go on with {job}", job=title) if paused else tr("Pause {job}", job=title)
        colours = self._kit.theme.colours
        self.pause.setIcon(icon("play" if paused else "pause", colours.text, colours.faint))
        self.pause.setToolTip(words)
        self.pause.setAccessibleName(words)
        self.pause.setVisible(not job.over)
        self.pause.setEnabled(job.state in ("running", "paused"))
        self.cancel.setVisible(not job.over)
        self.cancel.setEnabled(job.state != "cancelling")
        self.clear.setVisible(job.over)
        unwell = job.state in ("failed", "cancelled") or bool(job.problems)
        self.again.setVisible(job.over and unwell and job.again is not None)

    def _show_sign(self) -> None:
        colours = self._kit.theme.colours
        shades = {"done": colours.known, "failed": colours.problem}
        sign = _SIGNS.get(self.job.state)
        self._sign.setVisible(sign is not None)
        if sign is not None:
            self._sign.setPixmap(picture(sign, shades.get(self.job.state, colours.faint), 16))

    def _pause_or_go_on(self) -> None:
        if self.job.state == "paused":
            self.job.resume()
        else:
            self.job.pause()

    def _forget(self) -> None:
        self._kit.bridge.forget(self.job)

    def _button(self, picture_name: str, act: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setObjectName(picture_name)
        button.clicked.connect(lambda *_: act())
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._sign)
        row.addWidget(self.title, 1)
        row.addWidget(self.figures)
        row.addWidget(self.problems)
        for button in (self.again, self.pause, self.cancel, self.clear):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, SMALL_GAP, SMALL_GAP, SMALL_GAP)
        column.setSpacing(SMALL_GAP)
        column.addLayout(row)
        column.addWidget(self.bar)
