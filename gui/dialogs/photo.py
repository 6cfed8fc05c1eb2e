"""A photo of the results with its boxes, in which faces can be corrected."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from core.result_book import News
from gui import result_words as words
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP
from gui.widgets.photo_view import FaceBox, PhotoView
from gui.widgets.result_details import ResultDetails

_KEYS = ("this_is", "confirm", "not_this_person", "not_a_face", "next_unknown")


class PhotoDialog(QDialog):
    """Follows the chosen row: `show_rows` tells which. `face_chosen` asks for another, `onward` for a neighbour."""

    face_chosen = Signal(int)
    onward = Signal(int)  # rows down (1) or up (-1)

    def __init__(self, kit: Kit, number: int) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._number = kit, number
        self.view = PhotoView(kit)
        self.details = ResultDetails(kit)
        self.path = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.back, self.forth, self.whole = (QPushButton() for _ in range(3))
        for name in _KEYS:
            self.addAction(kit.actions[name])
        self._build()
        self.view.face_chosen.connect(self.face_chosen)
        self.back.clicked.connect(lambda: self.onward.emit(-1))
        self.forth.clicked.connect(lambda: self.onward.emit(1))
        self.whole.clicked.connect(self.view.whole)
        self.details.taken.connect(lambda who: kit.state.correcting.name([self._number], who))
        kit.state.results.changed.connect(self._results_changed)
        self._texts()
        self.show_rows([number])
        self.resize(1060, 720)
        self.view.setFocus()

    def show_rows(self, numbers: list[int]) -> None:
        """The photo of the first of these rows."""
        book = self._kit.state.results.book
        number = numbers[0] if numbers else 0
        if number not in book or book.row(number).origin != "photo":
            return
        self._number = number
        row = book.row(number)
        faces = []
        for each in book.of_photo(row.source):
            face = book.row(each)
            faces.append(FaceBox(each, face.box, words.caption(face), face.kind))
        self.view.show_photo(row.source, row.frame_size, faces, number)
        self.details.show_row(row)
        self.path.setText(row.source)
        self.path.setToolTip(row.source)

    def _results_changed(self, news: News | None) -> None:
        if news is None:
            self.reject()
        else:
            self.show_rows([self._number])

    def _build(self) -> None:
        self.path.setProperty("role", "faint")
        self.path.setMinimumWidth(60)
        side = QVBoxLayout()
        side.setSpacing(GAP)
        self.details.setFixedWidth(350)
        side.addWidget(self.details)
        side.addStretch()
        for button in (self.back, self.forth, self.whole):
            button.setAutoDefault(False)
            side.addWidget(button)
        column = QVBoxLayout()
        column.setSpacing(GAP)
        column.addWidget(self.view, 1)
        column.addWidget(self.path)
        row = QHBoxLayout(self)
        row.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        row.setSpacing(WIDE_GAP)
        row.addLayout(column, 1)
        row.addLayout(side)

    def _texts(self) -> None:
        self.setWindowTitle(tr("Photo"))
        self.back.setText(tr("&Previous face"))
        self.forth.setText(tr("Ne&xt face"))
        self.whole.setText(tr("&Whole photo"))
        self.whole.setToolTip(tr("Zoom with the wheel or + and -; 0 shows the whole photo"))
