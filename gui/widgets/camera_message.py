"""What a camera has to say, on a card over its picture: what is wrong, what to do, and what happens next."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.camera import CameraState
from gui.icons import picture
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.theme import GAP, WIDE_GAP

_WIDTH, _SIGN = 400, 32


class CameraMessage(QFrame):
    pressed = Signal()  # the button

    def __init__(self, kit: Kit, over: QWidget) -> None:
        super().__init__(over)
        self._kit, self._name = kit, "camera"
        self._retry_at = 0.0  # monotonic
        self.title, self.hint, self.next = QLabel(), QLabel(), QLabel()
        self.button = QPushButton()
        self._sign = QLabel()
        self._build()
        self.button.clicked.connect(self.pressed)
        kit.theme.changed.connect(self._draw)
        self.hide()

    def tell(self, state: CameraState, before: CameraState, name: str) -> None:
        """What a state means for the user of the source of that name."""
        problem = state.problem
        if state.retry_in is not None:
            self._retry_at = time.monotonic() + state.retry_in
        if state.kind in {"running", "stopped"}:
            self.hide()
        elif state.kind == "opening" and before.kind == "lost":
            self._count(tr("Trying again…"))
        elif state.kind == "opening":
            self._say("camera", tr("Opening {name}…", name=name))
        elif problem is None:
            self._say("check", tr("{name} is over.", name=name), "", tr("Play again"))
        else:
            button = tr("Try now") if state.kind == "lost" else tr("Start again")
            self._say("warning", said(problem.message), said(problem.hint), button)
            if state.kind == "lost":
                self.count_down()

    def count_down(self) -> None:
        """Seconds until a lost camera is tried again."""
        left = max(0, round(self._retry_at - time.monotonic()))
        waiting = counted("Next try in {count} second", "Next try in {count} seconds", left)
        self._count(waiting if left else tr("Trying again…"))

    def _say(self, sign: str, title: str, hint: str = "", button: str = "") -> None:
        self._name = sign
        self.title.setText(title)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.setAccessibleName(f"{title} {hint}")
        self._count("")
        self._draw()
        self.show()

    def _count(self, text: str) -> None:
        self.next.setText(text)
        self.next.setVisible(bool(text))

    def _build(self) -> None:
        self.setProperty("role", "card")
        self.setFixedWidth(_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        self.title.setProperty("role", "heading")
        self.hint.setProperty("role", "faint")
        self.next.setProperty("role", "faint")
        for label in (self._sign, self.title, self.hint, self.next):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.button)
        row.addStretch()
        column.addLayout(row)

    def _draw(self) -> None:
        colours = self._kit.theme.colours
        colour = colours.problem if self._name == "warning" else colours.faint
        self._sign.setPixmap(picture(self._name, colour, _SIGN))
