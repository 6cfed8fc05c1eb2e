"""Comparing a gallery with itself, to advise a limit for known."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.decision import Limits
from core.errors import GalleryProblem
from core.gallery.gallery import Gallery
from core.own_limits import FEWEST, WANTED, Compared, Shares, chosen_rows, joined, nearest_three
from core.types import Ids, Step

_BLOCK = 64_000_000  # cosines held at once
_MOST = 256  # faces in one step


@dataclass(frozen=True)
class OwnLimits:
    """What the comparison gave."""

    compared: Compared
    limits: Limits  # those that hold now, but the card's for known
    known: float  # the present one
    advised: float
    names: dict[int, str]  # of everybody in `compared`

    def at(self, known: float) -> Shares:
        return self.compared.at(self.limits.with_known(known))


def own_limits(
    folder: Path, present: Limits, *, card: float, wanted: float = WANTED
) -> Generator[Step[None], None, OwnLimits]:
    """Compares the gallery in `folder` with itself under the `present` limits. Reads only.

    `card` is the limit for known of the model's card, `wanted` the share of strangers that may be accepted.

    Raises GalleryProblem when fewer than five people have faces with features of the gallery's model.
    """
    with Gallery.open(folder) as gallery:
        ids, features = gallery.features(gallery.model.space) if gallery.model else (np.zeros(0, np.int64), None)
        owner = gallery.owners_of(ids.tolist())
        names = {person.id: person.name for person in gallery.identities()}
        place = gallery.folder
    # Another program may have taken faces away between the two questions: those belong to nobody.
    owners = np.array([owner.get(int(face), 0) for face in ids], np.int64)
    if features is not None:
        features, owners = features[owners > 0], owners[owners > 0]
    if features is None or len(np.unique(owners)) < FEWEST:
        raise GalleryProblem(
            "{folder} holds {count} people to compare; that is too few to advise a threshold.",
            "The model's own threshold holds. Enroll at least {fewest} people, better 50, and ask again.",
            folder=place,
            count=len(np.unique(owners)),
            fewest=FEWEST,
        )
    order = np.argsort(owners, kind="stable")
    features, owners = features[order], owners[order]
    rows, parts = chosen_rows(owners), []
    block = max(1, min(_MOST, _BLOCK // len(owners)))
    for start in range(0, len(rows), block):
        some: Ids = rows[start : start + block]
        yield Step(start, len(rows), None)
        parts.append(nearest_three(features[some], some, features, owners))
    compared = joined(parts)
    yield Step(len(rows), len(rows), None)
    own = present.with_known(card)
    return OwnLimits(compared, own, present.known, compared.recommended(own, wanted), names)
