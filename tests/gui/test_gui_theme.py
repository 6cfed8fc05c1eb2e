"""Every text can be read on every ground it stands on, and the style sheet is whole."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton

from gui.icons import app_icon, picture
from gui.kit import Kit
from gui.theme import DARK, LIGHT, Colours, Theme, sheet

THEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
TEXTS = ("text", "faint", "accent", "known", "unsure", "unknown", "problem")
GROUNDS = ("window", "base", "raised", "chosen")


def luminance(colour: str) -> float:
    parts = [part / 255 for part in QColor(colour).getRgb()[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@THEMES
def test_texts_stand_out_from_their_grounds(colours: Colours) -> None:
    pairs = [*product(TEXTS, GROUNDS), ("on_accent", "accent"), ("text", "line")]
    poor = {pair: round(contrast(*(getattr(colours, name) for name in pair)), 2) for pair in pairs}
    assert not {pair: found for pair, found in poor.items() if found < 4.5}


@THEMES
def test_edges_of_what_can_be_pressed_are_seen(colours: Colours) -> None:
    for ground in ("window", "base", "raised"):
        assert contrast(colours.edge, getattr(colours, ground)) >= 3, ground
        assert contrast(colours.accent, getattr(colours, ground)) >= 3, ground


@THEMES
@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_sheet_is_filled_in_and_its_pictures_are_there(colours: Colours, name: str) -> None:
    text = sheet(colours, name)
    assert "@" not in re.sub(r"/\*.*?\*/", "", text)
    files = [Path(found) for found in re.findall(r'url\("([^"]+)"\)', text)]
    assert files
    assert not [file for file in files if not file.is_file()]


def test_a_chosen_theme_is_the_theme_whatever_the_platform_tells(kit: Kit, qapp: QApplication) -> None:
    changed: list[bool] = []
    kit.theme.changed.connect(lambda: changed.append(kit.theme.dark))
    for name, dark in (("dark", True), ("light", False)):
        kit.theme.choose(name)
        assert kit.theme.dark is dark
        assert qapp.palette().window().color().name() == (DARK if dark else LIGHT).window
    assert changed[-1] is False


def test_a_primary_button_is_painted_in_the_accent(kit: Kit, qtbot) -> None:
    button = QPushButton("Go")
    button.setProperty("primary", True)
    qtbot.addWidget(button)
    button.resize(120, 40)
    kit.theme.choose("dark")
    button.show()
    assert button.grab().toImage().pixelColor(60, 6).name() == DARK.accent


@pytest.mark.parametrize("scale", [1, 1.5, 2])
def test_icons_are_drawn_in_their_colour_at_every_size(qapp: QApplication, scale: float) -> None:
    drawn = picture("close", "#ff0000", round(24 * scale)).toImage()
    seen = {drawn.pixelColor(x, y).name() for x in range(drawn.width()) for y in range(drawn.height())}
    assert "#ff0000" in seen


def test_the_program_has_a_sign(qapp: QApplication) -> None:
    drawn = app_icon().pixmap(64, 64).toImage()
    assert drawn.pixelColor(32, 6).name() == "#1f5fbf"


def test_the_theme_of_the_system_is_followed(qapp: QApplication) -> None:
    theme = Theme(qapp)
    theme.choose("system")
    assert theme.colours in (LIGHT, DARK)
    theme.choose("light")
    theme.deleteLater()
