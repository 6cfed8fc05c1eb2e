"""Asking for the address of a camera of the network."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout

from core.camera import Source
from core.camera.readers import SCHEMES
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP


class StreamDialog(QDialog):
    """`source` is None until an address was given that can be one."""

    def __init__(self, kit: Kit, address: str = "") -> None:
        super().__init__(kit.ask.window)
        self.source: Source | None = None
        self.line = QLineEdit(address, clearButtonEnabled=True)
        self._trouble = QLabel(wordWrap=True)
        self._buttons = QDialogButtonBox()
        self._build()
        self.line.textChanged.connect(lambda _: self._check())
        self._check()
        self.line.setFocus()

    def accept(self) -> None:
        address = self.line.text().strip()
        if not _trouble(address):
            self.source = Source("stream", address)
            super().accept()

    def _build(self) -> None:
        self.setWindowTitle(tr("Stream address"))
        self.setMinimumWidth(460)
        self.line.setPlaceholderText("rtsp://192.168.1.20/stream1")
        label = QLabel(tr("&Address of the camera or stream:"))
        label.setBuddy(self.line)
        hint = QLabel(
            tr(
                "The camera's own page or manual tells it. A user and password go before the host: "
                "rtsp://user:password@host/path. An address with a password is not remembered."
            ),
            wordWrap=True,
        )
        hint.setProperty("role", "faint")
        self._trouble.setProperty("role", "problem")
        for text in (hint, self._trouble):
            text.setTextFormat(Qt.TextFormat.PlainText)
        play = self._buttons.addButton(tr("Start"), QDialogButtonBox.ButtonRole.AcceptRole)
        play.setProperty("primary", True)
        self._buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._play = play
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        for widget in (label, self.line, self._trouble, hint):
            column.addWidget(widget)
        column.addStretch()
        column.addWidget(self._buttons)

    def _check(self) -> None:
        address = self.line.text().strip()
        trouble = _trouble(address)
        self._play.setEnabled(not trouble)
        start = address.lower()
        begun = "://" not in start and any(f"{each}://".startswith(start) for each in SCHEMES)  # still being typed
        self._trouble.setText("" if begun else trouble)
        self._trouble.setVisible(bool(self._trouble.text()))


def _trouble(address: str) -> str:
    """Why it cannot be an address; empty when it can."""
    scheme, mark, rest = address.partition("://")
    if not mark or scheme.lower() not in SCHEMES:
        known = ", ".join(f"{each}://" for each in SCHEMES)
        return tr("An address begins with one of {known}.", known=known)
    return "" if rest.strip("/") else tr("The address names no host.")
