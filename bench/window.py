"""The window's start (time until it is painted, memory), and the turns of its event loop while jobs run."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
CHILD = "--first-paint"
HOME = "FACEFOLIO_HOME"
BETWEEN = 300  # milliseconds between two gestures
LONG, TOO_LONG = 50.0, 150.0  # milliseconds that 99.9 % of the turns, and all of them, must stay under


# --- the start --------------------------------------------------------------------------------------------------------


def memory_mb() -> float:
    """What the process holds in memory at this moment."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def first_paint(*, models: bool) -> None:
    """In a process of its own: prints the clock and the memory at the first paint, then both when models are ready."""
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    from gui.app import make_window
    from gui.workbench import Workbench

    if not models:
        Workbench.want = lambda *_: None  # type: ignore[method-assign]
    application = QApplication([])
    window = make_window(application)

    class Painted(QObject):
        told = False

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Paint and not self.told:
                self.told = True
                QTimer.singleShot(0, lambda: print("painted", time.time(), memory_mb(), flush=True))
            return False

    eye = Painted()
    window.installEventFilter(eye)
    window.show()

    def look() -> None:
        ready = window.state.bench.status == "ready" if models else window.state.gallery is not None
        if ready and eye.told:
            print("ready", time.time(), memory_mb(), flush=True)
            timer.stop()
            window.close()
            application.quit()

    timer = QTimer(interval=20)
    timer.timeout.connect(look)
    timer.start()
    QTimer.singleShot(60_000, application.quit)
    application.exec()


def start(options: argparse.Namespace) -> None:
    for models in (False, True):
        found: dict[str, list[tuple[float, float]]] = {"painted": [], "ready": []}
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as home:
                began = time.time()
                done = subprocess.run(
                    [sys.executable, str(Path(__file__).resolve()), CHILD, str(int(models))],
                    cwd=ROOT,
                    env={**os.environ, HOME: home},
                    capture_output=True,
                    text=True,
                    check=True,
                )
            for line in done.stdout.splitlines():
                what, clock, memory = line.split()
                found[what].append((float(clock) - began, float(memory)))
        told = "models opened behind it" if models else "no models"
        for what, pairs in found.items():
            seconds, memory = np.array(pairs).T
            print(
                f"{told}, {what}: median {np.median(seconds):.2f} s, at most {seconds.max():.2f} s; "
                f"memory {np.median(memory):.0f} MB"
            )


# --- the watchdog -----------------------------------------------------------------------------------------------------


class Watch:
    """How late a heartbeat of 10 ms comes: for that long the event loop was held up, be it by a turn of its own, by the
    Python code of other threads, or by the system. `own` tells what the GUI thread itself computed meanwhile.
    """

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.late: list[float] = []  # milliseconds
        self.own: list[float] = []  # milliseconds of the processor within them
        self._beat = QTimer(interval=10, timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._beaten)
        self._last, self._busy = time.perf_counter(), time.thread_time()
        self._beat.start()

    def stop(self) -> None:
        self._beat.stop()

    def report(self, what: str) -> bool:
        late, own = np.array(self.late), np.array(self.own)
        share, longest = float((late < LONG).mean()), float(late.max())
        good = share >= 0.999 and longest < TOO_LONG
        print(
            f"{what}: {len(late)} beats, {100 * share:.2f} % late by less than {LONG:.0f} ms, p99.9 "
            f"{np.quantile(late, 0.999):.0f} ms, at most {longest:.0f} ms: {'good' if good else 'NOT good'}; "
            f"of its own p99.9 {np.quantile(own, 0.999):.0f} ms, at most {own.max():.0f} ms"
        )
        return good

    def _beaten(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        self.late.append(max(0.0, (now - self._last) * 1e3 - 10))
        self.own.append((busy - self._busy) * 1e3)
        self._last, self._busy = now, busy


def photos(folder: Path, count: int, *, people: int = 0) -> Path:
    """Drawn groups of 12 megapixels (20 different, told apart by a comment), in a folder for each of `people`."""
    from core.pictures import encode_picture
    from measuring import group_picture

    drawn = [encode_picture(group_picture(n, width=4000, height=3000), kind="jpeg", quality=90) for n in range(20)]
    for number in range(count):
        place = folder / f"Person {number % people}" if people else folder
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:04d}.jpg").write_bytes(drawn[number % len(drawn)] + b"\0%d" % number)
    return folder


