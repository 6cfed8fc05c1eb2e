"""Comparing the open gallery's people with each other, and taking over a limit for known."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

from core.errors import Text
from core.settings import Settings
from core.types import Step
from gui.kit import Kit
from gui.language import tr
from gui.result_words import number


def compare_people(kit: Kit) -> None:
    """As a job; what it gives is shown in a window of its own."""
    facts = kit.state.gallery
    if facts is not None:
        title = Text("Compare the people of {name}", {"name": facts.name})
        kit.bridge.run(title, partial(_job, facts.folder, kit.state.settings), done=partial(choose_limit, kit))


def _job(folder: Path, settings: Settings) -> Generator[Step[None], None, Any]:
    """Called on the job's thread: numpy's rooms are imported there."""
    from core.assembly import limits_for
    from core.jobs.own_limits import own_limits
    from core.models.store import ModelStore

    present, card = limits_for(folder, settings, ModelStore())
    return own_limits(folder, present, card=card)


def choose_limit(kit: Kit, found: Any) -> None:
    """Shows what comparing the people gave; a chosen limit holds at once, with a way back."""
    from gui.dialogs.own_limits import OwnLimitsDialog

    dialog, state = OwnLimitsDialog(kit, found), kit.state
    if kit.ask.dialog(dialog) and dialog.known != found.known:
        before = state.settings.rec_threshold
        state.change_settings(rec_threshold=dialog.known)
        told = tr("People count as known from {threshold} now.", threshold=number(dialog.known, 2))
        state.notices.info(told, action=tr("Undo"), act=lambda: state.change_settings(rec_threshold=before))
    dialog.deleteLater()
