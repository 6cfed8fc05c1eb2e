"""Verifies a saved index: checksums, ids and vectors against the gallery, recall against exact search, latency."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np

from core.errors import IndexProblem, Problem
from core.index import folder
from core.index.body import Body
from core.index.measures import Measured
from core.index.named import View
from core.index.shelf import Shelf
from core.types import Floats, Ids, Step

_SAMPLE = 1000  # vectors asked for recall
_TIMED = 200  # searches timed
_NOISE = 0.2  # length of the disturbance added to a unit vector: cosine 0.98
_BATCH = 100
_REPAIR = "Build it anew (compact); the gallery is not affected."


@dataclass(frozen=True)
class Report:
    """What was found; sound when there are no problems. Recalls are None when nothing could be searched."""

    name: str
    faces: int
    problems: tuple[Problem, ...] = ()
    recall_at_1: float | None = None  # share of disturbed faces whose exact first is found first
    recall_at_5: float | None = None  # share of the exact first five found among the first five
    median_ms: float | None = None  # of one search for five faces
    p99_ms: float | None = None
    sample: int = 0

    @property
    def sound(self) -> bool:
        return not self.problems

    @property
    def measured(self) -> Measured | None:
        """The figures to keep; None when nothing could be searched."""
        first, five, median, p99 = self.recall_at_1, self.recall_at_5, self.median_ms, self.p99_ms
        if first is None or five is None or median is None or p99 is None:
            return None
        return Measured(first, five, median, p99, self.sample, self.faces, time.time())


@dataclass
class _Found:
    body: Body | None = None
    problems: list[Problem] = field(default_factory=list)


def verify(shelf: Shelf, name: str, *, seed: int = 0) -> Generator[Step[str], None, Report]:
    """Looks at the folder on disk, not at what is in memory; changes nothing. Yields after each part."""
    state = shelf.state(name)
    view = shelf.view(name)
    found = _read(shelf, name)
    yield Step(1, 4, "checksums")
    if found.body is not None:
        found.problems += _against_gallery(shelf, found.body, view, name)
        if not found.problems and state.condition == "stale":
            found.problems.append(
                IndexProblem("The index {name} is stale: {reason}", _REPAIR, name=name, reason=state.reason)
            )
    yield Step(2, 4, "gallery")
    if found.body is None or not len(found.body):
        return Report(name, 0 if found.body is None else len(found.body), tuple(found.problems))
    queries = _disturbed(found.body, np.random.default_rng(seed))
    first, five = yield from _recall(found.body, queries)
    if first < 0.95:
        found.problems.append(
            IndexProblem(
                "The index {name} finds only {share:.1%} of the nearest faces.",
                "Build it with more care in building or searching, or as Flat.",
                name=name,
                share=first,
            )
        )
    median, p99 = _latency(found.body, queries[:_TIMED])
    yield Step(4, 4, "latency")
    return Report(name, len(found.body), tuple(found.problems), first, five, median, p99, len(queries))


def _read(shelf: Shelf, name: str) -> _Found:
    place = shelf.folder(name)
    found = _Found()
    try:
        sidecar = folder.read_sidecar(place)
        if sidecar is None:
            found.problems.append(IndexProblem("The index {name} was never saved.", _REPAIR, name=name))
            return found
        found.problems += folder.faults(place, sidecar)
        if not found.problems:
            found.body = folder.load(place, sidecar)
    except IndexProblem as problem:
        found.problems.append(problem)
    return found


def _against_gallery(shelf: Shelf, body: Body, view: View, name: str) -> list[Problem]:
    if body.length != view.length:
        return [IndexProblem("The index {name} holds features of another model.", _REPAIR, name=name)]
    ids, vectors = shelf.gallery.features(view.space, view.faces)
    missing, dead = np.setdiff1d(ids, body.ids), np.setdiff1d(body.ids, ids)
    problems: list[Problem] = []
    if len(missing) or len(dead):
        problems.append(
            IndexProblem(
                "The saved index {name} lacks {missing} faces of the gallery and holds {dead} that are gone.",
                "Searches are right all the same; compact it to save it anew.",
                name=name,
                missing=len(missing),
                dead=len(dead),
            )
        )
    wrong = _differing(body, ids, vectors)
    if wrong:
        problems.append(
            IndexProblem("{count} vectors of the index {name} are not the gallery's.", _REPAIR, name=name, count=wrong)
        )
    return problems


def _differing(body: Body, ids: Ids, vectors: Floats) -> int:
    order = np.argsort(body.ids)
    known = np.isin(ids, body.ids)
    places = order[np.searchsorted(body.ids, ids[known], sorter=order)]
    wrong = 0
    for first in range(0, len(places), 8192):
        mine = body.vectors(places[first : first + 8192])
        wrong += int((np.abs(mine - vectors[known][first : first + 8192]) > 1e-5).any(axis=1).sum())
    return wrong


def _disturbed(body: Body, random: np.random.Generator) -> Floats:
    chosen = random.choice(len(body), size=min(_SAMPLE, len(body)), replace=False)
    vectors = body.vectors(chosen)
    noise = random.normal(size=vectors.shape) * (_NOISE / np.sqrt(body.length))
    mixed = vectors + noise
    return np.ascontiguousarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)


def _recall(body: Body, queries: Floats) -> Generator[Step[str], None, tuple[float, float]]:
    """The structure itself is asked (no exact pass for few faces), and compared with an exact pass."""
    first = five = 0.0
    for start in range(0, len(queries), _BATCH):
        part = queries[start : start + _BATCH]
        _, exact = body.search(part, 5, exact_below=len(body))
        _, found = body.search(part, 5, exact_below=0)
        first += float((exact[:, 0] == found[:, 0]).sum())
        five += float(sum(len(np.intersect1d(a, b)) for a, b in zip(exact, found, strict=True)))
        yield Step(2, 4, "recall")
    return first / len(queries), five / (len(queries) * min(5, len(body)))


def _latency(body: Body, queries: Floats) -> tuple[float, float]:
    milliseconds = []
    for query in queries:
        began = time.perf_counter()
        body.search(query[None], 5)
        milliseconds.append((time.perf_counter() - began) * 1000)
    return float(np.median(milliseconds)), float(np.percentile(milliseconds, 99))
