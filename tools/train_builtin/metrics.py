"""Verification on labelled pairs: accuracy over ten folds, threshold, true accepts at a rate of false accepts."""

import numpy as np


def unit(features: np.ndarray) -> np.ndarray:
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def best_threshold(score: np.ndarray, same: np.ndarray, grid: np.ndarray) -> float:
    """The middle of the thresholds of `grid` that decide most pairs rightly."""
    positive, negative = np.sort(score[same]), np.sort(score[~same])
    right = len(positive) - np.searchsorted(positive, grid, "left") + np.searchsorted(negative, grid, "left")
    return float(grid[right == right.max()].mean())


def fold_accuracy(score: np.ndarray, same: np.ndarray, folds: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy of each fold at the threshold that is best for the others; the thresholds."""
    grid = np.unique(np.round(np.concatenate([score, [-1.01, 1.01]]), 4))
    accuracy, thresholds = [], []
    for fold in np.array_split(np.arange(len(score)), folds):
        rest = np.setdiff1d(np.arange(len(score)), fold)
        threshold = best_threshold(score[rest], same[rest], grid)
        thresholds.append(threshold)
        accuracy.append(((score[fold] >= threshold) == same[fold]).mean())
    return np.array(accuracy), np.array(thresholds)


def threshold_at(far: float, impostors: np.ndarray) -> float:
    """The cosine that at most `far` of the impostors exceed."""
    return float(np.sort(impostors)[::-1][max(int(far * len(impostors)), 1)])


def verification(features: np.ndarray, pairs: np.ndarray) -> dict[str, float]:
    """features (n, d); pairs (m, 3) = row, row, same."""
    e = unit(features)
    score, same = (e[pairs[:, 0]] * e[pairs[:, 1]]).sum(1), pairs[:, 2].astype(bool)
    accuracy, thresholds = fold_accuracy(score, same)
    result = {"accuracy": accuracy.mean(), "std": accuracy.std(), "threshold": thresholds.mean()}
    for far in (1e-2, 1e-3):
        cosine = threshold_at(far, score[~same])
        result[f"cosine_at_{far:g}"], result[f"tar_at_{far:g}"] = cosine, (score[same] > cosine).mean()
    return {name: round(float(value), 4) for name, value in result.items()}


def histogram(e: np.ndarray, people: np.ndarray, rows: int = 512) -> np.ndarray:
    """Counts of the cosines of all pairs in steps of 0.001: different people, same person."""
    counts = np.zeros((2, 2001), np.int64)
    for start in range(0, len(e), rows):
        block = e[start : start + rows]
        same = people[start : start + rows, None] == people[None]
        later = np.arange(len(e))[None] > np.arange(start, start + len(block))[:, None]
        steps = np.clip((block @ e.T + 1) * 1000, 0, 2000).astype(int)
        counts += [np.bincount(steps[later & kind], minlength=2001) for kind in (~same, same)]
    return counts


def all_pairs(features: np.ndarray, people: np.ndarray) -> dict[str, float]:
    """Cosine and true accepts at rates of false accepts over all pairs, not 3,000: one pair decides nothing.

    Also rank-1 with one picture of everybody enrolled.
    """
    e = unit(features).astype(np.float32)
    counts, result = histogram(e, people), {}
    above = counts[:, ::-1].cumsum(1)[:, ::-1] / counts.sum(1, keepdims=True)
    for far in (1e-2, 1e-3, 1e-4):
        step = int(np.nonzero(above[0] <= far)[0][0])
        result[f"cosine_at_{far:g}"], result[f"tar_at_{far:g}"] = step / 1000 - 1, above[1, step]
    enrolled = np.unique(people, return_index=True)[1]
    probes = np.setdiff1d(np.arange(len(people)), enrolled)
    nearest = people[enrolled][(e[probes] @ e[enrolled].T).argmax(1)]
    result["rank1"] = (nearest == people[probes]).mean()
    return {name: round(float(value), 4) for name, value in result.items()}
