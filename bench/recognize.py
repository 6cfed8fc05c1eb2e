"""Recognizing one 1280x720 picture against the sum of the bare engine runs that it needs."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.assembly import Bench
from core.demo.people import draw_person
from core.demo.scenes import paste
from core.demo.traits import imagine_person
from core.gallery.gallery import Gallery
from core.index.shelf import Shelf
from core.recognizer import Recognizer
from core.settings import Settings
from core.types import Frame, Pixels
from core.vision.preprocess import plan
from measuring import fill, in_turn, machine, models, people_features


def picture(people: int) -> Pixels:
    """1280x720 with so many drawn heads in two rows of five."""
    pixels = np.full((720, 1280, 3), 190, np.uint8)
    for number in range(people):
        rng = np.random.default_rng(number)
        head = draw_person(imagine_person(rng), rng, size=240)
        paste(pixels, head.pixels, x=number % 5 * 250 + 15, y=number // 5 * 340 + 60)
    return pixels


def bare(bench: Bench, frame: Pixels, faces: int) -> Callable[[], None]:
    """The engine runs alone, on tensors of the same shapes."""
    detector, extractor = bench.detector, bench.extractor
    sides = detector.card.passes
    shapes = [plan(detector.card.preprocess, width=1280, height=720, side=side).outer for side in sides]
    images = [np.random.default_rng(0).random((1, 3, *shape), np.float32) for shape in shapes]
    crops = np.random.default_rng(0).random((faces, 3, 112, 112), np.float32)
    names = detector.session.inputs[0].name, extractor.session.inputs[0].name

    def run() -> None:
        for image in images:
            detector.session.run({names[0]: image})
        extractor.session.run({names[1]: crops})

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--threads", type=int, default=1, help="of each model")
    parser.add_argument("--people", type=int, default=1000, help="in the gallery, five faces each")
    options = parser.parse_args()
    print(machine())
    with (
        tempfile.TemporaryDirectory() as folder,
        models(options.threads) as bench,
        Gallery.create(Path(folder) / "g") as gallery,
    ):
        fill(gallery, people_features(options.people, 5, bench.model.length), bench.model, each=5)
        recognizer = bench.recognizer(Settings(), Shelf(gallery).open())
        for people in (1, 3, 10):
            compare(bench, recognizer, Frame(picture(people)), options.runs)


def compare(bench: Bench, recognizer: Recognizer, frame: Frame, runs: int) -> None:
    found = len(recognizer.recognize(frame).faces)
    ours, engines, ratio = in_turn(lambda: recognizer.recognize(frame), bare(bench, frame.pixels, found), runs)
    stages = recognizer.recognize(frame).milliseconds
    told = ", ".join(f"{stage} {value:.2f}" for stage, value in stages.items())
    print(f"{found} faces: {ours:.2f} ms, bare {engines:.2f} ms, ratio {ratio:.3f}  [{told}]")


if __name__ == "__main__":
    main()
