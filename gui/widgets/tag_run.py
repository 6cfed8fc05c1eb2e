"""One folder in the queue of the batch panel: how far it is, what was found, what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QVBoxLayout

from core.errors import Problem
from gui.icons import icon
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.tagging import Tagging, TagRun
from gui.theme import GAP, SMALL_GAP


class TagRunCard(QFrame):
    def __init__(self, kit: Kit, tagging: Tagging, run: TagRun) -> None:
        super().__init__()
        self._kit, self._tagging, self.run = kit, tagging, run
        self.setProperty("role", "card")
        self.title, self.state = QLabel(textFormat=Qt.TextFormat.PlainText), QLabel()
        self.bar = QProgressBar(textVisible=False)
        self.found = QLabel(textFormat=Qt.TextFormat.RichText, wordWrap=True)
        self.pause, self.cancel, self.forget = QToolButton(), QToolButton(), QToolButton()
        self.errors, self.again = QPushButton(), QPushButton()
        self._build()
        self.pause.clicked.connect(self._pause)
        self.cancel.clicked.connect(self._cancel)
        self.forget.clicked.connect(lambda: tagging.forget(run))
        self.again.clicked.connect(lambda: tagging.again(run))
        self.errors.clicked.connect(self._show_errors)
        kit.theme.changed.connect(self.refresh)
        kit.state.language_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the run as it is now."""
        run, job = self.run, self.run.job
        folder = run.wish.folder
        self.title.setText(folder.name or str(folder))
        self.title.setToolTip(str(folder))
        self.state.setText(self._how())
        self.bar.setRange(0, max(1, job.total) if job is not None and (job.total or job.over) else 0)
        self.bar.setVisible(job is not None and not job.over)
        self.bar.setValue(job.done if job is not None else 0)
        self.bar.setAccessibleName(tr("Progress of {folder}", folder=self.title.text()))
        self.found.setText(self._counts())
        self.found.setVisible(bool(run.counts["photos"]))
        self.errors.setText(
            counted("{count} photo could not be used…", "{count} photos could not be used…", len(run.failed))
        )
        self.errors.setVisible(bool(run.failed))
        self.again.setText(self._once_more())
        self.again.setVisible(run.over)
        self._buttons()

    def _buttons(self) -> None:
        state, colours = self.run.state, self._kit.theme.colours
        paused = state == "paused"
        for button, name, text, shown in (
            (self.pause, "play" if paused else "pause", tr("Go on") if paused else tr("Pause"), state in _WORKING),
            (self.cancel, "stop", tr("Cancel: what was found is kept"), state in _WORKING),
            (self.forget, "close", tr("Take off the list"), self.run.over or state == "waiting"),
        ):
            button.setIcon(icon(name, colours.text, colours.faint))
            button.setToolTip(text)
            button.setAccessibleName(text)
            button.setVisible(shown)

    def _once_more(self) -> str:
        if self.run.state not in ("cancelled", "failed"):
            return tr("Look for new photos")
        return tr("Go on") if self.run.counts["photos"] else tr("Try again")

    def _how(self) -> str:
        run, job = self.run, self.run.job
        if job is None:
            return tr("Waits for the folder before it")
        locale = QLocale()
        done, total = locale.toString(job.done), locale.toString(job.total)
        if run.state == "running":
            if not job.total:
                return tr("Looking for photos…")
            rate, left = locale.toString(job.rate, "f", 1), duration(job.seconds_left)
            if not job.rate:
                return tr("{done} of {total} photos", done=done, total=total)
            return tr(
                "{done} of {total} photos · {rate} a second · {left} left", done=done, total=total, rate=rate, left=left
            )
        error = job.outcome.error if job.outcome is not None else None
        if not job.total and isinstance(error, Problem):
            return said(error.message)
        words = {
            "paused": tr("Paused at {done} of {total} photos"),
            "cancelling": tr("Stopping…"),
            "done": tr("Done: {total} photos"),
            "failed": tr("Stopped by a problem at {done} of {total} photos; what was found is kept"),
            "cancelled": tr("Cancelled at {done} of {total} photos; what was found is kept"),
        }
        return words[run.state].format(done=done, total=total)

    def _counts(self) -> str:
        counts, colours, locale = self.run.counts, self._kit.theme.colours, QLocale()
        kinds = (
            ("✓", colours.known, tr("known"), counts["known"]),
            ("?", colours.unsure, tr("unsure"), counts["unsure"]),
            ("⊖", colours.unknown, tr("unknown"), counts["unknown"]),
        )
        faces = counted("{count} face", "{count} faces", counts["faces"])
        parts = [
            f'<span style="color:{colour}">{sign} {locale.toString(many)} {word}</span>'
            for sign, colour, word, many in kinds
        ]
        return "&nbsp;&nbsp;&nbsp;".join([faces, *parts])

    def _pause(self) -> None:
        job = self.run.job
        if job is not None:
            job.resume() if job.state == "paused" else job.pause()

    def _cancel(self) -> None:
        if self.run.job is not None:
            self.run.job.cancel()

    def _show_errors(self) -> None:
        from gui.dialogs.photo_problems import PhotoProblems

        dialog = PhotoProblems(self._kit, self.run.failed, may_retry=self.run.over)
        try:
            if self._kit.ask.dialog(dialog):
                self._tagging.again(self.run, failed_only=True)
        finally:
            dialog.deleteLater()

    def _build(self) -> None:
        self.title.setProperty("role", "heading")
        self.state.setProperty("role", "faint")
        self.state.setWordWrap(True)
        self.errors.setProperty("flat", True)
        top = QHBoxLayout()
        top.setSpacing(SMALL_GAP)
        top.addWidget(self.title, 1)
        for button in (self.pause, self.cancel, self.forget):
            top.addWidget(button)
        below = QHBoxLayout()
        below.addWidget(self.errors)
        below.addStretch()
        below.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP + SMALL_GAP, GAP, GAP, GAP)
        column.setSpacing(SMALL_GAP)
        column.addLayout(top)
        for part in (self.state, self.bar, self.found):
            column.addWidget(part)
        column.addLayout(below)


_WORKING = ("running", "paused")


def duration(seconds: float | None) -> str:
    """Rounded, in words."""
    if seconds is None:
        return tr("some time")
    if seconds < 90:
        return tr("{seconds} s", seconds=max(1, round(seconds)))
    if seconds < 5400:
        return tr("{minutes} min", minutes=round(seconds / 60))
    return tr("{hours} h {minutes} min", hours=int(seconds // 3600), minutes=round(seconds % 3600 / 60))
