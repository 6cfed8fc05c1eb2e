"""Limits from a gallery's own faces, against cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.decision import Limits
from core.own_limits import MANY, Compared, chosen_rows, joined, nearest_three
from core.types import Floats

LIMITS = Limits(known=0.4, unsure=0.3, margin=0.05)


def turned(*degrees: float) -> Floats:
    """Unit vectors of two numbers, so that cosines are those of angles."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], 1).astype(np.float32)


def compared(own: list[float], first: list[float], second: list[float]) -> Compared:
    """One face each of people 1, 2, ...; the nearest other person of all is number 9."""
    ids = np.arange(1, len(own) + 1)
    return Compared(ids, np.float32(own), np.float32(first), np.float32(second), np.full(len(own), 9))


def test_the_nearest_three_of_each_face() -> None:
    features, owners = turned(0, 10, 30, 60, 65, 120), np.array([1, 1, 4, 7, 7, 8])
    found = nearest_three(features[[0, 2]], np.array([0, 2]), features, owners)
    assert found.people.tolist() == [1, 4]
    assert found.own == pytest.approx([np.cos(np.radians(10)), -1])  # the third face is its owner's only one
    assert found.first == pytest.approx(np.cos(np.radians([30, 20])), abs=1e-6)
    assert found.second == pytest.approx(np.cos(np.radians([60, 30])), abs=1e-6)
    assert found.nearest.tolist() == [4, 1]


def test_strangers_need_the_limit_and_the_margin() -> None:
    found = compared([-1] * 4, [0.5, 0.5, 0.39, 0.7], [0.2, 0.48, 0.1, 0.1])
    assert found.at(LIMITS).strangers == pytest.approx(2 / 4)  # the first and the last
    assert found.at(LIMITS.with_known(0.6)).strangers == pytest.approx(1 / 4)


def test_faces_are_named_proposed_or_named_wrongly() -> None:
    #                 named, below known, too near another, another's, nobody's
    found = compared([0.7, 0.35, 0.6, 0.3, 0.1], [0.2, 0.1, 0.58, 0.6, 0.2], [0.1] * 5)
    shares = found.at(LIMITS)
    assert (shares.named, shares.unsure, shares.wrong) == pytest.approx((1 / 5, 2 / 5, 1 / 5))


def test_a_person_counts_once_however_many_faces_there_are() -> None:
    one = Compared(
        np.array([1, 1, 1]), np.float32([0.9] * 3), np.float32([0.5] * 3), np.float32([0] * 3), np.full(3, 2)
    )
    other = Compared(np.array([2]), np.float32([-1]), np.float32([0.1]), np.float32([0]), np.array([1]))
    assert joined([one, other]).at(LIMITS).strangers == pytest.approx(1 / 2)


def test_nobody_has_several_faces() -> None:
    shares = compared([-1, -1], [0.1, 0.1], [0, 0]).at(LIMITS)
    assert np.isnan([shares.named, shares.unsure, shares.wrong]).all()


def test_one_person_under_two_names_is_told_and_does_not_count() -> None:
    found = compared([-1] * 3, [0.97, 0.2, 0.2], [0.1] * 3)
    assert [(a, b, round(cosine, 2)) for a, b, cosine in found.alike()] == [(1, 9, 0.97)]
    assert found.at(LIMITS).strangers == 0
    assert found.recommended(LIMITS) == 0.4


def test_everyone_twice_says_nothing_of_strangers() -> None:
    shares = compared([-1] * 4, [0.9] * 4, [0.1] * 4).at(LIMITS)
    assert (shares.strangers, shares.strangers_low, shares.strangers_high) == (0, 0, 1)


def test_where_everybody_looks_alike_one_person_is_more_alike_still() -> None:
    found = compared([0.95] * 4, [0.85, 0.96, 0.2, 0.2], [0.1] * 4)
    assert [(a, b) for a, b, _ in found.alike()] == [(2, 9)]
    assert found.at(LIMITS).strangers == pytest.approx(1 / 3)


def test_the_advice_is_the_lowest_limit_that_keeps_strangers_out() -> None:
    found = compared([-1] * 10, [0.52, *[0.1] * 9], [0.0] * 10)
    assert found.recommended(LIMITS) == pytest.approx(0.53)
    assert found.recommended(LIMITS, 0.1) == pytest.approx(0.4)


def test_less_than_the_cards_limit_takes_many_people() -> None:
    few, many = (compared([-1] * count, [0.1] * count, [0.0] * count) for count in (MANY - 1, MANY))
    assert few.recommended(LIMITS) == pytest.approx(0.4)
    assert many.recommended(LIMITS) == pytest.approx(0.35)  # between unsure and known


def test_the_interval_is_wide_for_few_people() -> None:
    shares = compared([-1] * 10, [0.5, *[0.1] * 9], [0.0] * 10).at(LIMITS)
    assert (shares.strangers_low, shares.strangers_high) == pytest.approx((0.0179, 0.4042), abs=1e-3)  # Wilson's


def test_chosen_rows_are_spread_over_people_and_their_faces() -> None:
    owners = np.repeat([3, 5, 8], [1, 9, 2])
    assert chosen_rows(owners, most_people=3, most_faces=3).tolist() == [0, 1, 5, 9, 10, 11]
    assert chosen_rows(owners, most_people=2, most_faces=1).tolist() == [0, 10]


def test_histograms_are_shares() -> None:
    edges, own, others = compared([0.55, -1], [0.25, 0.95], [0, 0]).histograms(bins=10)
    assert len(edges) == 11
    assert own.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert others.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
