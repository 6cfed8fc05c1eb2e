"""What went wrong with single items of a job, with reasons; copied, exported, tried again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListView, QPushButton, QVBoxLayout

from core.errors import Problem
from core.files import write_text
from gui.bridge import Job
from gui.kit import Kit
from gui.language import said, tr
from gui.models.jobs import JobProblems, ending, problems_said
from gui.theme import GAP, WIDE_GAP


class JobProblemsDialog(QDialog):
    """Accepted when the job shall run again."""

    def __init__(self, kit: Kit, job: Job) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._job = kit, job
        self.setWindowTitle(tr("Problems of: {job}", job=said(job.title)))
        self.resize(640, 420)
        self.model = JobProblems(job)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName(tr("Problems"))
        self._head, self._hint = QLabel(), QLabel()
        self.copy, self.export, self.again = QPushButton(tr("&Copy")), QPushButton(tr("&Export…")), QPushButton()
        self.again.setText(tr("&Run again"))
        self._lay_out()
        self.again.setVisible(job.over and job.again is not None)  # after the box, which shows what it is given
        self._connect()
        self._counted()

    def _lay_out(self) -> None:
        for label in (self._head, self._hint):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._hint.setProperty("role", "faint")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.again, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(self._head)
        column.addWidget(self.list, 1)
        column.addWidget(self._hint)
        column.addWidget(buttons)

    def _connect(self) -> None:
        self.copy.clicked.connect(self._copy)
        self.export.clicked.connect(self._export)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._show_hint())
        self.model.rowsInserted.connect(self._counted)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.list, self._copy)

    def _counted(self, *_: object) -> None:
        count = self.model.rowCount()
        words = [problems_said(count)] if count else []
        if self._job.over:
            words.insert(0, ending(self._job))
        self._head.setText("\n".join(words))
        self.list.setVisible(count > 0)
        self.copy.setEnabled(bool(words))
        self.export.setEnabled(count > 0)
        self._show_hint()

    def _show_hint(self) -> None:
        index = self.list.currentIndex()
        hint = str(index.data(Qt.ItemDataRole.ToolTipRole) or "") if index.isValid() else ""
        error = self._job.outcome.error if self._job.outcome is not None else None
        if not hint and isinstance(error, Problem):
            hint = said(error.hint)
        self._hint.setText(hint)

    def _copy(self) -> None:
        rows = sorted({index.row() for index in self.list.selectedIndexes()}) or None
        QGuiApplication.clipboard().setText(self.model.text(rows) or f"{self._head.text()}\n{self._hint.text()}\n")

    def _export(self) -> None:
        path = self._kit.ask.save_file(tr("Export the problems"), tr("Text files (*.txt);;All files (*)"))
        if path is None:
            return
        try:
            write_text(path, self.model.text())
        except OSError as error:
            self._kit.state.notices.problem(_refused(path.name, error))
            return
        self._kit.state.notices.info(tr("The problems are in {file}.", file=path.name))


def _refused(name: str, error: OSError) -> Problem:
    return Problem(
        "{file} cannot be written: {reason}.",
        "Nothing was changed; choose another place or make room.",
        file=name,
        reason=error.strerror or error,
    )
