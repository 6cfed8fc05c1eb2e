"""Rules of deciding who a face is."""

from __future__ import annotations

import pytest

from core.decision import Limits, decide, decide_all
from core.types import Match

LIMITS = Limits(known=0.4, unsure=0.3, margin=0.05)


def match(name: str, similarity: float) -> Match:
    return Match(identity=sum(name.encode()), name=name, similarity=similarity, face=1)


@pytest.mark.parametrize(
    ("similarities", "kind"),
    [
        ([0.4], "known"),
        ([0.399], "unsure"),
        ([0.3], "unsure"),
        ([0.299], "unknown"),
        ([0.6, 0.54], "known"),
        ([0.6, 0.56], "unsure"),
        ([], "unknown"),
    ],
)
def test_decision_by_threshold_and_margin(similarities: list[float], kind: str) -> None:
    found = [match(f"person {place}", value) for place, value in enumerate(similarities)]
    assert decide(found, LIMITS).kind == kind


def test_reason_names_person_and_numbers() -> None:
    reason = str(decide([match("Anna", 0.35)], LIMITS).reason)
    assert "Anna" in reason
    assert "0.35" in reason
    assert "0.4" in reason


def test_names_with_braces_do_not_break_the_reason() -> None:
    assert "{x}" in str(decide([match("A {x}", 0.35)], LIMITS).reason)


def test_margin_is_told_only_where_there_is_a_second() -> None:
    assert decide([match("Anna", 0.9)], LIMITS).margin is None
    assert decide([match("Anna", 0.9), match("Ben", 0.2)], LIMITS).margin == pytest.approx(0.7)


def test_nobody_is_twice_in_one_photo() -> None:
    faces = [(match("Anna", 0.6),), (match("Anna", 0.8),), (match("Ben", 0.7),)]
    assert [each.kind for each in decide_all(faces, LIMITS)] == ["unsure", "known", "known"]


def test_once_per_photo_can_be_switched_off() -> None:
    limits = Limits(known=0.4, unsure=0.3, margin=0.05, once_per_photo=False)
    faces = [(match("Anna", 0.6),), (match("Anna", 0.8),)]
    assert [each.kind for each in decide_all(faces, limits)] == ["known", "known"]
