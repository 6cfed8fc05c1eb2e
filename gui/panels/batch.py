"""Tagging folders of photos: choose, start, watch; the results fill in beside."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QFocusEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.carrying import files_in
from gui.dialogs.export import OutputChoice
from gui.kit import Kit
from gui.language import tr
from gui.tagging import Tagging, TagRun, TagWish
from gui.theme import GAP, WIDE_GAP
from gui.widgets.drop_hint import DropHint
from gui.widgets.tag_run import TagRunCard

_SHOWN = 30  # runs; older ones leave the list


class BatchPanel(QWidget):
    """Folders can be dropped anywhere on it and start at once with the options shown."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.tagging = Tagging(kit)
        self.title, self.words, self.nobody = QLabel(), QLabel(), QLabel()
        self.folder_label, self.index_label = QLabel(), QLabel()
        self.folder, self.choose = QLineEdit(), QPushButton()
        self.recursive, self.only_new = QCheckBox(), QCheckBox()
        self.index = QComboBox()
        self.output = OutputChoice(kit, "batch")
        self.start = QPushButton()
        self.cards: list[TagRunCard] = []
        self._cards = QVBoxLayout()
        self._hint = DropHint(kit, self)
        self.setAcceptDrops(True)
        self._build()
        self._recall()
        self._connect()
        self._texts()
        self._facts_changed()
        self._show_runs()

    def wish(self) -> TagWish | None:
        """What the fields say; None while no folder is named."""
        text = self.folder.text().strip()
        if not text:
            return None
        outputs = self.output.chosen()
        return TagWish(
            Path(text).expanduser(),
            recursive=self.recursive.isChecked(),
            only_new=self.only_new.isChecked(),
            csv=outputs["csv"],
            json=outputs["json"],
            annotated=outputs["annotated"],
        )

    def shut(self) -> None:
        memory = self._kit.state.memory
        memory.setValue("batch/folder", self.folder.text().strip())
        memory.setValue("batch/recursive", "true" if self.recursive.isChecked() else "false")
        memory.setValue("batch/only_new", "true" if self.only_new.isChecked() else "false")
        self.output.remember()

    # --- dropping --------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_in(event.mimeData()) and self._kit.state.gallery is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._hint.say(tr("Let go to find out who is in these photos"))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._hint.hide()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.take(files_in(event.mimeData()))

    def take(self, paths: tuple[Path, ...]) -> None:
        """Starts tagging folders, and single photos, with the options shown."""
        folders = [path for path in paths if path.is_dir()]
        photos: dict[Path, list[Path]] = {}
        for path in paths:
            if not path.is_dir():
                photos.setdefault(path.parent, []).append(path)
        for folder in folders:
            self.folder.setText(str(folder))
            self._start()
        for folder, some in photos.items():
            self.tagging.add(TagWish(folder, recursive=False, only_new=self.only_new.isChecked(), only=tuple(some)))

    # --- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        self.title.setProperty("role", "title")
        self.words.setProperty("role", "faint")
        self.nobody.setProperty("role", "problem")
        for label in (self.title, self.words, self.nobody):
            label.setWordWrap(True)
            column.addWidget(label)
        card = QFrame()
        card.setProperty("role", "card")
        card.setLayout(self._form())
        column.addWidget(card)
        column.addSpacing(GAP)
        self._cards.setSpacing(GAP)
        column.addLayout(self._cards)
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The folder takes the keys. A focus proxy would keep Tab from ever leaving the panel."""
        self.folder.setFocus(event.reason())

    def _form(self) -> QVBoxLayout:
        form = QGridLayout()
        form.setSpacing(GAP)
        self.folder_label.setBuddy(self.folder)
        self.index_label.setBuddy(self.index)
        form.addWidget(self.folder_label, 0, 0)
        form.addWidget(self.folder, 0, 1)
        form.addWidget(self.choose, 0, 2)
        form.addWidget(self.recursive, 1, 1, 1, 2)
        form.addWidget(self.only_new, 2, 1, 1, 2)
        form.addWidget(self.index_label, 3, 0)
        form.addWidget(self.index, 3, 1)
        form.setColumnStretch(1, 1)
        self.start.setProperty("primary", True)
        last = QHBoxLayout()
        last.addStretch()
        last.addWidget(self.start)
        column = QVBoxLayout()
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(WIDE_GAP)
        column.addLayout(form)
        column.addLayout(self.output)
        column.addLayout(last)
        return column

    def _connect(self) -> None:
        state, actions = self._kit.state, self._kit.actions
        self.folder.textChanged.connect(lambda _: self._enable())
        self.folder.returnPressed.connect(actions["batch_start"].trigger)
        self.choose.clicked.connect(self._choose)
        self.start.clicked.connect(actions["batch_start"].trigger)
        self.index.activated.connect(lambda place: state.change_settings(index=self.index.itemText(place)))
        actions.on("batch_folder", self._choose)
        actions.on("batch_start", self._start, panel=self)
        self.tagging.changed.connect(self._show_runs)
        self.tagging.advanced.connect(self._advanced)
        state.tag_wanted.connect(self._wanted)
        state.desk.opened.connect(self._facts_changed)
        state.desk.changed.connect(lambda _: self._facts_changed())
        state.settings_changed.connect(lambda _: self._facts_changed())
        state.language_changed.connect(self._texts)

    def _recall(self) -> None:
        memory = self._kit.state.memory
        self.folder.setText(str(memory.value("batch/folder", "")))
        self.recursive.setChecked(memory.value("batch/recursive", "true") == "true")
        self.only_new.setChecked(memory.value("batch/only_new", "true") == "true")

    # --- doing -----------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        text = self.folder.text().strip()
        folder = self._kit.ask.folder(tr("Folder of photos to tag"), Path(text) if text else None)
        if folder is not None:
            self._wanted(folder)

    def _wanted(self, folder: Path) -> None:
        self.folder.setText(str(folder))
        self._kit.state.tab_wanted.emit("batch")
        self.start.setFocus()

    def _start(self) -> None:
        wish = self.wish()
        if wish is not None:
            self.shut()  # remembered now: a crash shall not lose it
            self.tagging.add(wish)

    def _facts_changed(self) -> None:
        state = self._kit.state
        facts = state.gallery
        names = facts.indexes if facts else ()
        if [self.index.itemText(place) for place in range(self.index.count())] != list(names):
            self.index.clear()
            self.index.addItems(list(names))
        self.index.setCurrentText(state.settings.index if state.settings.index in names else "default")
        several = len(names) > 1
        self.index.setVisible(several)
        self.index_label.setVisible(several)
        self.nobody.setVisible(facts is not None and not facts.faces)
        self._enable()

    def _enable(self) -> None:
        facts, named = self._kit.state.gallery, bool(self.folder.text().strip())
        why = tr("Choose a folder first.") if facts is not None else tr("Open a gallery first.")
        self._kit.actions.enable("batch_start", named and facts is not None, why)
        self.start.setEnabled(named and facts is not None)
        self.start.setToolTip(self._kit.actions["batch_start"].toolTip())

    # --- showing ---------------------------------------------------------------------------------------------------

    def _show_runs(self) -> None:
        runs = list(reversed(self.tagging.runs))[:_SHOWN]
        shown = {id(card.run): card for card in self.cards}
        for card in self.cards:
            self._cards.removeWidget(card)
            if not any(card.run is run for run in runs):
                card.hide()
                card.deleteLater()
        self.cards = [shown.get(id(run)) or TagRunCard(self._kit, self.tagging, run) for run in runs]
        for card in self.cards:
            self._cards.addWidget(card)
            card.refresh()
        self._start_text()

    def _advanced(self, run: TagRun) -> None:
        for card in self.cards:
            if card.run is run:
                card.refresh()

    def _start_text(self) -> None:
        self.start.setText(tr("Add to the &queue") if self.tagging.at_work is not None else tr("&Start tagging"))

    def _texts(self) -> None:
        self.title.setText(tr("Who is in these photos?"))
        self.words.setText(tr("Choose a folder, or drop some here. Your photos are only read, never changed."))
        self.nobody.setText(tr("Nobody is enrolled yet: every face will be unknown. Add people first to see names."))
        self.folder_label.setText(tr("&Folder"))
        self.folder.setPlaceholderText(tr("Folder of photos"))
        self.choose.setText(tr("&Choose…"))
        self.recursive.setText(tr("With the folders &inside it"))
        self.only_new.setText(tr("Only &new photos: take earlier results as they are"))
        self.only_new.setToolTip(tr("Photos that were tagged before and have not changed are not looked at again."))
        self.index_label.setText(tr("In&dex"))
        self.index.setToolTip(tr("The index that recognition searches; the same for the camera"))
        self.output.texts()
        self._start_text()
        for card in self.cards:
            card.refresh()
