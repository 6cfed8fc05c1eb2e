"""The kinds of index: how each is built, what can be set, and within which limits."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import IndexProblem, Text, phrase
from core.types import Floats
from core.worker import share


def library() -> Any:
    """faiss, imported when first used; without types, because its stubs know only a part of it."""
    import faiss

    return faiss


METRICS = {"IP": 0, "L2": 1}  # the numbers that faiss writes into its files


@dataclass(frozen=True)
class Parameter:
    """One number that shapes an index; 0 stands for automatic where `default` is 0."""

    default: int
    low: int
    high: int
    label: str
    note: str


@dataclass(frozen=True)
class Kind:
    """One kind of index. `start` makes a trained, empty faiss index (without the map of ids)."""

    note: str
    parameters: Mapping[str, Parameter]
    start: Callable[[Floats, int, dict[str, int]], Any]  # training vectors (n, d), metric number, numbers
    approximate: bool


def _flat(vectors: Floats, metric: int, numbers: dict[str, int]) -> Any:
    faiss = library()
    length = vectors.shape[1]
    return faiss.IndexFlatIP(length) if metric == METRICS["IP"] else faiss.IndexFlatL2(length)


def _hnsw(vectors: Floats, metric: int, numbers: dict[str, int]) -> Any:
    faiss = library()
    index = faiss.IndexHNSWFlat(vectors.shape[1], numbers["m"], metric)
    index.hnsw.efConstruction = numbers["ef_construction"]
    index.hnsw.efSearch = numbers["ef_search"]
    return index


def _ivf(vectors: Floats, metric: int, numbers: dict[str, int]) -> Any:
    faiss = library()
    lists = max(1, min(numbers["lists"], len(vectors)))  # more lists than vectors cannot be trained
    quantizer = _flat(vectors, metric, {})
    index = faiss.IndexIVFFlat(quantizer, vectors.shape[1], lists, metric)
    quantizer.this.disown()  # so that a copy of the index, which owns its quantizer, and this one are freed alike
    index.own_fields = True
    index.cp.min_points_per_centroid = 1  # few faces are no reason for a warning on standard output
    index.cp.max_points_per_centroid = 64
    index.nprobe = max(1, min(numbers["probes"], lists))
    if len(vectors):
        index.train(vectors)
    else:
        index.quantizer.add(_first_axis(vectors.shape[1]))
        index.is_trained = True
    return index


def _first_axis(length: int) -> Floats:
    axis = np.zeros((1, length), np.float32)
    axis[0, 0] = 1
    return axis


KINDS: dict[str, Kind] = {
    "Flat": Kind("Looks at every face: exact, nothing to set; best up to about 100,000 faces.", {}, _flat, False),
    "HNSW32": Kind(
        "A graph of near neighbours: a search takes well under a millisecond; needs more memory and time to build.",
        {
            "m": Parameter(32, 4, 96, "Links per face", "More find more surely; they take memory and time to build."),
            "ef_construction": Parameter(
                100, 8, 1000, "Care in building", "Higher makes a better graph and takes longer to build."
            ),
            "ef_search": Parameter(80, 8, 4096, "Care in searching", "Higher finds more surely and takes longer."),
        },
        _hnsw,
        True,
    ),
    "IVF": Kind(
        "Sorts the faces into lists and looks into the nearest ones: quick to build, little extra memory.",
        {
            "lists": Parameter(
                0, 0, 65536, "Lists", "Left at 0 it is chosen from the number of faces (twice its square root)."
            ),
            "probes": Parameter(0, 0, 65536, "Lists looked at", "0 chooses; higher finds more surely, takes longer."),
        },
        _ivf,
        True,
    ),
}


def check(kind: str, metric: str, parameters: Mapping[str, int]) -> None:
    """Raises IndexProblem naming the first thing that does not fit."""
    _one_of(phrase("There is no kind of index called {value!r}."), kind, KINDS)
    _one_of(phrase("There is no metric called {value!r}."), metric, METRICS)
    for name, value in parameters.items():
        _one_of(phrase("There is no parameter of {kind} called {value!r}."), name, KINDS[kind].parameters, kind=kind)
        rule = KINDS[kind].parameters[name]
        if type(value) is not int or not rule.low <= value <= rule.high:
            raise IndexProblem(
                "{name} of {kind} must be a whole number from {low} to {high}, not {value!r}.",
                "Nothing was changed. {note}",
                name=name,
                kind=kind,
                low=rule.low,
                high=rule.high,
                value=value,
                note=rule.note,
            )


def numbers_for(kind: str, parameters: Mapping[str, int], count: int) -> dict[str, int]:
    """Every parameter of `kind` for `count` faces, the automatic ones chosen."""
    numbers = {name: parameters.get(name, rule.default) for name, rule in KINDS[kind].parameters.items()}
    if kind == "IVF":
        numbers["lists"] = numbers["lists"] or max(1, min(65536, count, round(2 * math.sqrt(count))))
        # Measured on people of five faces (cosine 0.6): an eighth of the lists keeps recall@1 above 0.99.
        numbers["probes"] = numbers["probes"] or max(min(16, numbers["lists"]), numbers["lists"] // 8)
    return numbers


def memory(kind: str, count: int, length: int, parameters: Mapping[str, int]) -> int:
    """Bytes that an index of `count` faces holds, near enough: features, ids, links."""
    links = {"Flat": 0, "HNSW32": 8 * numbers_for(kind, parameters, count).get("m", 0) + 28, "IVF": 16}[kind]
    return count * (4 * length + 8 + links)


def paddlex_numbers(kind: str, count: int) -> dict[str, int]:
    """The numbers PaddleX builds with; unlike there, an IVF index always has a list."""
    return {
        "Flat": {},
        "HNSW32": {"m": 32, "ef_construction": 40, "ef_search": 16},
        "IVF": {"lists": max(1, min(count // 8, 65536)), "probes": 1},
    }[kind]


def start(kind: str, metric: str, vectors: Floats, numbers: dict[str, int]) -> Any:
    """An empty faiss.IndexIDMap2 over a trained index of `kind`, ready for `add_with_ids`."""
    faiss = library()
    inner = KINDS[kind].start(vectors, METRICS[metric], numbers)
    outer = faiss.IndexIDMap2(inner)
    inner.this.disown()
    outer.own_fields = True
    return outer


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """faiss works with `count` threads in this thread (0 = its share of the cores); one avoids 20 ms of start-up."""
    faiss = library()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count or share())
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _one_of(message: str, value: str, known: Mapping[str, object], **values: str) -> None:
    if value not in known:
        raise IndexProblem(
            message,
            "Nothing was changed; known are: {known}.",
            value=value,
            known=", ".join(known) or Text("none"),
            **values,
        )
