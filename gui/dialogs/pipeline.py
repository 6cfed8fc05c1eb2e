"""What a PaddleX pipeline file says and what it would change; nothing is changed before it is accepted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.paddlex.taking_over import Proposal, Taken
from gui.dialogs.pipeline_words import changes, said_by_file
from gui.kit import Kit
from gui.language import counted, said, tr
from gui.theme import GAP, SMALL_GAP, WIDE_GAP


class PipelineDialog(QDialog):
    """`adds_models` and `takes_index` are what else was asked for."""

    def __init__(self, kit: Kit, proposal: Proposal) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._proposal = kit, proposal
        self.models, self.index = QCheckBox(), QCheckBox()
        self.models.setChecked(True)
        self.changes, self.refused = QWidget(), QWidget()
        self._buttons = QDialogButtonBox()
        self.setWindowTitle(tr("PaddleX configuration {file}", file=proposal.file.name))
        self._offers()
        self._build()
        self._show()
        self.models.toggled.connect(self._show)
        self.index.toggled.connect(self._show)
        self.resize(640, 620)

    @property
    def adds_models(self) -> bool:
        return bool(self._proposal.models) and self.models.isChecked()

    @property
    def takes_index(self) -> bool:
        return self.index.isChecked()

    def _offers(self) -> None:
        """The two boxes, shown only where there is something to tick."""
        models, index, gallery = self._proposal.models, self._proposal.index, self._kit.state.gallery
        names = ", ".join(folder.name for folder in models)
        self.models.setText(
            counted("Add {count} model first: {names}", "Add {count} models first: {names}", len(models), names=names)
        )
        self.models.setToolTip("\n".join(map(str, models)))
        if not models:
            self.models.hide()
        usable = index is not None and index.problem is None and gallery is not None and not gallery.read_only
        if usable and index is not None and gallery is not None:
            words = tr("Import the people of its index into {gallery}, without pictures", gallery=gallery.name)
            self.index.setText(words.replace("&", "&&"))
            self.index.setToolTip(str(index.folder))
        else:
            self.index.hide()

    def _build(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        for widget in (_heading(tr("What the file says")), self._said()):
            column.addWidget(widget)
        column.addSpacing(GAP)
        for widget in (_heading(tr("What changes in the settings")), self.changes, self.models, self.index):
            column.addWidget(widget)
        column.addSpacing(GAP)
        column.addWidget(self.refused)
        column.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        self._apply = self._buttons.addButton(tr("Apply"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._apply.setProperty("primary", True)
        self._buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, WIDE_GAP, WIDE_GAP)
        whole.addWidget(area)
        whole.addWidget(self._buttons)

    def _said(self) -> QWidget:
        form = QFormLayout(widget := QWidget())
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(SMALL_GAP)
        for name, value in said_by_file(self._proposal):
            form.addRow(_plain(name, "faint"), _plain(value))
        return widget

    # --- what depends on the boxes ---------------------------------------------------------------------------------

    def _taken(self) -> Taken:
        return self._proposal.adding if self.adds_models else self._proposal.alone

    def _show(self) -> None:
        rows = changes(self._taken(), self._kit.state.settings)
        self._apply.setEnabled(bool(rows) or self.adds_models or self.takes_index)
        _emptied(self.changes)
        grid = QGridLayout(self.changes)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(2, 1)
        grid.setHorizontalSpacing(WIDE_GAP)
        for place, (name, old, new) in enumerate(rows):
            grid.addWidget(_plain(name, "faint"), place, 0)
            line = _plain(tr("{old} → {new}", old=old, new=new))
            line.setAccessibleName(tr("{name}: now {old}, then {new}", name=name, old=old, new=new))
            grid.addWidget(line, place, 2)
        if not rows:
            grid.addWidget(_plain(tr("Nothing: the settings are as the file says.")), 0, 0)
        self._show_refused()

    def _show_refused(self) -> None:
        words = [said(warning) for warning in self._taken().warnings]
        gallery, index = self._kit.state.gallery, self._proposal.index
        if index is not None and index.problem is not None:
            words.append(said(index.problem.message))
        if gallery is not None and gallery.model is not None and "feature" in self._taken().changes:
            keeps = tr(
                "The open gallery keeps its model {model} until it is moved (Tools, Models).", model=gallery.model.name
            )
            words += [keeps] if gallery.model.name != self._taken().changes["feature"] else []
        _emptied(self.refused)
        column = QVBoxLayout(self.refused)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_GAP)
        if words:
            column.addWidget(_heading(tr("What is not taken over, and why")))
        for sentence in words:
            column.addWidget(_plain(f"•  {sentence}"))


def _emptied(widget: QWidget) -> None:
    """Frees the widget of its layout and all in it; Qt gives a layout up only to another widget."""
    if (old := widget.layout()) is not None:
        for child in widget.findChildren(QLabel):
            child.hide()
            child.deleteLater()
        QWidget().setLayout(old)


def _heading(words: str) -> QLabel:
    return _plain(words, "heading")


def _plain(words: str, role: str = "") -> QLabel:
    label = QLabel(words, wordWrap=role != "faint")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
