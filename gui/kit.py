"""What every panel is handed."""

from __future__ import annotations

from dataclasses import dataclass

from gui.actions import Actions
from gui.ask import Ask
from gui.bridge import Bridge
from gui.state import State
from gui.theme import Theme


@dataclass(frozen=True)
class Kit:
    state: State
    bridge: Bridge
    actions: Actions
    ask: Ask
    theme: Theme
