"""The rows of the results: bounded, small in memory, quick to filter and to sort."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import numpy as np

from core.gallery.verdicts import same_place
from core.result_packing import Packer
from core.result_row import Origin, ResultRow, RowKind, better
from core.types import Ids

Key = TypeVar("Key")
Item = TypeVar("Item")
Track = tuple[str, int, int]  # camera, run, track
KINDS: tuple[RowKind, ...] = ("known", "unsure", "unknown", "no face")
Order = Literal["newest", "oldest", "name", "nearest", "doubtful", "quality"]
_COLUMNS = np.dtype(
    [
        ("here", "?"),
        ("kind", "i1"),
        ("live", "?"),
        ("identity", "i8"),
        ("similarity", "f4"),
        ("quality", "f4"),
        ("source", "i4"),
    ]
)


@dataclass(frozen=True)
class Query:
    """Which rows, in which order."""

    kinds: frozenset[RowKind] = frozenset(KINDS[:3])
    origin: Origin | None = None
    identity: int = 0  # 0 for anybody
    text: str = ""  # within the name or the source
    order: Order = "newest"


@dataclass
class News:
    """What an act has changed: numbers of rows."""

    added: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class ResultBook:
    """Rows by number; numbers rise and are never used again. Belongs to one thread.

    Rows of photos are kept packed, about a kilobyte each. Beyond the limits the oldest rows go.
    """

    def __init__(self, *, most: int = 200_000, most_live: int = 5_000) -> None:
        self.most, self.most_live = most, most_live
        self._first = self._next = 1
        self._reset()

    def _reset(self) -> None:
        self.counts: Counter[RowKind] = Counter()
        self._packer = Packer()
        self._rows: dict[int, bytes | ResultRow] = {}  # in the order of their numbers
        self._live: dict[int, Track] = {}
        self._tracks: dict[Track, list[int]] = {}
        self._photos: dict[str, list[int]] = {}
        self._copies: dict[str, list[str]] = {}  # sha256 -> photos
        self._sources: dict[str, int] = {}
        self._paths: list[str] = []  # sources by their place
        self._folded: list[str] = []
        self.judged: dict[str, str] = {}  # photos with a face that a person said something of -> sha256
        self._names: dict[int, str] = {}  # identities as they were last seen, to search by name
        self._columns: Any = np.zeros(1024, _COLUMNS)  # of the numbers from _first on

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, number: int) -> bool:
        return number in self._rows

    def row(self, number: int) -> ResultRow:
        """Raises KeyError for one that is gone."""
        held = self._rows[number]
        return held if isinstance(held, ResultRow) else self._packer.row(held)

    def kind(self, number: int) -> RowKind:
        """Of a row that is here, without unpacking it."""
        return KINDS[int(self._columns["kind"][number - self._first])]

    def snapshot(self, numbers: Iterable[int]) -> Callable[[], Iterator[ResultRow]]:
        """A function that gives these rows as they are now, one by one; any thread may call it later."""
        held = [self._rows[number] for number in numbers if number in self._rows]
        unpacked = self._packer.row
        return lambda: (each if isinstance(each, ResultRow) else unpacked(each) for each in held)

    def add(self, rows: Iterable[ResultRow]) -> News:
        """New rows. A live row takes the place of its track's, unless that says more; rows of a photo that comes
        again take the place of its former ones."""
        news = News()
        fresh: set[str] = set()
        for row in rows:
            if row.origin == "live":
                self._sight(row, news)
                continue
            if row.source not in fresh:
                fresh.add(row.source)
                self._drop(self._photos.get(row.source, ()), news)
            self._append(row, news)
        self._bound(news)
        return news

    def leave_out(self, photo: str) -> News:
        """The rows of a photo go: it has no faces now."""
        news = News()
        self._drop(self._photos.get(photo, ()), news)
        return news

    def put(self, number: int, row: ResultRow) -> None:
        """Another row in the place of one."""
        self.counts[self.kind(number)] -= 1
        self._write(number, row)

    def clear(self) -> None:
        self._first = self._next
        self._reset()

    def of_photo(self, photo: str) -> list[int]:
        return list(self._photos.get(photo, ()))

    def photos(self) -> list[str]:
        """All photos that rows are of."""
        return list(self._photos)

    def photos_naming(self, identities: Iterable[int]) -> list[str]:
        """The photos of which a row names one of them."""
        held = self._held()
        chosen = held["here"] & ~held["live"] & np.isin(held["identity"], list(identities))
        return [self._paths[place] for place in np.unique(held["source"][chosen])]

    def live(self) -> list[int]:
        """The rows of cameras."""
        return list(self._live)

    def same_face(self, number: int) -> list[int]:
        """The other rows that show the same face: of the same track, or of a copy of the same photo."""
        row = self.row(number)
        if row.origin == "live":
            return [each for each in self._tracks.get(_track(row), ()) if each != number]
        copies = self._copies.get(row.sha256, ()) if row.sha256 else ()
        others = (each for photo in copies if photo != row.source for each in self._photos.get(photo, ()))
        return [each for each in others if same_place(self.row(each).box, row.box)]

    def numbers(self) -> list[int]:
        """Of all rows, as they came."""
        return list(self._rows)

    def people(self) -> list[int]:
        """The identities that rows name, by number of rows, most first."""
        held = self._held()
        identities, many = np.unique(held["identity"][held["here"]], return_counts=True)
        order = np.argsort(-many, kind="stable")
        return [int(identities[at]) for at in order if identities[at]]

    def select(self, query: Query, among: Sequence[int] | None = None) -> Ids:
        """The numbers of the rows (of `among`) that a query asks for, in its order (n,)."""
        held = self._held()
        wanted = held["here"] & np.isin(held["kind"], [KINDS.index(kind) for kind in query.kinds])
        if among is not None:
            chosen = np.zeros(len(held), np.bool_)
            chosen[np.asarray(among, np.int64) - self._first] = True
            wanted &= chosen
        if query.origin is not None:
            wanted &= held["live"] == (query.origin == "live")
        if query.identity:
            wanted &= held["identity"] == query.identity
        if query.text:
            wanted &= self._telling(held, query.text.casefold())
        places = np.flatnonzero(wanted)
        return np.asarray(self._ordered(held, places, query.order) + self._first, np.int64)

    def call(self, names: dict[int, str]) -> None:
        """Present names of identities."""
        self._names.update(names)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _held(self) -> Any:
        return self._columns[: self._next - self._first]

    def _telling(self, held: Any, text: str) -> Any:
        sources = [place for place, folded in enumerate(self._folded) if text in folded]
        people = [identity for identity, name in self._names.items() if text in name.casefold()]
        return np.isin(held["source"], sources) | np.isin(held["identity"], people)

    def _ordered(self, held: Any, places: Any, order: Order) -> Any:
        if order == "oldest":
            return places
        places = places[::-1]
        if order == "newest":
            return places
        if order == "name":
            identities, which = np.unique(held["identity"][places], return_inverse=True)
            names = [self._names.get(int(identity), "").casefold() for identity in identities]
            alphabet = sorted(range(len(names)), key=lambda at: (not names[at], names[at]))
            rank = np.empty(len(names), np.int32)
            rank[alphabet] = np.arange(len(names))
            return places[np.argsort(rank[which], kind="stable")]
        # Sorting small whole numbers takes a tenth of the time of sorting fractions.
        value = held["quality" if order == "quality" else "similarity"][places]
        places = places[np.argsort((-10_000 * value).astype(np.int16), kind="stable")]
        if order == "doubtful":
            doubt = np.array([1, 0, 2, 3], np.int8)  # unsure ones first: there one look decides most
            places = places[np.argsort(doubt[held["kind"][places]], kind="stable")]
        return places

    def _sight(self, row: ResultRow, news: News) -> None:
        held = self._tracks.get(_track(row), [])
        earlier = [(number, self.row(number)) for number in held]
        # A person said who it is, or that it is not this one.
        if any(before.answer is not None or row.identity in before.excluded for _, before in earlier):
            return
        for number, before in earlier:
            if before.identity == row.identity or before.decision.kind != "known":
                if better(row.decision, before.decision):
                    self.put(number, replace(row, when=before.when, excluded=before.excluded))
                    news.changed.append(number)
                return
        if not held or row.decision.kind == "known":
            self._append(row, news)

    def _append(self, row: ResultRow, news: News) -> None:
        number, self._next = self._next, self._next + 1
        if number - self._first >= len(self._columns):
            self._make_room()
        if row.origin == "live":
            self._live[number] = _track(row)
            self._tracks.setdefault(_track(row), []).append(number)
        else:
            self._photos.setdefault(row.source, []).append(number)
            if row.sha256 and row.source not in (copies := self._copies.setdefault(row.sha256, [])):
                copies.append(row.source)
        self._write(number, row)
        news.added.append(number)

    def _write(self, number: int, row: ResultRow) -> None:
        self._rows[number] = row if row.origin == "live" else self._packer.packed(row)
        self.counts[row.kind] += 1
        place = self._sources.setdefault(row.source, len(self._sources))
        if place == len(self._folded):
            self._paths.append(row.source)
            self._folded.append(row.source.casefold())
        if row.origin == "photo" and (row.answer is not None or row.excluded):
            self.judged[row.source] = row.sha256
        if row.identity:
            self._names[row.identity] = row.name
        similarity = row.matches[0].similarity if row.matches else -1.0
        quality = row.quality.score if row.quality else 0.0
        self._columns[number - self._first] = (
            True,
            KINDS.index(row.kind),
            row.origin == "live",
            row.identity,
            similarity,
            quality,
            place,
        )

    def _make_room(self) -> None:
        """Forgets columns of rows that are gone at the front, and doubles the rest when that is not enough."""
        oldest = next(iter(self._rows), self._next)
        kept = self._held()[oldest - self._first : len(self._columns)]
        size = max(1024, 2 * len(kept))
        columns = np.zeros(size, _COLUMNS)
        columns[: len(kept)] = kept
        self._columns, self._first = columns, oldest

    def _drop(self, numbers: Iterable[int], news: News) -> None:
        for number in list(numbers):
            self.counts[self.kind(number)] -= 1
            self._columns["here"][number - self._first] = False
            source = self._paths[self._columns["source"][number - self._first]]
            if number in self._live:
                _take(self._tracks, self._live.pop(number), number)
            elif _take(self._photos, source, number):
                self.judged.pop(source, None)
                if sha256 := self.row(number).sha256:
                    _take(self._copies, sha256, source)
            del self._rows[number]
            news.removed.append(number)

    def _bound(self, news: News) -> None:
        surplus = len(self._live) - self.most_live
        if surplus > 0:
            self._drop(list(self._live)[: max(surplus, self.most_live // 20)], news)
        surplus = len(self._rows) - self.most
        if surplus > 0:
            self._drop(list(itertools.islice(self._rows, surplus)), news)


def _track(row: ResultRow) -> Track:
    return row.source, row.run, row.track


def _take(lists: dict[Key, list[Item]], key: Key, item: Item) -> bool:
    """Takes an item out of the list of that key; whether it was the last."""
    lists[key].remove(item)
    if lists[key]:
        return False
    del lists[key]
    return True
