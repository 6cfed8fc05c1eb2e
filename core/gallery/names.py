"""Which names and notes are taken, and which are near to one that is not there."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

from core.errors import GalleryProblem

LONGEST_NAME = 200
LONGEST_NOTES = 20_000


def clean_name(name: str) -> str:
    """The name as it is kept: NFC, trimmed. Raises GalleryProblem when empty, too long or with control characters."""
    cleaned = unicodedata.normalize("NFC", name).strip()
    if not cleaned:
        raise GalleryProblem("A name must not be empty.", "Nothing was changed; give a name.")
    if len(cleaned) > LONGEST_NAME:
        raise GalleryProblem(
            "The name {start}... is too long: {length} characters.",
            "Nothing was changed; at most {most} are taken.",
            start=cleaned[:30],
            length=len(cleaned),
            most=LONGEST_NAME,
        )
    # Cc: control; Cs: half a character, which UTF-8 cannot hold; Zl, Zp: ends of lines.
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in cleaned):
        raise GalleryProblem(
            "The name {name} holds characters that cannot be shown.",
            "Nothing was changed; leave out line ends and control characters.",
            name=ascii(cleaned),
        )
    return cleaned


def clean_notes(notes: str) -> str:
    """Notes as they are kept: NFC, line ends as \\n. Raises GalleryProblem when too long or not text."""
    cleaned = unicodedata.normalize("NFC", notes).replace("\r\n", "\n")
    if len(cleaned) > LONGEST_NOTES:
        raise GalleryProblem(
            "The notes are too long: {length} characters.",
            "Nothing was changed; at most {most} are taken.",
            length=len(cleaned),
            most=LONGEST_NOTES,
        )
    if any(unicodedata.category(character) == "Cs" or character == "\0" for character in cleaned):
        raise GalleryProblem("The notes hold characters that cannot be kept.", "Nothing was changed.")
    return cleaned


def storable(text: str) -> str:
    """A path as text that UTF-8 can hold: bytes of a file name that are no text become \\xNN."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def near(who: str, names: Iterable[str]) -> list[str]:
    """At most five names that may have been meant, the likeliest first."""
    wanted = unicodedata.normalize("NFC", who).strip().casefold()
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    inside = [key for key in folded if wanted and (wanted in key or key in wanted)][:5]
    alike = difflib.get_close_matches(wanted, folded, n=5, cutoff=0.6)
    return [folded[key] for key in dict.fromkeys([*alike, *inside])][:5]
