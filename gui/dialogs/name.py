"""Asking who somebody is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout

from core.types import Match
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP
from gui.widgets.name_field import NameField


class NameDialog(QDialog):
    """A naming field with OK and Cancel; `answer` is an identity, the name of a new person, or None."""

    def __init__(
        self,
        kit: Kit,
        title: str,
        text: str = "",
        *,
        suggestions: Sequence[Match] = (),
        may_create: bool = True,
        without: Sequence[int] = (),
    ) -> None:
        super().__init__(kit.ask.window)
        self.setWindowTitle(title)
        self.answer: int | str | None = None
        self.field = NameField(kit, suggestions, may_create=may_create, without=without)
        self._take = QPushButton(tr("OK"))
        self._take.setProperty("primary", True)
        self._take.clicked.connect(self.field.take)
        self.field.chosen.connect(self._chosen)
        self.field.highlighted.connect(lambda answer: self._take.setEnabled(answer is not None))
        self._take.setEnabled(self.field.answer() is not None)
        self._build(text, may_create=may_create)
        self.resize(380, 420)
        self.field.setFocus()

    def _build(self, text: str, *, may_create: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        if text:
            words = QLabel(text, wordWrap=True)
            column.addWidget(words)
        column.addWidget(self.field, 1)
        hint = tr("Enter takes the highlighted person, Ctrl+Enter makes a new one.")
        if may_create:
            keys = QLabel(hint, wordWrap=True)
            keys.setProperty("role", "faint")
            column.addWidget(keys)
        buttons = QDialogButtonBox()
        buttons.addButton(self._take, QDialogButtonBox.ButtonRole.ActionRole)
        cancel = buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        cancel.clicked.connect(self.reject)
        column.addWidget(buttons)

    def _chosen(self, answer: int | str) -> None:
        self.answer = answer
        self.accept()


def ask_name(
    kit: Kit,
    title: str,
    text: str = "",
    *,
    suggestions: Sequence[Match] = (),
    may_create: bool = True,
    without: Sequence[int] = (),
) -> int | str | None:
    """Who it is: an identity, the name of a new person, or None when the user backs out.

    `without` are people who cannot be meant.
    """
    dialog = NameDialog(kit, title, text, suggestions=suggestions, may_create=may_create, without=without)
    try:
        return dialog.answer if kit.ask.dialog(dialog) else None
    finally:
        dialog.deleteLater()
