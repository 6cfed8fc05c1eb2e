"""What several sights of one face say together, and when that changes its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from core.decision import Limits, decide
from core.errors import Text
from core.tracker.records import Steadiness
from core.types import Decision, Match

_LEAST_WEIGHT = 0.05  # even a bad sight is better than none
_MOST_RANKED = 5
_MOST_NEWEST = 50
_FORGOTTEN = 1e-4
_AHEAD = 0.05  # how much nearer a rival must be on average, whatever the margin


class Sight(NamedTuple):
    """The matches of one feature."""

    seconds: float
    quality: float
    matches: tuple[Match, ...]


@dataclass
class Average:
    """Matches averaged over the sights, good and new ones counting more, in sums that fade with each sight.

    A search names only its nearest, so whom it leaves out counts as near as the last that it names.
    """

    _total: float = 0.0
    _floor: float = 0.0  # sum of the last similarity of each sight
    _seconds: float = 0.0
    _above: dict[int, float] = field(default_factory=dict)  # identity -> sum of what it lies above the floors
    _newest: dict[int, Match] = field(default_factory=dict)

    def add(self, sight: Sight, steadiness: Steadiness) -> None:
        fading = 0.5 ** (max(sight.seconds - self._seconds, 0.0) / steadiness.half_life) * (1 - 1 / steadiness.memory)
        self._seconds = sight.seconds
        self._total *= fading
        self._floor *= fading
        self._above = {each: value * fading for each, value in self._above.items() if value * fading > _FORGOTTEN}
        if sight.matches:
            self._count(sight)

    def ranked(self) -> tuple[Match, ...]:
        """Best first."""
        if not self._total:
            return ()
        order = sorted(self._above.items(), key=lambda each: (-each[1], each[0]))[:_MOST_RANKED]
        newest = [(self._newest[identity], (self._floor + above) / self._total) for identity, above in order]
        return tuple(Match(each.identity, each.name, similarity, each.face) for each, similarity in newest)

    def _count(self, sight: Sight) -> None:
        weight = max(sight.quality, _LEAST_WEIGHT) ** 2
        floor = sight.matches[-1].similarity
        self._total += weight
        self._floor += weight * floor
        for match in sight.matches:
            above = self._above.get(match.identity, 0.0)
            self._above[match.identity] = above + weight * (match.similarity - floor)
            self._newest[match.identity] = match
        if len(self._newest) > _MOST_NEWEST:
            self._newest = {each: self._newest[each] for each in self._above}


@dataclass
class Naming:
    """The name of one track and what speaks for and against it."""

    match: Match | None = None  # the steady name
    decision: Decision = field(default_factory=lambda: Decision("unknown", Text("Seen only just now.")))
    ranked: tuple[Match, ...] = ()  # averages over the sights, best first
    count: int = 0  # of all sights ever
    _average: Average = field(default_factory=Average)
    _wanted: int = 0  # the identity that the last sights agree on, 0 for none
    _streak: int = 0  # how many agree
    _doubts: int = 0  # how many in a row spoke against the name

    def forget(self) -> None:
        self._average = Average()
        self.match, self.ranked = None, ()
        self.count = self._wanted = self._streak = self._doubts = 0

    def see(self, sight: Sight, limits: Limits, steadiness: Steadiness) -> None:
        """Counts one sight and thinks again; a name that is wanted is given by `give`."""
        self._average.add(sight, steadiness)
        self.count += 1
        self.ranked = self._average.ranked()
        self.decision = decide(self.ranked, limits)
        self._count_streak(self._proposed(limits))
        if self.match is not None:
            self._hold(limits, steadiness)

    @property
    def agreeing(self) -> int:
        """How many sights in a row want the first of `ranked`."""
        return self._streak if self._wanted else 0

    @property
    def doubted(self) -> bool:
        """Whether the last sight spoke against the steady name, or for another."""
        return self.match is not None and (self._doubts > 0 or self._wanted != self.match.identity)

    @property
    def wanted(self) -> Match | None:
        """Who this face is to be named, being sure but not yet for long enough, or held by another track."""
        return self.ranked[0] if self._wanted and self.ranked else None

    def similarity(self, identity: int) -> float:
        return next((each.similarity for each in self.ranked if each.identity == identity), -1.0)

    def give(self) -> None:
        """Makes the wanted name the steady one."""
        self.match, self._doubts = self.ranked[0], 0

    def lose(self, reason: Text) -> None:
        self.match, self._doubts = None, 0
        self.decision = Decision("unsure", reason, self.decision.margin)

    def wait(self, reason: Text) -> None:
        """Says why there is no name although somebody is near enough."""
        self.decision = Decision("unsure", reason, self.decision.margin)

    def _proposed(self, limits: Limits) -> int:
        """The identity that now deserves the name, 0 for none."""
        if self.decision.kind != "known":
            return 0
        first = self.ranked[0]
        if self.match is None or first.identity == self.match.identity:
            return first.identity
        ahead = first.similarity - self.similarity(self.match.identity)
        return first.identity if ahead >= max(limits.margin, _AHEAD) else 0

    def _count_streak(self, proposed: int) -> None:
        self._streak = self._streak + 1 if proposed == self._wanted else 1
        self._wanted = proposed

    def _hold(self, limits: Limits, steadiness: Steadiness) -> None:
        """Keeps the name through weak sights, and drops it when many in a row speak against it."""
        assert self.match is not None
        now = next((each for each in self.ranked if each.identity == self.match.identity), None)
        self._doubts = self._doubts + 1 if now is None or now.similarity < limits.unsure else 0
        if self._doubts >= steadiness.change:
            self.match = None
            return
        if now is not None:
            self.match = now
        if self.decision.kind != "known" or self._wanted != self.match.identity:
            text = "Named {name} a moment ago; {similarity} now."
            values = {"name": self.match.name, "similarity": round(now.similarity if now else -1.0, 3)}
            self.decision = Decision("known", Text(text, values), self.decision.margin)
