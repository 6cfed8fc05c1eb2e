"""Rows of results as tables and as pictures with names."""

from __future__ import annotations

import datetime
import itertools
import math
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import Problem, Text
from core.export.annotate import annotate, annotated_path, prepare_folder
from core.export.places import check_output
from core.export.records import PhotoResult
from core.export.table import COLUMNS, csv_file, csv_rows, json_entry, json_file
from core.jobs.parallel import cores, ordered
from core.photos import open_photo
from core.pictures import write_picture
from core.result_row import ResultRow
from core.types import Decision, Faces, Floats, Match, Step

MORE = ("origin", "time")  # columns beside those of a tagged folder
_SAID = Text("A person said so.")


@dataclass(frozen=True)
class RowsOutput:
    """What to write."""

    csv: Path | None = None
    json: Path | None = None
    annotated: Path | None = None  # folder for pictures with boxes
    max_megapixels: float = 250.0
    threads: int = 0


def export_rows(
    rows: Callable[[], Iterable[ResultRow]], output: RowsOutput
) -> Generator[Step[Problem | None], None, list[Path]]:
    """Writes rows, each table whole or not at all; what is no face is left out. Returns what was written.

    A Step per photo or live face; it holds the problem of a photo whose picture cannot be made. Raises InputProblem.
    """
    check_output(output.csv, output.json)
    if output.annotated is not None:
        prepare_folder(output.annotated)
    groups = [group for group in _grouped(rows()) if group]
    with ExitStack() as stack:
        adders = _adders(stack, output)
        for group in groups:
            result = result_of(group)
            for add in adders:
                add(group, result)
    if output.annotated is None:
        yield Step(len(groups), len(groups), None)
    else:
        photos = [group for group in groups if group[0].origin == "photo"]
        yield from _pictures(photos, output, output.annotated)
    return [path for path in (output.csv, output.json, output.annotated) if path is not None]


def result_of(rows: Sequence[ResultRow]) -> PhotoResult:
    """The faces of one photo, or one live face, as tables and pictures take them, with what people said of them."""
    points = [row.landmarks for row in rows]
    landmarks = None if any(each is None for each in points) else np.array(points, np.float32).reshape(-1, 5, 2)
    boxes: Floats = np.array([row.box for row in rows], np.float32).reshape(-1, 4)
    qualities = tuple(row.quality for row in rows if row.quality is not None)
    return PhotoResult(
        rows[0].source,
        *rows[0].frame_size,
        Faces(boxes, np.array([row.score for row in rows], np.float32), landmarks),
        qualities if len(qualities) == len(rows) else (),
        tuple(_matches(row) for row in rows),
        tuple(row.decision if row.answer is None else Decision("known", _SAID) for row in rows),
        sha256=rows[0].sha256,
    )


def _matches(row: ResultRow) -> tuple[Match, ...]:
    if row.answer is None:
        return row.candidates
    others = tuple(match for match in row.candidates if match.identity != row.answer.identity)
    return (row.match or Match(row.answer.identity, row.answer.name, math.nan, 0), *others)


def _grouped(rows: Iterable[ResultRow]) -> Iterator[list[ResultRow]]:
    """The rows that are faces, by photo; each live one alone. Photos in the order of their first row."""
    photos: dict[str, list[ResultRow]] = {}
    alone = itertools.count()
    for row in rows:
        if row.kind != "no face":
            key = row.source if row.origin == "photo" else f"\0{next(alone)}"
            photos.setdefault(key, []).append(row)
    yield from photos.values()


Adder = Callable[[list[ResultRow], PhotoResult], object]


def _adders(stack: ExitStack, output: RowsOutput) -> list[Adder]:
    adders: list[Adder] = []
    if output.csv is not None:
        add_row = stack.enter_context(csv_file(output.csv, (*COLUMNS, *MORE)))
        adders.append(lambda rows, result: [add_row(each) for each in _with_more(rows, result)])
    if output.json is not None:
        add_entry = stack.enter_context(json_file(output.json))
        adders.append(lambda rows, result: add_entry({**json_entry(result), **_more(rows[0])}))
    return adders


def _with_more(rows: list[ResultRow], result: PhotoResult) -> Iterator[dict[str, Any]]:
    for row, values in zip(rows, csv_rows(result), strict=True):
        yield {**values, **_more(row)}


def _more(row: ResultRow) -> dict[str, Any]:
    moment = datetime.datetime.fromtimestamp(row.when).astimezone()
    return {"origin": row.origin, "time": moment.isoformat(timespec="seconds")}


def _pictures(
    groups: list[list[ResultRow]], output: RowsOutput, folder: Path
) -> Generator[Step[Problem | None], None, None]:
    parents = [str(Path(group[0].source).absolute().parent) for group in groups]
    anchors = {Path(parent).anchor for parent in parents}
    root = Path(os.path.commonpath(parents)) if len(anchors) == 1 else Path(parents[0]) if parents else folder

    def draw(group: list[ResultRow]) -> Problem | None:
        path = Path(group[0].source)
        try:
            target = annotated_path(folder, path, root)
            photo = open_photo(path, max_megapixels=output.max_megapixels)
            write_picture(target, annotate(photo.decode(), result_of(group)))
        except Problem as problem:
            return problem
        return None

    for done, problem in enumerate(ordered(draw, groups, workers=cores(output.threads)), 1):
        yield Step(done, len(groups), problem)
