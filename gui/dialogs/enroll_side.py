"""Beside the table: the picture of the chosen row with its faces, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.jobs.enroll_draft import EnrollDraft
from gui.dialogs.enroll_pictures import EnrollPictures
from gui.dialogs.enroll_row import completer
from gui.kit import Kit
from gui.language import counted, tr
from gui.models.enroll_plan import told
from gui.theme import GAP, SMALL_GAP
from gui.widgets.face_picker import FacePicker, PickedFace


class EnrollSide(QWidget):
    """Tells what is decided here; the dialog does it."""

    named = Signal(str)  # a name for the chosen rows; empty: leave them out

    def __init__(self, kit: Kit, draft: EnrollDraft, pictures: EnrollPictures, names: QStringListModel) -> None:
        super().__init__()
        self._kit, self._draft, self._pictures = kit, draft, pictures
        self._rows: Sequence[int] = ()
        self._current = -1
        self._shown = ("", -1)  # name and row that the line was filled for
        self.picker = FacePicker(kit)
        self.file = QLabel()
        self.label = QLabel()
        self.line = QLineEdit(clearButtonEnabled=True)
        self.apply = QPushButton()
        self.nearest = QPushButton()
        self.reasons = QLabel(wordWrap=True)
        self._build(names)
        pictures.ready.connect(self._picture)

    def show_rows(self, current: int, rows: Sequence[int]) -> None:
        """The picture of one row; what is named goes for all `rows`. -1 and none for nothing."""
        self._current, self._rows = current, rows
        self._picture()
        self._words()

    def _build(self, names: QStringListModel) -> None:
        self.line.setCompleter(completer(names, self.line))
        self.label.setBuddy(self.line)
        self.line.returnPressed.connect(self._apply)
        self.apply.clicked.connect(self._apply)
        self.nearest.clicked.connect(self._take_nearest)
        self.nearest.setProperty("flat", True)
        self.file.setProperty("role", "faint")
        self.file.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.reasons.setTextFormat(Qt.TextFormat.PlainText)
        self.reasons.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.reasons.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        naming = QHBoxLayout()
        naming.setSpacing(SMALL_GAP)
        naming.addWidget(self.line, 1)
        naming.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.picker, 1)
        column.addWidget(self.file)
        column.addWidget(self.label)
        column.addLayout(naming)
        column.addWidget(self.nearest, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.reasons)

    def texts(self) -> None:
        self.apply.setText(tr("N&ame"))
        self.apply.setToolTip(tr("All chosen rows get this name and will be added (Enter)"))
        self.line.setPlaceholderText(tr("Name"))
        self.line.setAccessibleName(tr("Name of the person"))
        self._words()

    # --- what is shown ---------------------------------------------------------------------------------------------

    def _picture(self) -> None:
        if not 0 <= self._current < len(self._draft):
            self.picker.show_picture(None)
            self.picker.show_faces([], -1)
            return
        row = self._draft.rows[self._current]
        self.picker.show_picture(self._pictures.photo(row), failed=self._pictures.unreadable(row))
        faces = [self._face(number) for number in self._draft.of_photo(self._current)]
        self.picker.show_faces([face for face in faces if face is not None], self._current)

    def _face(self, number: int) -> PickedFace | None:
        row = self._draft.rows[number]
        if row.box is None:
            return None
        return PickedFace(number, row.box, row.frame_size, self._draft.name(number), self._draft.is_ticked(number))

    def _words(self) -> None:
        faces = [number for number in self._rows[:2] if self._draft.is_face(number)]
        for widget in (self.line, self.apply):
            widget.setEnabled(bool(faces))
        many = len(self._rows) > 1
        self.label.setText(
            counted("&Name of {count} chosen row", "&Name of {count} chosen rows", len(self._rows))
            if many
            else tr("&Name of this face")
        )
        there = 0 <= self._current < len(self._draft)
        self.nearest.setVisible(False)
        self.reasons.setText("")
        self.file.setText("")
        if there:
            self._about(many)

    def _about(self, many: bool) -> None:
        draft, row = self._draft, self._draft.rows[self._current]
        name = draft.name(self._current)
        key = (name, -2 if many else self._current)
        if key != self._shown:  # what is being typed stays while pictures come in
            self._shown = key
            self.line.setText(name)
        self.file.setText(row.path.name)
        self.file.setToolTip(str(row.path))
        near = draft.resembled(self._current)
        if near is not None and near.name != name:
            similarity = QLocale().toString(near.similarity, "f", 2)
            text = tr("Nearest in the gallery: {name} ({similarity})", name=near.name, similarity=similarity)
            self.nearest.setText(text.replace("&", "&&"))
            self.nearest.setToolTip(tr("Take this name for the chosen rows"))
            self.nearest.setVisible(True)
        self.reasons.setText("\n".join(told(reason) for reason in draft.reasons(self._current)))

    # --- what is done ----------------------------------------------------------------------------------------------

    def _apply(self) -> None:
        self._shown = ("", -1)
        self.named.emit(self.line.text().strip())

    def _take_nearest(self) -> None:
        near = self._draft.resembled(self._current)
        if near is not None:
            self.named.emit(near.name)
