"""Why something cannot be done with an index just now, in words for tooltips."""

from __future__ import annotations

from core.gallery.records import IndexRule
from core.gallery.rules import DEFAULT
from gui.desk import GalleryFacts
from gui.language import tr
from gui.models.indexes import IndexRow, condition_of

_OF_ONE = ("append", "remove", "rebuild", "compact", "verify", "use", "export", "delete")
_WRITING = {"append", "remove", "rebuild", "compact", "delete"}


def reasons(gallery: GalleryFacts | None, row: IndexRow | None, rule: IndexRule | None) -> dict[str, str]:
    """Action -> why it cannot be done; nothing when it can. `row` and `rule` are those of the chosen index."""
    general, read_only = _general(gallery), _read_only(gallery)
    importing = general if gallery is None else read_only
    found = {"index_build": general or read_only, "index_import": importing, "import_index": importing}
    for name in _OF_ONE:
        written = read_only if name in _WRITING else ""
        found[f"index_{name}"] = general or written or _of_one(name, gallery, row, rule)
    return found


def _general(gallery: GalleryFacts | None) -> str:
    if gallery is None:
        return tr("No gallery is open.")
    return "" if gallery.model is not None else tr("Nobody is enrolled yet: there are no features to index.")


def _read_only(gallery: GalleryFacts | None) -> str:
    return tr("The gallery can only be read.") if gallery is not None and gallery.read_only else ""


def _of_one(name: str, gallery: GalleryFacts | None, row: IndexRow | None, rule: IndexRule | None) -> str:
    if row is None:
        return tr("Choose an index first.")
    if condition_of(row) == "building" or rule is None:
        return tr("A job is at work on this index.")
    if name == "use" and row.used:
        return tr("Recognition searches it already.")
    if name == "delete" and row.name == DEFAULT:
        return tr("The index default stays: it holds everyone and keeps itself up to date.")
    everyone = len(gallery.people) if gallery is not None else 0
    held = len(rule.identities) if rule.covers == "chosen" else everyone - len(rule.identities)
    if name == "append" and held >= everyone:
        return tr("It holds everyone already.")
    if name == "remove" and held <= 0:
        return tr("It holds nobody.")
    return ""
