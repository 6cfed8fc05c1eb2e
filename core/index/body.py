"""One faiss structure over vectors under face ids; never changed once it is made, so that any thread may search it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.index import kinds
from core.types import Floats, Ids, Step

EXACT_BELOW = 2000  # up to so many vectors an exact pass is quicker than any structure
_SPARE = 8  # candidates beyond those asked for, so that exact ties at the edge are ordered by id
_BATCH = 2048
_LINKED = 512  # faces linked into a graph in one step: as quick as more, and a job that is cancelled ends soon
_LITTLE = {"HNSW32": 16, "IVF": 1}  # efSearch, lists
_MUCH_WORK = 1 << 28  # multiplications from which starting threads pays


class Body:
    """Vectors (n, d) of unit length under face ids, in a structure of one kind.

    `ids` (n,) are in storage order: a *position* is a place in it. `strays` are positions that the approximate
    search does not find by themselves; they are always looked at.
    """

    def __init__(
        self, outer: Any, kind: str, metric: str, parameters: Mapping[str, int], strays: Ids | None = None
    ) -> None:
        faiss = kinds.library()
        self.kind, self.metric, self.parameters, self.outer = kind, metric, dict(parameters), outer
        self.inner = faiss.downcast_index(outer.index)
        self.length = int(outer.d)
        self.ids: Ids = faiss.vector_to_array(outer.id_map).astype(np.int64)
        self.strays: Ids = np.zeros(0, np.int64) if strays is None else strays
        self.rows: Floats | None = None  # a view of faiss's own storage, where it is one block
        if kind == "IVF":
            self.inner.make_direct_map()
        elif len(self.ids):
            flat = self.inner if kind == "Flat" else faiss.downcast_index(self.inner.storage)
            self.rows = faiss.rev_swig_ptr(flat.get_xb(), len(self.ids) * self.length).reshape(-1, self.length)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def memory(self) -> int:
        """Bytes held, near enough: vectors, ids, links."""
        return kinds.memory(self.kind, len(self), self.length, self.parameters)

    def vectors(self, positions: Ids) -> Floats:
        """Copies of the vectors at `positions`, (len, d)."""
        if self.rows is not None:
            return np.asarray(self.rows[positions], np.float32)
        if not len(positions):
            return np.zeros((0, self.length), np.float32)
        return np.asarray(self.inner.reconstruct_batch(positions), np.float32)

    def search(
        self, queries: Floats, k: int, alive: NDArray[np.bool_] | None = None, *, exact_below: int = EXACT_BELOW
    ) -> tuple[Floats, Ids]:
        """The k nearest living vectors of each query: cosine similarities and positions, (m, min(k, living)) each.

        Best first, equal similarities by face id. `queries` (m, d) must be of unit length.
        """
        living = len(self) if alive is None else int(np.count_nonzero(alive))
        k = min(k, living)
        if k <= 0 or not len(queries):
            return np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
        wide = min(k + _SPARE, living)
        few = living <= exact_below or wide * 4 > living or living * 2 < len(self)
        approximate = kinds.KINDS[self.kind].approximate and not few
        found = self._look(queries, wide, alive, exact=not approximate)
        if approximate:
            short = np.flatnonzero((found < 0).any(axis=1))
            if len(short):
                found[short] = self._look(queries[short], wide, alive, exact=True)
            found = self._with_strays(found, alive)
        similarities = self._similarities(queries, found)
        keys = np.where(found < 0, np.iinfo(np.int64).max, self.ids[found])
        order = np.lexsort((keys, -similarities), axis=-1)[:, :k]
        return np.take_along_axis(similarities, order, 1), np.take_along_axis(found, order, 1)

    def write(self, write: Callable[[bytes], object]) -> None:
        """The bytes that faiss and PaddleX read: an IndexIDMap2 without a direct map."""
        faiss = kinds.library()
        outer = self.outer
        if self.kind == "IVF":  # PaddleX could not remove from an index that carries a direct map
            outer = faiss.clone_index(outer)
            faiss.downcast_index(outer.index).set_direct_map_type(faiss.DirectMap.NoMap)
        faiss.write_index(outer, faiss.PyCallbackIOWriter(write))

    def _look(self, queries: Floats, k: int, alive: NDArray[np.bool_] | None, *, exact: bool, effort: int = 0) -> Ids:
        """Positions (m, k) as faiss finds them; -1 where it found fewer."""
        faiss = kinds.library()
        # The selector reads `bits` and the parameters read the selector: all three stay referenced during the search.
        bits = None if alive is None else np.packbits(alive, bitorder="little")
        selector = None if bits is None else faiss.IDSelectorBitmap(bits)
        index = self.inner
        if self.kind == "HNSW32" and exact:
            index = faiss.downcast_index(index.storage)
        if self.kind == "IVF":
            probes = index.nlist if exact else effort or index.nprobe
            parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector)
        elif self.kind == "HNSW32" and not exact:
            parameters = faiss.SearchParametersHNSW(efSearch=max(effort or index.hnsw.efSearch, k), sel=selector)
        else:
            parameters = faiss.SearchParameters(sel=selector)
        scanned = len(self) if exact else 2000
        with kinds.threads(0 if len(queries) * scanned * self.length > _MUCH_WORK else 1):
            return np.asarray(index.search(queries, k, params=parameters)[1], np.int64)

    def _with_strays(self, found: Ids, alive: NDArray[np.bool_] | None) -> Ids:
        strays = self.strays if alive is None else self.strays[alive[self.strays]]
        if not len(strays):
            return found
        more = np.broadcast_to(strays, (len(found), len(strays))).copy()
        for row, known in zip(more, found, strict=True):
            row[np.isin(row, known)] = -1
        return np.concatenate([found, more], axis=1)

    def _similarities(self, queries: Floats, found: Ids) -> Floats:
        """Cosines computed anew in double precision: equal for equal vectors whatever structure found them."""
        result = np.full(found.shape, -np.inf, np.float32)
        for row, (query, positions) in enumerate(zip(queries.astype(np.float64), found, strict=True)):
            for first in range(0, len(positions), _BATCH):
                part = positions[first : first + _BATCH]
                cosines = self.vectors(np.maximum(part, 0)).astype(np.float64) @ query
                result[row, first : first + _BATCH] = np.where(part < 0, -np.inf, np.clip(cosines, -1, 1))
        return result


def build(
    kind: str, metric: str, parameters: Mapping[str, int], ids: Ids, vectors: Floats
) -> Generator[Step[str], None, Body]:
    """Makes a Body of `vectors` (n, d) under `ids` (n,) with all cores; yields after every batch."""
    count = len(ids)
    with kinds.threads(0):
        outer = kinds.start(kind, metric, vectors, kinds.numbers_for(kind, parameters, count))
    checked = kinds.KINDS[kind].approximate and count > EXACT_BELOW
    total = count * (2 if checked else 1)
    batch = _LINKED if kind == "HNSW32" else max(count, 1)  # the others take any number at once
    for first in range(0, count, batch):
        with kinds.threads(0):
            outer.add_with_ids(vectors[first : first + batch], ids[first : first + batch])
        yield Step(min(first + batch, count), total, kind)
    body = Body(outer, kind, metric, parameters)
    if checked:
        body.strays = yield from _strays(body, total)
    return body


def extended(body: Body, ids: Ids, vectors: Floats) -> Generator[Step[str], None, Body]:
    """A copy of `body` with more vectors: linking a few into a graph is quicker than building it anew."""
    outer = kinds.library().clone_index(body.outer)
    checked = kinds.KINDS[body.kind].approximate and len(body) + len(ids) > EXACT_BELOW
    total = len(ids) + (len(body) + len(ids) if checked else 0)
    for first in range(0, len(ids), _LINKED):
        with kinds.threads(0):
            outer.add_with_ids(vectors[first : first + _LINKED], ids[first : first + _LINKED])
        yield Step(min(first + _LINKED, len(ids)), total, body.kind)
    longer = Body(outer, body.kind, body.metric, body.parameters)
    if checked:
        longer.strays = yield from _strays(longer, total)
    return longer


def _strays(body: Body, total: int) -> Generator[Step[str], None, Ids]:
    """Positions whose own vector, asked for, does not come first: an approximate structure may lose some.

    Asked with little effort first, which nearly all need only.
    """
    strays = []
    for first in range(0, len(body), _BATCH):
        own = np.arange(first, min(first + _BATCH, len(body)))
        vectors = body.vectors(own)
        with kinds.threads(0):
            lost = own[body._look(vectors, 1, None, exact=False, effort=_LITTLE[body.kind])[:, 0] != own]
            if len(lost):
                found = body._look(body.vectors(lost), 1, None, exact=False)[:, 0]
                twin = (body.vectors(np.maximum(found, 0)) == body.vectors(lost)).all(axis=1) & (found >= 0)
                lost = lost[(found != lost) & ~twin]  # the same vector under another face is found as well as its own
        strays.append(lost)
        yield Step(total - len(body) + int(own[-1]) + 1, total, body.kind)
    return np.concatenate(strays).astype(np.int64)
