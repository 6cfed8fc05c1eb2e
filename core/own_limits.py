"""Limits from a gallery's own faces: how often its people would be named rightly, and strangers like them wrongly.

Each compared face is looked up twice: among everyone else's faces, as if its owner were a stranger, and with the
owner's other faces. What a model's card says of LFW's people need not hold for a gallery's own: people of one family,
team or country resemble each other more.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise

import numpy as np

from core.decision import Limits
from core.types import Flags, Floats, Ids

FEWEST = 5  # people; fewer say nothing
MANY = 300  # people from which on a limit below the card's may be advised
WANTED = 0.02  # of strangers like its people may be accepted by a gallery
SAME = 0.8  # two people more alike than this may be one person under two names
STEP, HIGHEST = 0.01, 0.9


@dataclass(frozen=True)
class Shares:
    """What would happen at some limit: 0..1 each."""

    strangers: float  # of strangers like these people who would be called by somebody's name
    strangers_low: float  # 95 % interval of it
    strangers_high: float
    named: float  # of the faces of people with several: known as themselves; nan when nobody has several
    unsure: float  # of them: proposed only
    wrong: float  # of them: known as somebody else


@dataclass(frozen=True, eq=False)
class Compared:
    """The compared faces (n): each one's person, and cosines to the nearest faces of three."""

    people: Ids
    own: Floats  # best other face of the same person; -1 where there is none
    first: Floats  # best face of another person
    second: Floats  # best face of a third person
    nearest: Ids  # (n,) the person of `first`

    @property
    def count(self) -> int:
        """People compared."""
        return len(np.unique(self.people))

    @cached_property
    def same(self) -> float:
        """From where two people may be one: as alike as most faces of one person are here, too."""
        own = self.own[self.own > -1]
        return max(SAME, float(np.quantile(own, 0.25))) if len(own) else SAME

    def alike(self) -> list[tuple[int, int, float]]:
        """Pairs of people who may be one person, with their highest cosine, the most alike first."""
        rows = np.flatnonzero(self.first >= self.same)
        found: dict[tuple[int, int], float] = {}
        for row in rows:
            a, b = sorted((int(self.people[row]), int(self.nearest[row])))
            found[a, b] = max(found.get((a, b), -1.0), float(self.first[row]))
        return sorted(((a, b, cosine) for (a, b), cosine in found.items()), key=lambda pair: -pair[2])

    def strangers(self, limits: Limits) -> float:
        """The share of Shares.strangers alone: every person counts alike, who may be somebody else does not."""
        usable = self.first < self.same
        accepted = (self.first >= limits.known) & (self.first - self.second >= limits.margin)
        return self._per_person(accepted, usable) if usable.any() else 0.0

    def at(self, limits: Limits) -> Shares:
        """Every person counts alike, however many faces there are of them; those who may be somebody else do not."""
        usable, strangers = self.first < self.same, self.strangers(limits)
        low, high = _wilson(strangers, len(np.unique(self.people[usable])))
        several = usable & (self.own > -1)
        ahead = self.own - self.first
        best, lead = np.maximum(self.own, self.first), np.abs(ahead)
        sure = (best >= limits.known) & (lead >= limits.margin)
        proposed = (best >= limits.unsure) & ~sure & (ahead > 0)
        named, unsure, wrong = (
            self._per_person(kind, several) for kind in (sure & (ahead > 0), proposed, sure & (ahead <= 0))
        )
        return Shares(strangers, low, high, named, unsure, wrong)

    def recommended(self, limits: Limits, wanted: float = WANTED) -> float:
        """The lowest limit for known at which at most the share `wanted` of strangers is accepted.

        Only many people can say that less than the card's is enough.
        """
        lowest = (limits.unsure + limits.known) / 2 if self.count >= MANY else limits.known
        for known in np.arange(round(lowest, 2), HIGHEST, STEP):
            if self.strangers(limits.with_known(float(known))) <= wanted:
                return round(float(known), 2)
        return HIGHEST

    def histograms(self, bins: int = 50) -> tuple[Floats, Floats, Floats]:
        """Edges (bins + 1,) from 0 to 1; shares (bins,) of own and of other people's nearest cosines."""
        edges = np.linspace(0, 1, bins + 1, dtype=np.float32)
        own, others = self.own[self.own > -1], self.first[self.first < self.same]
        counted = [np.histogram(values.clip(0, 1), edges)[0].astype(np.float32) for values in (own, others)]
        mine, theirs = (counts / max(float(counts.sum()), 1.0) for counts in counted)
        return edges, mine, theirs

    def _per_person(self, found: Flags, among: Flags) -> float:
        if not among.any():
            return float("nan")
        owners = np.unique(self.people[among], return_inverse=True)[1]
        return float((np.bincount(owners, found[among]) / np.bincount(owners)).mean())


def nearest_three(probes: Floats, rows: Ids, features: Floats, owners: Ids) -> Compared:
    """Looks up the faces `rows` (b,), whose features are `probes` (b, d), among all `features` (n, d).

    `owners` (n,) is each face's person, in ascending order; there must be three of them.
    """
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
    people = owners[starts]
    cosines = probes @ features.T
    places, every = np.searchsorted(people, owners[rows]), np.arange(len(rows))
    cosines[every, rows] = -1.0  # a face does not meet itself
    best = np.maximum.reduceat(cosines, starts, axis=1)
    own = best[every, places].copy()
    best[every, places] = -2.0
    two = np.argpartition(-best, 1, axis=1)[:, :2]
    values = np.take_along_axis(best, two, 1)
    order = np.argsort(-values, axis=1)
    values, two = np.take_along_axis(values, order, 1), np.take_along_axis(two, order, 1)
    return Compared(owners[rows], own, values[:, 0], values[:, 1], people[two[:, 0]])


def joined(parts: list[Compared]) -> Compared:
    return Compared(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Compared)))


def chosen_rows(owners: Ids, most_people: int = 3000, most_faces: int = 5) -> Ids:
    """Rows to compare, at most so many people and faces of each, evenly spread; `owners` ascending."""
    bounds = [*np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]).tolist(), len(owners)]
    runs = list(pairwise(bounds))
    taken = np.unique(np.linspace(0, len(runs) - 1, min(most_people, len(runs))).astype(int))
    spread = [np.linspace(low, high - 1, min(most_faces, high - low)).astype(np.int64) for low, high in runs]
    return np.concatenate([spread[run] for run in taken])


def _wilson(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share seen in `count` cases (Wilson, 1927)."""
    if not count:
        return 0.0, 1.0
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return max(0.0, middle - reach), min(1.0, middle + reach)
