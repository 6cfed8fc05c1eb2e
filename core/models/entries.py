"""All models, at hand or not, as one list for a surface to show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from core.models.cards import Card
from core.models.download import part_file

if TYPE_CHECKING:
    from core.models.store import ModelStore

State = Literal["built_in", "added", "downloadable", "described"]


@dataclass(frozen=True)
class Entry:
    """One model. Licence, figures, origin and note stand in its card."""

    card: Card
    state: State  # downloadable: not here, but it can be fetched; described: not here, to be added from its files
    size: int  # bytes on disk, or of the download as far as its makers say; 0 where they do not
    arrived: int = 0  # bytes of a download that was left; the next one goes on from there

    @property
    def installed(self) -> bool:
        return self.state in ("built_in", "added")


def entries(store: ModelStore) -> list[Entry]:
    """The models at hand, the built-in ones first, then those that are only known."""
    here = [Entry(card, "built_in" if card.built_in else "added", _on_disk(card)) for card in store.cards()]
    return [*here, *(_known(store, card) for card in store.described())]


def _known(store: ModelStore, card: Card) -> Entry:
    if card.download is None:
        return Entry(card, "described", 0)
    size = round(card.download.megabytes * 1e6)
    return Entry(card, "downloadable", size, arrived=_size(part_file(store.folder, card.name)))


def _on_disk(card: Card) -> int:
    return sum(_size(card.folder / name) for name in {name for names in card.files.values() for name in names})


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