def gallery(folder: Path, faces: int) -> Path:
    """Random features of the built-in model, five a person."""
    from core.gallery.gallery import Gallery
    from core.gallery.records import FeatureModel
    from core.models.store import ModelStore
    from measuring import fill, people_features

    card = ModelStore().default_card("feature")
    with Gallery.create(folder) as made:
        features = people_features(max(1, faces // 5), 5, card.length)
        fill(made, features, FeatureModel(card.space, card.name, card.length), each=5)
    return folder


class Loads:
    """Starts what was asked for in the real window, by its own signals and actions."""

    def __init__(self, window: Any, options: argparse.Namespace, folder: Path) -> None:
        self.window, self.options, self.folder = window, options, folder
        self.accepted = not options.enroll

    def prepare(self) -> None:
        if self.options.enroll:
            photos(self.folder / "import", self.options.enroll, people=20)
        if self.options.tag:
            photos(self.folder / "tag", self.options.tag)

    def begin(self) -> None:
        """One load after the other, as fast as somebody clicks: each gesture is a turn of its own."""
        from PySide6.QtCore import QTimer

        for place, start in enumerate(self._starts()):
            QTimer.singleShot(place * BETWEEN, start)

    def _starts(self) -> list[Callable[[], None]]:
        from gui.enrolling import EnrollRequest

        state, actions, options = self.window.state, self.window.kit.actions, self.options
        index_work = self.window.panels["indexes"].work
        request = EnrollRequest((self.folder / "import",))
        return [
            start
            for wanted, start in (
                (options.camera, lambda: self.window.show_tab("camera")),
                (options.camera, actions["play_sample"].trigger),
                (
                    options.index,
                    lambda: index_work.start("build", "fast", kind=options.kind, parameters={}, identities=None),
                ),
                (options.tag, lambda: state.tag_wanted.emit(self.folder / "tag")),
                (options.tag, actions["batch_start"].trigger),
                (options.enroll, lambda: state.enroll_wanted.emit(request)),
            )
            if wanted
        ]

    def busy(self) -> bool:
        self._accept()
        return bool(self.window.state.bridge.running()) or not self.accepted

    def _accept(self) -> None:
        """Names and ticks all faces of a look that is over, and adds them."""
        enrolling = next(each for each in self.window.controllers if type(each).__name__ == "Enrolling")
        for run in enrolling.runs:
            if not self.accepted and run.job is None:  # the look is over
                dialog = run.dialog
                for number in range(20):  # several faces in a photo stay without a name until somebody gives one
                    dialog.draft.rename(list(range(number, len(dialog.draft), 20)), f"Person {number}")
                dialog.draft.tick(dialog.model.shown, True)
                dialog.model.tell()
                self.accepted = True
                if dialog.bottom.add.isEnabled():
                    dialog.bottom.add.click()


def watch(options: argparse.Namespace) -> int:
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    with tempfile.TemporaryDirectory() as home:
        os.environ[HOME] = home
        people = gallery(Path(home) / "galleries" / "bench", options.faces)
        application = QApplication([])
        from gui.app import keep_smooth, make_window

        window = make_window(application, people)
        keep_smooth(window)
        loads = Loads(window, options, Path(home))
        loads.prepare()

        def run(seconds: float) -> None:
            loop = QEventLoop()
            QTimer.singleShot(round(seconds * 1000), loop.quit)
            loop.exec()

        def run_until(done: Any, seconds: float) -> bool:
            end = time.monotonic() + seconds
            while not done() and time.monotonic() < end:
                run(0.1)
            return bool(done())

        window.show()
        if not run_until(lambda: window.state.bench.status == "ready", 60):
            print(f"the models are not ready: {window.state.bench.problem}")
        run(2.0)  # the start itself is measured by `start`
        sightings: list[int] = []
        window.state.sighted.connect(lambda rows: sightings.append(len(rows)))
        watched = Watch()
        loads.begin()
        run(max(3.0, options.seconds))
        ended = run_until(lambda: not loads.busy(), options.limit)
        watched.stop()
        names = [name for name in ("enroll", "tag", "index", "camera") if getattr(options, name)]
        good = watched.report(" + ".join(names) or "nothing at work")
        print(f"  {sum(sightings)} rows in the results")
        if not ended:
            print(f"jobs were still at work after {options.limit:.0f} s and are cancelled")
        for job in window.state.bridge.jobs:
            print(f"  {job.title}: {job.state}, {job.done} of {job.total}, {len(job.problems)} problems")
        for job in window.state.bridge.running():
            job.cancel()
        run_until(lambda: not loads.busy(), 10)
        for line in window.state.notices.history:
            if line.kind == "problem":
                print(f"  told: {line.text}")
        window.close()
    return 0 if good else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    ways = parser.add_subparsers(dest="way", required=True)
    starting = ways.add_parser("start", help="time and memory until the first paint")
    starting.add_argument("--runs", type=int, default=5)
    watching = ways.add_parser("watch", help="turns of the event loop; loads may be combined")
    watching.add_argument("--enroll", type=int, default=0, metavar="PHOTOS", help="import photos: look, then write")
    watching.add_argument("--tag", type=int, default=0, metavar="PHOTOS", help="tag photos of 12 megapixels")
    watching.add_argument("--index", action="store_true", help="build an index of all faces")
    watching.add_argument("--camera", action="store_true", help="play the sample film as a camera")
    watching.add_argument("--kind", default="HNSW32", choices=("Flat", "HNSW32", "IVF"))
    watching.add_argument("--faces", type=int, default=50_000, help="random faces in the gallery")
    watching.add_argument("--seconds", type=float, default=10.0, help="to watch at least")
    watching.add_argument("--limit", type=float, default=600.0, help="seconds after which jobs are cancelled")
    options = parser.parse_args()
    from measuring import machine

    print(machine())
    if options.way == "start":
        start(options)
        return 0
    return watch(options)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == CHILD:
        first_paint(models=sys.argv[2] == "1")
    else:
        sys.exit(main())
