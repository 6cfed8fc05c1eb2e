"""PaddleX's index: features under ids with a label each, searched as PaddleX searches, saved as it saves."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexProblem, why
from core.files import atomic_write
from core.gallery.paddlex import id_map_text
from core.index import kinds
from core.index.foreign import read_paddlex_index
from core.index.id_map import read_id_map
from core.index.layout import examine
from core.paddlex import packed
from core.types import Floats, Ids

VECTORS, LABELS = "vector.index", "id_map.yaml"
_SAFE = "The index is as it was."
_MEMORY = Path("the index in memory")
_FEW = 100_000  # vectors up to which more threads cost more than they bring
_log = logging.getLogger(__name__)
IndexLike: TypeAlias = "IndexData | str | os.PathLike[str]"


@dataclass(frozen=True, eq=False)
class _State:
    """What an index holds at one moment; never changed, so that searches go on while it is replaced."""

    outer: Any  # faiss.IndexIDMap2
    labels: dict[int, str]
    kind: str
    metric: str


class IndexData:
    """An index in memory. Appending and removing change it and hand it back, as scripts for PaddleX expect."""

    def __init__(self, outer: Any, labels: dict[int, str], *, kind: str, metric: str) -> None:
        self._state = _State(outer, labels, kind, metric)

    @classmethod
    def build(cls, features: Floats, labels: Sequence[str], *, kind: str, metric: str) -> IndexData:
        """An index of `features` (n, d) of unit length under the ids 0, 1, 2... Raises IndexProblem."""
        kinds.check(kind, metric, {})
        outer = _made(kind, metric, np.arange(len(features)), features)
        return cls(outer, dict(enumerate(labels)), kind=kind, metric=metric)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> IndexData:
        """The index of a folder that PaddleX or `save` wrote; every number is checked first. Raises IndexProblem."""
        place = Path(folder)
        found = read_paddlex_index(place)
        labels = dict(zip(found.ids.tolist(), found.labels, strict=True))
        _tell_contradiction(place, found.kind, found.metric)
        outer = _as_written(place / VECTORS, found.ids)
        if outer is None:
            outer = _made(found.kind, found.metric, found.ids, found.features)
        return cls(outer, labels, kind=found.kind, metric=found.metric)

    def save(self, save_path: str | os.PathLike[str]) -> None:
        """Writes vector.index and id_map.yaml as PaddleX does, in place of those in the folder. Raises IndexProblem."""
        state, folder = self._state, Path(save_path)
        text = "".join(id_map_text(state.labels, index_type=state.kind, metric_type=state.metric)).encode()
        data = _bytes(state).data
        try:
            # Both files are whole on disk before the first of them takes its name.
            with atomic_write(folder / VECTORS) as vectors, atomic_write(folder / LABELS) as labels:
                for file, content in ((vectors, data), (labels, text)):
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise IndexProblem(
                "The index cannot be written to {folder}: {reason}.",
                "What was there is as it was; choose another folder or make room.",
                folder=folder,
                reason=why(error),
            ) from error

    def append(self, features: Floats, labels: Sequence[str]) -> IndexData:
        """Adds `features` (n, d) under ids that follow the highest. Raises IndexProblem for another length."""
        state = self._state
        self.check_length(features.shape[1])
        first = max(state.labels, default=-1) + 1
        ids = np.arange(first, first + len(features))
        with kinds.threads(0):
            outer = kinds.library().clone_index(state.outer)
            outer.add_with_ids(np.ascontiguousarray(features, np.float32), ids)
        added = dict(zip(ids.tolist(), labels, strict=True))
        self._state = _State(outer, state.labels | added, state.kind, state.metric)
        return self

    def remove(self, ids: Iterable[int]) -> IndexData:
        """Takes `ids` out; ids that are not there are told and passed over. Every kind is made anew without them."""
        state, gone = self._state, set(ids)
        strange = sorted(gone - state.labels.keys())
        if strange:
            _log.warning("The index holds no %s; passed over.", ", ".join(f"id {id}" for id in strange[:20]))
        layout = examine(_bytes(state), _MEMORY)
        kept = np.array([id not in gone for id in layout.ids.tolist()], bool)
        outer = _made(state.kind, state.metric, layout.ids[kept], np.asarray(layout.vectors, np.float32)[kept])
        labels = {id: label for id, label in state.labels.items() if id not in gone}
        self._state = _State(outer, labels, state.kind, state.metric)
        return self

    def search(self, features: Floats, k: int, threshold: float) -> list[tuple[list[str] | None, list[float] | None]]:
        """Labels and scores of the `k` nearest of each row of `features` (n, d), None and None for an unknown face.

        Scores are cosines (IP) or squared distances (L2), nearest first. A face is unknown when its nearest is not
        near enough: a cosine below `threshold`, or a distance above it. Raises IndexProblem for another length.
        """
        state = self._state
        if not len(features):
            return []
        self.check_length(features.shape[1])
        if not state.labels:
            return [(None, None)] * len(features)
        with kinds.threads(1 if len(state.labels) < _FEW else 0):
            scores, ids = state.outer.search(np.ascontiguousarray(features, np.float32), min(k, len(state.labels)))
        return [_answer(state, *row, threshold) for row in zip(scores, ids, strict=True)]

    def check_length(self, length: int) -> None:
        """Raises IndexProblem when features of `length` numbers do not belong here."""
        if length != self._state.outer.d:
            raise IndexProblem(
                "The index holds features of {held} numbers, but the model makes features of {length}.",
                "Nothing was changed. Use the model that the index was built with, or build it anew.",
                held=self._state.outer.d,
                length=length,
            )

    def __len__(self) -> int:
        return len(self._state.labels)

    @property
    def index(self) -> Any:
        """The faiss index, an IndexIDMap2."""
        return self._state.outer

    @property
    def index_bytes(self) -> NDArray[np.uint8]:
        """The bytes of vector.index, (n,)."""
        return _bytes(self._state)

    @property
    def id_map(self) -> dict[int, str]:
        """A copy of the labels under their ids."""
        return dict(self._state.labels)

    @property
    def metric_type(self) -> str:
        return self._state.metric

    @property
    def index_type(self) -> str:
        return self._state.kind

    @property
    def index_info(self) -> dict[str, Any]:
        state = self._state
        return {"index_type": state.kind, "metric_type": state.metric, "id_map": dict(state.labels)}

    def to_bytes(self) -> bytes:
        """The form in which PaddleX's service keeps an index."""
        return packed.pack(self.index_bytes, self.index_info)

    @classmethod
    def from_bytes(cls, data: bytes) -> IndexData:
        """The index of such bytes; no code in them is run. Raises IndexProblem for anything that is not sound."""
        vectors, labels = packed.unpack(data)
        layout = examine(vectors, Path("the stored index"))
        if sorted(layout.ids.tolist()) != sorted(labels):
            raise IndexProblem("The stored index is torn: its ids and its labels differ.", "It was not used.")
        return cls(kinds.library().deserialize_index(vectors), labels, kind=layout.kind, metric=layout.metric)


