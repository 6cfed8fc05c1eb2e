"""What a script gives to build or predict: paths, folders, addresses, arrays and lists of them, as pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import InputProblem, PhotoProblem, Problem
from core.paddlex.fetch import fetch, file_name, is_address
from core.paddlex.pages import as_picture, decoded
from core.photos import SUFFIXES
from core.types import Pixels

Source: TypeAlias = str | NDArray[Any]  # a path or address as it was written, or an array
_PAGED = (".pdf", ".tif", ".tiff")
_LISTED = SUFFIXES | {".pbm", ".pdf"}
_arrays = count(1)


@dataclass(frozen=True, eq=False)
class Sample:
    """One picture to work on."""

    pixels: Pixels  # (H, W, 3) BGR
    path: str | None  # as it was written; None for an array
    page: int | None = None
    name: str = ""  # of the file, for results


def sources(given: Any) -> list[Source]:
    """Everything named by `given`, folders walked through and sorted by path as PaddleX does, lists flattened.

    Raises InputProblem for a folder without pictures, a scheme or a kind of thing that is not known.
    """
    if isinstance(given, list | tuple):
        return [source for each in given for source in sources(each)]
    if isinstance(given, np.ndarray):
        return [given]
    if not isinstance(given, str | os.PathLike):
        raise InputProblem(
            "A {kind} cannot be taken as a picture.",
            "Give a path, a folder, an http(s) address, a numpy array, or a list of these.",
            kind=type(given).__name__,
        )
    text = os.fspath(given)
    if isinstance(text, bytes):
        text = os.fsdecode(text)
    if not text:
        raise InputProblem("An empty text cannot be taken as a picture.", "Give a path, a folder or an address.")
    if is_address(text) or not os.path.isdir(text):  # noqa: PTH112 - unlike Path.is_dir it never raises
        return [text]
    return [*_inside(text)]


def may_have_pages(source: Source) -> bool:
    """Whether a source may give more than one picture."""
    return isinstance(source, str) and (source.lower().endswith(_PAGED) or is_address(source))


def is_missing(source: Source) -> bool:
    return isinstance(source, str) and not is_address(source) and not os.path.exists(source)  # noqa: PTH110


def samples(source: Source) -> Iterator[Sample]:
    """The pictures of one source, its pages one by one. Raises PhotoProblem, InputProblem."""
    if isinstance(source, np.ndarray):
        # A name of its own for every array, so that the frames of a camera can be saved side by side.
        name = f"array_{datetime.now():%Y%m%d_%H%M%S}_{next(_arrays):06}"
        yield Sample(as_picture(source), None, name=name)
        return
    data = fetch(source) if is_address(source) else None
    name = file_name(source) if data is not None else Path(source).name
    for page, pixels in decoded(Path(source) if data is None else Path(name or source), data):
        yield Sample(pixels, source, page, name)


def each_sample(found: list[Source]) -> Iterator[Sample | Problem]:
    """Every picture in order; a source that cannot be read gives its Problem, and the next one follows."""
    for source in found:
        try:
            yield from samples(source)
        except (PhotoProblem, InputProblem) as problem:
            yield problem


def _inside(folder: str) -> list[str]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            os.path.join(place, name)  # noqa: PTH118 - as PaddleX writes it into the results
            for name in names
            if os.path.splitext(name)[1].lower() in _LISTED and not name.startswith(".")  # noqa: PTH122
        ]
    if not found:
        raise InputProblem("There is no picture in {folder}.", "Give a folder that holds some.", folder=folder)
    return sorted(found)
