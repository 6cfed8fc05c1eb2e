"""Pictures and labels as a script gives them for an index: whole pictures become features, all of them or none."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from core.errors import IndexProblem, InputProblem, PhotoProblem
from core.gallery.paddlex import read_gallery_list, read_remove_ids
from core.index import kinds
from core.paddlex.index_data import IndexData, IndexLike
from core.paddlex.inputs import Source, is_missing, may_have_pages, samples, sources
from core.paddlex.predictors import FaceFeatureModel
from core.types import Floats, Pixels, Step

Job: TypeAlias = Generator[Step[str], None, IndexData]
_NOTHING = "Nothing was built or changed."
_BATCH = 32  # pictures kept small before they are made into features together


def build(model: FaceFeatureModel, gallery_imgs: Any, gallery_label: Any, **kinds_of: str) -> IndexData:
    """`building`, run to its end."""
    return _finished(building(model, gallery_imgs, gallery_label, **kinds_of))


def append(model: FaceFeatureModel, gallery_imgs: Any, gallery_label: Any, index: IndexLike) -> IndexData:
    """`appending`, run to its end."""
    return _finished(appending(model, gallery_imgs, gallery_label, index))


def building(
    model: FaceFeatureModel,
    gallery_imgs: Any,
    gallery_label: Any,
    *,
    metric_type: str = "IP",
    index_type: str = "HNSW32",
) -> Job:
    """A job that makes an index of all pictures. Raises InputProblem, PhotoProblem or IndexProblem, and then nothing
    was built."""
    if metric_type == "hamming":
        raise IndexProblem("The metric hamming does not fit features of numbers.", _NOTHING + " Use IP or L2.")
    kinds.check(index_type, metric_type, {})
    pictures, labels = gallery(gallery_imgs, gallery_label)
    features = yield from _features(model, pictures, labels)
    return IndexData.build(features, labels, kind=index_type, metric=metric_type)


def appending(model: FaceFeatureModel, gallery_imgs: Any, gallery_label: Any, index: IndexLike) -> Job:
    """A job that puts all pictures into an index; an IndexData is itself changed, a folder is not. Raises as
    `building`, and then nothing was changed."""
    held = opened(index)
    pictures, labels = gallery(gallery_imgs, gallery_label)
    features = yield from _features(model, pictures, labels)
    return held.append(features, labels)


def remove(remove_ids: Any, index: IndexLike) -> IndexData:
    """The index without the ids of a list or of a text file; an IndexData is itself changed. Raises InputProblem,
    IndexProblem."""
    held = opened(index)
    return held.remove(ids_of(remove_ids))


def opened(index: IndexLike) -> IndexData:
    """The index itself, or the one of a folder. Raises IndexProblem, InputProblem."""
    if isinstance(index, IndexData):
        return index
    if isinstance(index, str | os.PathLike) and os.fspath(index):
        return IndexData.load(index)
    raise InputProblem(
        "A {kind} is no index.",
        "Nothing was changed. Give what build_index returned, or the folder of a saved index.",
        kind=type(index).__name__,
    )


def ids_of(given: Any) -> list[int]:
    """Ids of a list, an array or a text file with one at the beginning of each line. Raises InputProblem."""
    if isinstance(given, str | os.PathLike):
        ids, problems = read_remove_ids(Path(given))
        serious = [problem for problem in problems if "repeats" not in str(problem)]
        if serious:
            raise _refused(serious[0], len(serious))
        return ids
    if not isinstance(given, list | tuple | set | range | np.ndarray):
        raise InputProblem("A {kind} holds no ids.", _NOTHING + " Give a list or a file.", kind=type(given).__name__)
    return [_id(each) for each in given]


def gallery(images: Any, labels: Any) -> tuple[list[Source], list[str]]:
    """Pictures and their labels, side by side. Raises InputProblem, PhotoProblem for the first that is not there."""
    if isinstance(labels, str | os.PathLike):
        pictures, texts = _of_file(images, Path(labels))
    else:
        pictures, texts = sources(images), _texts(labels)
    if not pictures:
        raise InputProblem("There is no picture to put into an index.", _NOTHING)
    missing = next((each for each in pictures if is_missing(each)), None)
    if missing is not None:
        raise PhotoProblem("{path} is not there.", _NOTHING + " Check the name, or whether it was moved.", path=missing)
    if len(pictures) != len(texts) and not any(map(may_have_pages, pictures)):
        raise _uneven(len(pictures), len(texts))
    return pictures, texts


def _of_file(images: Any, file: Path) -> tuple[list[Source], list[str]]:
    if not isinstance(images, str | os.PathLike):
        raise InputProblem(
            "With the list {file}, gallery_imgs must be the folder that its paths count from.", _NOTHING, file=file
        )
    rows, problems = read_gallery_list(file, Path(images), repeats=True)
    if problems:
        raise _refused(problems[0], len(problems))
    return [str(row.path) for row in rows], [row.name for row in rows]


def _texts(labels: Any) -> list[str]:
    if not isinstance(labels, list | tuple | np.ndarray):
        raise InputProblem(
            "A {kind} gives no labels.", _NOTHING + " Give a list of labels or a file.", kind=type(labels).__name__
        )
    texts = [str(label) for label in labels]
    for position, text in enumerate(texts):
        if labels[position] is None or not text.strip() or text != text.encode("utf-8", "replace").decode():
            raise InputProblem("Label {position} is empty or no text.", _NOTHING, position=position + 1)
    return texts


def _finished(job: Job) -> IndexData:
    while True:
        try:
            next(job)
        except StopIteration as end:
            index: IndexData = end.value
            return index


def _features(
    model: FaceFeatureModel, pictures: Sequence[Source], labels: Sequence[str]
) -> Generator[Step[str], None, Floats]:
    """(n, d), one row per label. Raises PhotoProblem, InputProblem."""
    parts: list[Floats] = []
    waiting: list[Pixels] = []
    count = 0
    for done, picture in enumerate(pictures, 1):
        for sample in samples(picture):
            count += 1
            waiting.append(model.shrunk(sample.pixels))
        if count > len(labels):
            raise _uneven(count, len(labels), at_least=True)
        if len(waiting) >= _BATCH or done == len(pictures):
            parts.append(model.features(waiting))
            waiting = []
        yield Step(done, len(pictures), picture if isinstance(picture, str) else "")
    if count != len(labels):
        raise _uneven(count, len(labels))
    return np.concatenate(parts)


def _id(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InputProblem("{value!r} is no id.", _NOTHING + " Ids are whole numbers.", value=str(value)[:60])
    return int(value)


def _uneven(pictures: int, labels: int, *, at_least: bool = False) -> InputProblem:
    return InputProblem(
        "There are {some}{pictures} pictures (pages counted) for {labels} labels.",
        _NOTHING + " Give one label per picture.",
        some="at least " if at_least else "",
        pictures=pictures,
        labels=labels,
    )


def _refused(first: InputProblem, count: int) -> InputProblem:
    more = f" {count - 1} more lines cannot be used." if count > 1 else ""
    return InputProblem("{first}{more}", _NOTHING, first=str(first.message), more=more)
