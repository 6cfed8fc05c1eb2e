"""Enrolled faces in the order in which somebody wants to see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import compress
from typing import Literal, get_args

import numpy as np

from core.errors import GalleryProblem
from core.gallery.reading import GalleryReader
from core.gallery.records import EnrolledFace
from core.types import Ids

FaceOrder = Literal["newest", "oldest", "best", "worst", "person"]
FACE_ORDERS: tuple[FaceOrder, ...] = get_args(FaceOrder)


@dataclass(frozen=True, eq=False)
class FaceList:
    """Faces in order, and their ids (n,)."""

    faces: list[EnrolledFace]
    ids: Ids


def face_list(gallery: GalleryReader, identities: Sequence[int] = (), order: FaceOrder = "newest") -> FaceList:
    """The living faces of these identities, or of everyone. Whoever is gone has none.

    "best" and "worst" go by quality, "person" by the name, then the newest first; equal ones keep the newest first.
    """
    faces = [face for each in identities for face in gallery.faces(each)] if identities else gallery.faces()
    return _sorted(gallery, faces, order)


def renewed(gallery: GalleryReader, before: FaceList, touched: Collection[int], order: FaceOrder) -> FaceList:
    """Everyone's faces after a change that touched few: reads only these."""
    ids = np.fromiter(touched, np.int64, len(touched))
    stays = ~np.isin(before.ids, ids)
    faces = list(compress(before.faces, stays.tolist()))
    for id in touched:
        with suppress(GalleryProblem):  # one that left the gallery
            faces.append(gallery.face(id))
    return _sorted(gallery, faces, order)


def _sorted(gallery: GalleryReader, faces: list[EnrolledFace], order: FaceOrder) -> FaceList:
    ids = np.fromiter((face.id for face in faces), np.int64, len(faces))
    places = np.lexsort((-ids, _weight(gallery, faces, ids, order)))
    return FaceList([faces[place] for place in places.tolist()], ids[places])


def _weight(gallery: GalleryReader, faces: list[EnrolledFace], ids: Ids, order: FaceOrder) -> np.ndarray:
    """(n,) what comes first has the least."""
    if order == "person":
        ranks = {person.id: rank for rank, person in enumerate(gallery.identities())}
        return np.fromiter((ranks.get(face.identity, len(ranks)) for face in faces), np.int64, len(faces))
    if order in ("best", "worst"):
        quality = np.fromiter((face.quality for face in faces), np.float64, len(faces))
        return -quality if order == "best" else quality
    return ids if order == "oldest" else -ids
