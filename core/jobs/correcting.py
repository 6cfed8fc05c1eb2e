"""Correcting results: a face gets its name, is not that person, or is no face."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from core.errors import PhotoProblem, Problem
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace, Verdict
from core.gallery.verdicts import same_place
from core.jobs.enroll import label_of, new_face
from core.photos import Photo, open_photo
from core.recognizer import Recognizer, Sighting
from core.result_row import ResultRow, box_of
from core.types import Step

Lend = Callable[[], AbstractContextManager[Recognizer]]
Naming = tuple[ResultRow, int | str]  # the face of a row is this person, or a new one of that name


def faces_of(row: ResultRow, recognizer: Recognizer, *, max_megapixels: float = 250.0) -> list[NewFace]:
    """What of a row can be enrolled: its photo is read again. Slow; reads only. Raises PhotoProblem."""
    return Looking(recognizer, max_megapixels=max_megapixels).faces_of(row)


class Looking:
    """Looks at the photos of rows again, at one with several of them only once when they come one after another."""

    def __init__(self, recognizer: Recognizer, *, max_megapixels: float = 250.0) -> None:
        self._recognizer, self._max_megapixels = recognizer, max_megapixels
        self._path = ""
        self._last: tuple[Photo, Sighting] | None = None

    def faces_of(self, row: ResultRow) -> list[NewFace]:
        """Raises PhotoProblem where the face cannot be enrolled."""
        if row.origin == "live":
            return _samples_of(row)
        photo, seen = self._look(row.source)
        path = Path(row.source)
        if row.sha256 and photo.sha256 != row.sha256:
            raise PhotoProblem(
                "{path} has changed since it was looked at.", "Nothing was changed; tag its folder again.", path=path
            )
        factor = photo.width / seen.frame.pixels.shape[1]
        for index, edges in enumerate(seen.faces.scaled(factor).boxes.tolist()):
            if same_place(box_of(edges), row.box):
                return [new_face(photo, seen, index, self._recognizer.extractor.card.space)]
        raise PhotoProblem(
            "{path}: the face is not found there any more.",
            "Nothing was changed; another detector may be in use now. Tag its folder again.",
            path=path,
        )

    def _look(self, path: str) -> tuple[Photo, Sighting]:
        if self._last is None or self._path != path:
            photo = open_photo(Path(path), max_megapixels=self._max_megapixels)
            self._path, self._last = path, (photo, self._recognizer.look_at_photo(photo))
        return self._last


def _samples_of(row: ResultRow) -> list[NewFace]:
    samples = row.samples() if row.samples is not None else []
    if not samples:
        raise PhotoProblem(
            "This face was not seen well enough to be enrolled.",
            "Nothing was changed; wait until it is nearer and faces the camera.",
        )
    return samples


# --- whose face it is -------------------------------------------------------------------------------------------------


def name_face(
    gallery: Gallery, row: ResultRow, who: int | str, faces: Sequence[NewFace], model: FeatureModel
) -> Change:
    """The face of a row is this person, or a new one of that name: it is enrolled, or moved when it is already."""
    mine = _enrolled(gallery, row)
    return gallery.move(mine, who) if mine else enroll_named(gallery, [(who, face) for face in faces], model)


@dataclass(frozen=True)
class Named:
    """What became of the rows, in their order."""

    changes: tuple[Change, ...]  # one for the faces enrolled, and one for each person whom faces were moved to
    faces: tuple[tuple[int, ...], ...]  # of each row; none where a problem kept it out of the gallery
    identities: tuple[int, ...]  # 0 there


def name_faces(
    folder: Path, namings: Sequence[Naming], lend: Lend, *, max_megapixels: float = 250.0
) -> Generator[Step[Problem | None], None, Named]:
    """Many faces as a job: their photos are read again, then all are enrolled as one change.

    A row that cannot be enrolled is told as a Problem in its step, the others go on. Cancelled, nothing was changed.
    Raises GalleryProblem.
    """
    found: list[list[NewFace]] = []
    with lend() as recognizer:
        looking, card = Looking(recognizer, max_megapixels=max_megapixels), recognizer.extractor.card
        for row, _ in namings:
            problem: Problem | None = None
            try:
                found.append(looking.faces_of(row))
            except Problem as error:
                problem = error
                found.append([])
            yield Step(len(found), len(namings), problem)
    with Gallery.open(folder) as gallery:
        return _write(gallery, namings, found, FeatureModel.of(card))


def _write(
    gallery: Gallery, namings: Sequence[Naming], found: Sequence[Sequence[NewFace]], model: FeatureModel
) -> Named:
    mine = [_enrolled(gallery, row) if faces else [] for (row, _), faces in zip(namings, found, strict=True)]
    moved: dict[int | str, list[int]] = {}
    added: list[tuple[int | str, NewFace]] = []
    for (_, who), faces, ids in zip(namings, found, mine, strict=True):
        moved.setdefault(who, []).extend(ids)
        added += [(who, face) for face in faces] if not ids else []
    changes = [gallery.move(ids, who) for who, ids in moved.items() if ids]
    fresh: list[int] = []  # ids grow in the order in which faces are enrolled
    if added:
        changes.append(enroll_named(gallery, added, model))
        fresh = sorted(changes[-1].faces)
    ids_of: list[tuple[int, ...]] = []
    for faces, ids in zip(found, mine, strict=True):
        new = 0 if ids else len(faces)
        ids_of.append(tuple(ids) if ids else tuple(fresh[:new]))
        fresh = fresh[new:]
    owners = [_owner(gallery, who) if ids else 0 for (_, who), ids in zip(namings, ids_of, strict=True)]
    return Named(tuple(changes), tuple(ids_of), tuple(owners))


def enroll_named(gallery: Gallery, faces: Sequence[tuple[int | str, NewFace]], model: FeatureModel) -> Change:
    """Enrolls faces of identities or names by one change, called after them."""
    names = {who if isinstance(who, str) else gallery.identity(who).name for who, _ in faces}
    return gallery.enroll(faces, model=model, label=label_of(len(faces), names))


def _owner(gallery: Gallery, who: int | str) -> int:
    return who if isinstance(who, int) else gallery.find(who).id


def _enrolled(gallery: Gallery, row: ResultRow) -> list[int]:
    """The faces in the gallery that are the row's."""
    return [face.id for face in gallery.enrolled_from([row.sha256]) if same_place(face.box, row.box)]


# --- what a face is not -----------------------------------------------------------------------------------------------


def deny(gallery: Gallery, denied: Sequence[tuple[ResultRow, int]]) -> Change:
    """The face of each photo's row is not that person, now and whenever the photo is recognized."""
    return gallery.judge([Verdict(row.sha256, row.box, identity) for row, identity in denied])


def reject(gallery: Gallery, rows: Sequence[ResultRow]) -> Change:
    """There are no faces."""
    return gallery.judge([Verdict(row.sha256, row.box, None) for row in rows])


def restore(gallery: Gallery, rows: Sequence[ResultRow]) -> Change:
    """Takes back that there are no faces."""
    wrong = [
        each.id
        for row in rows
        for each in gallery.verdicts(row.sha256)
        if each.identity is None and same_place(each.box, row.box)
    ]
    return gallery.take_back(wrong)
