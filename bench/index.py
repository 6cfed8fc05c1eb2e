"""100,000 faces of 20,000 people: opening, searching, changing and listing."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.index.shelf import Shelf
from core.types import Floats
from measuring import fill, machine, people_features, times_ms

LENGTH, EACH = 256, 5
MODEL = FeatureModel("bench", "bench", LENGTH)


def finish(job: Generator[Any, None, Any]) -> None:
    for _ in job:
        pass


def build(shelf: Shelf, kind: str, _: int) -> None:
    finish(shelf.build(kind, kind=kind))


def open_index(shelf: Shelf, kind: str, _: int) -> None:
    shelf.open(kind)


def queries(people: int, count: int) -> Floats:
    """New faces of enrolled people: as near to the faces of their person as those are to each other."""
    known = people_features(people, 1, LENGTH, alike=1.0)  # the same centres as those enrolled
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(count, LENGTH))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    mixed = np.sqrt(0.6) * known[rng.integers(0, people, count)] + np.sqrt(0.4) * noise
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)


def searching(shelf: Shelf, name: str, asked: Floats, right: np.ndarray | None) -> np.ndarray:
    """Prints the time of single searches and the share whose first is the exact first; returns the firsts."""
    index = shelf.open(name)
    inner = index.faces
    assert inner is not None
    index.search(asked[:1], 5, space=MODEL.space)
    times = times_ms(lambda run: index.search(asked[run : run + 1], 5, space=MODEL.space), len(asked))
    first = np.array([inner.search(row[None], 1)[1][0, 0] for row in asked])
    recall = "" if right is None else f", recall@1 {np.mean(first == right):.4f}"
    bare = times_ms(lambda run: inner.search(asked[run : run + 1], 5), len(asked))
    print(
        f"{name}: one search median {np.median(times):.3f} ms, p99 {np.quantile(times, 0.99):.3f} ms; "
        f"without names p99 {np.quantile(bare, 0.99):.3f} ms{recall}"
    )
    return first


def reading_once(features: Floats) -> Floats:
    """Milliseconds to read the vectors once from memory, of many times."""
    return times_ms(lambda run: features.view(np.uint64).max(), 300)


def another_person(number: int, length: int) -> tuple[str, NewFace]:
    rng = np.random.default_rng(number)
    feature = rng.normal(size=length).astype(np.float32)
    feature /= np.linalg.norm(feature)
    face = NewFace(
        (0, 0, 9, 9), None, 1, 1, "x.jpg", "", (9, 9), b"c" * 4000, b"v" * 16000, (0, 0), 1, {"bench": feature}
    )
    return f"New {number}", face


def changing(gallery: Gallery, shelf: Shelf, name: str, people: list[int]) -> None:
    """Each act on another of `people`."""
    shelf.open(name)

    def remove(run: int) -> None:
        shelf.refresh(gallery.remove([people[run]]))

    def enroll(run: int) -> None:
        shelf.refresh(gallery.enroll([another_person(run, LENGTH)], model=MODEL))

    def take_out(run: int) -> None:
        shelf.remove(name, [people[20 + run]])

    def put_in(run: int) -> None:
        shelf.append(name, [people[20 + run]])

    for label, action in (
        ("remove a person from the gallery", remove),
        ("enroll a person", enroll),
        ("remove a person from the index", take_out),
        ("append a person to the index", put_in),
    ):
        times = times_ms(action, 20)
        print(
            f"{name}: {label}, durable and searchable: median {np.median(times):.1f} ms, at most {times.max():.1f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--kinds", default="Flat,HNSW32")
    options = parser.parse_args()
    print(machine())
    features = people_features(options.people, EACH, LENGTH)
    asked = queries(options.people, 1000)
    right = (asked @ features.T).argmax(1)
    reading = reading_once(features)
    print(f"{len(features)} faces of {options.people} people, length {LENGTH}")
    print(f"reading them once: median {np.median(reading):.2f} ms, p99 {np.quantile(reading, 0.99):.2f} ms")
    with tempfile.TemporaryDirectory() as folder, Gallery.create(Path(folder) / "g") as gallery:
        times = times_ms(lambda _: fill(gallery, features, MODEL, each=EACH, crop=b"x" * 1000), 1)
        print(f"enrolled in {times[0] / 1e3:.1f} s")
        faces = gallery.owners()[0]
        print(
            f"listing: faces {np.median(times_ms(lambda _: gallery.faces(), 5)):.0f} ms, "
            f"people {np.median(times_ms(lambda _: gallery.identities(), 5)):.0f} ms"
        )
        for kind in options.kinds.split(","):
            with Shelf(gallery) as shelf:
                built = times_ms(partial(build, shelf, kind), 1)
                print(f"{kind}: built and saved in {built[0] / 1e3:.1f} s")
            with Shelf(gallery) as shelf:
                opened = times_ms(partial(open_index, shelf, kind), 1)
                print(f"{kind}: opened in {opened[0]:.0f} ms")
                searching(shelf, kind, asked, faces[right])
        everyone = [person.id for person in gallery.identities()]
        for turn, kind in enumerate(options.kinds.split(",")):
            with Shelf(gallery) as shelf:
                changing(gallery, shelf, kind, everyone[turn * 40 : turn * 40 + 40])


if __name__ == "__main__":
    main()
