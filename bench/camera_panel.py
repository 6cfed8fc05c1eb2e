"""The camera panel: pictures painted a second, age of the names on the screen, longest turns of the event loop."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from core.camera import Source, sample
from core.demo.film import moving_people
from core.demo.town import townspeople
from core.gallery.gallery import Gallery
from core.opencv import cv2
from gui.actions import Actions
from gui.ask import Ask
from gui.bridge import Bridge
from gui.kit import Kit
from gui.panels.camera import CameraPanel
from gui.state import State
from gui.theme import Theme
from live import FPS, Pretending, enrolled
from measuring import machine, models

_BEAT = 4  # milliseconds
_SETTLE = 3.0  # seconds before anything is counted


class Turns:
    """A clock that beats on the event loop: how late it is tells how long the turn before it took."""

    def __init__(self) -> None:
        self.times: list[float] = []  # milliseconds
        self.own: list[float] = []  # milliseconds of the processor within them
        self._last, self._busy = time.perf_counter(), time.thread_time()
        self._timer = QTimer(interval=_BEAT, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        self.times.append(max((now - self._last) * 1e3 - _BEAT, 0.0))
        self.own.append((busy - self._busy) * 1e3)
        self._last, self._busy = now, busy


def film(folder: Path, seconds: float) -> Source:
    """A video of 1280x720 at 30 frames a second."""
    town = list(townspeople(12).values())
    path = folder / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (1280, 720))
    for pixels in moving_people([town[place] for place in (0, 2, 6)], seconds=seconds, fps=FPS):
        writer.write(cv2.resize(pixels[60:420], (1280, 720)))
    writer.release()
    return Source("video", str(path))


def wait(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1e3), loop.quit)
    loop.exec()


def watch(panel: CameraPanel, title: str, source: Source, seconds: float) -> None:
    ages: list[float] = []
    panel.live.looked.connect(lambda look: ages.append((time.monotonic() - look.seconds) * 1e3))
    panel.live.start(source)
    wait(_SETTLE)
    ages.clear()
    turns, painted, first = Turns(), panel.view.painted, panel.live.newest
    began = time.monotonic()
    wait(seconds)
    took, last = time.monotonic() - began, panel.live.newest
    came = last.number - first.number if first is not None and last is not None else 0
    panel.live.stop()
    long = [(took, own) for took, own in zip(turns.times, turns.own, strict=True) if took > 50]
    print(
        f"{title}: {came / took:.1f} pictures/s came, {(panel.view.painted - painted) / took:.1f} painted; "
        f"{len(ages) / took:.1f} results/s, age median {np.median(ages):.0f} ms, p95 {np.percentile(ages, 95):.0f} ms; "
        f"turns 99.9 % {np.percentile(turns.times, 99.9):.0f} ms, longest {max(turns.times):.0f} ms, of its own "
        f"{max(turns.own):.0f} ms, {len(long)} over 50 ms"
    )
    wait(1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FACEFOLIO_HOME"] = folder
        application = QApplication([])
        print(machine())
        video = film(Path(folder), options.seconds + 2 * _SETTLE)
        bridge, window = Bridge(), QMainWindow()
        state = State(bridge)
        panel = CameraPanel(Kit(state, bridge, Actions(window), Ask(window), Theme(application)))
        window.setCentralWidget(panel)
        window.resize(680, 700)
        window.show()
        pretending = Pretending(3, 40.0)
        pretending.extractor = SimpleNamespace(card=SimpleNamespace(space="s", name="pretended", length=256))
        with models() as bench, Gallery.create(Path(folder) / "g") as gallery:
            recognizer = enrolled(gallery, bench, 12)
            for title, used, source in (
                ("video, 40 ms recognizer", pretending, video),
                ("video, built-in models", recognizer, video),
                ("sample film, built-in models", recognizer, sample()),
            ):
                state.bench.recognizer = lambda _, used=used: used  # type: ignore[method-assign,misc]
                watch(panel, title, source, options.seconds)
            panel.shut()
            state.close()


if __name__ == "__main__":
    main()
