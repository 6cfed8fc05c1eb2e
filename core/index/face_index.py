"""An index over faces that follows a changing set of ids without ever being rebuilt under a search."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexProblem
from core.index import kinds
from core.index.body import EXACT_BELOW, Body, build, extended
from core.types import Floats, Ids, Step

Fetch = Callable[[Ids], tuple[Ids, Floats]]  # face ids -> those that have a feature, and their features (n, d)
_QUICK = 4096  # vectors that any kind takes in a blink


@dataclass(frozen=True, eq=False)
class Part:
    """A Body and which of its positions still live; None = all."""

    body: Body
    alive: NDArray[np.bool_] | None = None

    @property
    def positions(self) -> Ids:
        return np.arange(len(self.body)) if self.alive is None else np.flatnonzero(self.alive)

    @cached_property
    def ids(self) -> Ids:
        return self.body.ids if self.alive is None else self.body.ids[self.alive]

    def only(self, wanted: Ids) -> Part:
        alive = np.isin(self.body.ids, wanted)
        return Part(self.body, None if alive.all() else alive)


@dataclass(frozen=True, eq=False)
class Held:
    """What an index holds at one moment: a main part, and a late part of what came after it. Never changed."""

    main: Part | None
    late: Part | None
    exact_below: int

    @property
    def parts(self) -> list[Part]:
        return [part for part in (self.main, self.late) if part is not None]

    @cached_property
    def ids(self) -> Ids:
        """Living face ids, ascending."""
        return np.sort(np.concatenate([np.zeros(0, np.int64), *(part.ids for part in self.parts)]))

    @property
    def dead(self) -> int:
        return sum(len(part.body) - len(part.ids) for part in self.parts)

    @property
    def memory(self) -> int:
        return sum(part.body.memory for part in self.parts)

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ids]:
        """Cosine similarities and face ids of the k nearest living faces, (m, min(k, living)) each, best first."""
        similarities, ids = [np.zeros((len(queries), 0), np.float32)], [np.zeros((len(queries), 0), np.int64)]
        for part in self.parts:
            values, positions = part.body.search(queries, k, part.alive, exact_below=self.exact_below)
            similarities.append(values)
            ids.append(part.body.ids[positions])
        values, faces = np.concatenate(similarities, axis=1), np.concatenate(ids, axis=1)
        if len([part for part in similarities if part.shape[1]]) <= 1:
            return values, faces
        order = np.lexsort((faces, -values), axis=-1)[:, :k]
        return np.take_along_axis(values, order, 1), np.take_along_axis(faces, order, 1)

    def vectors(self, length: int, without: Ids | None = None) -> tuple[Ids, Floats]:
        """Living faces, less those in `without`, and their vectors (n, length), by ascending id."""
        ids, rows = [np.zeros(0, np.int64)], [np.zeros((0, length), np.float32)]
        for part in self.parts:
            chosen = part.positions
            if without is not None:
                chosen = chosen[~np.isin(part.body.ids[chosen], without)]
            if len(chosen):
                ids.append(part.body.ids[chosen])
                rows.append(part.body.vectors(chosen))
        faces, vectors = np.concatenate(ids), np.concatenate(rows)
        order = np.argsort(faces, kind="stable")
        return (faces, vectors) if (faces[:-1] < faces[1:]).all() else (faces[order], vectors[order])


class FaceIndex:
    """Vectors of `length` under face ids. Any thread may search while another reconciles or compacts."""

    def __init__(
        self,
        length: int,
        kind: str = "Flat",
        metric: str = "IP",
        parameters: Mapping[str, int] | None = None,
        *,
        exact_below: int = EXACT_BELOW,
    ) -> None:
        kinds.check(kind, metric, parameters or {})
        self.length, self.kind, self.metric, self.parameters = length, kind, metric, dict(parameters or {})
        self.now = Held(None, None, exact_below)
        self._lock = threading.RLock()

    @property
    def whole(self) -> Body | None:
        """The one body of the right kind that holds the living faces and nothing else; None when there is none."""
        main = self.now.main
        fits = main is not None and main.alive is None and self.now.late is None and self._is_right(main.body)
        return main.body if main is not None and fits else None

    def become(self, kind: str, metric: str, parameters: Mapping[str, int]) -> None:
        """From now on an index of this kind; what it holds serves until it is compacted."""
        kinds.check(kind, metric, parameters)
        self.kind, self.metric, self.parameters = kind, metric, dict(parameters)

    @property
    def held(self) -> Ids:
        """Living face ids, ascending."""
        return self.now.ids

    @property
    def worn(self) -> bool:
        """So many dead or late faces, or so different a kind, that compacting pays."""
        main, late = self.now.main, self.now.late
        living = len(self.held)
        if living == 0:
            return False
        if main is None or not self._is_right(main.body):
            return True
        return self.now.dead + (len(late.ids) if late else 0) > max(_QUICK // 8, living // 4)

    def search(self, queries: Floats, k: int) -> tuple[Floats, Ids]:
        """As Held.search, on what is held at this moment. Queries (m, d) of unit length."""
        return self.now.search(np.ascontiguousarray(queries, np.float32), k)

    def reconcile(self, wanted: Ids, fetch: Fetch) -> bool:
        """Holds exactly the `wanted` faces that have a feature: missing ones are added, dead ones masked.

        True when anything changed. Compacts by itself where that takes a blink.
        """
        with self._lock:
            absent = wanted[~np.isin(wanted, self.held)]
            if self.now.main is not None:  # a masked face only needs to be unmasked
                absent = absent[~np.isin(absent, self.now.main.body.ids)]
            ids, vectors = absent, np.zeros((0, self.length), np.float32)
            if len(absent):
                ids, vectors = fetch(absent)
            before = self.held
            self._put(wanted, ids, self._fitting(vectors))
            if self.worn and (self.kind == "Flat" or len(self.held) <= _QUICK):
                for _ in self.compact():
                    pass
            return not np.array_equal(before, self.held)

    def compact(self) -> Generator[Step[str], None, None]:
        """Builds one whole structure of the living faces; the old one serves until it is ready."""
        main, late = self.now.main, self.now.late
        if main and late and self._is_right(main.body) and not self.now.dead and len(late.ids) * 4 < len(main.body):
            body = yield from extended(main.body, late.ids, late.body.vectors(late.positions))
        else:
            ids, vectors = self.now.vectors(self.length)
            body = yield from build(self.kind, self.metric, self.parameters, ids, vectors)
        self.adopt(body)

    def adopt(self, body: Body) -> None:
        """Puts `body` in place of the main part; what is held stays the same set of faces where there were any."""
        with self._lock:
            ids, vectors = self.now.vectors(self.length, without=body.ids)
            late = _flat("IP", ids, vectors) if len(ids) else None
            self.now = Held(Part(body).only(self.held), late, self.now.exact_below)

    def load(self, body: Body) -> None:
        """Starts from a body read from disk, all of it alive until the next reconcile."""
        with self._lock:
            self.now = Held(Part(body), None, self.now.exact_below)

    def _put(self, wanted: Ids, ids: Ids, vectors: Floats) -> None:
        main, late = self.now.main, self.now.late
        if main is None and late is None:
            main = _flat(self.metric, ids, vectors) if len(ids) else None
        else:
            main = main.only(wanted) if main else None  # a face that came back is only unmasked
            late = _joined(late, wanted, ids, vectors)
        self.now = Held(main, late, self.now.exact_below)

    def _is_right(self, body: Body) -> bool:
        return (body.kind, body.metric, body.parameters) == (self.kind, self.metric, self.parameters)

    def _fitting(self, vectors: Floats) -> Floats:
        vectors = np.ascontiguousarray(vectors, np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != self.length:
            raise IndexProblem(
                "The gallery holds features of shape {shape}, but its model says {length}.",
                "Nothing was changed; check the gallery.",
                shape=vectors.shape,
                length=self.length,
            )
        return vectors


def _joined(late: Part | None, wanted: Ids, ids: Ids, vectors: Floats) -> Part | None:
    if late is not None:
        late = late.only(wanted)
        if not len(ids) and len(late.ids) * 2 > len(late.body):
            return late
        ids = np.concatenate([late.ids, ids])
        vectors = np.concatenate([late.body.vectors(late.positions), vectors])
    return _flat("IP", ids, vectors) if len(ids) else None


def _flat(metric: str, ids: Ids, vectors: Floats) -> Part:
    builder = build("Flat", metric, {}, ids, vectors)
    while True:
        try:
            next(builder)
        except StopIteration as end:
            return Part(end.value)
