"""Tagging 12-megapixel photos against what the cores could do if nothing but decoding and inference were to do."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from core.assembly import Bench
from core.gallery.gallery import Gallery
from core.index.shelf import Shelf
from core.jobs.parallel import cores
from core.jobs.tag import tag
from core.photos import open_photo
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.settings import Settings
from core.vision.preprocess import plan
from measuring import fill, group_picture, machine, models, people_features

DISTINCT = 20  # pictures drawn; the others are copies


def photos_in(folder: Path, count: int) -> list[Path]:
    for number in range(DISTINCT):
        write_picture(folder / f"{number}.jpg", group_picture(number, width=4000, height=3000), quality=90)
    for number in range(DISTINCT, count):
        (folder / f"{number}.jpg").write_bytes((folder / f"{number % DISTINCT}.jpg").read_bytes())
    return [folder / f"{number}.jpg" for number in range(count)]


def needed_seconds(bench: Bench, recognizer: Recognizer, photos: list[Path]) -> tuple[float, float]:
    """CPU seconds a photo: decoding as it is needed, and bare inference; one thread, medians."""
    decoding, inference = [], []
    for path in photos:
        photo = open_photo(path)
        reduction = recognizer._reduction(photo)
        began = time.thread_time()
        open_photo(path).decode(reduction)
        decoding.append(time.thread_time() - began)
        faces = len(recognizer.look_at_photo(photo).faces)
        inference.append(bare_inference(bench, photo.width // reduction, photo.height // reduction, faces))
    return float(np.median(decoding)), float(np.median(inference))


def bare_inference(bench: Bench, width: int, height: int, faces: int) -> float:
    detector, extractor = bench.detector, bench.extractor
    shapes = [
        plan(detector.card.preprocess, width=width, height=height, side=side).outer for side in detector.card.passes
    ]
    images = [np.random.default_rng(0).random((1, 3, *shape), np.float32) for shape in shapes]
    crops = np.random.default_rng(0).random((max(faces, 1), 3, 112, 112), np.float32)
    began = time.thread_time()
    for image in images:
        detector.session.run({detector.session.inputs[0].name: image})
    if faces:
        extractor.session.run({extractor.session.inputs[0].name: crops})
    return time.thread_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=500)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder, models(1) as bench:
        photos = photos_in(Path(folder), options.photos)
        size = np.mean([path.stat().st_size for path in photos]) / 1e6
        with Gallery.create(Path(folder) / "g") as gallery:
            fill(gallery, people_features(1000, 5, bench.model.length), bench.model, each=5)
            recognizer = bench.recognizer(Settings(), Shelf(gallery).open())
            decoding, inference = needed_seconds(bench, recognizer, photos[:DISTINCT])
            began, cpu = time.perf_counter(), time.process_time()
            faces = sum(len(step.item.faces) for step in tag(photos, recognizer))
            wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    possible = cores() / (decoding + inference)
    print(f"{len(photos)} photos of 12 MP ({size:.1f} MB), {faces} faces, {cores()} threads")
    print(f"a photo: decoding {decoding * 1e3:.1f} ms, inference {inference * 1e3:.1f} ms of CPU")
    print(f"rate {len(photos) / wall:.1f}/s, possible {possible:.1f}/s, ratio {len(photos) / wall / possible:.3f}")
    print(f"cores busy: {cpu / wall:.2f} of {cores()}")


if __name__ == "__main__":
    main()
