"""Reads a vector.index without faiss: every number in it is checked, since faiss itself trusts what it reads.

A file that passes can be given to faiss, or used as it is: the vectors are found here too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexProblem, Text, why
from core.types import Floats, Ids

LONGEST = 4096  # of a feature
MOST = 1 << 40  # vectors; the size of the file says more
_SAFE = "The file was not used; nothing was changed. Build the index anew from its gallery."
_FLAT = {b"IxFI": "IP", b"IxF2": "L2"}
_METRICS = {0: "IP", 1: "L2"}


@dataclass(frozen=True, eq=False)
class Layout:
    """What a sound vector.index holds."""

    kind: str
    metric: str
    ids: Ids  # (n,)
    vectors: Floats  # (n, d), in the order of `ids`; a view of the file's bytes where it can be

    @property
    def length(self) -> int:
        return int(self.vectors.shape[1])


@dataclass(frozen=True)
class _Header:
    fourcc: bytes
    length: int
    count: int
    metric: str


def examine(data: NDArray[np.uint8], path: Path, *, repair: bool = False) -> Layout:
    """The layout of the whole file `data`. Raises IndexProblem naming `path` for anything unexpected.

    `repair` also takes an IVF file after PaddleX removed from it; such a file must not be given to faiss.
    """
    try:
        return _whole(_Cursor(data), repair=repair)
    except _UnsoundError as error:
        raise IndexProblem("{path} is not a sound face index: {what}.", _SAFE, path=path, what=why(error)) from None


def peek(path: Path) -> tuple[int, int]:
    """Length of the features and their number as the first bytes of a file say. Raises IndexProblem, OSError."""
    with path.open("rb") as file:
        data = np.frombuffer(file.read(64), np.uint8)
    try:
        header = _header(_Cursor(data), (b"IxM2", b"IxMp"))
    except _UnsoundError as error:
        raise IndexProblem("{path} is not a sound face index: {what}.", _SAFE, path=path, what=why(error)) from None
    return header.length, header.count


class _UnsoundError(Exception):
    def __init__(self, what: Text | str) -> None:
        super().__init__(what if isinstance(what, Text) else Text(what))


class _Cursor:
    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data, self.at = data, 0

    def take(self, count: int, dtype: Any) -> NDArray[Any]:
        size = count * np.dtype(dtype).itemsize
        if count < 0 or size > len(self.data) - self.at:
            raise _UnsoundError("it ends too early or a length in it is wrong")
        part = self.data[self.at : self.at + size]
        self.at += size
        return np.frombuffer(part, dtype)

    def unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form), np.uint8).tobytes())

    def vector(self, dtype: Any) -> NDArray[Any]:
        return self.take(self.number(), dtype)

    def number(self) -> int:
        (value,) = self.unpack("Q")
        _need(value <= MOST, "a length in it is impossible")
        return int(value)


def _need(fine: Any, what: Text | str) -> None:
    if not fine:
        raise _UnsoundError(what)


def _whole(cursor: _Cursor, *, repair: bool) -> Layout:
    outer = _header(cursor, (b"IxM2", b"IxMp"))
    inner = _header(cursor, (*_FLAT, b"IHNf", b"IwFl"))
    _need(
        (inner.length, inner.count, inner.metric) == (outer.length, outer.count, outer.metric),
        "its outer and inner part contradict each other",
    )
    vectors = _READERS.get(inner.fourcc, _rows)(cursor, inner, repair)
    ids = cursor.vector("<i8").astype(np.int64)
    _need(len(ids) == outer.count, "the number of its ids is wrong")
    _need(cursor.at == len(cursor.data), "something follows its end")
    _need(not len(ids) or ids.min() >= 0, "an id in it is negative")
    _need(len(np.unique(ids)) == len(ids), "an id stands in it twice")
    _need(np.isfinite(vectors).all(), "a vector in it holds something that is no number")
    kind = {b"IHNf": "HNSW32", b"IwFl": "IVF"}.get(inner.fourcc, "Flat")
    return Layout(kind, outer.metric, ids, vectors)


def _header(cursor: _Cursor, expected: tuple[bytes, ...]) -> _Header:
    fourcc = cursor.take(4, np.uint8).tobytes()
    foreign = Text("it begins a part with {mark}, which no index of faces does", {"mark": repr(fourcc)})
    _need(fourcc in expected, foreign)
    length, count, _, _, trained, metric = cursor.unpack("iqqqBi")
    _need(1 <= length <= LONGEST, Text("a feature of {length} numbers is impossible", {"length": length}))
    _need(0 <= count <= MOST, "its number of vectors is impossible")
    _need(trained in (0, 1) and metric in _METRICS, "its metric is none for faces")
    _need(trained == 1, "it was never trained")
    name = _METRICS[metric]
    _need(_FLAT.get(fourcc, name) == name, "its metric contradicts its type")
    return _Header(fourcc, length, count, name)


def _rows(cursor: _Cursor, header: _Header, repair: bool = False) -> Floats:
    numbers = cursor.vector("<f4")
    _need(len(numbers) == header.count * header.length, "the number of its vectors is wrong")
    return numbers.reshape(header.count, header.length).astype(np.float32, copy=False)


def _hnsw(cursor: _Cursor, header: _Header, repair: bool) -> Floats:
    _need(len(cursor.vector("<f8")) <= 64, "its graph has too many levels")
    upto = cursor.vector("<i4").astype(np.int64)
    levels, offsets = cursor.vector("<i4").astype(np.int64), cursor.vector("<u8").astype(np.int64)
    links = cursor.vector("<i4")
    entry, top, construction, search, _ = cursor.unpack("5i")
    count = header.count
    _need(len(levels) == count and len(offsets) == count + 1, "the size of its graph is wrong")
    _need(1 < len(upto) <= 65 and upto[0] == 0 and (np.diff(upto) > 0).all(), "the levels of its graph are wrong")
    _need(upto[-1] <= 1 << 20, "its graph has too many links")
    _need(1 <= construction <= 1 << 20 and 1 <= search <= 1 << 20, "the parameters of its graph are impossible")
    _need(count == 0 or (levels.min() >= 1 and levels.max() < len(upto)), "a level in its graph is wrong")
    _need(offsets[0] == 0 and offsets[-1] == len(links), "the links of its graph are wrong")
    _need((np.diff(offsets) == upto[levels]).all(), "the links of its graph are wrong")
    if count:
        _need(0 <= entry < count and levels[entry] == levels.max() == top + 1, "the entry of its graph is wrong")
        _need(links.min() >= -1 and links.max() < count, "a link of its graph leads nowhere")
        _links_on_level(links, levels, offsets, upto)
    else:
        _need(entry == -1 and not len(links), "the entry of its graph is wrong")
    storage = _header(cursor, tuple(_FLAT))
    _need(
        (storage.length, storage.count, storage.metric) == (header.length, count, header.metric),
        "its graph and its storage differ",
    )
    return _rows(cursor, storage)


def _links_on_level(links: NDArray[Any], levels: Ids, offsets: Ids, upto: Ids) -> None:
    # A link to a node that does not reach its level would make faiss read beyond that node's links.
    for level in range(1, int(levels.max())):
        nodes = np.flatnonzero(levels > level)
        places = offsets[nodes][:, None] + np.arange(upto[level], upto[level + 1])
        ends = links[places]
        _need((levels[ends[ends >= 0]] > level).all(), "a link of its graph leads to a wrong level")


def _ivf(cursor: _Cursor, header: _Header, repair: bool) -> Floats:
    lists, probes = cursor.unpack("QQ")
    _need(1 <= lists <= 1 << 24 and 1 <= probes <= lists, "the number of its lists is impossible")
    centres = _header(cursor, tuple(_FLAT))
    _need((centres.length, centres.count) == (header.length, lists), "its lists and their centres differ in number")
    _need(np.isfinite(_rows(cursor, centres)).all(), "a centre in it holds something that is no number")
    _need(cursor.take(1, np.uint8)[0] == 0 and not cursor.number(), "it carries a direct map")
    sizes = _sizes(cursor, int(lists), 4 * header.length)
    _need(
        sizes.min() >= 0 and sizes.max() <= header.count and sizes.sum() == header.count, "its lists have wrong sizes"
    )
    rows, places = [np.zeros((0, header.length), np.float32)], [np.zeros(0, np.int64)]
    for size in sizes[sizes > 0].tolist():
        rows.append(cursor.take(size * header.length, "<f4").reshape(size, header.length))
        places.append(cursor.take(size, "<i8"))
    return _placed(np.concatenate(rows), np.concatenate(places), repair=repair)


def _placed(rows: Floats, places: Ids, *, repair: bool) -> Floats:
    """The rows of all lists in the order of the ids."""
    order = np.argsort(places, kind="stable")
    found = places[order]
    if not np.array_equal(found, np.arange(len(places))):
        # faiss keeps the old numbers in the lists when it removes from an IVF index with a map of ids, so that PaddleX
        # then answers with wrong names. As long as nothing was added since, their order still tells whose they are.
        _need(repair and (np.diff(found) > 0).all() and (found >= 0).all(), "its lists hold wrong numbers")
    return rows[order]


def _sizes(cursor: _Cursor, lists: int, code: int) -> Ids:
    _need(cursor.take(4, np.uint8).tobytes() == b"ilar", "its lists are kept in a way that is not known")
    _need(cursor.unpack("QQ") == (lists, code), "its lists contradict its header")
    form = cursor.take(4, np.uint8).tobytes()
    _need(form in (b"full", b"sprs"), "its lists are kept in a way that is not known")
    numbers = cursor.vector("<u8")
    _need(not len(numbers) or numbers.max() <= MOST, "its lists have wrong sizes")
    numbers = numbers.astype(np.int64)
    if form == b"full":
        _need(len(numbers) == lists, "its lists have wrong sizes")
        return numbers
    _need(len(numbers) % 2 == 0 and len(numbers) <= 2 * lists, "its lists have wrong sizes")
    places, sizes = numbers[0::2], np.zeros(lists, np.int64)
    _need(not len(places) or (places.max() < lists and (np.diff(places) > 0).all()), "its lists have wrong sizes")
    sizes[places] = numbers[1::2]
    return sizes


_READERS: dict[bytes, Callable[[_Cursor, _Header, bool], Floats]] = {b"IHNf": _hnsw, b"IwFl": _ivf}
