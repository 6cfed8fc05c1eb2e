"""Where the pictures come from: a camera, a file, a folder, an address, or the sample film."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from core.camera import Source, SourceKind, shown_address
from gui.dialogs.source import StreamDialog
from gui.icons import icon
from gui.kit import Kit
from gui.language import tr
from gui.models.cameras import Cameras

ICONS: dict[SourceKind, str] = {
    "camera": "camera",
    "video": "film",
    "folder": "photo",
    "stream": "stream",
    "sample": "people",
}
_KEPT = "camera/source"
_VIDEOS = "*.mp4 *.m4v *.mov *.avi *.mkv *.webm *.mpg *.mpeg *.wmv *.ts"
_WIDEST = 260


class SourceChooser(QPushButton):
    """Shows the present source; its menu offers the others. The last one is remembered."""

    chosen = Signal(object)  # Source the user has chosen just now

    def __init__(self, kit: Kit, cameras: Cameras) -> None:
        super().__init__()
        self._kit, self._cameras = kit, cameras
        self._remembered = self._recalled()
        self._menu = QMenu(self)
        self._group = QActionGroup(self._menu)
        self.setMenu(self._menu)
        self.setMaximumWidth(_WIDEST)
        self.setIconSize(QSize(16, 16))
        self._menu.aboutToShow.connect(self._fill)
        for name, ask in (
            ("camera_video", self._video),
            ("camera_folder", self._folder),
            ("camera_stream", self._stream),
            ("play_sample", lambda: self.choose(Source("sample", "", tr("Sample film")))),
        ):
            kit.actions.on(name, ask)
        cameras.changed.connect(self.show_source)
        kit.theme.changed.connect(self.show_source)
        self.show_source()

    @property
    def source(self) -> Source | None:
        """What Start starts: the last one, else the first camera there is."""
        if self._remembered is not None:
            return self._remembered
        return self._cameras.sources[0] if self._cameras.sources else None

    def choose(self, source: Source) -> None:
        self._remembered = source
        self._remember(source)
        self.show_source()
        self.chosen.emit(source)

    def show_source(self) -> None:
        """All words in the present language."""
        source, colours = self.source, self._kit.theme.colours
        if source is not None:
            text, name = _name(source), ICONS[source.kind]
        elif self._cameras.known:
            text, name = tr("No camera found"), "camera"
        else:
            text, name = tr("Looking for cameras…"), "camera"
        self.setIcon(icon(name, colours.text, colours.faint))
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, _WIDEST - 80)
        self.setText(" " + shown.replace("&", "&&"))  # the style leaves no room after an icon
        self.setToolTip(tr("Where the pictures come from: {name}", name=text))
        self.setAccessibleName(tr("Source: {name}", name=text))

    # --- the menu --------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        self._menu.clear()
        for source in self._cameras.sources:
            self._menu.addAction(self._entry(source))
        if not self._cameras.sources:
            none = self._menu.addAction(tr("No camera found") if self._cameras.known else tr("Looking for cameras…"))
            none.setEnabled(False)
        present = self.source
        if present is not None and present.kind != "sample" and not self._is_camera_here(present):
            self._menu.addSeparator()
            self._menu.addAction(self._entry(present))
        self._menu.addSeparator()
        for name in ("camera_video", "camera_folder", "camera_stream", "play_sample"):
            self._menu.addAction(self._kit.actions[name])

    def _entry(self, source: Source) -> QAction:
        colours = self._kit.theme.colours
        text = _name(source).replace("&", "&&")
        action = QAction(icon(ICONS[source.kind], colours.text, colours.faint), text, self._group)
        action.setCheckable(True)
        action.setChecked(_same(source, self.source))
        action.triggered.connect(lambda *_: self.choose(source))
        return action

    def _is_camera_here(self, source: Source) -> bool:
        return any(_same(each, source) for each in self._cameras.sources)

    # --- questions -------------------------------------------------------------------------------------------------

    def _video(self) -> None:
        kinds = tr("Videos ({kinds});;All files (*)", kinds=_VIDEOS)
        path = self._kit.ask.file(tr("Play a video file"), kinds, self._place("video"))
        if path is not None:
            self.choose(Source("video", str(path)))

    def _folder(self) -> None:
        path = self._kit.ask.folder(tr("Show the pictures of a folder"), self._place("folder"))
        if path is not None:
            self.choose(Source("folder", str(path)))

    def _stream(self) -> None:
        present = self._remembered
        dialog = StreamDialog(self._kit, present.place if present is not None and present.kind == "stream" else "")
        try:
            if self._kit.ask.dialog(dialog) and dialog.source is not None:
                self.choose(dialog.source)
        finally:
            dialog.deleteLater()

    def _place(self, kind: SourceKind) -> Path | None:
        """The folder of the last file."""
        present = self._remembered
        return Path(present.place).parent if present is not None and present.kind == kind else None

    # --- memory ----------------------------------------------------------------------------------------------------

    def _remember(self, source: Source) -> None:
        if source.kind == "stream" and shown_address(source.place) != source.place:
            return  # a password is not written anywhere
        kept = {"kind": source.kind, "place": source.place, "name": source.name}
        self._kit.state.memory.setValue(_KEPT, json.dumps(kept))

    def _recalled(self) -> Source | None:
        try:
            kept = json.loads(str(self._kit.state.memory.value(_KEPT, "")))
            known = kept["kind"] in get_args(SourceKind)
            return Source(kept["kind"], str(kept["place"]), str(kept["name"])) if known else None
        except (ValueError, KeyError, TypeError):
            return None  # nothing was kept, or by another version


def _name(source: Source) -> str:
    return tr("Sample film") if source.kind == "sample" else source.name


def _same(one: Source, other: Source | None) -> bool:
    return other is not None and (one.kind, one.place) == (other.kind, other.place)
