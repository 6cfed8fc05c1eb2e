"""People found by what is typed."""

from __future__ import annotations

import pytest

from core.gallery.finding import arranged, called, folded, likeliest
from core.gallery.records import Identity

PEOPLE = [
    Identity(1, "Anna Lind", "", None, 3, 10.0),
    Identity(2, "Ørjan Åse", "", None, 9, 30.0),
    Identity(3, "李雷", "", None, 1, 20.0),
    Identity(4, "Manuel", "", None, 3, 40.0),
    Identity(5, "Joanna", "", None, 5, 5.0),
]


def ids(people: list[Identity]) -> list[int]:
    return [person.id for person in people]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("ANN", [1, 5]), ("orjan", [2]), ("ase ørj", [2]), ("雷", [3]), ("é", [4, 2]), ("", [1, 5, 4, 2, 3]), ("zzz", [])],
)
def test_a_name_is_found_by_any_part_of_it(typed: str, found: list[int]) -> None:
    assert ids(arranged(PEOPLE, typed)) == found


def test_case_accents_and_strokes_do_not_count() -> None:
    assert folded("Straße ŁÓDŹ Çağla") == folded("STRASSE lodz cagla")


def test_orders() -> None:
    assert ids(arranged(PEOPLE, order="faces")) == [2, 5, 1, 4, 3]
    assert ids(arranged(PEOPLE, order="newest")) == [4, 2, 3, 1, 5]


def test_the_likeliest_are_alike_then_begin_so_then_have_a_word_that_does() -> None:
    assert ids(likeliest(PEOPLE, "an")) == [1, 2, 5, 4]
    assert ids(likeliest(PEOPLE, "an", alike=[4, 5])) == [1, 4, 5, 2]
    assert ids(likeliest(PEOPLE, alike=[3])) == [3, 2, 5, 1, 4]
    assert ids(likeliest(PEOPLE, most=2)) == [2, 5]


def test_only_the_very_name_is_the_same() -> None:
    assert ids(called(PEOPLE, " Manuel ")) == [4]
    assert called(PEOPLE, "manuel") == []
