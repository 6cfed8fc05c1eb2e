"""Every question that stops the user: one door, so that tests can answer in the user's place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QMessageBox, QWidget

from gui.language import tr


class Ask:
    """Answers are None when the user backs out."""

    def __init__(self, window: QWidget | None = None) -> None:
        self.window = window

    def folder(self, title: str, start: Path | None = None) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self.window, title, str(start or ""))
        return Path(chosen) if chosen else None

    def files(self, title: str, kinds: str = "", start: Path | None = None) -> list[Path]:
        """`kinds` as in Qt: "Pictures (*.jpg *.png);;All files (*)"."""
        chosen, _ = QFileDialog.getOpenFileNames(self.window, title, str(start or ""), kinds)
        return [Path(path) for path in chosen]

    def file(self, title: str, kinds: str = "", start: Path | None = None) -> Path | None:
        chosen, _ = QFileDialog.getOpenFileName(self.window, title, str(start or ""), kinds)
        return Path(chosen) if chosen else None

    def save_file(self, title: str, kinds: str = "", start: Path | None = None) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(self.window, title, str(start or ""), kinds)
        return Path(chosen) if chosen else None

    def text(self, title: str, label: str, value: str = "") -> str | None:
        given, sure = QInputDialog.getText(self.window, title, label, text=value)
        return given.strip() or None if sure else None

    def choice(self, title: str, text: str, choices: Sequence[str], *, danger: bool = False) -> int | None:
        """Which of the buttons was pressed; the default is Cancel where there is danger, else the first."""
        box = QMessageBox(self.window)
        box.setIcon(QMessageBox.Icon.Warning if danger else QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setText(text)
        role = QMessageBox.ButtonRole.DestructiveRole if danger else QMessageBox.ButtonRole.AcceptRole
        buttons = [box.addButton(choice, role) for choice in choices]
        cancel = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setEscapeButton(cancel)
        box.setDefaultButton(cancel if danger else buttons[0])
        box.exec()
        clicked = box.clickedButton()
        return next((number for number, button in enumerate(buttons) if button is clicked), None)

    def sure(self, title: str, text: str, action: str) -> bool:
        """Before what cannot be undone: the button says what happens, the default is Cancel."""
        return self.choice(title, text, [action], danger=True) == 0

    def dialog(self, dialog: QDialog) -> bool:
        """Shows a window that asks; whether it was accepted."""
        return dialog.exec() == QDialog.DialogCode.Accepted
