"""The teacher's maps as both trainings compare them: divided by their channels' deviations."""

import multiprocessing as mp
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

Maps = dict[str, Tensor]  # by the part that makes them


def spreads(path: Path, queue: "mp.Queue", batches: int = 24) -> Maps:
    """(channels, 1, 1) deviation of each channel of the teacher's maps, measured once and kept at `path`.

    Divided by it, all maps are of one size: what a network with fresh normalizations gives.
    """
    if not path.exists():
        seen = [queue.get().maps for _ in range(batches)]
        np.savez(path, **{n: np.sqrt(np.mean([m[n].astype("f").var((0, 2, 3)) for m in seen], 0)) for n in seen[0]})
    return {name: torch.from_numpy(value + 1e-2)[:, None, None] for name, value in np.load(path).items()}


def scaled(maps: dict[str, np.ndarray], scales: Maps) -> Maps:
    return {
        name: (torch.from_numpy(level).float() / scales[name]).contiguous(memory_format=torch.channels_last)
        for name, level in maps.items()
    }
