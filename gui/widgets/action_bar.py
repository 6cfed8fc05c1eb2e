"""A row of buttons for actions that takes as little room as there is: what does not fit goes into a menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from gui.icons import icon
from gui.kit import Kit
from gui.language import tr
from gui.theme import SMALL_GAP


class ActionBar(QWidget):
    """Buttons of `names` as far as they fit; the others, and always those of `more`, stand in the last one's menu."""

    def __init__(
        self, kit: Kit, names: Sequence[str], *, more: Sequence[str] = (), style: Qt.ToolButtonStyle | None = None
    ) -> None:
        super().__init__()
        self._kit = kit
        self._actions, self._always = [kit.actions[name] for name in names], [kit.actions[name] for name in more]
        self.buttons, self.more, self._menu = [QToolButton() for _ in names], QToolButton(), QMenu(self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_GAP)
        for button, action in zip(self.buttons, self._actions, strict=True):
            button.setDefaultAction(action)
            button.setToolButtonStyle(style or Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            action.changed.connect(self._soon.start)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.more)
        self._menu.setToolTipsVisible(True)
        self.more.setMenu(self._menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        kit.state.language_changed.connect(self._texts)
        kit.theme.changed.connect(self._texts)
        self._texts()

    def sizeHint(self) -> QSize:
        widths = [button.sizeHint().width() + SMALL_GAP for button in self.buttons]
        return QSize(sum(widths) + self.more.sizeHint().width(), self._height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.more.sizeHint().width(), self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _height(self) -> int:
        return max(button.sizeHint().height() for button in [*self.buttons, self.more])

    def _fit(self) -> None:
        widths = [button.sizeHint().width() + SMALL_GAP for button in self.buttons]
        room = self.width()
        if self._always or sum(widths) > room:
            room -= self.more.sizeHint().width()
        shown = 0
        while shown < len(widths) and sum(widths[: shown + 1]) <= room:
            shown += 1
        for number, button in enumerate(self.buttons):
            button.setVisible(number < shown)
        hidden = self._actions[shown:]
        wanted = [*hidden, *self._always]
        if [action for action in self._menu.actions() if not action.isSeparator()] != wanted:
            self._menu.clear()
            self._menu.addActions(hidden)
            if hidden and self._always:
                self._menu.addSeparator()
            self._menu.addActions(self._always)
        self.more.setVisible(bool(wanted))

    def _texts(self) -> None:
        self.more.setText(tr("More"))
        self.more.setAccessibleName(tr("More"))
        self.more.setIcon(icon("more", self._kit.theme.colours.text))
        self._soon.start()
