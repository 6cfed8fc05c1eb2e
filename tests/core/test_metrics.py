"""Figures of verification against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics import accepts, best_threshold, fold_accuracy


def test_perfect_separation() -> None:
    similarities = np.float32([0.9, 0.1] * 10)
    same = np.array([True, False] * 10)
    found = fold_accuracy(similarities, same)
    assert found.accuracy == 1
    assert found.deviation == 0
    assert 0.1 < found.threshold < 0.9


def test_one_wrong_pair_costs_its_fold() -> None:
    similarities = np.float32([0.9, 0.1] * 10)
    same = np.array([True, False] * 10)
    similarities[0] = 0.0  # a same pair that looks different, in the first of ten folds of two
    found = fold_accuracy(similarities, same)
    assert found.accuracy == pytest.approx(0.95)
    assert found.deviation == pytest.approx(0.15)


def test_folds_are_runs_in_order() -> None:
    # The threshold that is best elsewhere is wrong for the whole last fold.
    similarities = np.float32([0.9, 0.1] * 9 + [0.1, 0.05])
    same = np.array([True, False] * 10)
    assert fold_accuracy(similarities, same).accuracy == pytest.approx(0.95)


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="3 pairs"):
        fold_accuracy(np.zeros(3, np.float32), np.array([True, False, True]))


def test_best_threshold_lies_between_the_classes() -> None:
    values = np.float32([0.8, 0.7, 0.2, 0.3])
    assert best_threshold(values, np.array([True, True, False, False])) == pytest.approx(0.5)


def test_accepts_at_a_share_of_false_ones() -> None:
    different = np.linspace(0, 0.99, 100, dtype=np.float32)
    same = np.float32([0.5, 0.97, 0.985, 0.995])
    similarities = np.concatenate([different, same])
    flags = np.r_[np.zeros(100, bool), np.ones(4, bool)]
    found = accepts(similarities, flags, 0.01)  # one stranger of a hundred may pass: the one at 0.99
    assert found.threshold > 0.98
    assert found.true_share == pytest.approx(0.5)
    assert found.false_accepts == 1
    assert (different >= found.threshold).sum() == 1


def test_no_false_one_allowed_means_above_all_of_them() -> None:
    similarities = np.float32([0.1, 0.2, 0.3, 0.9])
    found = accepts(similarities, np.array([False, False, False, True]), 1e-3)
    assert found.true_share == 1
    assert found.threshold > 0.3
    assert found.false_accepts == 0
