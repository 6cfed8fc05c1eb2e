"""What is known about one row of the results: why it was decided so, and who else it may be."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.result_row import ResultRow
from core.types import Match
from gui import result_words as words
from gui.kit import Kit
from gui.language import tr
from gui.pictures import PictureKey
from gui.theme import GAP, SMALL_GAP

_MOST = 5  # candidates shown
_SIDE = 40
_WIDE = 62  # of a candidate


class ResultDetails(QFrame):
    """`taken` tells the identity of a candidate that the user clicked: this is who it is."""

    taken = Signal(int)

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._row: ResultRow | None = None
        self._many = 1
        self._room = _MOST  # candidates that find place
        self.setProperty("role", "card")
        self.why = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.heading = QLabel()
        self._near = QWidget()
        self.candidates = [
            QToolButton(toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextUnderIcon) for _ in range(_MOST)
        ]
        self.buttons = {name: self._button(name) for name in ("this_is", "confirm", "not_this_person", "not_a_face")}
        self._build()
        self._follow()
        kit.state.pictures.ready.connect(self._picture_came)
        kit.state.language_changed.connect(self._texts)
        self._texts()

    def show_row(self, row: ResultRow | None, many: int = 1) -> None:
        """`many` rows are chosen, `row` being the first."""
        self._row = row
        self.setVisible(row is not None)
        if row is None:
            return
        self.why.setText(words.why(row) if many == 1 else tr("{count} faces are chosen.", count=many))
        self.why.setToolTip(words.tip(row, self._kit.state.results.limits, self._model()))
        shown = row.matches[: self._room] if many == 1 and row.kind != "no face" else ()
        self._many = many
        self.heading.setVisible(bool(shown))
        for place, button in enumerate(self.candidates):
            button.setVisible(place < len(shown))
            if place < len(shown):
                self._fill(button, shown[place], row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        inside = self.contentsRect().width() - 2 * GAP
        room = min(max((inside + SMALL_GAP) // (_WIDE + SMALL_GAP), 1), _MOST)
        if room != self._room:
            self._room = room
            self.show_row(self._row, self._many)

    def _fill(self, button: QToolButton, match: Match, row: ResultRow) -> None:
        metrics = button.fontMetrics()
        name = metrics.elidedText(match.name, Qt.TextElideMode.ElideRight, 58)
        button.setText(f"{name}\n{words.number(match.similarity)}")
        denied = match.identity in row.excluded
        button.setEnabled(not denied)
        text = tr("This is {name}", name=match.name)
        button.setToolTip(tr("You said that it is not {name}", name=match.name) if denied else text)
        button.setAccessibleName(tr("{what}, similarity {number}", what=text, number=words.number(match.similarity)))
        self._paint(button, match)

    def _paint(self, button: QToolButton, match: Match) -> None:
        from gui.icons import icon

        size = round(_SIDE * self.devicePixelRatioF())
        picture = self._kit.state.pictures.get(PictureKey("crop", face=match.face, size=size))
        colours = self._kit.theme.colours
        button.setIcon(picture if picture is not None else icon("person", colours.faint))

    def _picture_came(self, key: PictureKey) -> None:
        if self._row is None or key.kind != "crop":
            return
        for match, button in zip(self._row.matches, self.candidates, strict=False):
            if match.face == key.face and button.isVisible():
                self._paint(button, match)

    def _take(self, place: int) -> None:
        if self._row is not None and place < len(self._row.matches):
            self.taken.emit(self._row.matches[place].identity)

    def _model(self) -> str:
        in_use = self._kit.state.bench.in_use
        return in_use.feature if in_use is not None else ""

    def _button(self, name: str) -> QPushButton:
        action, button = self._kit.actions[name], QPushButton()
        button.setProperty("primary", name == "this_is")
        button.clicked.connect(action.trigger)
        action.changed.connect(self._follow)  # a method, not a closure: it ends with the widget, the action does not
        return button

    def _follow(self) -> None:
        for name, button in self.buttons.items():
            action = self._kit.actions[name]
            button.setEnabled(action.isEnabled())
            button.setText(action.text())
            button.setToolTip(action.toolTip())

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.why)
        self.heading.setProperty("role", "faint")
        column.addWidget(self.heading)
        row = QHBoxLayout()
        row.setSpacing(SMALL_GAP)
        for place, candidate in enumerate(self.candidates):
            candidate.setIconSize(QSize(_SIDE, _SIDE))
            candidate.setFixedWidth(_WIDE)
            candidate.clicked.connect(lambda _=False, place=place: self._take(place))
            row.addWidget(candidate)
        row.addStretch()
        row.setContentsMargins(0, 0, 0, 0)
        self._near.setLayout(row)
        self._near.setMinimumWidth(3 * (_WIDE + SMALL_GAP))  # in a narrow window the last ones stay away
        column.addWidget(self._near)
        grid = QGridLayout()
        grid.setSpacing(SMALL_GAP)
        for place, button in enumerate(self.buttons.values()):
            grid.addWidget(button, place // 2, place % 2)
        column.addLayout(grid)

    def _texts(self) -> None:
        self.heading.setText(tr("Who comes near: click who it is"))
        self.setAccessibleName(tr("About the chosen face"))
        if self._row is not None:
            self.show_row(self._row, self._many)
