"""The photos of a run that could not be read, with why: try them again, or keep the list."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QStringListModel
from PySide6.QtWidgets import QAbstractItemView, QDialog, QDialogButtonBox, QLabel, QListView, QVBoxLayout

from core.errors import Problem
from core.files import write_text
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.theme import GAP, WIDE_GAP


class PhotoProblems(QDialog):
    """Accepted when the photos are to be tried again."""

    def __init__(self, kit: Kit, failed: Mapping[str, Problem], *, may_retry: bool) -> None:
        super().__init__(kit.ask.window)
        self._kit = kit
        self.setWindowTitle(tr("Photos that could not be used"))
        self._lines = [f"{said(problem.message)} {said(problem.hint)}".strip() for problem in failed.values()]
        self.list = QListView(uniformItemSizes=True, wordWrap=False)
        self.list.setModel(QStringListModel(self._lines, self.list))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(tr("Problems, one per photo"))
        text = counted("{count} photo could not be used.", "{count} photos could not be used.", len(failed))
        words = QLabel(tr("{many} All others are done; nothing was changed in any photo.", many=text), wordWrap=True)
        buttons = QDialogButtonBox()
        again = buttons.addButton(tr("&Try these again"), QDialogButtonBox.ButtonRole.AcceptRole)
        again.setEnabled(may_retry)
        save = buttons.addButton(tr("&Save the list…"), QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        save.clicked.connect(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        for part in (words, self.list, buttons):
            column.addWidget(part)
        self.resize(680, 420)

    def _save(self) -> None:
        path = self._kit.ask.save_file(tr("Save the list to"), "Text (*.txt)")
        if path is None:
            return
        try:
            write_text(path, "\n".join([*self._lines, ""]))
        except OSError as error:
            self._kit.state.notices.problem(error)
