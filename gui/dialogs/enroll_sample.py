"""The sample gallery in one click, and what to try with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from core.errors import Text
from core.paths import galleries_folder
from gui.bridge import Job
from gui.icons import icon
from gui.kit import Kit
from gui.language import tr
from gui.theme import GAP, WIDE_GAP

if TYPE_CHECKING:  # it brings the models' libraries, which the window's start need not load
    from core.jobs.sample import SamplePlaces

FOLDER = "Sample"


class Sampling(QObject):
    """Makes the sample gallery, or opens the one that is there."""

    def __init__(self, kit: Kit, parent: QObject) -> None:
        super().__init__(parent)
        self._kit = kit
        self.job: Job | None = None
        self.dialog: SampleDialog | None = None
        kit.actions.on("try_sample", self.start)

    def start(self) -> None:
        if self.job is not None and not self.job.over:
            return
        from core.jobs.sample import build_sample
        from gui.dialogs.enroll_run import lender, options_of

        state, folder = self._kit.state, galleries_folder() / FOLDER
        lend, options = lender(state), options_of(state)
        told = state.notices.info(tr("The sample gallery is being made; it opens in a moment."))
        self.job = self._kit.bridge.run(
            Text("Make the sample gallery"),
            lambda: build_sample(folder, lend, options=options),
            done=lambda places: state.desk.open(places.gallery, done=lambda: self._opened(places)),
            ended=lambda: state.notices.withdraw(told),
        )

    def _opened(self, places: SamplePlaces) -> None:
        self._kit.state.tab_wanted.emit("people")
        self.dialog = SampleDialog(self._kit, places)
        self.dialog.show()


class SampleDialog(QDialog):
    """What to try next."""

    def __init__(self, kit: Kit, places: SamplePlaces) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._places = kit, places
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._title, self._text = QLabel(), QLabel(wordWrap=True)
        self._title.setProperty("role", "title")
        self.film, self.photos, self.close_button = QPushButton(), QPushButton(), QPushButton()
        self.film.setProperty("primary", True)
        self.film.clicked.connect(self._film)
        self.photos.clicked.connect(self._photos)
        self.close_button.clicked.connect(self.close)
        self._build()
        self._texts()
        kit.state.language_changed.connect(self._texts)

    def _build(self) -> None:
        colours = self._kit.theme.colours
        self.film.setIcon(icon("play", colours.on_accent))
        self.photos.setIcon(icon("folder", colours.text))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.film)
        row.addWidget(self.photos)
        row.addStretch(1)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(WIDE_GAP)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addLayout(row)
        self.resize(480, 0)  # as high as its words

    def _texts(self) -> None:
        self.setWindowTitle(tr("Sample gallery"))
        self._title.setText(tr("The sample gallery is open"))
        self._text.setText(
            tr(
                "It holds drawn people with four faces each. Let some of them walk past as a camera would see them, "
                "or find out who is on the group photos. Everything may be tried: each step can be undone."
            )
        )
        self.film.setText(tr("&Play the sample film"))
        self.photos.setText(tr("&Tag the sample photos"))
        self.close_button.setText(tr("Close"))

    def _film(self) -> None:
        self._kit.state.tab_wanted.emit("camera")
        self._kit.actions["play_sample"].trigger()
        self.close()

    def _photos(self) -> None:
        self._kit.state.tab_wanted.emit("batch")
        self._kit.state.tag_wanted.emit(self._places.groups)
        self.close()
