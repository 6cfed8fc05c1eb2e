"""Pictures saved from the camera, written on a thread."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices

from core.errors import PhotoProblem
from core.types import Frame
from gui.aside import Aside
from gui.kit import Kit
from gui.language import tr


class Snapshots:
    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._aside = Aside(kit.bridge)

    def take(self, frame: Frame) -> None:
        """Saves the whole frame and tells where."""
        when = time.localtime(time.time() - (time.monotonic() - frame.seconds))
        self._aside.ask(lambda: _write(frame, time.strftime("%Y-%m-%d %H.%M.%S", when)), self._tell, self._fail)

    def close(self) -> None:
        self._aside.close()

    def _tell(self, path: Path) -> None:
        def show() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

        text = tr("Saved as {path}.", path=path)
        self._kit.state.notices.info(text, action=tr("Open folder"), act=show)

    def _fail(self, error: BaseException) -> None:
        self._kit.state.notices.problem(error)


def snapshots_folder() -> Path:
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(pictures or Path.home()) / "FaceFolio"


def _write(frame: Frame, name: str) -> Path:
    from core.pictures import write_picture

    folder = snapshots_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotoProblem(
            "{path} cannot be made: {error}.",
            "The picture was not saved. Make room or give yourself permission, then take it again.",
            path=folder,
            error=error.strerror or error,
        ) from error
    path, number = folder / f"{name}.jpg", 1
    while path.exists():
        number += 1
        path = folder / f"{name} ({number}).jpg"
    write_picture(path, frame.pixels, quality=95)
    return path
