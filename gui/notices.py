"""Telling the user something without stopping the work."""

from __future__ import annotations

import logging
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from core.errors import Problem
from gui.language import said, tr

NoticeKind = Literal["info", "warning", "problem"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """One thing told. `act` does what the button called `action` says."""

    kind: NoticeKind
    text: str
    hint: str = ""
    details: str = ""  # for reports: never a picture, never a feature
    action: str = ""
    act: Callable[[], None] | None = None


class Notices(QObject):
    """The one door by which panels tell the user something."""

    told = Signal(object)  # Notice
    withdrawn = Signal(object)  # Notice that is no longer true

    def __init__(self) -> None:
        super().__init__()
        self.history: deque[Notice] = deque(maxlen=200)

    def info(self, text: str, *, action: str = "", act: Callable[[], None] | None = None) -> Notice:
        notice = Notice("info", text, action=action, act=act)
        self._tell(notice)
        return notice

    def withdraw(self, notice: Notice) -> None:
        """What was told is over, or never came about."""
        self.withdrawn.emit(notice)

    def warning(self, text: str, hint: str = "") -> None:
        self._tell(Notice("warning", text, hint))

    def problem(self, error: BaseException) -> None:
        """A Problem in its words; any other error as a fault of the program with its details."""
        details = "".join(traceback.format_exception(error))
        if isinstance(error, Problem):
            self._tell(Notice("problem", said(error.message), said(error.hint), details))
            return
        if isinstance(error, OSError):
            _log.warning("the system refused", exc_info=error)
            reason = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
            text = tr("The system refused: {reason}.", reason=reason)
            self._tell(Notice("problem", text, tr("What was saved before is as it was. Look at the disk."), details))
            return
        _log.error("a fault of the program", exc_info=error)
        what = f"{type(error).__name__}: {error}".rstrip(".: ")
        text = tr("Something went wrong inside the program: {error}.", error=what)
        hint = tr("What was saved is safe and the program goes on. Please send us the details.")
        self._tell(Notice("problem", text, hint, details))

    def _tell(self, notice: Notice) -> None:
        self.history.append(notice)
        self.told.emit(notice)
