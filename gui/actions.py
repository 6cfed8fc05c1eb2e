"""QActions made from the table, with the user's own shortcuts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from core.files import write_text
from core.paths import data_folder
from gui.action_table import ALL, BY_NAME, Spec
from gui.language import tr


def shortcuts_file() -> Path:
    return data_folder() / "shortcuts.json"


class Actions(QObject):
    """All actions by name. A panel connects `triggered` and tells with `enable` when an action makes sense."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._own = _read_own()
        self._reasons: dict[str, str] = {}
        self._made = {spec.name: QAction(window) for spec in ALL}
        for spec in ALL:
            action = self._made[spec.name]
            action.setObjectName(spec.name)
            action.setCheckable(spec.checkable)
            action.setShortcuts(self.sequences(spec.name))
            if spec.scope != "window":
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.texts()

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def __iter__(self) -> Iterator[Spec]:
        return iter(ALL)

    def on(self, name: str, slot: Callable[[], object], *, panel: QWidget | None = None) -> None:
        """`panel` is the widget inside which the action's shortcut works, where its scope is a panel."""
        self._made[name].triggered.connect(lambda *_: slot())
        if panel is not None:
            panel.addAction(self._made[name])

    def enable(self, name: str, on: bool, why_not: str = "") -> None:
        """`why_not` goes into the tooltip of a disabled action."""
        self._made[name].setEnabled(on)
        self._reasons[name] = "" if on else why_not
        self._tip(BY_NAME[name])

    def texts(self) -> None:
        """All texts in the present language."""
        for spec in ALL:
            self._made[spec.name].setText(tr(spec.text))
            self._made[spec.name].setIconText(plain(tr(spec.text)))
            self._tip(spec)

    def sequences(self, name: str) -> list[QKeySequence]:
        return [QKeySequence(text) for text in [self.shortcut(name)] if text]

    def shortcut(self, name: str) -> str:
        """In Qt's portable words; empty for none."""
        return self._own.get(name, BY_NAME[name].shortcut)

    def change_shortcuts(self, own: dict[str, str]) -> None:
        """Takes and saves the shortcuts that differ from the table's. Raises OSError, and then keeps the old ones."""
        different = {name: text for name, text in own.items() if text != BY_NAME[name].shortcut}
        write_text(shortcuts_file(), json.dumps(different, indent=1, sort_keys=True))
        self._own = different
        for spec in ALL:
            self._made[spec.name].setShortcuts(self.sequences(spec.name))
            self._tip(spec)

    def _tip(self, spec: Spec) -> None:
        action = self._made[spec.name]
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = tr(spec.tip) + (f" ({keys})" if keys else "")
        reason = self._reasons.get(spec.name)
        action.setToolTip(f"{tip}\n{reason}" if reason else tip)
        action.setStatusTip(reason or tr(spec.tip))


def clashes(spec: Spec, keys: str, shortcut: Callable[[str], str]) -> list[Spec]:
    """The other actions that answer to `keys` in a place where `spec` does too. `shortcut` tells an action's keys."""
    return [other for other in ALL if other is not spec and shortcut(other.name) == keys and _meet(spec, other)]


def _meet(one: Spec, other: Spec) -> bool:
    return "window" in {one.scope, other.scope} or one.scope == other.scope


def plain(text: str) -> str:
    """A menu text without its mnemonic mark and dots; some languages put the mark behind: "撤销(&U)"."""
    return re.sub(r"\s*\(&\w\)", "", text).replace("&", "").rstrip("…")


def _read_own() -> dict[str, str]:
    """The user's shortcuts; a damaged file is as good as none, since the table has them all."""
    try:
        read = json.loads(shortcuts_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = read.items() if isinstance(read, dict) else ()
    return {name: text for name, text in pairs if name in BY_NAME and isinstance(text, str)}
