"""Above the faces to enroll: how far the look has come. Below them: what will be added."""

from __future__ import annotations

import time

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from core.jobs.enroll_draft import Counts, Showing
from gui.kit import Kit
from gui.language import counted, tr
from gui.theme import GAP

FILTERS: tuple[Showing, ...] = ("all", "doubtful", "problems")


class LookBar(QWidget):
    """What is being done, in words and as a bar, and a button that stops it."""

    stopped = Signal()

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.words = QLabel(wordWrap=True)
        self.bar = QProgressBar(textVisible=False)
        self.stop = QPushButton(autoDefault=False)
        self.bar.setFixedWidth(200)
        self.stop.clicked.connect(self.stopped.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.words, 1)
        row.addWidget(self.bar)
        row.addWidget(self.stop)
        self._began = time.monotonic()
        self.setMinimumHeight(self.stop.sizeHint().height())

    def look(self, done: int, total: int) -> None:
        """While pictures are being looked at."""
        self._role("heading")
        left = self._left(done, total)
        number = QLocale().toString
        words = tr("Looking at the pictures: {done} of {total}", done=number(done), total=number(total))
        if not total:
            words = tr("Reading the list of pictures…")
        elif left > 3:
            words = tr("{doing}, about {seconds} s left", doing=words, seconds=QLocale().toString(left))
        self._show(words, done, total)
        self.stop.setText(tr("S&top looking"))
        self.stop.setToolTip(tr("What was found so far stays and can be added"))

    def write(self, done: int, total: int) -> None:
        """While the chosen faces are being written."""
        self._role("heading")
        self._show(tr("Adding the chosen faces…"), done, total)
        self.stop.setVisible(False)

    def rest(self, *, stopped: bool) -> None:
        """When there is nothing to wait for."""
        self._role("heading")
        self.words.setText(
            tr("Stopped. Name and tick what shall be added; nothing is written before.")
            if stopped
            else tr("Name and tick what shall be added; nothing is written before.")
        )
        self.bar.setVisible(False)
        self.stop.setVisible(False)

    def fail(self, words: str) -> None:
        self._role("problem")
        self.words.setText(words)

    def _show(self, words: str, done: int, total: int) -> None:
        self.words.setText(words)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.setVisible(True)
        self.bar.setAccessibleName(words)
        self.stop.setVisible(True)

    def _left(self, done: int, total: int) -> int:
        return round((time.monotonic() - self._began) / done * (total - done)) if done else 0

    def _role(self, role: str) -> None:
        if self.words.property("role") != role:
            self.words.setProperty("role", role)
            self.words.style().polish(self.words)


class SieveBar(QWidget):
    """Which rows are shown, and ticks for many at once."""

    sifted = Signal()
    ticked = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.filters = QButtonGroup(self)
        self.search = QLineEdit(clearButtonEnabled=True)
        self.all, self.none = QPushButton(autoDefault=False), QPushButton(autoDefault=False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for number, _ in enumerate(FILTERS):
            button = QToolButton()
            button.setCheckable(True)
            self.filters.addButton(button, number)
            row.addWidget(button)
        self.filters.button(0).setChecked(True)
        self.search.setMaximumWidth(200)
        row.addWidget(self.search, 1)
        row.addStretch(1)
        row.addWidget(self.all)
        row.addWidget(self.none)
        self.filters.idClicked.connect(lambda _: self.sifted.emit())
        self.search.textChanged.connect(lambda _: self.sifted.emit())
        self.all.clicked.connect(lambda: self.ticked.emit(True))
        self.none.clicked.connect(lambda: self.ticked.emit(False))

    def asked(self) -> tuple[Showing, str]:
        """Which rows, and what their names or files must hold."""
        return FILTERS[self.filters.checkedId()], self.search.text()

    def show_counts(self, counts: Counts) -> None:
        words = (tr("All {count}"), tr("Doubtful {count}"), tr("Problems {count}"))
        for number, count in enumerate((counts.rows, counts.doubtful, counts.problems)):
            self.filters.button(number).setText(words[number].format(count=QLocale().toString(count)))

    def show_chosen(self, count: int) -> None:
        """The tick buttons act on the chosen rows when there are several."""
        many = count > 1
        self.all.setText(tr("Tick &chosen") if many else tr("Tick a&ll"))
        self.none.setText(tr("Leave chosen &out") if many else tr("Leave all &out"))

    def texts(self) -> None:
        self.search.setPlaceholderText(tr("Name or file"))
        self.search.setAccessibleName(tr("Show only names and files that hold this"))


class SumBar(QWidget):
    """The sum of what was decided, and the buttons that end it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel(wordWrap=True)
        self.copy, self.save = QPushButton(autoDefault=False), QPushButton(autoDefault=False)
        self.cancel, self.add = QPushButton(autoDefault=False), QPushButton(autoDefault=False)
        self.add.setProperty("primary", True)
        self.copy.setProperty("flat", True)
        self.save.setProperty("flat", True)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.words, 1)
        for button in (self.copy, self.save, self.cancel, self.add):
            row.addWidget(button)

    def show_counts(self, counts: Counts, why_not: str) -> None:
        """`why_not` says why nothing can be added yet; empty when it can."""
        self.words.setText(summed(counts))
        self.add.setText(counted("&Add {count} face", "&Add {count} faces", counts.faces))
        self.add.setEnabled(not why_not)
        self.add.setToolTip(why_not or tr("One step that can be undone (Ctrl+Enter)"))
        for button in (self.copy, self.save):
            button.setVisible(counts.problems > 0)

    def texts(self) -> None:
        self.copy.setText(tr("&Copy problems"))
        self.copy.setToolTip(tr("The pictures that gave no face, with the reasons, to the clipboard"))
        self.save.setText(tr("Sa&ve problems…"))
        self.save.setToolTip(tr("The pictures that gave no face, with the reasons, as a text file"))
        self.cancel.setText(tr("Cancel"))


def summed(counts: Counts) -> str:
    """What will happen, in one sentence."""
    faces = counted("{count} face", "{count} faces", counts.faces)
    people = counted("{count} person", "{count} people", counts.people)
    left = QLocale().toString(counts.left_out)
    there = QLocale().toString(counts.skipped)
    if counts.skipped:
        text = tr("{faces} of {people} will be added, {left} left out, {there} already there")
    else:
        text = tr("{faces} of {people} will be added, {left} left out")
    return text.format(faces=faces, people=people, left=left, there=there)
