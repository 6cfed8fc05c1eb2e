"""What a new index shall be: name, type, metric, parameters, whom it covers, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
)

from core.errors import GalleryProblem, Text
from core.gallery.records import Identity, IndexRule
from core.gallery.rules import checked
from gui.dialogs.people_choice import PeopleChoice
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.models.indexes import metric_said, size_said
from gui.theme import GAP, WIDE_GAP


class IndexBuildDialog(QDialog):
    """`name` and `values` are what core.jobs.indexing.build takes."""

    def __init__(self, kit: Kit, *, known: Sequence[str]) -> None:
        """`known` are the names of the indexes there are."""
        super().__init__(kit.ask.window)
        self.setWindowTitle(tr("Build an index"))
        self.setMinimumWidth(540)
        self._kit, self._known = kit, set(known)
        self._chosen: frozenset[int] = frozenset()
        self.name_field = QLineEdit(_free_name(known))
        self.kind = QComboBox()
        self.measure = QComboBox()
        self.fields: dict[str, QSpinBox] = {}
        self.everyone = QRadioButton(tr("&Everyone, also who comes later"))
        self.some = QRadioButton(tr("&Chosen people:"))
        self.choose = QPushButton(tr("C&hoose…"))
        self._notes = {name: _note() for name in ("name", "kind", "metric", "cost")}
        self._form = QFormLayout()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.sure = QPushButton(tr("&Build"))
        self._fill()
        self._lay_out()
        self._connect()
        self._kind_chosen()
        self.name_field.selectAll()

    @property
    def name(self) -> str:
        return self.name_field.text().strip()

    @property
    def values(self) -> dict[str, Any]:
        rules = _kinds()[self.kind.currentData()].parameters
        set_by_user = {name: field.value() for name, field in self.fields.items()}
        return {
            "kind": self.kind.currentData(),
            "metric": self.measure.currentData(),
            "parameters": {name: value for name, value in set_by_user.items() if value != rules[name].default},
            "identities": sorted(self._chosen) if self.some.isChecked() else None,
        }

    # --- building --------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        for kind in _kinds():
            self.kind.addItem(kind, kind)
        for metric in ("IP", "L2"):
            self.measure.addItem(tr("{metric} – {name}", metric=metric, name=metric_said(metric)), metric)
        self.everyone.setChecked(True)
        self.sure.setProperty("primary", True)
        self.sure.setDefault(True)
        self.choose.setAutoDefault(False)
        self.buttons.addButton(self.sure, QDialogButtonBox.ButtonRole.AcceptRole)
        self._notes["metric"].setText(tr("Either finds the same people, as features have the length 1."))

    def _lay_out(self) -> None:
        form = self._form
        form.setHorizontalSpacing(WIDE_GAP)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Name"), self.name_field)
        form.addRow("", self._notes["name"])
        form.addRow(tr("&Type"), self.kind)
        form.addRow("", self._notes["kind"])
        form.addRow(tr("&Metric"), self.measure)
        form.addRow("", self._notes["metric"])
        self._fixed_rows = form.rowCount()  # those of the parameters follow
        who = QHBoxLayout()
        who.addWidget(self.some)
        who.addWidget(self.choose)
        who.addStretch(1)
        self._who = QButtonGroup(self)
        self._who.addButton(self.everyone)
        self._who.addButton(self.some)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(WIDE_GAP)
        column.addLayout(form)
        covers = QVBoxLayout()
        covers.addWidget(_heading(tr("Whom it covers")))
        covers.addWidget(self.everyone)
        covers.addLayout(who)
        column.addLayout(covers)
        column.addWidget(self._notes["cost"])
        column.addStretch(1)
        column.addWidget(self.buttons)

    def _connect(self) -> None:
        self.name_field.textChanged.connect(self._judge)
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        self._who.buttonToggled.connect(self._judge)
        self.choose.clicked.connect(self._choose)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    # --- following -------------------------------------------------------------------------------------------------

    def _kind_chosen(self) -> None:
        kind = _kinds()[self.kind.currentData()]
        self._notes["kind"].setText(said(Text(kind.note)))
        while self._form.rowCount() > self._fixed_rows:
            self._form.removeRow(self._fixed_rows)
        self.fields = {}
        for name, rule in kind.parameters.items():
            field = QSpinBox(minimum=rule.low, maximum=rule.high, value=rule.default)
            words = said(Text(rule.note))
            field.setToolTip(words)
            field.setAccessibleDescription(words)
            if rule.default == 0:
                field.setSpecialValueText(tr("automatic"))
            field.valueChanged.connect(self._judge)
            self._form.addRow(said(Text(rule.label)), field)
            self._form.addRow("", _note(tr("{low} to {high}. {note}", low=rule.low, high=rule.high, note=words)))
            self.fields[name] = field
        self._judge()
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its wrapped notes need, which a layout does not ask of its window by itself."""
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()
            for note in self.findChildren(QLabel):
                if note.wordWrap():
                    note.setMinimumHeight(note.heightForWidth(note.width()))
            layout.activate()
            self.resize(self.width(), layout.sizeHint().height())

    def _choose(self) -> None:
        what = tr("The index holds only the people ticked here. Others can be appended later.")
        people = self._kit.state.people
        dialog = PeopleChoice(
            self._kit, people, title=tr("Chosen people"), what=what, action=tr("&Take these"), ticked=self._chosen
        )
        if self._kit.ask.dialog(dialog):
            self._chosen = dialog.chosen
            self.some.setChecked(True)
            self._judge()
        dialog.deleteLater()

    def _judge(self, *_: object) -> None:
        wrong = self._wrong()
        self.sure.setEnabled(not wrong)
        note = self._notes["name"]
        if wrong:
            note.setText(wrong)
        elif self.name in self._known:
            note.setText(tr("There is one of this name: it gets this shape, and serves as it is until that is ready."))
        else:
            note.setText(tr("Letters, digits, spaces, - and _."))
        note.setProperty("role", "problem" if wrong else "faint")
        note.style().polish(note)
        self._cost()

    def _wrong(self) -> str:
        if self.some.isChecked() and not self._chosen:
            return tr("Choose the people it shall hold, or let it cover everyone.")
        try:
            checked(IndexRule(self.name, covers="chosen" if self.some.isChecked() else "all"))
        except GalleryProblem as problem:
            return f"{said(problem.message)} {said(problem.hint)}"
        return ""

    def _cost(self) -> None:
        people: Sequence[Identity] = self._kit.state.people
        if self.some.isChecked():
            people = [person for person in people if person.id in self._chosen]
        faces = sum(person.faces for person in people)
        gallery = self._kit.state.gallery
        length = gallery.model.length if gallery is not None and gallery.model is not None else 0
        values = self.values
        memory = _memory(values["kind"], faces, length, values["parameters"])
        self._notes["cost"].setText(
            tr(
                "{faces} of {people}: about {size} in memory and on disk.",
                faces=counted("{count} face", "{count} faces", faces),
                people=counted("{count} person", "{count} people", len(people)),
                size=size_said(memory),
            )
        )


def _kinds() -> Any:
    from core.index.kinds import KINDS  # the index room is imported when it is first needed

    return KINDS


def _memory(kind: str, count: int, length: int, parameters: dict[str, int]) -> int:
    from core.index.kinds import memory

    return memory(kind, count, length, parameters)


def _free_name(known: Sequence[str]) -> str:
    base = tr("fast")
    return next(name for number in range(1, 1000) if (name := base if number == 1 else f"{base} {number}") not in known)


def _note(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", "faint")
    label.setWordWrap(True)
    return label


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
