"""What a panel shows while it has nothing: a sentence, and buttons for the next step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QFocusEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.carrying import files_in
from gui.icons import picture
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP
from gui.widgets.drop_hint import DropHint

_SIGN = 48


class EmptyState(QWidget):
    """`dropped`, if any, takes paths that are let go here; `promise` says of so many what will be done with them.

    `wide` puts the buttons side by side.
    """

    def __init__(
        self,
        kit: Kit,
        sign: str,
        actions: Sequence[str] = (),
        *,
        wide: bool = True,
        dropped: Callable[[tuple[object, ...]], None] | None = None,
        promise: Callable[[int], str] | None = None,
    ) -> None:
        super().__init__()
        self._kit, self._name, self._dropped, self._promise = kit, sign, dropped, promise
        self._hint = DropHint(kit, self)
        self._sign, self._title, self._words = QLabel(), QLabel(), QLabel()
        self.buttons = {name: self._button(name) for name in actions}
        if wide and actions:
            self.buttons[actions[0]].setProperty("primary", True)
        self.setAcceptDrops(dropped is not None)
        self._build(wide=wide)
        kit.theme.changed.connect(self._draw)
        self._draw()

    def say(self, title: str, words: str, *labels: str) -> None:
        """`labels` are those of the buttons, in order."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._words.setText(words)
        self._words.setVisible(bool(words))
        for button, label in zip(self.buttons.values(), labels, strict=True):
            button.setText(label)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Its first button that can be pressed takes the keys."""
        first = next((button for button in self.buttons.values() if button.isEnabled()), None)
        if first is not None:
            first.setFocus(event.reason())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        gallery = self._kit.state.gallery
        if files_in(event.mimeData()) and gallery is not None and not gallery.read_only:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            words = tr("Look at the faces and enroll them; a folder is one person")
            self._hint.say(self._promise(len(files_in(event.mimeData()))) if self._promise else words)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._hint.hide()
        if self._dropped is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._dropped(files_in(event.mimeData()))

    def _build(self, *, wide: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addStretch(2)
        self._title.setProperty("role", "title" if wide else "heading")
        self._words.setProperty("role", "faint")
        self._sign.setVisible(wide)
        for label in (self._sign, self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        row = QBoxLayout(direction)
        row.setSpacing(GAP)
        row.addStretch()
        for button in self.buttons.values():
            row.addWidget(button)
        row.addStretch()
        column.addSpacing(GAP)
        column.addLayout(row)
        column.addStretch(3)

    def _button(self, name: str) -> QPushButton:
        action = self._kit.actions[name]
        button = QPushButton()
        button.setIconSize(QSize(16, 16))
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())

        action.changed.connect(follow)
        follow()
        return button

    def _draw(self) -> None:
        self._sign.setPixmap(picture(self._name, self._kit.theme.colours.faint, _SIGN))
