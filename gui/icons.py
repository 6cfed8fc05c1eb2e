"""Icons drawn in the theme's colours from resources/icons/*.svg."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from core.paths import resources_folder


@lru_cache(maxsize=256)
def icon(name: str, colour: str, faint: str = "") -> QIcon:
    """The icon in a colour ("currentColor" in its file), and in `faint` when disabled; empty when there is none."""
    made = QIcon()
    for mode, shade in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, faint or colour)):
        for size in (16, 24, 32, 48):
            made.addPixmap(picture(name, shade, size), mode)
    return made


def picture(name: str, colour: str, size: int) -> QPixmap:
    drawn = QPixmap(size, size)
    drawn.fill(Qt.GlobalColor.transparent)
    text = (resources_folder() / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    with QPainter(drawn) as painter:
        QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size, size))
    return drawn


@lru_cache(maxsize=1)
def app_icon() -> QIcon:
    """The program's own sign, in its own colours."""
    return QIcon(str(resources_folder() / "icons" / "facefolio.svg"))
