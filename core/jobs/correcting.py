"""Correcting results: a face gets its name, is not that person, or is no face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.errors import PhotoProblem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace, Verdict
from core.gallery.verdicts import same_place
from core.jobs.enroll import new_face
from core.photos import open_photo
from core.recognizer import Recognizer
from core.result_row import ResultRow, box_of


def faces_of(row: ResultRow, recognizer: Recognizer, *, max_megapixels: float = 250.0) -> list[NewFace]:
    """What of a row can be enrolled: its photo is read again. Slow; reads only. Raises PhotoProblem."""
    if row.origin == "live":
        samples = row.samples() if row.samples is not None else []
        if not samples:
            raise PhotoProblem(
                "This face was not seen well enough to be enrolled.",
                "Nothing was changed; wait until it is nearer and faces the camera.",
            )
        return samples
    path = Path(row.source)
    photo = open_photo(path, max_megapixels=max_megapixels)
    if row.sha256 and photo.sha256 != row.sha256:
        raise PhotoProblem(
            "{path} has changed since it was looked at.", "Nothing was changed; tag its folder again.", path=path
        )
    seen = recognizer.look_at_photo(photo)
    factor = photo.width / seen.frame.pixels.shape[1]
    for index, edges in enumerate(seen.faces.scaled(factor).boxes.tolist()):
        if same_place(box_of(edges), row.box):
            return [new_face(photo, seen, index, recognizer.extractor.card.space)]
    raise PhotoProblem(
        "{path}: the face is not found there any more.",
        "Nothing was changed; another detector may be in use now. Tag its folder again.",
        path=path,
    )


def name_face(
    gallery: Gallery, row: ResultRow, who: int | str, faces: Sequence[NewFace], model: FeatureModel
) -> Change:
    """The face of a row is this person, or a new one of that name: it is enrolled, or moved when it is already."""
    mine = [face for face in gallery.enrolled_from([row.sha256]) if same_place(face.box, row.box)]
    if mine:
        return gallery.move([face.id for face in mine], who)
    name = who if isinstance(who, str) else gallery.identity(who).name
    label = Text("Enroll {faces} faces of {name}", {"faces": len(faces), "name": name})
    if len(faces) == 1:
        label = Text("Enroll a face of {name}", {"name": name})
    return gallery.enroll([(who, face) for face in faces], model=model, label=label)


def deny(gallery: Gallery, row: ResultRow, identity: int) -> Change:
    """The face of a photo's row is not that person, now and whenever the photo is recognized."""
    return gallery.judge([Verdict(row.sha256, row.box, identity)])


def reject(gallery: Gallery, row: ResultRow) -> Change:
    """There is no face."""
    return gallery.judge([Verdict(row.sha256, row.box, None)])


def restore(gallery: Gallery, row: ResultRow) -> Change:
    """Takes back that there is no face."""
    verdicts = gallery.verdicts(row.sha256)
    wrong = [each.id for each in verdicts if each.identity is None and same_place(each.box, row.box)]
    return gallery.take_back(wrong)
