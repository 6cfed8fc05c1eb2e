"""Lists that change by the least: every old list becomes every new one, and rows of it stay themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QObject, QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from gui.models.steady import SteadyList, edits

IDS = st.lists(st.integers(1, 30), unique=True, max_size=20)


def ids(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)


class Plain(SteadyList):
    def data(self, index, role=0):
        if role != 0:
            return None
        return self._rows[index.row() - self._fixed] if index.row() >= self._fixed else ""


@settings(max_examples=200, deadline=None)
@given(IDS, IDS)
def test_every_list_becomes_every_other(old: list[int], new: list[int]) -> None:
    owner = QObject()
    model = Plain(owner, fixed=2)
    model.take(list(old), ids(old))
    kept = {value: QPersistentModelIndex(model.index(model.row_of(value))) for value in old}
    resets = []
    model.modelReset.connect(lambda: resets.append(1))
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.take(list(new), ids(new))
    assert [model.index(row).data() for row in range(2, model.rowCount())] == new
    if not resets:
        for value, index in kept.items():
            assert index.isValid() == (value in new)
            assert not index.isValid() or index.data() == value
    del tester


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ([1, 2, 3], [1, 2, 3], []),
        ([1, 2, 3, 4, 5], [1, 5], ["remove"]),
        ([1, 2, 3, 4, 5], [2, 4], ["remove", "remove", "remove"]),
        ([2, 4], [1, 2, 3, 4, 5], ["insert", "insert", "insert"]),
        ([1, 2, 3, 4], [1, 4, 2, 3], ["move"]),
        ([1, 2, 3, 4], [2, 3, 1, 4], ["move"]),
        ([1, 2, 3], [1, 9, 3], ["remove", "insert"]),
    ],
)
def test_the_steps_are_few(old: list[int], new: list[int], kinds: list[str]) -> None:
    steps = edits(ids(old), ids(new))
    assert steps is not None
    assert [step.kind for step in steps] == kinds


def test_another_order_or_too_many_steps_are_shown_at_once() -> None:
    assert edits(ids([1, 2, 3, 4]), ids([4, 3, 2, 1])) is None
    assert edits(ids(list(range(400))), ids(list(range(0, 400, 2)))) is None
