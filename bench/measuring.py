"""What the benchmarks share: models, pictures, clocks."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.assembly import Bench, open_bench
from core.demo.town import draw_group, townspeople
from core.models.store import ModelStore
from core.opencv import cv2
from core.settings import Settings
from core.types import Pixels


@contextmanager
def models(threads: int = 1) -> Iterator[Bench]:
    with open_bench(Settings(), ModelStore(), threads=threads) as bench:
        yield bench


def group_picture(number: int, *, width: int, height: int) -> Pixels:
    """A drawn group, scaled to fill the size."""
    pixels, _ = draw_group(townspeople(24), number=number)
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    large = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[:height, :width]).astype(np.uint8, copy=False)


def median_ms(action: Callable[[], object], runs: int) -> float:
    return float(np.median(times_ms(action, runs)))


def times_ms(action: Callable[[], object], runs: int) -> list[float]:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1e3)
    return times


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


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
