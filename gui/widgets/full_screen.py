"""One widget alone on the screen; Esc leaves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget


class FullScreen(QWidget):
    """Takes the widget for as long as it is shown; whoever hears `left` takes it back."""

    left = Signal()

    def __init__(self, widget: QWidget, title: str, actions: Sequence[QAction]) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setWindowTitle(title)
        self.setGeometry(widget.screen().geometry())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(widget)
        self.addActions(list(actions))
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.left.emit()
        event.accept()
