"""Writing down something about a person."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout

from core.gallery.records import Identity
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP


class NotesDialog(QDialog):
    """`words()` are the notes as they stand in the field."""

    def __init__(self, kit: Kit, person: Identity) -> None:
        super().__init__(kit.ask.window)
        self.setWindowTitle(tr("Notes about {name}", name=person.name))
        self.field = QPlainTextEdit(person.notes)
        self.field.setTabChangesFocus(True)
        label = QLabel(tr("&Notes, kept in the gallery:"))
        label.setBuddy(self.field)
        buttons = QDialogButtonBox()
        save = buttons.addButton(tr("Save"), QDialogButtonBox.ButtonRole.AcceptRole)
        save.setProperty("primary", True)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):  # Enter alone is a new line
            QShortcut(QKeySequence(keys), self, self.accept)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(label)
        column.addWidget(self.field)
        column.addWidget(buttons)
        self.resize(440, 280)

    def words(self) -> str:
        return self.field.toPlainText()
