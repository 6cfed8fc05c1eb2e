"""Starting the window and ending it."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

NO_DISPLAY = 3  # exit status
_log = logging.getLogger(__name__)


def run(arguments: Sequence[str] = ()) -> int:
    """Shows the window until it is closed. `arguments` may name the gallery to open."""
    from gui import display

    if trouble := display.trouble():
        print(f"facefolio: {trouble}", file=sys.stderr)
        return NO_DISPLAY
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # everything survives a kill, so Ctrl-C may end us at once
    from PySide6.QtWidgets import QApplication

    application = QApplication(sys.argv[:1])
    window = make_window(application, Path(arguments[0]) if arguments else None)
    keep_smooth(window)
    window.show()
    return application.exec()


def keep_smooth(window: Any) -> None:
    """Keeps other threads' Python, and the search for garbage, from holding up the screen. For a whole process."""
    from gui.ahead import load_ahead

    sys.setswitchinterval(0.001)  # a worker's Python keeps the screen waiting for a fifth of the usual time
    gc.set_threshold(10_000, 20, 20)
    bench = window.state.bench

    def settled() -> None:
        if bench.status == "ready":
            bench.changed.disconnect(settled)
            gc.freeze()  # the libraries' objects: looking through them takes 70 ms, and they never go
            load_ahead()

    bench.changed.connect(settled)


def make_window(application: Any, gallery: Path | None = None, *, ask: Any = None) -> Any:
    """The window with everything behind it, not yet shown; closing it ends all threads."""
    from core import log, paths
    from gui import language
    from gui.bridge import Bridge
    from gui.icons import app_icon
    from gui.main_window import MainWindow
    from gui.state import State
    from gui.theme import Theme

    application.setApplicationName("FaceFolio")
    application.setDesktopFileName("facefolio")
    application.setWindowIcon(app_icon())
    ring = log.set_up(file=log.usable(paths.logs_folder() / "facefolio.log"))
    bridge = Bridge()
    state = State(bridge)
    language.choose(state.settings.language)
    theme = Theme(application)
    theme.choose(state.settings.theme)
    catch_all(bridge)
    return MainWindow(state, theme, ring, start=gallery, ask=ask)


def catch_all(bridge: Any) -> None:
    """An error that nobody caught, in any thread, becomes a notice, and the program goes on."""

    def tell(error: BaseException) -> None:
        bridge.post(lambda: bridge.failed.emit(error))

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("uncaught", exc_info=(kind, error, trace))
        tell(error)

    def in_thread(hook: threading.ExceptHookArgs) -> None:
        if hook.exc_value is not None and not isinstance(hook.exc_value, SystemExit):
            _log.error("uncaught in %s", hook.thread, exc_info=hook.exc_value)
            tell(hook.exc_value)

    sys.excepthook = uncaught
    threading.excepthook = in_thread
