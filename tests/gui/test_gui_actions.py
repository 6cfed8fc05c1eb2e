"""The table of actions is whole, and shortcuts of the user's own are kept."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from PySide6.QtGui import QKeySequence

from core.paths import resources_folder
from gui.action_table import ALL, BY_NAME, MENUS, Spec
from gui.actions import Actions, clashes, plain, shortcuts_file
from gui.kit import Kit


def names(entries: object) -> list[str]:
    found: list[str] = []
    for entry in entries:  # type: ignore[attr-defined]
        found += names(entry[1]) if isinstance(entry, tuple) else [entry]
    return found


def test_every_action_is_in_a_menu_once() -> None:
    listed = [name for _, entries in MENUS for name in names(entries) if name and name not in {"recent", "docks"}]
    assert sorted(listed) == sorted(BY_NAME)


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
def test_every_action_says_what_it_does(spec: Spec) -> None:
    assert spec.text
    assert spec.tip
    assert not spec.tip.endswith(".")
    assert not spec.shortcut or QKeySequence(spec.shortcut).toString() == spec.shortcut
    assert not spec.icon or (resources_folder() / "icons" / f"{spec.icon}.svg").is_file()


def test_no_two_actions_of_a_place_ask_for_the_same_keys() -> None:
    shortcut = {spec.name: spec.shortcut for spec in ALL}.__getitem__
    taken = [
        (spec.name, other.name) for spec in ALL if spec.shortcut for other in clashes(spec, spec.shortcut, shortcut)
    ]
    assert not taken


def test_places_that_never_meet_may_share_keys() -> None:
    shortcut = {spec.name: spec.shortcut for spec in ALL}.__getitem__
    assert BY_NAME["remove_person"].shortcut == BY_NAME["remove_faces"].shortcut == "Del"
    assert not clashes(BY_NAME["remove_person"], "Del", shortcut)
    assert BY_NAME["undo"] in clashes(BY_NAME["remove_person"], "Ctrl+Z", shortcut)


def test_own_shortcuts_hold_only_what_differs(kit: Kit) -> None:
    kit.actions.change_shortcuts({"undo": "Ctrl+Y", "redo": BY_NAME["redo"].shortcut, "find": ""})
    assert json.loads(shortcuts_file().read_text(encoding="utf-8")) == {"find": "", "undo": "Ctrl+Y"}
    again = Actions(kit.actions.parent())
    assert again["undo"].shortcut() == QKeySequence("Ctrl+Y")
    assert again["find"].shortcut().isEmpty()
    assert "Ctrl+Y" in again["undo"].toolTip()


@pytest.mark.parametrize("text", ["", "[1]", '{"undo": 3, "nothing": "Ctrl+Y"}', "{"])
def test_a_damaged_file_of_shortcuts_is_as_good_as_none(kit: Kit, text: str) -> None:
    shortcuts_file().parent.mkdir(parents=True, exist_ok=True)
    shortcuts_file().write_text(text, encoding="utf-8")
    again = Actions(kit.actions.parent())
    assert {spec.name: again.shortcut(spec.name) for spec in ALL} == {spec.name: spec.shortcut for spec in ALL}


def test_a_disabled_action_says_why(kit: Kit) -> None:
    kit.actions.enable("rename", False, "Nobody is chosen.")
    assert kit.actions["rename"].toolTip().endswith("\nNobody is chosen.")
    kit.actions.enable("rename", True)
    assert "Nobody" not in kit.actions["rename"].toolTip()


def test_mnemonics_of_a_menu_differ() -> None:
    for _, entries in MENUS:
        specs = [BY_NAME[entry] for entry in entries if isinstance(entry, str) and entry in BY_NAME]
        for one, other in combinations(specs, 2):
            assert mnemonic(one.text) != mnemonic(other.text) or not mnemonic(one.text), (one.name, other.name)


def mnemonic(text: str) -> str:
    place = text.find("&")
    return text[place + 1].lower() if place >= 0 else ""


def test_a_plain_name_has_no_marks() -> None:
    assert plain("&Open…") == "Open"
