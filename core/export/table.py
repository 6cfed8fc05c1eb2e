"""Results as tables for people (CSV) and for programs (JSON), written photo by photo, whole or not at all."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import InputProblem, why
from core.export.records import PhotoResult
from core.files import atomic_write
from core.types import Match

Add = Callable[[PhotoResult], object]

COLUMNS = (
    "path",
    "face",
    "x1",
    "y1",
    "x2",
    "y2",
    "name",
    "similarity",
    "decision",
    "reason",
    "second name",
    "second similarity",
    "quality",
    "detection score",
)
NO_FACE, ERROR = "no face", "error"
SCORE_DIGITS, PIXEL_DIGITS, CSV_PIXEL_DIGITS = 4, 2, 1
INDENT = 4
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the local code page
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@contextmanager
def csv_table(path: Path) -> Iterator[Add]:
    """A function that adds one photo to a CSV file (UTF-8 with mark, CRLF), which appears when the block ends well.

    The old file stays when the block raises. A text that a spreadsheet would take for a formula gets a ' in front.
    Raises InputProblem when the place cannot be written.
    """
    with csv_file(path, COLUMNS) as add:
        yield lambda result: [add(row) for row in csv_rows(result)]


@contextmanager
def json_table(path: Path) -> Iterator[Add]:
    """The same for a JSON array with one object per photo in PaddleX's shape, indented by 4."""
    with json_file(path) as add:
        yield lambda result: add(json_entry(result))


@contextmanager
def csv_file(path: Path, columns: Sequence[str]) -> Iterator[Callable[[dict[str, Any]], object]]:
    """A function that adds rows of these columns to a CSV file as `csv_table` writes it."""
    with _text_file(path) as write:
        write(_BYTE_ORDER_MARK)
        writer = csv.DictWriter(_Sink(write), columns, restval="")
        writer.writeheader()
        yield lambda row: writer.writerow(_harmless(row))


@contextmanager
def json_file(path: Path) -> Iterator[Callable[[dict[str, Any]], object]]:
    """A function that adds objects to a JSON array as `json_table` writes it."""
    with _text_file(path) as write:
        between = ""
        write("[")

        def add(value: dict[str, Any]) -> None:
            nonlocal between
            entry = json.dumps(value, ensure_ascii=False, indent=INDENT, allow_nan=False)
            margin = "\n" + " " * INDENT
            write(between + margin + entry.replace("\n", margin))
            between = ","

        yield add
        write("\n]\n" if between else "]\n")


def write_csv(path: Path, results: Iterable[PhotoResult]) -> None:
    """All results as `csv_table` writes them."""
    with csv_table(path) as add:
        for result in results:
            add(result)


def write_json(path: Path, results: Iterable[PhotoResult]) -> None:
    """All results as `json_table` writes them."""
    with json_table(path) as add:
        for result in results:
            add(result)


def csv_rows(result: PhotoResult) -> Iterator[dict[str, Any]]:
    """One row per face; one that says "no face" where there is none, and one more that tells of an error."""
    yield from (_face_row(result, position) for position in range(len(result.faces)))
    if result.problem is not None:
        yield {"path": result.path, "decision": ERROR, "reason": str(result.problem)}
    elif not len(result.faces):
        yield {"path": result.path, "decision": NO_FACE}


def json_entry(result: PhotoResult) -> dict[str, Any]:
    """PaddleX's `{"input_path", "boxes"}` with more per box; `error` says why a photo could not be read."""
    boxes = [json_box(result, position) for position in range(len(result.faces))]
    entry: dict[str, Any] = {"input_path": result.path, "boxes": boxes}
    if result.problem is not None:
        entry["error"] = str(result.problem)
    return entry


def json_box(result: PhotoResult, position: int) -> dict[str, Any]:
    """One face. `labels` and `rec_scores` run best first, each identity once; both are null for an unknown face."""
    faces, matches = result.faces, _named(result, position)
    decision = result.decisions[position] if result.decisions else None
    points = faces.landmarks
    return {
        "labels": [match.name for match in matches] or None,
        "rec_scores": [_score(match.similarity) for match in matches] or None,
        "det_score": _score(faces.scores[position]),
        "coordinate": [_pixel(edge) for edge in faces.boxes[position].tolist()],
        "landmarks": None if points is None else [[_pixel(x), _pixel(y)] for x, y in points[position].tolist()],
        "quality": _score(result.qualities[position].score) if result.qualities else None,
        "decision": decision.kind if decision else None,
        "reason": str(decision.reason) if decision else None,
    }


def _face_row(result: PhotoResult, position: int) -> dict[str, Any]:
    box = json_box(result, position)
    names, scores = box["labels"] or [], box["rec_scores"] or []
    edges = (_rounded(edge, CSV_PIXEL_DIGITS) for edge in result.faces.boxes[position].tolist())
    return {
        "path": result.path,
        "face": position + 1,
        **dict(zip(("x1", "y1", "x2", "y2"), edges, strict=True)),
        **dict(zip(("name", "second name"), names, strict=False)),
        **dict(zip(("similarity", "second similarity"), scores, strict=False)),
        "decision": box["decision"],
        "reason": box["reason"],
        "quality": box["quality"],
        "detection score": box["det_score"],
    }


def _named(result: PhotoResult, position: int) -> tuple[Match, ...]:
    """The matches worth naming: an unknown face has none, however near the nearest identity is."""
    kind = result.decisions[position].kind if result.decisions else "unknown"
    return result.matches[position] if result.matches and kind != "unknown" else ()


def _score(value: float) -> float | None:
    return _rounded(value, SCORE_DIGITS)


def _pixel(value: float) -> float | None:
    return _rounded(value, PIXEL_DIGITS)


def _rounded(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None  # JSON knows no NaN


def _harmless(row: dict[str, Any]) -> dict[str, Any]:
    return {column: _harmless_text(value) if isinstance(value, str) else value for column, value in row.items()}


def _harmless_text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


class _Sink:
    """What csv asks of a file."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self.write = write


@contextmanager
def _text_file(path: Path) -> Iterator[Callable[[str], None]]:
    """Writes UTF-8; errors of the file itself become an InputProblem, those of the block pass through."""
    failed = False
    try:
        with atomic_write(path) as file:
            try:
                yield lambda text: _write(file, text, path)
            except BaseException:
                failed = True
                raise
    except OSError as error:
        if failed:
            raise
        raise _unwritable(path, error) from error


def _write(file: BinaryIO, text: str, path: Path) -> None:
    try:
        file.write(text.encode("utf-8", "backslashreplace"))  # a file name may hold bytes that are no UTF-8
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> InputProblem:
    return InputProblem(
        "{path} cannot be written: {error}.",
        "What stood there before is unchanged; free some space or choose another place.",
        path=path,
        error=why(error),
    )
