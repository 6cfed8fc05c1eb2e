"""Choosing from where a face is known."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.decision import Limits
from core.jobs.own_limits import OwnLimits
from core.own_limits import Compared
from gui import own_limits
from gui.dialogs.own_limits import OwnLimitsDialog
from gui.keeping import Keeping


def found(known: float = 0.44) -> OwnLimits:
    """Ten people with two faces each: one who is taken for another below 0.6, two who may be one person."""
    ids = np.repeat(np.arange(1, 11), 2)
    own, first = np.full(20, 0.7, np.float32), np.full(20, 0.2, np.float32)
    first[0], first[2] = 0.59, 0.9
    compared = Compared(ids, own, first, np.zeros(20, np.float32), np.full(20, 10))
    names = {number: f"P{number}" for number in range(1, 11)}
    return OwnLimits(compared, Limits(0.44, 0.3, 0.06), known, compared.recommended(Limits(0.44, 0.3, 0.06)), names)


@pytest.fixture
def dialog(kit, qtbot) -> OwnLimitsDialog:
    made = OwnLimitsDialog(kit, found())
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_says_what_the_present_limit_does(dialog) -> None:
    assert "10 people were compared" in dialog.words[0].text()
    assert "5.0 % get somebody" in dialog.strangers.text()
    assert "95 % named rightly" in dialog.named.text() or "100 % named rightly" in dialog.named.text()
    assert any("P2 and P10 look like one person" in words.text() for words in dialog.words)
    assert not dialog.use.isEnabled()


def test_the_slider_tells_what_would_become_of_it(dialog) -> None:
    dialog.slider.setValue(65)
    assert "0.0 % get somebody" in dialog.strangers.text()
    assert dialog.use.text() == "Known from 0.65"
    assert dialog.use.isEnabled()
    dialog.slider.setValue(75)
    assert "0.0 % named rightly" in dialog.named.text()


def test_the_advised_one_is_one_click_away(dialog) -> None:
    dialog.take.click()
    assert dialog.known == pytest.approx(0.6)
    assert not dialog.take.isEnabled()


def test_nobody_with_two_faces_is_said(kit, qtbot) -> None:
    some = found()
    some.compared.own[:] = -1
    made = OwnLimitsDialog(kit, some)
    qtbot.addWidget(made)
    assert "Nobody has two faces" in made.named.text()


def test_it_is_painted_in_both_themes(kit, dialog, qtbot) -> None:
    pictures = []
    for theme in ("light", "dark"):
        kit.theme.choose(theme)
        pictures.append(dialog.view.grab().toImage())
    assert pictures[0] != pictures[1]
    width, height = pictures[0].width(), pictures[0].height()
    colours = {pictures[0].pixelColor(x, height // 2).name() for x in range(0, width, 3)}
    assert len(colours) > 3  # ground, both areas, the line of the limit


def test_a_chosen_limit_holds_at_once_and_can_be_taken_back(kit, ask, told, qtbot) -> None:
    def choose(dialog: OwnLimitsDialog) -> bool:
        dialog.take.click()
        return True

    ask.will("dialog", choose)
    own_limits.choose_limit(kit, found())
    assert kit.state.settings.rec_threshold == pytest.approx(0.6)
    notice = told[-1]
    assert "known from 0.60" in notice.text
    notice.act()
    assert kit.state.settings.rec_threshold is None


def test_closing_it_changes_nothing(kit, ask) -> None:
    ask.will("dialog", False)
    own_limits.choose_limit(kit, found())
    assert kit.state.settings.rec_threshold is None


def test_it_is_asked_for_in_the_menu(kit, open_gallery, people_folder: Path, ask, qtbot, monkeypatch, told) -> None:
    Keeping(kit)
    assert not kit.actions["own_limits"].isEnabled()
    open_gallery(people_folder)
    monkeypatch.setattr("core.assembly.limits_for", lambda *_: (Limits(0.44, 0.3, 0.06), 0.44))
    kit.actions["own_limits"].trigger()
    qtbot.waitUntil(lambda: any("3 people to compare" in notice.text for notice in told))
    monkeypatch.setattr("core.own_limits.FEWEST", 3)
    monkeypatch.setattr("core.jobs.own_limits.FEWEST", 3)
    shown: list[SimpleNamespace] = []
    ask.will("dialog", lambda dialog: shown.append(SimpleNamespace(people=dialog.words[0].text())) or False)
    kit.actions["own_limits"].trigger()
    qtbot.waitUntil(lambda: bool(shown))
    assert "3 people were compared" in shown[0].people