def _answer(state: _State, scores: Floats, ids: Ids, threshold: float) -> tuple[list[str] | None, list[float] | None]:
    found = ids >= 0
    if not found.any():
        return None, None
    nearest = float(scores[found][0])
    if nearest < threshold if state.metric == "IP" else nearest > threshold:
        return None, None
    return [state.labels[id] for id in ids[found].tolist()], scores[found].astype(np.float32).tolist()


def _made(kind: str, metric: str, ids: Ids, features: Floats) -> Any:
    """A faiss.IndexIDMap2 with PaddleX's numbers over `features` (n, d)."""
    vectors = np.ascontiguousarray(features, np.float32)
    with kinds.threads(0):
        outer = kinds.start(kind, metric, vectors, kinds.paddlex_numbers(kind, len(vectors)))
        if len(vectors):
            outer.add_with_ids(vectors, np.ascontiguousarray(ids, np.int64))
    return outer


def _bytes(state: _State) -> NDArray[np.uint8]:
    data: NDArray[np.uint8] = kinds.library().serialize_index(state.outer)
    return data


def _as_written(path: Path, ids: Ids) -> Any:
    """The faiss index of a file, whose bytes were looked at first; None where only its vectors can be used."""
    try:
        data = np.fromfile(path, np.uint8)
        if not np.array_equal(examine(data, path).ids, ids):
            return None
    except (OSError, IndexProblem):
        return None
    return kinds.library().deserialize_index(data)


def _tell_contradiction(folder: Path, kind: str, metric: str) -> None:
    said = read_id_map(folder / LABELS)
    if (said.index_type, said.metric_type) != (kind, metric):
        _log.warning(
            "%s calls the index %s %s, but it is %s %s; it is used as what it is.",
            folder / LABELS,
            said.index_type,
            said.metric_type,
            kind,
            metric,
        )
