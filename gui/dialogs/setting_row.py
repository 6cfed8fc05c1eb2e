"""One setting on the screen: its name, a sentence about it, its default, an editor and a way back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from core.errors import Text
from core.settings import Declaration, Settings, declaration
from gui.dialogs.setting_editors import Editor, Facts, make_editor
from gui.icons import icon
from gui.kit import Kit
from gui.language import following, said, tr
from gui.theme import GAP, SMALL_GAP

_EDITOR = 280  # device-independent pixels that all editors are wide


class SettingRow(QWidget):
    """Generated from the declaration alone. A change goes straight to `apply`."""

    def __init__(self, name: str, kit: Kit, apply: Callable[[str, Any], None]) -> None:
        super().__init__()
        self.name, self.rule = name, declaration(name)
        self.default = Settings.__dataclass_fields__[name].default
        self._kit = kit
        self._label, self._note, self._back = QLabel(), QLabel(wordWrap=True), QToolButton()
        self._label.setProperty("role", "heading")
        self._note.setProperty("role", "faint")
        self.editor: Editor = make_editor(name, self.rule, self.default, lambda value: apply(name, value))
        self._label.setBuddy(self.editor.widget)
        self._back.clicked.connect(lambda: apply(name, self.default))
        self._build()
        self.texts()

    def show_value(self, value: Any) -> None:
        """The present value, without telling it back."""
        self.editor.put(value)
        self._back.setVisible(value != self.default)

    def learn(self, facts: Facts) -> None:
        """What is only known by asking: models at hand, indexes, the card's own limits."""
        self.editor.learn(facts)

    def texts(self) -> None:
        self._label.setText(_said(self.rule.label))
        default = tr("Default: {value}.", value=self.editor.words(self.default))
        self._note.setText(following(_said(self.rule.note), default))
        self.editor.texts()
        name = _said(self.rule.label)
        self.editor.widget.setAccessibleName(name)
        self.editor.widget.setAccessibleDescription(_said(self.rule.note))
        self._back.setToolTip(tr("Back to the default"))
        self._back.setAccessibleName(tr("{name}: back to the default", name=name))

    def icons(self) -> None:
        self._back.setIcon(icon("undo", self._kit.theme.colours.accent))

    def speaks_of(self, words: str) -> bool:
        """Whether all the words searched for stand in its name, sentence or choices, here or in English."""
        texts = [self.name, self.rule.label, self.rule.note, *self.rule.choices, *self.rule.words]
        whole = " ".join([*texts, *(_said(text) for text in texts[1:])]).casefold()
        joined = "".join(whole.split())
        return all(word in whole or word in joined for word in words.casefold().split())

    def _build(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._label)
        words.addWidget(self._note)
        words.addStretch()
        place = QWidget()
        place.setFixedWidth(_EDITOR)
        inside = QVBoxLayout(place)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.editor)
        inside.addStretch()
        keep = self._back.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._back.setSizePolicy(keep)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, SMALL_GAP, GAP, SMALL_GAP)
        row.setSpacing(GAP)
        row.addLayout(words, 1)
        row.addWidget(place, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)


def _said(text: str) -> str:
    return said(Text(text)) if text else ""


def names_of(page: str) -> list[str]:
    """The settings of a page, as they are declared."""
    fields = dataclasses.fields(Settings)
    return [field.name for field in fields if _rule(field).page == page]


def _rule(field: dataclasses.Field[Any]) -> Declaration:
    rule: Declaration = field.metadata["declaration"]
    return rule
