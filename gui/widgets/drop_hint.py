"""A word over a list about what will happen when the mouse lets go."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui.kit import Kit
from gui.theme import GAP, RADIUS


class DropHint(QLabel):
    """Lies at the bottom of `over` while something is dragged there."""

    def __init__(self, kit: Kit, over: QWidget) -> None:
        super().__init__(over)
        self._kit, self._over = kit, over
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def say(self, text: str) -> None:
        colours = self._kit.theme.colours
        self.setStyleSheet(
            f"background: {colours.accent}; color: {colours.on_accent}; border-radius: {RADIUS}px; padding: {GAP}px;"
        )
        self.setText(text)
        width = min(self._over.width() - 2 * GAP, 420)
        height = max(self.heightForWidth(width), self.fontMetrics().height() + 2 * GAP)
        self.setGeometry((self._over.width() - width) // 2, self._over.height() - height - GAP, width, height)
        self.show()
        self.raise_()
