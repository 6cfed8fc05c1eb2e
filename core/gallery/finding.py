"""Finding people by name as somebody types: anywhere in the name, whatever the case and the accents."""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, get_args

from core.gallery.records import Identity

PeopleOrder = Literal["name", "faces", "newest"]
PEOPLE_ORDERS: tuple[PeopleOrder, ...] = get_args(PeopleOrder)
# Letters that people type without their stroke, though Unicode does not take them apart.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """The text as it is compared: without case, accents and strokes."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def arranged(people: Iterable[Identity], wanted: str = "", order: PeopleOrder = "name") -> list[Identity]:
    """Those whose names hold every word of `wanted`, in order; equal ones stay in the order given."""
    found = list(people)
    for word in folded(wanted).split():
        found = [person for person in found if word in folded(person.name)]
    if order == "faces":
        found.sort(key=lambda person: -person.faces)
    elif order == "newest":
        found.sort(key=lambda person: (-person.created, -person.id))
    else:
        found.sort(key=lambda person: folded(person.name))
    return found


def likeliest(
    people: Iterable[Identity], typed: str = "", *, alike: Sequence[int] = (), most: int = 50
) -> list[Identity]:
    """Who may be meant by what is typed so far, the likeliest first.

    `alike` are identities that resemble the face in question, the nearest first; they lead as long as the name fits.
    """
    wanted = folded(typed).strip()
    places = {identity: place for place, identity in enumerate(alike)}

    def rank(person: Identity) -> tuple[int, int, int, str, int]:
        name = folded(person.name)
        return _fit(name, wanted), places.get(person.id, len(places)), -person.faces, name, person.id

    words = wanted.split()
    return heapq.nsmallest(most, (each for each in people if all(word in folded(each.name) for word in words)), rank)


def called(people: Iterable[Identity], name: str) -> list[Identity]:
    """All that have exactly this name, as a gallery keeps it."""
    wanted = unicodedata.normalize("NFC", name).strip()
    return [person for person in people if person.name == wanted]


def _fit(name: str, wanted: str) -> int:
    if not wanted or name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if any(word.startswith(wanted) for word in name.split()) else 3
