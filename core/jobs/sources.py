"""What a person points at when enrolling, as photos with names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import GalleryProblem, InputProblem, Problem
from core.gallery.names import clean_name
from core.gallery.paddlex import Row, read_csv_list, read_gallery_list
from core.photos import list_photos

_RENAME = "Give the folder or line another name; the others are used."


@dataclass(frozen=True)
class Labelled:
    """A photo and the name of the person in it, or the problem that a list or folder has with it."""

    path: Path
    name: str
    problem: Problem | None = None


def labelled(sources: Sequence[Path], *, name: str | None = None) -> list[Labelled]:
    """Photos with names from folders (one folder per person, nested), gallery.txt, CSV lists and pictures.

    With `name`, every picture found is of that person. Raises InputProblem when a source is not there at all.
    """
    if name is not None:
        name = _clean(name)
    return [_with_clean_name(each) for source in sources for each in _of_source(source, name)]


def _with_clean_name(source: Labelled) -> Labelled:
    """The name as galleries keep it, so that equal names are equal from here on; or why it cannot be one."""
    if source.problem is not None:
        return source
    try:
        return replace(source, name=_clean(source.name))
    except InputProblem as problem:
        template = "{path} cannot be enrolled: " + problem.message.template
        return replace(source, problem=InputProblem(template, _RENAME, path=source.path, **problem.message.values))


def _clean(name: str) -> str:
    try:
        return clean_name(name)
    except GalleryProblem as problem:
        template, hint = problem.message.template, "Nothing was enrolled; give another name."
        raise InputProblem(template, hint, **problem.message.values) from problem


def _of_source(source: Path, name: str | None) -> Iterator[Labelled]:
    if source.is_dir():
        yield from _named(source, name) if name else _by_folder(source)
    elif source.suffix.lower() in (".txt", ".csv"):
        if name:
            raise InputProblem(
                "{path} names its people itself, so --name has no place beside it.",
                "Nothing was enrolled; leave out one of them.",
                path=source,
            )
        yield from _of_list(source)
    elif not source.exists():
        raise InputProblem("{path} does not exist.", "Nothing was enrolled; check the path.", path=source)
    elif name:
        yield Labelled(source, name)
    else:
        raise InputProblem(
            "{path}: a single picture needs a name.", "Nothing was enrolled; add --name NAME.", path=source
        )


def _named(folder: Path, name: str) -> Iterator[Labelled]:
    for path in list_photos([folder]):
        yield Labelled(path, name)


def _by_folder(source: Path) -> Iterator[Labelled]:
    """One folder per person; a folder that holds pictures alone is one person."""
    folders = [path for path in sorted(source.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    loose = list_photos([source], recursive=False)
    if not folders:
        yield from _named(source, source.resolve().name)
        return
    for path in loose:
        problem = InputProblem(
            "{path} lies beside the people's folders, so it is not clear who it shows.",
            "Move it into a person's folder, or enroll it alone with --name NAME.",
            path=path,
        )
        yield Labelled(path, "", problem)
    for folder in folders:
        yield from _named(folder, folder.name)


def _of_list(source: Path) -> Iterator[Labelled]:
    read = read_csv_list if source.suffix.lower() == ".csv" else read_gallery_list
    rows, problems = read(source)
    yield from (Labelled(source, "", problem) for problem in problems)
    yield from (_of_row(row) for row in rows)


def _of_row(row: Row) -> Labelled:
    return Labelled(row.path, row.name)
