"""Where the faces of pictures really are: annotation files for measuring a detector."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from core.errors import InputProblem, Text, why
from core.types import Flags, Floats

_FORM = "It must be JSON that gives each picture its boxes as x, y, width, height, or a file as dlib writes it."
# Of the 68 points of the iBUG scheme: both eyes' outlines, the tip of the nose, the corners of the mouth.
_POINTS_68 = (range(36, 42), range(42, 48), range(30, 31), range(48, 49), range(54, 55))


@dataclass(frozen=True, eq=False)
class Annotated:
    """A picture and its faces, in pixels of the picture as it was annotated."""

    path: Path
    boxes: Floats  # (n, 4) x1 y1 x2 y2
    landmarks: Floats  # (n, 5, 2); not finite where nobody marked them
    ignored: Flags  # (n,) faces that count neither as found nor as missed
    size: tuple[int, int] | None = None  # width, height when annotated; None = as the file has it


def read_annotations(file: Path, root: Path | None = None) -> list[Annotated]:
    """The pictures of a WIDER-like JSON file, of a dlib XML file, or of a folder with annotations.json.

    Paths are relative to `root`; without it to `images` beside the file where that is, else to the file's folder.
    Raises InputProblem that names the file and the picture.
    """
    file = file / "annotations.json" if file.is_dir() else file
    images = file.parent / "images"
    base = root or (images if images.is_dir() else file.parent)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputProblem(
            "{path} cannot be read: {reason}.",
            "Give a file of annotations, or a folder with annotations.json.",
            path=file,
            reason=why(error),
        ) from error
    found = _from_xml(data, file, base) if data.lstrip()[:1] == b"<" else _from_json(data, file, base)
    if not any((~each.ignored).any() for each in found):
        raise InputProblem("{path} names no face.", _FORM, path=file)
    return found


def _from_json(data: bytes, file: Path, base: Path) -> list[Annotated]:
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputProblem("{path} is no JSON: {error}.", _FORM, path=file, error=error) from error
    if not isinstance(entries, dict):
        raise InputProblem("{path} does not name pictures.", _FORM, path=file)
    return [_entry(name, entry, file, base) for name, entry in entries.items()]


def _entry(name: str, entry: Any, file: Path, base: Path) -> Annotated:
    try:
        boxes = [_numbers(box, 4) for box in entry["boxes"]]
        marked = entry.get("landmarks", [None] * len(boxes))
        points = [None if each is None else [_numbers(point, 2) for point in each] for each in marked]
        size = entry.get("original_size")
        ignored = [bool(each) for each in entry.get("ignored", [False] * len(boxes))]
        return _annotated(base / name, boxes, points, ignored, None if size is None else _whole(size))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _bad(file, name, error) from error


def _from_xml(data: bytes, file: Path, base: Path) -> list[Annotated]:
    try:
        document = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise InputProblem("{path} is no XML: {error}.", _FORM, path=file, error=error) from error
    return [_image(image, file, base) for image in document.iter("image")]


def _image(image: ElementTree.Element, file: Path, base: Path) -> Annotated:
    name = image.get("file", "")
    try:
        if not name:
            raise ValueError("it names no file")
        found = image.findall("box")
        boxes = [[float(box.attrib[key]) for key in ("left", "top", "width", "height")] for box in found]
        ignored = [box.get("ignore") == "1" for box in found]
        return _annotated(base / name, boxes, [_five(box) for box in found], ignored, None)
    except (KeyError, TypeError, ValueError) as error:
        raise _bad(file, name, error) from error


def _five(box: ElementTree.Element) -> list[list[float]] | None:
    """The five landmarks out of 68 points, or of five in our order; None for any other scheme."""
    parts = sorted(box.findall("part"), key=lambda part: part.attrib["name"])
    points = np.array([[float(part.attrib["x"]), float(part.attrib["y"])] for part in parts])
    if len(points) == 68:
        points = np.array([points[list(rows)].mean(0) for rows in _POINTS_68])
    five: list[list[float]] = points.tolist()
    return five if len(five) == len(_POINTS_68) else None


def _annotated(
    path: Path,
    boxes: Sequence[Sequence[float]],
    points: Sequence[Sequence[Sequence[float]] | None],
    ignored: Sequence[bool],
    size: tuple[int, int] | None,
) -> Annotated:
    """Boxes x, y, width, height. Raises ValueError when something does not fit."""
    rows = np.array(boxes, np.float64).reshape(-1, 4)
    if not len(rows) == len(points) == len(ignored):
        raise ValueError("not as many landmarks or marks as boxes")
    if not np.isfinite(rows).all() or (rows[:, 2:] < 0).any():
        raise ValueError("a box has no size")
    landmarks = np.full((len(rows), 5, 2), np.nan, np.float32)
    for row, five in enumerate(points):
        if five is not None:
            landmarks[row] = np.array(five, np.float32).reshape(5, 2)
    if (landmarks[:, 0] == landmarks[:, 1]).all(1).any():
        raise ValueError("both eyes lie on one point")
    empty = (rows[:, 2:] == 0).any(1)  # as WIDER marks faces that cannot be made out
    corners = np.hstack([rows[:, :2], rows[:, :2] + rows[:, 2:]]).astype(np.float32)
    return Annotated(path, corners, landmarks, np.array(ignored, bool) | empty, size)


def _numbers(values: Any, count: int) -> list[float]:
    numbers = [float(value) for value in values]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{values!r} is not {count} numbers")
    return numbers


def _whole(values: Any) -> tuple[int, int]:
    width, height = (int(value) for value in _numbers(values, 2))
    if width < 1 or height < 1:
        raise ValueError(f"{values!r} is no size of a picture")
    return width, height


def _bad(file: Path, name: str, error: Exception) -> InputProblem:
    reason = Text("{part} is missing", {"part": str(error)}) if isinstance(error, KeyError) else why(error)
    return InputProblem("{path}, picture {name}: {reason}.", _FORM, path=file, name=name, reason=reason)
