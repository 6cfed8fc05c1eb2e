"""Figures of verification: accuracy over folds, true accepts at a given share of false ones, threshold advice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.types import Flags, Floats


@dataclass(frozen=True)
class FoldAccuracy:
    accuracy: float  # mean over the folds
    deviation: float  # standard deviation over the folds
    threshold: float  # mean of the thresholds that were best on the other folds


@dataclass(frozen=True)
class Accepts:
    """How many same pairs are accepted at the threshold that accepts this share of different pairs."""

    false_share: float  # as asked
    true_share: float
    threshold: float
    false_accepts: int  # how many different pairs that share is; 0 means too few pairs to tell


def fold_accuracy(similarities: Floats, same: Flags, folds: int = 10) -> FoldAccuracy:
    """Accuracy with each fold judged by the threshold best on the others; folds are equal runs in order (LFW).

    similarities (n,) cosine; same (n,). Raises ValueError when there are fewer pairs than folds.
    """
    if len(similarities) < folds:
        raise ValueError(f"{len(similarities)} pairs cannot be split into {folds} folds")
    runs = np.array_split(np.arange(len(similarities)), folds)
    accuracies, thresholds = [], []
    for run in runs:
        rest = np.setdiff1d(np.arange(len(similarities)), run)
        threshold = best_threshold(similarities[rest], same[rest])
        thresholds.append(threshold)
        accuracies.append(float(((similarities[run] >= threshold) == same[run]).mean()))
    return FoldAccuracy(float(np.mean(accuracies)), float(np.std(accuracies)), float(np.mean(thresholds)))


def best_threshold(similarities: Floats, same: Flags) -> float:
    """The threshold with the most right answers (similar = at or above); the middle one of equally good ones."""
    values = similarities.astype(np.float64)
    order = np.unique(values)
    middles = (order[1:] + order[:-1]) / 2
    grid = np.concatenate([[order[0] - 1e-6], middles, [order[-1] + 1e-6]])
    positive, negative = np.sort(values[same]), np.sort(values[~same])
    right = len(positive) - np.searchsorted(positive, grid) + np.searchsorted(negative, grid)
    return float(np.median(grid[right == right.max()]))


def accepts(similarities: Floats, same: Flags, false_share: float) -> Accepts:
    """The share of same pairs accepted when at most `false_share` of the different ones are."""
    impostors = np.sort(similarities[~same])[::-1]
    allowed = int(false_share * len(impostors))
    threshold = float(np.nextafter(impostors[min(allowed, len(impostors) - 1)], np.float32(2)))
    return Accepts(false_share, float((similarities[same] >= threshold).mean()), threshold, allowed)
