"""What the benchmarks share: models, pictures, galleries, clocks."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.assembly import Bench, open_bench
from core.demo.town import draw_group, townspeople
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.models.store import ModelStore
from core.opencv import cv2
from core.settings import Settings
from core.types import Floats, Pixels


@contextmanager
def models(threads: int = 1) -> Iterator[Bench]:
    with open_bench(Settings(), ModelStore(), threads=threads) as bench:
        yield bench


def group_picture(number: int, *, width: int, height: int) -> Pixels:
    """A drawn group, scaled to fill the size, with the grain of a photo."""
    pixels, _ = draw_group(townspeople(24), number=number)
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)[:height, :width]
    grain = np.random.default_rng(number).normal(0, 4, (height, width, 1)).astype(np.float32)
    picture: Pixels = np.clip(large + grain, 0, 255).astype(np.uint8)
    return picture


def people_features(people: int, each: int, length: int, *, alike: float = 0.6) -> Floats:
    """(people * each, length) unit vectors; two of one person have a cosine of about `alike`."""
    rng = np.random.default_rng(1)
    centres = _unit(rng.normal(size=(people, length)))
    noise = _unit(rng.normal(size=(people * each, length)))
    return _unit(np.sqrt(alike) * np.repeat(centres, each, axis=0) + np.sqrt(1 - alike) * noise)


def fill(gallery: Gallery, features: Floats, model: FeatureModel, *, each: int, crop: bytes = b"") -> None:
    """Enrolls `each` faces a person in turn."""
    faces = ((f"Person {row // each:05d}", _face(features[row], model, crop, row)) for row in range(len(features)))
    gallery.enroll(faces, model=model)


def in_turn(first: Callable[[], object], second: Callable[[], object], runs: int) -> tuple[float, float, float]:
    """Median milliseconds of both, run A B A B, and the median of the ratios pair by pair."""
    pairs = []
    for _ in range(runs):
        began = time.perf_counter()
        first()
        middle = time.perf_counter()
        second()
        pairs.append((middle - began, time.perf_counter() - middle))
    a, b = np.array(pairs).T
    return float(np.median(a)) * 1e3, float(np.median(b)) * 1e3, float(np.median(a / b))


def times_ms(action: Callable[[int], object], runs: int) -> Floats:
    times = []
    for run in range(runs):
        began = time.perf_counter()
        action(run)
        times.append((time.perf_counter() - began) * 1e3)
    return np.array(times, np.float32)


def machine() -> str:
    name = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [
            line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")
        ]
        name = names[0] if names else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _unit(rows: np.ndarray) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _face(feature: Floats, model: FeatureModel, crop: bytes, number: int) -> NewFace:
    return NewFace(
        box=(0, 0, 100, 100),
        landmarks=None,
        score=1.0,
        quality=1.0,
        source=f"{number}.jpg",
        sha256=f"{number:064x}",
        frame_size=(640, 480),
        crop=crop,
        view=crop,
        view_origin=(0, 0),
        view_scale=1.0,
        features={model.space: feature},
    )
