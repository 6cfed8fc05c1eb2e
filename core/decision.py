"""Deciding who a face is: known, unsure or unknown, with the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import Text
from core.types import Decision, Match


@dataclass(frozen=True)
class Limits:
    """From which cosine, and how far ahead of the second identity, a face counts as known."""

    known: float
    unsure: float
    margin: float
    once_per_photo: bool = True  # nobody is in one photo twice

    def with_known(self, known: float) -> Limits:
        """The same with another limit for known; the one for unsure is never above it."""
        return replace(self, known=known, unsure=min(self.unsure, known))


def decide(matches: Sequence[Match], limits: Limits) -> Decision:
    """The decision about one face from its matches, best first."""
    if not matches:
        return Decision("unknown", Text("The gallery holds nobody to compare with."))
    first = matches[0]
    margin = first.similarity - matches[1].similarity if len(matches) > 1 else None
    values = {"name": first.name, "similarity": round(first.similarity, 3)}
    if margin is not None:
        values |= {"second": matches[1].name, "margin": round(margin, 3)}
    if first.similarity < limits.unsure:
        text = "Nobody is near enough: {name} comes first with {similarity}, below {limit}."
        return Decision("unknown", Text(text, {**values, "limit": round(limits.unsure, 3)}), margin)
    if first.similarity < limits.known:
        text = "{name} is possible: {similarity} lies below {limit}."
        return Decision("unsure", Text(text, {**values, "limit": round(limits.known, 3)}), margin)
    if margin is not None and margin < limits.margin:
        text = "{name} and {second} are both possible: only {margin} lies between them."
        return Decision("unsure", Text(text, values), margin)
    if margin is None:
        return Decision("known", Text("Near enough with {similarity}; nobody else was compared.", values))
    return Decision("known", Text("Near enough with {similarity}, {margin} nearer than {second}.", values), margin)


def decide_all(matches: Sequence[Sequence[Match]], limits: Limits) -> tuple[Decision, ...]:
    """Decisions about all faces of one frame: the best face of an identity keeps it, others become unsure."""
    decisions = [decide(each, limits) for each in matches]
    if not limits.once_per_photo:
        return tuple(decisions)
    best: dict[int, int] = {}
    for position in _by_similarity(matches, decisions):
        first = matches[position][0]
        if best.setdefault(first.identity, position) != position:
            reason = Text("{name} is already in this picture with a nearer face.", {"name": first.name})
            decisions[position] = Decision("unsure", reason, decisions[position].margin)
    return tuple(decisions)


def _by_similarity(matches: Sequence[Sequence[Match]], decisions: Sequence[Decision]) -> list[int]:
    known = [position for position, decision in enumerate(decisions) if decision.kind == "known"]
    return sorted(known, key=lambda position: -matches[position][0].similarity)
