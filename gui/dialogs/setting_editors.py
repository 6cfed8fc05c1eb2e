"""Editors of settings, one per kind of value. Each shows a value, tells changes, and says values in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QLocale, QSignalBlocker, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from core.errors import Text
from core.settings import Declaration
from gui.language import said, tr
from gui.theme import GAP, SMALL_GAP

Tell = Callable[[Any], None]


@dataclass(frozen=True)
class Facts:
    """What editors want to know beside the settings: names by what they name, limits of the models in use."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)  # "detect", "feature", "index"
    advised: dict[str, float] = field(default_factory=dict)  # setting -> value of the card


class Editor(QWidget):
    """`widget` is what takes the focus."""

    def __init__(self, rule: Declaration, tell: Tell) -> None:
        super().__init__()
        self.rule, self.tell = rule, tell
        self.widget: QWidget = self
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_GAP)
        self._column = column

    def holds(self, *widgets: QWidget) -> None:
        for widget in widgets:
            self._column.addWidget(widget)
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.widget = widgets[-1]
        self.setFocusProxy(self.widget)

    def put(self, value: Any) -> None:
        """Shows the value, without telling it."""

    def learn(self, facts: Facts) -> None:
        """Takes up what was found out meanwhile."""

    def texts(self) -> None:
        """All words in the present language."""

    def words(self, value: Any) -> str:
        return str(value)


def make_editor(name: str, rule: Declaration, default: Any, tell: Tell) -> Editor:
    if isinstance(default, bool):
        return SwitchEditor(rule, tell)
    if rule.choices or rule.names:
        return ChoiceEditor(rule, tell)
    if isinstance(default, str):
        return TextEditor(rule, tell)
    return NumberEditor(rule, tell, whole=isinstance(default, int), advised=name if default is None else "")


class SwitchEditor(Editor):
    def __init__(self, rule: Declaration, tell: Tell) -> None:
        super().__init__(rule, tell)
        self.box = QCheckBox()
        self.box.toggled.connect(tell)
        self.holds(self.box)

    def put(self, value: Any) -> None:
        with QSignalBlocker(self.box):
            self.box.setChecked(bool(value))

    def texts(self) -> None:
        self.box.setText(tr("On"))

    def words(self, value: Any) -> str:
        return tr("on") if value else tr("off")


class ChoiceEditor(Editor):
    """Declared choices, or names of models or indexes that are found out."""

    def __init__(self, rule: Declaration, tell: Tell) -> None:
        super().__init__(rule, tell)
        self.box = _Choice()
        self._values: tuple[str, ...] = rule.choices or (("",) if rule.special else ())
        self._here: tuple[str, ...] | None = None  # None until it was found out
        self.box.activated.connect(lambda place: tell(self.box.itemData(place)))
        self.holds(self.box)
        self.texts()

    def put(self, value: Any) -> None:
        if value not in self._values:
            self._values = (*self._values, value)
            self.texts()
        self.box.setCurrentIndex(self._values.index(value))

    def learn(self, facts: Facts) -> None:
        if not self.rule.names:
            return
        present = self.box.currentData()
        first = ("",) if self.rule.special else ()
        self._values = tuple(dict.fromkeys((*first, *facts.names.get(self.rule.names, ()))))
        self._here = self._values
        self.texts()
        if present is not None:
            self.put(present)

    def texts(self) -> None:
        present = self.box.currentIndex()
        self.box.clear()
        for value in self._values:
            missing = self._here is not None and value not in self._here
            words = self.words(value)
            self.box.addItem(tr("{name} (not here)", name=words) if missing else words, value)
        self.box.setCurrentIndex(present)

    def words(self, value: Any) -> str:
        if value in self.rule.choices and self.rule.words:
            return said(Text(self.rule.words[self.rule.choices.index(value)]))
        return said(Text(self.rule.special)) if not value and self.rule.special else str(value)


class TextEditor(Editor):
    def __init__(self, rule: Declaration, tell: Tell) -> None:
        super().__init__(rule, tell)
        self.line = QLineEdit()
        self.line.editingFinished.connect(lambda: tell(self.line.text().strip()))
        self.holds(self.line)

    def put(self, value: Any) -> None:
        self.line.setText(str(value))


class NumberEditor(Editor):
    """A number; `advised` is the setting's name where the card of the model says it unless a person does."""

    def __init__(self, rule: Declaration, tell: Tell, *, whole: bool, advised: str) -> None:
        super().__init__(rule, tell)
        self._name = advised
        self._advice: float | None = None
        self.spin = _whole(rule) if whole else _real(rule)
        self.spin.setKeyboardTracking(False)
        self.spin.lineEdit().setTextMargins(GAP, 0, 0, 0)  # a style sheet's padding does not reach it
        self.spin.valueChanged.connect(tell)
        self.as_advised = QCheckBox() if advised else None
        if self.as_advised is not None:
            self.as_advised.toggled.connect(self._advised)
            self.holds(self.as_advised, self.spin)
        else:
            self.holds(self.spin)

    def put(self, value: Any) -> None:
        with QSignalBlocker(self.spin):
            self.spin.setValue(self._shown(value))
        if self.as_advised is not None:
            with QSignalBlocker(self.as_advised):
                self.as_advised.setChecked(value is None)
            self.spin.setEnabled(value is not None)

    def learn(self, facts: Facts) -> None:
        self._advice = facts.advised.get(self._name)
        self.texts()
        if self.as_advised is not None and self.as_advised.isChecked():
            self.put(None)

    def texts(self) -> None:
        self.spin.setLocale(QLocale())
        self.spin.setSuffix(f" {said(Text(self.rule.unit))}" if self.rule.unit else "")
        self.spin.setSpecialValueText(said(Text(self.rule.special)) if self.rule.special else "")
        if self.as_advised is not None:
            self.as_advised.setText(self.words(None))
            self.as_advised.setAccessibleName(self.words(None))

    def words(self, value: Any) -> str:
        if value is None and self._advice is not None:
            return tr("as the model's card says ({value})", value=_said_number(self._advice))
        if value is None:
            return tr("as the model's card says")
        if not value and self.rule.special:
            return said(Text(self.rule.special))
        unit = f" {said(Text(self.rule.unit))}" if self.rule.unit else ""
        return _said_number(value) + unit

    def _advised(self, on: bool) -> None:
        self.tell(None if on else self._shown(None))

    def _shown(self, value: Any) -> Any:
        if value is not None:
            return value
        if self._advice is not None:
            return self._advice
        return max(self.spin.minimum(), 0)


class _Choice(QComboBox):
    """Rolling the wheel over a page never changes a value that was not chosen before."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Whole(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _Real(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def _whole(rule: Declaration) -> QSpinBox:
    spin = _Whole()
    spin.setRange(*(int(edge) if edge is not None else end for edge, end in _edges(rule)))
    return spin


def _real(rule: Declaration) -> QDoubleSpinBox:
    spin = _Real()
    low, high = (edge if edge is not None else end for edge, end in _edges(rule))
    fine = high - low <= 10
    spin.setDecimals(3 if fine else 0)
    spin.setSingleStep(0.01 if fine else 10)
    spin.setRange(low, high)
    return spin


def _edges(rule: Declaration) -> Sequence[tuple[float | None, int]]:
    return (rule.low, -(2**31)), (rule.high, 2**31 - 1)


def _said_number(value: float) -> str:
    return QLocale().toString(value) if isinstance(value, int) else QLocale().toString(value, "g", 4)
