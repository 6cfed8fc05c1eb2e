"""Naming a face that is before the camera: its best sights, and who it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
)

from core.gallery.records import NewFace
from core.types import Match
from gui.kit import Kit
from gui.language import tr
from gui.live import SeenSample
from gui.theme import GAP, WIDE_GAP
from gui.widgets.name_field import NameField

_SIDE = 72
_AGAIN = 700  # milliseconds between two looks for better sights
Look = Callable[[Callable[[list[SeenSample]], None], QObject], None]  # what takes the sights, and for whom


class WhoIsThisDialog(QDialog):
    """`answer` is an identity or the name of a new person, `faces` what is to be enrolled of them.

    `look` fetches the sights. They grow better while the dialog is open, until the user picks among them.
    """

    def __init__(self, kit: Kit, suggestions: Sequence[Match], look: Look) -> None:
        super().__init__(kit.ask.window)
        self.answer: int | str | None = None
        self._look, self._samples, self._picked = look, list[SeenSample](), False
        self.field = NameField(kit, suggestions)
        self.sights = QListWidget()
        self.words = QLabel(wordWrap=True)
        self.enroll = QPushButton(tr("Enroll"))
        self._build()
        self.enroll.clicked.connect(self.field.take)
        self.field.chosen.connect(self._chosen)
        self.field.highlighted.connect(lambda _: self._follow())
        self.sights.itemChanged.connect(lambda _: self._pick())
        self._timer = QTimer(self, interval=_AGAIN)
        self._timer.timeout.connect(self._ask)
        self._timer.start()
        self._follow()
        self._ask()
        self.field.setFocus()

    @property
    def faces(self) -> list[NewFace]:
        """The ticked ones, the best first."""
        rows = range(self.sights.count())
        ticked = [row for row in rows if self.sights.item(row).checkState() == Qt.CheckState.Checked]
        return [self._samples[row].face for row in ticked]

    def done(self, result: int) -> None:
        self._timer.stop()
        super().done(result)

    def _build(self) -> None:
        self.setWindowTitle(tr("Who is this?"))
        self.sights.setViewMode(QListView.ViewMode.IconMode)
        self.sights.setMovement(QListView.Movement.Static)
        self.sights.setResizeMode(QListView.ResizeMode.Adjust)
        self.sights.setUniformItemSizes(True)
        self.sights.setSpacing(2)
        self.sights.setIconSize(QSize(_SIDE, _SIDE))
        self.sights.setFixedHeight(2 * (_SIDE + self.fontMetrics().height() + GAP) + GAP)
        self.sights.setAccessibleName(tr("Pictures to enroll"))
        self.words.setProperty("role", "faint")
        self.enroll.setProperty("primary", True)
        keys = QLabel(tr("Enter takes the highlighted person, Ctrl+Enter makes a new one."), wordWrap=True)
        keys.setProperty("role", "faint")
        buttons = QDialogButtonBox()
        buttons.addButton(self.enroll, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole).clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        for widget in (self.sights, self.words):
            column.addWidget(widget)
        column.addWidget(self.field, 1)
        column.addWidget(keys)
        column.addWidget(buttons)
        self.setTabOrder(self.field.line, self.sights)
        self.resize(440, 600)

    def _ask(self) -> None:
        if not self._picked:
            self._look(self._show, self)

    def _show(self, samples: list[SeenSample]) -> None:
        if self._picked or not samples or [_key(each) for each in samples] == [_key(each) for each in self._samples]:
            self._follow()
            return
        self._samples = samples
        self.sights.blockSignals(True)
        self.sights.clear()
        for sample in samples:
            self.sights.addItem(_item(sample))
        self.sights.blockSignals(False)
        self._follow()

    def _pick(self) -> None:
        self._picked = True
        self._follow()

    def _follow(self) -> None:
        count = len(self.faces)
        self.enroll.setEnabled(count > 0 and self.field.answer() is not None)
        if not self._samples:
            self.words.setText(tr("No good view of this face yet: let it turn to the camera for a moment."))
        elif not count:
            self.words.setText(tr("Tick one picture at least."))
        else:
            self.words.setText(tr("The ticked pictures are enrolled, the best views of this face so far."))

    def _chosen(self, answer: int | str) -> None:
        if self.faces:
            self.answer = answer
            self.accept()


def _key(sample: SeenSample) -> bytes:
    return sample.face.crop


def _item(sample: SeenSample) -> QListWidgetItem:
    quality = QLocale().toString(sample.face.quality, "f", 2)
    item = QListWidgetItem(QIcon(QPixmap.fromImage(sample.picture)), quality)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked)
    item.setToolTip(tr("Quality {number}", number=quality))
    item.setData(Qt.ItemDataRole.AccessibleTextRole, tr("Quality {number}", number=quality))
    return item
