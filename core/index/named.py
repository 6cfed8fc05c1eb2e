"""A named index as recognition sees it: features in, identities out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import IndexProblem
from core.gallery.records import IndexRule
from core.index.face_index import FaceIndex, Held
from core.types import Floats, Ids, Match

_FIRST = 16  # faces asked for at least; a person has several


@dataclass(frozen=True, eq=False)
class View:
    """Whose the faces are at one moment. `faces` ascend; `owners` run parallel."""

    faces: Ids
    owners: Ids
    names: dict[int, str]
    space: str
    length: int


@dataclass(frozen=True, eq=False)
class _Moment:
    held: Held
    view: View
    identities: int


class NamedIndex:
    """An index of a gallery, opened by a Shelf. Any thread may search while the shelf refreshes it."""

    def __init__(self, rule: IndexRule) -> None:
        self.rule = rule
        self.faces: FaceIndex | None = None  # None while the gallery has no model
        self._moment: _Moment | None = None
        self._deleted = False

    @property
    def name(self) -> str:
        return self.rule.name

    @property
    def view(self) -> View | None:
        return self._moment.view if self._moment else None

    def __len__(self) -> int:
        return len(self._moment.held.ids) if self._moment else 0

    def show(self, view: View) -> None:
        """Searches from now on answer from the present faces and this view, both at once."""
        if self.faces is not None:
            held = self.faces.now
            owners = view.owners[np.isin(view.faces, held.ids)]
            self._moment = _Moment(held, view, int(np.count_nonzero(np.bincount(owners))))

    def hide(self, *, deleted: bool = False) -> None:
        self.faces, self._moment, self._deleted = None, None, deleted

    def search(self, features: Floats, top_k: int, *, space: str) -> tuple[tuple[Match, ...], ...]:
        """At most `top_k` matches for each of the features (m, d), best first, one entry per identity.

        The similarity is the cosine whatever the metric. Raises IndexProblem for features of another space or
        length, or that are no direction (zero, NaN).
        """
        if self._deleted:
            raise IndexProblem("The index {name} was deleted.", "Choose another one.", name=self.name)
        moment = self._moment
        queries = _unit(features)
        if moment is None or not moment.identities or not len(queries) or top_k < 1:
            return ((),) * len(queries)
        _comparable(queries, space, moment.view)
        return _by_identity(moment, queries, min(top_k, moment.identities))


def _by_identity(moment: _Moment, queries: Floats, top_k: int) -> tuple[tuple[Match, ...], ...]:
    count = len(moment.held.ids)
    results: list[tuple[Match, ...]] = [()] * len(queries)
    open_rows = np.arange(len(queries))
    asked = max(_FIRST, 4 * top_k)
    while len(open_rows):
        similarities, faces = moment.held.search(queries[open_rows], min(asked, count))
        for row, values, ids in zip(open_rows.tolist(), similarities, faces, strict=True):
            results[row] = _matches(values, ids, moment.view, top_k)
        if asked >= count:
            break
        open_rows = np.array([row for row in open_rows.tolist() if len(results[row]) < top_k], np.int64)
        asked *= 4
    return tuple(results)


def _matches(similarities: Floats, faces: Ids, view: View, top_k: int) -> tuple[Match, ...]:
    owners = view.owners[np.searchsorted(view.faces, faces)]
    found: dict[int, Match] = {}
    for similarity, face, identity in zip(similarities.tolist(), faces.tolist(), owners.tolist(), strict=True):
        if identity not in found:
            if len(found) == top_k:
                break
            found[identity] = Match(identity, view.names.get(identity, ""), similarity, face)
    return tuple(found.values())


def _unit(features: Floats) -> Floats:
    features = np.asarray(features, np.float32)
    if features.ndim != 2:
        raise IndexProblem(
            "Features must come as rows of numbers, not with the shape {shape}.",
            "Nothing was searched.",
            shape=features.shape,
        )
    lengths = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    bad = np.flatnonzero(~(np.isfinite(lengths[:, 0]) & (lengths[:, 0] > 1e-6)))
    if len(bad):
        raise IndexProblem(
            "Feature {number} cannot be compared: it is zero or holds something that is no number.",
            "Nothing was searched; the model or its card is wrong.",
            number=int(bad[0]) + 1,
        )
    return np.ascontiguousarray(features / lengths, np.float32)


def _comparable(queries: Floats, space: str, view: View) -> None:
    if space != view.space:
        raise IndexProblem(
            "The gallery's features are of the model {held}, these are of {asked}; they cannot be compared.",
            "Use the gallery's model, or make features of the other one for the gallery (refeature).",
            held=view.space,
            asked=space,
        )
    if queries.shape[1] != view.length:
        raise IndexProblem(
            "The features have {asked} numbers, those of the gallery {held}.",
            "Nothing was searched; the model or its card is wrong.",
            held=view.length,
            asked=queries.shape[1],
        )
