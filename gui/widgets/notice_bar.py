"""Notices above the work: what was done with its undo, and problems with their details."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.icons import icon, picture
from gui.kit import Kit
from gui.language import tr
from gui.notices import Notice
from gui.theme import GAP, SMALL_GAP

STAYS = 10_000  # milliseconds an information stays; problems stay until closed
_MOST = 3


class NoticeBar(QWidget):
    """The newest notices, one line each; takes no room when there are none."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SMALL_GAP)
        kit.state.notices.told.connect(self._show)
        kit.state.notices.withdrawn.connect(self._withdraw)

    def lines(self) -> list[NoticeLine]:
        return [child for child in self.findChildren(NoticeLine) if not child.leaving]

    def _show(self, notice: Notice) -> None:
        lines = self.lines()
        if notice.kind == "info":
            for line in lines:
                if line.notice.kind == "info":
                    line.leave()
        elif any(line.notice.text == notice.text for line in lines):
            return  # the same trouble again: once is enough
        else:
            for line in lines[: max(0, len(lines) + 1 - _MOST)]:
                line.leave()
        self._column.addWidget(NoticeLine(notice, self._kit))

    def _withdraw(self, notice: Notice) -> None:
        for line in self.lines():
            if line.notice is notice:
                line.leave()


class NoticeLine(QFrame):
    """One notice with its buttons."""

    def __init__(self, notice: Notice, kit: Kit) -> None:
        super().__init__()
        self.notice, self._kit, self.leaving = notice, kit, False
        self.setProperty("role", f"notice-{notice.kind}")
        self.setAccessibleName(f"{notice.text} {notice.hint}")
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, SMALL_GAP, SMALL_GAP, SMALL_GAP)
        self._sign, self._closer = QLabel(), QToolButton()
        row.addWidget(self._sign)
        row.addWidget(self._words(), 1)
        if notice.act is not None:
            row.addWidget(self._button(notice.action, self._act))
        if notice.details:
            row.addWidget(self._button(tr("Copy details"), self._copy))
        self._make_closer()
        row.addWidget(self._closer)
        kit.theme.changed.connect(self._paint)
        self._paint()
        if notice.kind == "info":
            QTimer.singleShot(STAYS, self, self.leave)

    def leave(self) -> None:
        self.leaving = True
        self.hide()
        self.deleteLater()

    def _paint(self) -> None:
        colours = self._kit.theme.colours
        name, colour = {
            "info": ("info", colours.accent),
            "warning": ("warning", colours.unsure),
            "problem": ("warning", colours.problem),
        }[self.notice.kind]
        self._sign.setPixmap(picture(name, colour, 20))
        self._closer.setIcon(icon("close", colours.text))

    def _words(self) -> QLabel:
        hint = f"\n{self.notice.hint}" if self.notice.hint else ""
        words = QLabel(self.notice.text + hint)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return words

    def _button(self, text: str, act: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(act)
        return button

    def _make_closer(self) -> None:
        self._closer.setToolTip(tr("Close this notice"))
        self._closer.setAccessibleName(tr("Close this notice"))
        self._closer.clicked.connect(self.leave)

    def _act(self) -> None:
        self.leave()
        if self.notice.act is not None:
            self.notice.act()

    def _copy(self) -> None:
        notice = self.notice
        QGuiApplication.clipboard().setText(f"{notice.text}\n{notice.hint}\n\n{notice.details}")
        self._kit.state.notices.info(tr("The details are on the clipboard."))
