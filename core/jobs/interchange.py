"""The people of a PaddleX index folder into a gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexProblem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace
from core.index.foreign import ForeignIndex, read_paddlex_index

# Both the window and the command line say so: a model is chosen in either.
_OTHER_MODEL = "Nothing was imported. Choose the model that made the index; add it first if it is not here."
_OTHER_GALLERY = "Nothing was imported. Take a gallery without faces, and the model that made the index."

_NEAR = 1e-5  # how far a length may be from 1 by rounding


def import_people(gallery: Gallery, folder: Path, *, model: FeatureModel) -> Change | None:
    """The identities of a PaddleX index folder, with features and without pictures, as one undoable change.

    `model` made the features. Faces imported from this folder before are left out; None when all were. Raises
    IndexProblem for a folder that is not sound or of another model than the gallery's; nothing is changed then.
    """
    found = read_paddlex_index(folder)
    _check(found, folder, model, gallery.model)
    known = {face.source for face in gallery.faces()}
    rows = [row for row in range(len(found.ids)) if _source(folder, found, row) not in known]
    if not rows:
        return None
    label = Text("Import {faces} faces from {folder}", {"faces": len(rows), "folder": str(folder)})
    return gallery.enroll(_faces(found, rows, folder, model.space), model=model, label=label)


def _check(found: ForeignIndex, folder: Path, model: FeatureModel, used: FeatureModel | None) -> None:
    length = found.features.shape[1]
    if model.length != length:
        raise IndexProblem(
            "{folder} holds features of length {length}, but {model} makes features of length {other}.",
            _OTHER_GALLERY if used else _OTHER_MODEL,
            folder=folder,
            length=length,
            model=model.name,
            other=model.length,
        )
    if used is not None and used.space != model.space:
        raise IndexProblem(
            "{folder} holds features of {model}, but the gallery uses {used}: its people would never be found.",
            "Nothing was imported; import into a gallery of its own.",
            folder=folder,
            model=model.name,
            used=used.name,
        )
    if not len(found.ids):
        raise IndexProblem("{folder} holds nobody.", "Nothing was imported.", folder=folder)
    empty = found.ids[_lengths(found) == 0]
    if len(empty):
        raise IndexProblem(
            "{folder} holds a feature of zeros alone, under id {id}: nobody is like it.",
            "Nothing was imported. Remove that id from the index, or build it anew.",
            folder=folder,
            id=int(empty[0]),
        )


def _lengths(found: ForeignIndex) -> NDArray[np.float64]:
    """(n,) of its features, in numbers that hold the square of any of them."""
    squares: NDArray[np.float64] = np.einsum("nd,nd->n", found.features, found.features, dtype=np.float64)
    return np.sqrt(squares)


def _source(folder: Path, found: ForeignIndex, row: int) -> str:
    return f"{folder.resolve()}#{found.ids[row]}"


def _faces(found: ForeignIndex, rows: list[int], folder: Path, space: str) -> Iterator[tuple[str, NewFace]]:
    lengths = _lengths(found)
    # Left to the last bit where they are as they should be: so an index that goes back is the one that came.
    lengths[np.abs(lengths - 1) < _NEAR] = 1
    for row in rows:
        face = NewFace(
            box=(0.0, 0.0, 0.0, 0.0),
            landmarks=None,
            score=0.0,
            quality=0.0,
            source=_source(folder, found, row),
            sha256="",
            frame_size=(0, 0),
            features={space: np.asarray(found.features[row] / lengths[row], np.float32)},
        )
        yield found.labels[row], face
