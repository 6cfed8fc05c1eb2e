"""Writing results as tables and as pictures with boxes: which rows, and where to."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
)

from core.errors import Problem, Text
from core.types import Step
from gui.kit import Kit
from gui.language import counted, tr
from gui.theme import GAP, WIDE_GAP

CSV, JSON = "CSV (*.csv)", "JSON (*.json)"


class OutputChoice(QGridLayout):
    """What to write and where: a table as CSV, as JSON, and pictures with boxes. Remembered under `name`."""

    def __init__(self, kit: Kit, name: str) -> None:
        super().__init__()
        self._kit, self._name = kit, name
        self.boxes = {kind: QCheckBox() for kind in ("csv", "json", "annotated")}
        self.fields = {kind: QLineEdit() for kind in self.boxes}
        self.buttons = {kind: QPushButton() for kind in self.boxes}
        self.setSpacing(GAP)
        for line, kind in enumerate(self.boxes):
            self.addWidget(self.boxes[kind], line, 0)
            self.addWidget(self.fields[kind], line, 1)
            self.addWidget(self.buttons[kind], line, 2)
            self.boxes[kind].toggled.connect(lambda on, kind=kind: self._toggled(kind, on=on))
            self.buttons[kind].clicked.connect(lambda _=False, kind=kind: self._choose(kind))
        memory = kit.state.memory
        for kind, field in self.fields.items():
            field.setText(str(memory.value(f"{name}/{kind}", "")))
            self.boxes[kind].setChecked(bool(field.text()) and memory.value(f"{name}/{kind}/on", "false") == "true")
            self._enable(kind)
        self.texts()

    def chosen(self) -> dict[str, Path | None]:
        """csv, json and annotated: the paths wanted, None where nothing is."""
        return {
            kind: Path(field.text().strip()).expanduser()
            if self.boxes[kind].isChecked() and field.text().strip()
            else None
            for kind, field in self.fields.items()
        }

    def remember(self) -> None:
        memory = self._kit.state.memory
        for kind, field in self.fields.items():
            memory.setValue(f"{self._name}/{kind}", field.text().strip())
            memory.setValue(f"{self._name}/{kind}/on", "true" if self.boxes[kind].isChecked() else "false")

    def texts(self) -> None:
        for kind, text, name in (
            ("csv", tr("Table (&CSV)"), tr("File of the CSV table")),
            ("json", tr("Table (&JSON)"), tr("File of the JSON table")),
            ("annotated", tr("Pictures with bo&xes"), tr("Folder of the pictures with boxes")),
        ):
            self.boxes[kind].setText(text)
            self.fields[kind].setAccessibleName(name)
            self.buttons[kind].setText(tr("Choose…"))
            self.buttons[kind].setAccessibleName(tr("Choose: {what}", what=name))
        self.fields["annotated"].setPlaceholderText(tr("A new or empty folder"))

    def _toggled(self, kind: str, *, on: bool) -> None:
        if on and not self.fields[kind].text().strip():
            self._choose(kind)
        self._enable(kind)

    def _enable(self, kind: str) -> None:
        for widget in (self.fields[kind], self.buttons[kind]):
            widget.setEnabled(self.boxes[kind].isChecked())

    def _choose(self, kind: str) -> None:
        ask, before = self._kit.ask, self.fields[kind].text().strip()
        start = Path(before) if before else None
        if kind == "annotated":
            path = ask.folder(tr("Folder for the pictures with boxes"), start)
        else:
            path = ask.save_file(tr("Write the table to"), CSV if kind == "csv" else JSON, start)
            if path is not None and not path.suffix:
                path = path.with_suffix(f".{kind}")
        if path is not None:
            self.fields[kind].setText(str(path))
        elif not before:
            self.boxes[kind].setChecked(False)


class ExportDialog(QDialog):
    """`shown` of `all` rows pass the filter."""

    def __init__(self, kit: Kit, shown: int, all: int) -> None:
        super().__init__(kit.ask.window)
        self.setWindowTitle(tr("Export results"))
        self.only = QRadioButton(counted("The &one row shown", "The {count} rows &shown", shown))
        self.every = QRadioButton(counted("The one row there is", "&All {count} rows", all))
        (self.only if shown else self.every).setChecked(True)
        self.only.setEnabled(shown > 0)
        self.output = OutputChoice(kit, "export")
        note = QLabel(tr("What is no face is left out. Existing tables are replaced."), wordWrap=True)
        note.setProperty("role", "faint")
        buttons = QDialogButtonBox()
        write = buttons.addButton(tr("&Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        write.setProperty("primary", True)
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        for part in (self.only, self.every):
            column.addWidget(part)
        column.addSpacing(GAP)
        column.addLayout(self.output)
        column.addWidget(note)
        column.addWidget(buttons)
        self.setMinimumWidth(560)

        def follow() -> None:
            write.setEnabled(any(self.output.chosen().values()))

        for box in self.output.boxes.values():
            box.toggled.connect(lambda _: follow())
        for field in self.output.fields.values():
            field.textChanged.connect(lambda _: follow())
        follow()


def export_results(kit: Kit, shown: list[int]) -> None:
    """Asks what to write of the results and writes it as a job; `shown` are the rows that pass the filter."""
    book, settings = kit.state.results.book, kit.state.settings
    dialog = ExportDialog(kit, len(shown), len(book))
    try:
        if not kit.ask.dialog(dialog):
            return
        dialog.output.remember()
        chosen, only = dialog.output.chosen(), dialog.only.isChecked()
    finally:
        dialog.deleteLater()
    if not any(chosen.values()):
        return
    rows = book.snapshot(shown if only else book.numbers())

    def job() -> Generator[Step[Problem | None], None, list[Path]]:
        from core.jobs.export_rows import RowsOutput, export_rows

        output = RowsOutput(**chosen, max_megapixels=settings.max_megapixels, threads=settings.threads)
        return export_rows(rows, output)

    def done(written: list[Path]) -> None:
        kit.state.notices.info(tr("Exported to {files}.", files=", ".join(str(path) for path in written)))

    kit.bridge.run(Text("Export results"), job, done=done)
