"""Colours, distances and the look of widgets, light and dark."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from core.paths import resources_folder

GAP, SMALL_GAP, WIDE_GAP = 8, 4, 16  # device-independent pixels between things
RADIUS = 6


@dataclass(frozen=True)
class Colours:
    """One theme. Text colours keep a contrast of 4.5 to 1 and more on their grounds."""

    window: str
    base: str  # lists and fields
    raised: str  # cards, buttons
    line: str
    edge: str  # borders of what can be pressed or filled in: 3 to 1 on their grounds
    text: str
    faint: str  # secondary text
    accent: str
    on_accent: str
    chosen: str  # ground of chosen rows
    known: str
    unsure: str
    unknown: str
    problem: str


LIGHT = Colours(
    window="#f3f4f6",
    base="#ffffff",
    raised="#ffffff",
    line="#d3d7de",
    edge="#858d98",
    text="#1b1f24",
    faint="#59636e",
    accent="#1f5fbf",
    on_accent="#ffffff",
    chosen="#dbe8fb",
    known="#1a7440",
    unsure="#8a5a00",
    unknown="#59636e",
    problem="#b3261e",
)
DARK = Colours(
    window="#1c1f24",
    base="#15171b",
    raised="#272b32",
    line="#3b414b",
    edge="#737c89",
    text="#e8eaed",
    faint="#a3acb8",
    accent="#7fb0ff",
    on_accent="#0d1a2d",
    chosen="#2a3d5c",
    known="#6fd39a",
    unsure="#f0bf62",
    unknown="#a3acb8",
    problem="#ff8f85",
)


class Theme(QObject):
    """The look of the whole program; `changed` tells whatever paints with its own pens."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._chosen = "system"
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(lambda _: self._apply())

    @property
    def dark(self) -> bool:
        # Where the platform has no schemes of its own, what it tells stays as it was whatever is chosen.
        if self._chosen in {"light", "dark"}:
            return self._chosen == "dark"
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark

    @property
    def colours(self) -> Colours:
        return DARK if self.dark else LIGHT

    def choose(self, name: str) -> None:
        """ "light", "dark", or "system"."""
        self._chosen = name
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        self._application.styleHints().setColorScheme(schemes.get(name, Qt.ColorScheme.Unknown))
        self._apply()

    def _apply(self) -> None:
        colours = self.colours
        self._application.setPalette(_palette(colours))
        self._application.setStyleSheet(sheet(colours, "dark" if self.dark else "light"))
        self.changed.emit()


def sheet(colours: Colours, name: str) -> str:
    """The style sheet with a theme's colours and pictures (resources/themes/<picture>-<name>.svg)."""
    folder = resources_folder() / "themes"
    text = (folder / "facefolio.qss").read_text(encoding="utf-8")
    for colour, value in vars(colours).items():
        text = text.replace(f"@{colour};", f"{value};")
    return re.sub(r"@picture\((\w+)\);", lambda found: f'url("{(folder / found[1]).as_posix()}-{name}.svg");', text)


def _palette(colours: Colours) -> QPalette:
    palette = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for which, value in (
        (role.Window, colours.window),
        (role.Base, colours.base),
        (role.AlternateBase, colours.window),
        (role.Button, colours.raised),
        (role.ToolTipBase, colours.raised),
        (role.Text, colours.text),
        (role.WindowText, colours.text),
        (role.ButtonText, colours.text),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.faint),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.Accent, colours.accent),
        (role.Mid, colours.line),
        (role.Midlight, colours.line),
        (role.Dark, colours.line),
    ):
        palette.setColor(which, QColor(value))
    for which in (role.Text, role.WindowText, role.ButtonText, role.HighlightedText):
        palette.setColor(group.Disabled, which, QColor(colours.faint))
    palette.setColor(group.Disabled, role.Highlight, QColor(colours.line))
    return palette
