"""The people of a PaddleX index folder into a gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import IndexProblem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace
from core.index.foreign import ForeignIndex, read_paddlex_index


def import_people(gallery: Gallery, folder: Path, *, model: FeatureModel) -> Change:
    """The identities of a PaddleX index folder, with features and without pictures, as one undoable change.

    `model` made the features; a length of 0 takes the folder's. Raises IndexProblem; nothing is changed then.
    """
    found = read_paddlex_index(folder)
    length = found.features.shape[1]
    if model.length not in (0, length):
        raise IndexProblem(
            "{folder} holds features of length {length}, but {model} makes features of length {other}.",
            "Nothing was imported; name the model that made the index.",
            folder=folder,
            length=length,
            model=model.name,
            other=model.length,
        )
    if not len(found.ids):
        raise IndexProblem("{folder} holds nobody.", "Nothing was imported.", folder=folder)
    label = Text("Import {faces} faces from {folder}", {"faces": len(found.ids), "folder": str(folder)})
    full = FeatureModel(model.space, model.name, length)
    return gallery.enroll(_faces(found, folder, full.space), model=full, label=label)


def _faces(found: ForeignIndex, folder: Path, space: str) -> Iterator[tuple[str, NewFace]]:
    features = found.features / np.linalg.norm(found.features, axis=1, keepdims=True)
    for number, label, feature in zip(found.ids.tolist(), found.labels, features, strict=True):
        yield (
            label,
            NewFace(
                box=(0.0, 0.0, 0.0, 0.0),
                landmarks=None,
                score=0.0,
                quality=0.0,
                source=f"{folder}#{number}",
                sha256="",
                frame_size=(0, 0),
                crop=b"",
                view=b"",
                view_origin=(0.0, 0.0),
                view_scale=1.0,
                features={space: np.asarray(feature, np.float32)},
            ),
        )
