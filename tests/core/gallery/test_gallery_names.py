"""Which names are taken, and as what."""

from __future__ import annotations

import pytest

from core.errors import GalleryProblem
from core.gallery.names import clean_name, clean_notes, near


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Anna ", "Anna"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("王小明", "王小明"),
        ("x" * 200, "x" * 200),
        ("e\u0301" * 200, "\u00e9" * 200),
        ("👩‍👧", "👩‍👧"),
        ("#1", "#1"),
    ],
)
def test_kept(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize("given", ["", " \u3000\n", "a\nb", "a\0b", "\ud800", "x" * 201, "a\u2028b", "\x1b[31m"])
def test_refused(given):
    with pytest.raises(GalleryProblem) as told:
        clean_name(given)
    str(told.value).encode()  # can be shown


def test_notes_keep_their_lines():
    assert clean_notes("one\r\ntwo\n") == "one\ntwo\n"
    for notes in ("\0", "\udfff", "x" * 20_001):
        with pytest.raises(GalleryProblem):
            clean_notes(notes)


def test_near_names():
    assert near("ANNA", ["Anna", "Bob", "Hanna"]) == ["Anna", "Hanna"]
    assert near("", ["Anna"]) == []
    assert len(near("Person", [f"Person {n}" for n in range(100)])) == 5
