"""The windows beside the main one: settings, models, shortcuts, about, and the diagnostics file."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import shiboken6
from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QDialog

from gui.aside import Aside
from gui.kit import Kit
from gui.model_work import ModelWork

# action -> where its window is made; imported when it is first opened
_WINDOWS = {
    "settings": "gui.dialogs.settings:SettingsWindow",
    "models": "gui.dialogs.models:ModelsWindow",
    "shortcuts": "gui.dialogs.shortcuts:ShortcutsWindow",
    "guide": "gui.dialogs.guide:GuideWindow",
    "about": "gui.dialogs.about:AboutWindow",
    "diagnostics": "gui.dialogs.diagnostics:DiagnosticsWindow",
}


class Windows(QObject):
    """One window of each kind at most; asking again brings it to the front. None of them stops the work."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._aside = Aside(kit.bridge)
        self._work = ModelWork(kit)
        self._open: dict[str, QDialog] = {}
        for name in _WINDOWS:
            kit.actions.on(name, self._opener(name))

    def show(self, name: str) -> QDialog:
        """The window of that name, made when it is not there."""
        window = self._open.get(name)
        if window is None or not shiboken6.isValid(window):
            window = self._open[name] = self._made(name)
        window.show()
        window.raise_()
        window.activateWindow()
        return window

    def shut(self) -> None:
        for name, window in self._open.items():
            if shiboken6.isValid(window):
                self._remember(name, window)
                window.close()
                window.deleteLater()
        self._open.clear()
        self._aside.close()

    def _opener(self, name: str) -> Callable[[], object]:
        return lambda: self.show(name)

    def _made(self, name: str) -> QDialog:
        module, kind = _WINDOWS[name].split(":")
        more = (self._work,) if name == "models" else ()
        window: QDialog = getattr(import_module(module), kind)(self._kit, self._aside, *more)
        geometry = self._kit.state.memory.value(f"{name}/geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        window.finished.connect(lambda _: self._remember(name, window))
        return window

    def _remember(self, name: str, window: QDialog) -> None:
        self._kit.state.memory.setValue(f"{name}/geometry", window.saveGeometry())
