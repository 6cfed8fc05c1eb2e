"""Pictures of the real window for the guide: `python tools/screenshots.py OUT [--size 1280x800] [--scale 1]`.

Makes the sample gallery in a home of its own, tags the sample's group photos, plays the sample film and shows every
tab and the main dialogs, in both themes and languages. Needs a display, or `xvfb-run`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
THEMES, LANGUAGES = ("light", "dark"), ("en", "zh_CN")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--themes", nargs="+", default=THEMES)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    options = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = options.scale
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["FACEFOLIO_HOME"] = home
        Photographer(options).work()


class Photographer:
    """Drives the window and takes its pictures."""

    def __init__(self, options: argparse.Namespace) -> None:
        from PySide6.QtWidgets import QApplication

        from gui.app import make_window

        self.options = options
        self.application = QApplication(sys.argv[:1])
        self.window = make_window(self.application)
        width, height = (int(each) for each in options.size.split("x"))
        self.window.resize(width, height)
        self.window.show()
        self.state = self.window.state

    def work(self) -> None:
        from gui.widgets.notice_bar import NoticeLine

        self.wait(lambda: self.state.gallery is not None and self.state.bench.status == "ready")
        self.each(self._empty)
        self.window.kit.actions["try_sample"].trigger()
        self.wait(lambda: len(self.state.people) >= 12)
        self.wait(lambda: not self.state.bridge.running() and self.state.bench.status == "ready")
        for dialog in self.others():
            dialog.close()
        self.state.tag_wanted.emit(self.state.gallery.folder / "pictures" / "groups")
        self.window.panels["batch"].start.click()
        self.wait(lambda: len(self.state.results.book.numbers()) > 20)
        self.window.panels["gallery"].choose((self.state.people[0].id,))
        self.pause(1)
        for line in self.window.findChildren(NoticeLine):
            line.leave()  # it would stay in the language in which it was said
        self.each(self._filled)
        self.window.show_tab("camera")
        self.window.kit.actions["play_sample"].trigger()
        self.pause(12)
        self.each(lambda name: self.shoot(self.window, f"camera-{name}"))
        self.window.kit.actions["camera_toggle"].trigger()
        self.pause(1)
        self._dialogs()
        self.window.close()

    def each(self, take: Callable[[str], None]) -> None:
        for theme in self.options.themes:
            for language in self.options.languages:
                self.state.change_settings(theme=theme, language=language)
                self.pause(0.4)
                take(f"{theme}-{language}")

    def _empty(self, name: str) -> None:
        self.window.show_tab("people")
        self.shoot(self.window, f"first-{name}")

    def _filled(self, name: str) -> None:
        for tab in ("people", "batch", "indexes"):
            self.window.show_tab(tab)
            self.pause(0.6)
            self.shoot(self.window, f"{tab}-{name}")

    def _dialogs(self) -> None:
        from gui.enrolling import EnrollRequest

        self.state.change_settings(theme="light", language="en")
        photos = sorted((self.state.gallery.folder / "pictures" / "groups").glob("*.jpg"))
        self.state.enroll_wanted.emit(EnrollRequest(tuple(photos)))
        self._shoot_dialogs("enroll")
        for action in ("settings", "models", "shortcuts", "about"):
            self.window.kit.actions[action].trigger()
            self._shoot_dialogs(action)
        self._shoot_threshold()

    def _shoot_dialogs(self, name: str) -> None:
        self.pause(4)
        for dialog in self.others():
            self.each(lambda look, dialog=dialog: self.shoot(dialog, f"{name}-{look}"))  # type: ignore[misc]
            # What was decided about faces is thrown away without being asked about.
            getattr(dialog, "finish", dialog.close)()
        self.pause(0.3)

    def _shoot_threshold(self) -> None:
        """A window that waits for its answer: it is taken from within."""
        from PySide6.QtCore import QTimer

        QTimer.singleShot(3000, lambda: self._shoot_dialogs("threshold"))
        self.window.kit.actions["own_limits"].trigger()
        self.pause(8)

    def others(self) -> list[Any]:
        from PySide6.QtWidgets import QDialog

        return [each for each in self.application.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]

    def shoot(self, widget: Any, name: str) -> None:
        self.pause(0.3)
        widget.grab().save(str(self.options.out / f"window-{name}.png"))

    def wait(self, what: Callable[[], object], *, seconds: float = 120) -> None:
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until:
                raise SystemExit("gave up: " + "; ".join(each.text for each in self.state.notices.history))
            self.pause(0.05)

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.application.processEvents()
            time.sleep(0.005)


if __name__ == "__main__":
    main()
