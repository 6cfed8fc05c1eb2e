"""Age of live results at a 30 fps source: with a recognizer that takes 40 ms, and with the built-in models."""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.assembly import Bench
from core.camera import Camera, Source, sample
from core.camera.readers import Read, open_reader
from core.decision import Limits
from core.demo.film import moving_people
from core.demo.town import draw_portrait, townspeople
from core.gallery.gallery import Gallery
from core.index.shelf import Shelf
from core.live import LiveLane, LiveResult
from core.recognizer import Recall, Recognizer, Sighting
from core.samples import sample_of
from core.settings import Settings
from core.tracker import Tracker
from core.types import Faces, Frame, Match, Pixels, Quality, Recognition
from measuring import machine, models

FPS = 30


class Drawn:
    """Frames drawn before, given at 30 a second, so that drawing takes nothing from what is measured."""

    def __init__(self, frames: list[Pixels], wait: Callable[[float], bool]) -> None:
        self._frames, self._wait = frames, wait

    def __iter__(self) -> Iterator[Read]:
        began = time.monotonic()
        for number in range(10**9):
            if self._wait(max(began + number / FPS - time.monotonic(), 0.0)):
                return
            yield Read(self._frames[number % len(self._frames)])

    def close(self) -> None:
        """Nothing stays open."""


class Pretending:
    """Takes 40 ms and finds so many faces that move a little; looks at nothing."""

    def __init__(self, faces: int, milliseconds: float) -> None:
        self.limits, self.searcher = Limits(0.42, 0.3, 0.06), object()
        self.extractor: Any = type("Extractor", (), {"card": type("Card", (), {"space": "s"})})
        self._faces, self._milliseconds = faces, milliseconds
        self._features = np.eye(faces, 256, dtype=np.float32)
        self._crops = np.random.default_rng(0).integers(0, 255, (faces, 112, 112, 3)).astype(np.uint8)

    def look(self, frame: Frame, *, recall: Recall | None = None) -> Sighting:
        time.sleep(self._milliseconds / 1e3)
        left = np.arange(self._faces) * 120 + 20 * np.sin(frame.seconds)
        top = np.full(self._faces, 100.0)
        boxes = np.stack([left, top, left + 100, top + 120], 1).astype(np.float32)
        faces = Faces(boxes, np.ones(self._faces, np.float32), np.zeros((self._faces, 5, 2), np.float32))
        known = recall(frame, faces, self._crops) if recall else [None] * self._faces
        qualities = (Quality(0.9, 100, 100, 120),) * self._faces
        fresh = np.array([each is None for each in known], np.bool_)
        return Sighting(frame, faces, self._crops, qualities, self._features, self._crops, {}, fresh)

    def name(self, seen: Sighting) -> Recognition:
        rest = tuple(Match(100 + each, str(each), 0.1, each) for each in range(4))
        matches = tuple((Match(each + 1, str(each), 0.9, each), *rest) for each in range(len(seen.faces)))
        return Recognition(seen.frame, seen.faces, seen.features, seen.qualities, matches)


def watch(source: Source, opener: Any, recognizer: Any, seconds: float) -> tuple[list[LiveResult], int, int]:
    """Results of a camera through the lane, frames that came, frames dropped."""
    results: list[LiveResult] = []
    came = 0

    def frame(newest: Frame) -> None:
        nonlocal came
        came += 1
        lane.frames.put(newest)

    lane = LiveLane(lambda: recognizer, on_result=results.append, on_problem=print)
    camera = Camera(source, on_frame=frame, on_state=lambda state: None, opener=opener)
    camera.start()
    threading.Event().wait(seconds)
    camera.close()
    lane.close()
    return results[5:], came, lane.frames.dropped


def tell(title: str, watched: tuple[list[LiveResult], int, int], seconds: float) -> None:
    results, came, dropped = watched
    ages = np.array([result.age for result in results])
    stages = {
        stage: float(np.median([result.milliseconds.get(stage, 0.0) for result in results]))
        for stage in results[-1].milliseconds
    }
    told = ", ".join(f"{stage} {value:.2f}" for stage, value in stages.items())
    print(
        f"{title}: age of a result median {np.median(ages):.0f} ms, p95 {np.percentile(ages, 95):.0f} ms; "
        f"{came / seconds:.1f} frames/s, {len(results) / seconds:.1f} analyses/s, {dropped} dropped  [{told}]"
    )


def tracking(faces: int, frames: int) -> None:
    """The tracker alone."""
    for still in (True, False):
        tracker, pretending, looked, updated = Tracker(), Pretending(faces, 0.0), [], []
        for number in range(frames):
            frame = Frame(np.zeros((720, 1280, 3), np.uint8), number, number / 25)
            clock: list[float] = []

            def recall(*given: Any, tracker: Tracker = tracker, clock: list[float] = clock) -> Any:
                began = time.perf_counter()
                known = tracker.recall(*given)
                clock.append((time.perf_counter() - began) * 1e3)
                return known

            seen = pretending.look(frame, recall=recall if still else None)
            named = pretending.name(seen)
            began = time.perf_counter()
            tracker.update(seen, named, limits=pretending.limits, space="s")
            updated.append((time.perf_counter() - began) * 1e3)
            looked += clock
        told = f"update {np.median(updated[20:]):.3f} ms" + (
            f", recall {np.median(looked[20:]):.3f} ms" if still else ""
        )
        print(f"tracker, {faces} faces, {'features used again' if still else 'every feature new'}: {told}")


def enrolled(gallery: Gallery, bench: Bench, people: int) -> Recognizer:
    """Drawn people with four portraits each."""
    plain = bench.recognizer(Settings())
    faces = []
    for who, (name, person) in enumerate(townspeople(people).items()):
        for number in range(4):
            seen = plain.look(Frame(draw_portrait(person, np.random.default_rng((who, number)))))
            faces += [(name, sample_of(seen, 0, bench.model.space).encoded())] if len(seen.faces) else []
    gallery.enroll(faces, model=bench.model)
    return bench.recognizer(Settings(), Shelf(gallery).open())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part")
    parser.add_argument("--threads", type=int, default=1, help="of each model")
    options = parser.parse_args()
    print(machine())
    tracking(10, 300)
    town = list(townspeople(12).values())
    people = [town[place] for place in (0, 2, 3, 6)]
    frames = list(moving_people(people, seconds=4, fps=FPS))
    drawn: Any = lambda source, playing, wait: Drawn(frames, wait)  # noqa: E731 - an opener
    watched = watch(Source("camera", "0"), drawn, Pretending(3, 40.0), options.seconds)
    tell("40 ms recognizer", watched, options.seconds)
    with (
        tempfile.TemporaryDirectory() as folder,
        models(options.threads) as bench,
        Gallery.create(Path(folder) / "g") as gallery,
    ):
        recognizer = enrolled(gallery, bench, 12)
        still: Any = lambda source, playing, wait: Drawn(frames[:1], wait)  # noqa: E731
        for title, source, opener in (
            ("built-in models, 2 to 3 faces walking", Source("camera", "0"), drawn),
            ("the same, standing still", Source("camera", "0"), still),
            ("the sample, drawn meanwhile", sample(), open_reader),
        ):
            tell(title, watch(source, opener, recognizer, options.seconds), options.seconds)


if __name__ == "__main__":
    main()
