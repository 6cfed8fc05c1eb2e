"""Moving a gallery to another feature model from its stored crops, without its photos."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import partial

import numpy as np

from core.errors import GalleryProblem, PhotoProblem, Problem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.jobs.parallel import cores, ordered
from core.models.cards import Alignment
from core.pictures import decode_picture
from core.recognizer import Crops
from core.types import Floats, Ids, Step
from core.vision.align import STANDARD, crop_from_view
from core.vision.feature import FeatureExtractor

BATCH = 32


def refeature(
    gallery: Gallery, extractor: FeatureExtractor, *, threads: int = 0
) -> Generator[Step[Problem | None], None, list[Problem]]:
    """Makes the features that `extractor` lacks in the gallery; each batch is kept as soon as it is made.

    Features are facts about crops, so adding them is no undoable change and a cancelled run goes on where it
    was. Returns the problems: faces without pictures cannot be moved. Choosing the model for use is
    `gallery.use_model`.
    """
    model = FeatureModel(extractor.card.space, extractor.card.name, extractor.card.length)
    wanted = gallery.without_feature(model.space)
    problems: list[Problem] = []
    work = partial(_features, extractor=extractor)
    done = 0
    for ids, features, failed in ordered(work, _batches(gallery, wanted, extractor), workers=cores(threads)):
        gallery.add_features(model, ids, features)
        for face in failed:
            problems.append(_without_picture(gallery, face))
            done += 1
            yield Step(done, len(wanted), problems[-1])
        done += len(ids)
        yield Step(done, len(wanted), None)
    return problems


def _without_picture(gallery: Gallery, face: int) -> GalleryProblem:
    return GalleryProblem(
        "A face of {name} (number {face}) has no usable picture, so it has no feature of the new model.",
        "It is kept as it was; enroll the person from a picture to find them with the new model.",
        name=gallery.identity(gallery.face(face).identity).name,
        face=face,
    )


_Stored = tuple[int, bytes, bytes, tuple[float, ...], tuple[tuple[float, float], ...] | None]


def _batches(gallery: Gallery, wanted: Ids, extractor: FeatureExtractor) -> Iterator[list[_Stored]]:
    # Read here, on the gallery's own thread; the workers get bytes only.
    exact = extractor.card.alignment == STANDARD
    for start in range(0, len(wanted), BATCH):
        yield [_stored(gallery, int(face), exact=exact) for face in wanted[start : start + BATCH]]


def _stored(gallery: Gallery, face: int, *, exact: bool) -> _Stored:
    if exact:
        return face, gallery.crop(face), b"", (), None
    view, origin, scale = gallery.view(face)
    record = gallery.face(face)
    box = tuple((edge - start) * scale for edge, start in zip(record.box, (*origin, *origin), strict=True))
    points = record.landmarks
    if points is not None:
        points = tuple((float((x - origin[0]) * scale), float((y - origin[1]) * scale)) for x, y in points)
    return face, gallery.crop(face), view, box, points


def _features(stored: list[_Stored], *, extractor: FeatureExtractor) -> tuple[Ids, Floats, list[int]]:
    """Ids and features of the faces that have a picture, and the ids of the others."""
    crops = {each[0]: _crop(each, extractor.card.alignment) for each in stored}
    ids = [face for face, crop in crops.items() if crop is not None]
    usable = [crop for crop in crops.values() if crop is not None]
    features = extractor.features(np.stack(usable)) if usable else np.zeros((0, extractor.card.length), np.float32)
    return np.array(ids, np.int64), features, [face for face, crop in crops.items() if crop is None]


def _crop(stored: _Stored, alignment: Alignment) -> Crops | None:
    _, crop, view, box, points = stored
    if not crop and not view:
        return None
    try:
        picture = decode_picture(view or crop)
    except PhotoProblem:
        return None
    if not view:
        return picture
    landmarks = None if points is None else np.array(points, np.float32)
    return crop_from_view(picture, np.array(box, np.float32), landmarks, alignment)
