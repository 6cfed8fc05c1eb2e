"""From where a face is known: the gallery's people compared with each other, and a limit to choose."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from core.own_limits import WANTED
from gui.kit import Kit
from gui.language import counted, tr
from gui.result_words import number
from gui.theme import GAP, SMALL_GAP, WIDE_GAP
from gui.widgets.likeness import LikenessView

_STEPS = 100  # of the slider, from cosine 0 to 1
_ALIKE = 3  # pairs told that may be one person


class OwnLimitsDialog(QDialog):
    """Shows core.jobs.own_limits.OwnLimits; `known` is the chosen limit when it was accepted."""

    def __init__(self, kit: Kit, found: Any) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._found = kit, found
        self.setWindowTitle(tr("Recognition threshold"))
        self.words: list[QLabel] = []
        self.view, self.slider = LikenessView(kit), QSlider(Qt.Orientation.Horizontal)
        self.strangers, self.named, self._advice = QLabel(wordWrap=True), QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.take, self.use = QPushButton(), QPushButton()
        self._build()
        self.view.show_compared(found.compared)
        self.slider.valueChanged.connect(lambda _: self._follow())
        self.take.clicked.connect(lambda: self.slider.setValue(round(found.advised * _STEPS)))
        self.slider.setValue(round(found.known * _STEPS))
        self._follow()

    @property
    def known(self) -> float:
        """The chosen limit: the present one, to its last digit, while the slider stands on it."""
        chosen = self.slider.value() / _STEPS
        return float(self._found.known) if round(self._found.known * _STEPS) == self.slider.value() else chosen

    def _build(self) -> None:
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(5)
        self.slider.setAccessibleName(tr("Known from"))
        self.take.setText(tr("Set to the advised one"))
        buttons = QDialogButtonBox()
        buttons.addButton(self.use, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.use.setProperty("primary", True)
        self._advice.setText(self._advised())
        advice = QHBoxLayout()
        advice.addWidget(self._advice, 1)
        advice.addWidget(self.take)
        column = QVBoxLayout(self)
        column.setContentsMargins(WIDE_GAP, WIDE_GAP, WIDE_GAP, WIDE_GAP)
        column.setSpacing(GAP)
        column.addWidget(self._words(self._introduction()))
        column.addLayout(self._legend())
        column.addWidget(self.view, 1)
        column.addWidget(self.slider)
        column.addWidget(self.strangers)
        column.addWidget(self.named)
        column.addLayout(advice)
        for text in self._alike():
            column.addWidget(self._words(text, "faint"))
        column.addWidget(buttons)
        self.resize(620, 520)

    def _words(self, text: str, role: str = "") -> QLabel:
        label = QLabel(text, wordWrap=True)
        label.setProperty("role", role)
        self.words.append(label)
        return label

    def _legend(self) -> QHBoxLayout:
        colours, row = self._kit.theme.colours, QHBoxLayout()
        row.setSpacing(SMALL_GAP)
        for colour, text in (
            (colours.accent, tr("nearest face of the same person")),
            (colours.problem, tr("nearest face of anybody else")),
        ):
            spot = QWidget()
            spot.setFixedSize(10, 10)
            spot.setStyleSheet(f"background: {colour}; border-radius: 2px")
            row.addWidget(spot)
            legend = QLabel(text)
            legend.setProperty("role", "faint")
            row.addWidget(legend)
            row.addSpacing(WIDE_GAP)
        row.addStretch()
        return row

    # --- words -----------------------------------------------------------------------------------------------------

    def _introduction(self) -> str:
        people = counted("{count} person", "{count} people", self._found.compared.count)
        return tr(
            "{people} were compared with each other, each one also as if nobody had enrolled them.", people=people
        )

    def _advised(self) -> str:
        low = number(self._found.advised, 2)
        return tr(
            "Advised: {threshold}. At most {share} of such strangers get a name then.",
            threshold=low,
            share=_percent(WANTED),
        )

    def _alike(self) -> list[str]:
        names = self._found.names
        return [
            tr("{name} and {other} look like one person. Are they?", name=names[first], other=names[second])
            for first, second, _ in self._found.compared.alike()[:_ALIKE]
        ]

    def _follow(self) -> None:
        known, shares = self.known, self._found.at(self.known)
        self.view.show_limits(min(self._found.limits.unsure, known), known)
        self.strangers.setText(
            tr(
                "Strangers who resemble these people: {share} get somebody’s name ({low} to {high}).",
                share=_percent(shares.strangers),
                low=_percent(shares.strangers_low),
                high=_percent(shares.strangers_high),
            )
        )
        if math.isnan(shares.named):
            self.named.setText(tr("Nobody has two faces here: how many are named rightly cannot be told."))
        else:
            self.named.setText(
                tr(
                    "Faces of these people: {named} named rightly, {unsure} proposed, {wrong} named wrongly.",
                    named=_percent(shares.named),
                    unsure=_percent(shares.unsure),
                    wrong=_percent(shares.wrong),
                )
            )
        self.take.setEnabled(round(self._found.advised * _STEPS) != self.slider.value())
        self.use.setEnabled(known != self._found.known)
        self.use.setText(tr("Known from {threshold}", threshold=number(known, 2)))


def _percent(share: float) -> str:
    return tr("{share} %", share=number(100 * share, 0 if share >= 0.1 else 1))
