"""PaddleX's index folders in and out. A file of another origin is never given to faiss: its numbers are read here."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import IndexProblem, why
from core.files import atomic_write
from core.gallery.paddlex import id_map_text
from core.index import catalogue, kinds
from core.index.id_map import read_id_map
from core.index.layout import examine, peek
from core.index.shelf import Shelf
from core.types import Floats, Ids, Step

_BATCH = 512
LARGEST = 512 << 20  # bytes of a vector.index: a quarter of a million faces of 512 numbers
_SAFE = "Nothing was imported and nothing was changed."


@dataclass(frozen=True, eq=False)
class ForeignIndex:
    """What a folder of PaddleX holds; ids, labels and features (n, d) run parallel, in the file's order."""

    ids: Ids
    labels: tuple[str, ...]
    features: Floats
    kind: str  # as the file is, whatever its id_map.yaml says
    metric: str


def read_paddlex_index(folder: Path) -> ForeignIndex:
    """Reads vector.index and id_map.yaml. Raises IndexProblem for anything that is not sound; runs nothing in it."""
    path = folder / "vector.index"
    for needed in (path, folder / "id_map.yaml"):
        if not needed.is_file():
            raise IndexProblem("{path} is not there.", "Give a folder that PaddleX saved. " + _SAFE, path=needed)
    texts = read_id_map(folder / "id_map.yaml").labels
    length_of(folder, labels=len(texts))
    try:
        layout = examine(np.fromfile(path, np.uint8, count=path.stat().st_size), path, repair=True)
    except OSError as error:
        raise IndexProblem("{path} cannot be read: {reason}.", _SAFE, path=path, reason=why(error)) from error
    ids = layout.ids.tolist()
    strange = [id for id in ids if id not in texts]
    if strange:
        raise IndexProblem(
            "{folder} is torn: id {id} of vector.index has no label in id_map.yaml.",
            _SAFE,
            folder=folder,
            id=strange[0],
        )
    return ForeignIndex(layout.ids, tuple(texts[id] for id in ids), layout.vectors, layout.kind, layout.metric)


def length_of(folder: Path, *, labels: int) -> int:
    """Of the features in a folder's vector.index, by its beginning alone. `labels` are in its id_map.yaml.

    Raises IndexProblem where their numbers cannot be right, or the file cannot be read.
    """
    path = folder / "vector.index"
    try:
        length, count = peek(path)
        _plausible(path, path.stat().st_size, length, count, labels)
    except OSError as error:
        raise IndexProblem("{path} cannot be read: {reason}.", _SAFE, path=path, reason=why(error)) from error
    return length


def write_paddlex_index(
    folder: Path, *, ids: Ids, labels: Sequence[str], features: Floats, kind: str, metric: str
) -> None:
    """Writes a folder as PaddleX does, with its parameters. `features` (n, d) of unit length. Raises IndexProblem."""
    writing = writing_paddlex_index(folder, ids=ids, labels=labels, features=features, kind=kind, metric=metric)
    for _ in writing:
        pass


def writing_paddlex_index(
    folder: Path, *, ids: Ids, labels: Sequence[str], features: Floats, kind: str, metric: str
) -> Generator[Step[str], None, None]:
    """As write_paddlex_index, in steps; writes nothing before the structure is whole."""
    kinds.check(kind, metric, {})
    faiss = kinds.library()
    vectors, faces = np.ascontiguousarray(features, np.float32), np.ascontiguousarray(ids, np.int64)
    numbers = kinds.paddlex_numbers(kind, len(vectors))
    with kinds.threads(0):
        index = kinds.start(kind, metric, vectors, numbers)
    for first in range(0, len(vectors), _BATCH):
        with kinds.threads(0):
            index.add_with_ids(vectors[first : first + _BATCH], faces[first : first + _BATCH])
        yield Step(min(first + _BATCH, len(vectors)), len(vectors), kind)
    text = id_map_text(dict(zip(ids.tolist(), labels, strict=True)), index_type=kind, metric_type=metric)
    try:
        with atomic_write(folder / "vector.index") as file:
            faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))
        with atomic_write(folder / "id_map.yaml") as file:
            file.write("".join(text).encode())
    except OSError as error:
        raise IndexProblem(
            "The index cannot be written to {folder}: {reason}.",
            "The gallery is safe; choose another folder or make room.",
            folder=folder,
            reason=why(error),
        ) from error


def export_index(shelf: Shelf, name: str, folder: Path) -> int:
    """Writes an index of a gallery as PaddleX would have built it, ids 0, 1, 2... in face order; returns their number.

    PaddleX takes any text as a label here. Raises IndexProblem.
    """
    exporting = exporting_index(shelf, name, folder)
    while True:
        try:
            next(exporting)
        except StopIteration as end:
            return int(end.value)


def exporting_index(shelf: Shelf, name: str, folder: Path) -> Generator[Step[str], None, int]:
    """As export_index, in steps; closing it early writes nothing."""
    named = shelf.open(name)
    if named.faces is None or named.view is None:
        raise IndexProblem("The index {name} has no features yet.", "Enroll faces first.", name=name)
    faces, vectors = named.faces.now.vectors(named.view.length)
    names = catalogue.labels(named.view, faces)
    rule = named.rule
    yield from writing_paddlex_index(
        folder,
        ids=np.arange(len(faces)),
        labels=[names[face] for face in faces.tolist()],
        features=vectors,
        kind=rule.kind,
        metric=rule.metric,
    )
    return len(faces)


def _plausible(path: Path, size: int, length: int, count: int, labels: int) -> None:
    if count != labels:
        raise IndexProblem(
            "{folder} is torn: its vector.index has {count} vectors, its id_map.yaml {labels} labels.",
            _SAFE,
            folder=path.parent,
            count=count,
            labels=labels,
        )
    if size > LARGEST:
        raise IndexProblem(
            "{path} is too large to import: {size} MB, at most {most} MB.",
            _SAFE,
            path=path,
            size=size >> 20,
            most=LARGEST >> 20,
        )
    if size < count * (4 * length + 8):
        raise IndexProblem("{path} is shorter than its {count} vectors.", _SAFE, path=path, count=count)
