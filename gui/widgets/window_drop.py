"""Files dropped on the window where nothing else takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMainWindow

from gui.carrying import files_in
from gui.kit import Kit
from gui.language import tr
from gui.widgets.drop_hint import DropHint


def is_pipeline(paths: tuple[Path, ...]) -> bool:
    """Whether one YAML file was dropped: there is no other use for one in the window."""
    return len(paths) == 1 and paths[0].suffix.lower() in (".yaml", ".yml")


class WindowDrop(QObject):
    """Calls `dropped` with the paths; says meanwhile what letting go will do."""

    def __init__(self, kit: Kit, dropped: Callable[[tuple[Path, ...]], None]) -> None:
        super().__init__(kit.ask.window)
        self._kit, self._dropped = kit, dropped
        self._hint: DropHint | None = None
        if kit.ask.window is not None:
            kit.ask.window.setAcceptDrops(True)
            kit.ask.window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop) and isinstance(event, QDropEvent):
            return self._over(event, drop=kind == QEvent.Type.Drop)
        if kind == QEvent.Type.DragLeave:
            self._quiet()
        return super().eventFilter(watched, event)

    def _over(self, event: QDropEvent, *, drop: bool) -> bool:
        paths, gallery = files_in(event.mimeData()), self._kit.state.gallery
        pipeline = is_pipeline(paths)
        if not paths or (not pipeline and (gallery is None or gallery.read_only)):
            self._quiet()
            event.ignore()
            return True
        event.acceptProposedAction()
        if drop:
            self._quiet()
            self._dropped(paths)
        elif pipeline:
            self._say(tr("See what this PaddleX configuration would change"))
        else:
            self._say(tr("Look at the faces and enroll them; a folder is one person"))
        return True

    def _say(self, words: str) -> None:
        window = self._kit.ask.window
        centre = window.centralWidget() if isinstance(window, QMainWindow) else None
        if self._hint is None and centre is not None:
            self._hint = DropHint(self._kit, centre)
        if self._hint is not None:
            self._hint.say(words)

    def _quiet(self) -> None:
        if self._hint is not None:
            self._hint.hide()
