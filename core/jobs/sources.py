"""What a person points at when enrolling, as photos with names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import GalleryProblem, InputProblem, Problem, why
from core.gallery.names import clean_name
from core.gallery.paddlex import Row, read_csv_list, read_gallery_list
from core.photo_formats import read_header
from core.photos import Photo, list_photos, open_photo

_RENAME = "Give the folder or line another name; the others are used."
LISTS = (".txt", ".csv")
# The command line says these in its own words: see core/cli/enroll.py.
TWO_NAMES = "Nothing was enrolled; enroll the list by itself."
NEEDS_NAME = "Nothing was enrolled; say whom it shows."
LOOSE = "Move it into a person's folder, or enroll it alone with a name."


@dataclass(frozen=True)
class Labelled:
    """A photo and the name of the person in it, or the problem that a list or folder has with it.

    The name is empty where nobody said whom it shows. `data` is the picture itself where there is no file; `path` is
    then only what it is called.
    """

    path: Path
    name: str
    problem: Problem | None = None
    data: bytes | None = field(default=None, repr=False)

    def opened(self, *, max_megapixels: float) -> Photo:
        """Raises PhotoProblem."""
        if self.data is None:
            return open_photo(self.path, max_megapixels=max_megapixels)
        return Photo(self.path, self.data, read_header(self.path, self.data))

    @property
    def source(self) -> str:
        """What a gallery keeps as the place the picture comes from."""
        return str(self.path.absolute()) if self.data is None else str(self.path)


def labelled(
    sources: Sequence[Path], *, name: str | None = None, unnamed: bool = False, one_person: bool = True
) -> list[Labelled]:
    """Photos with names from folders (one folder per person, nested), gallery.txt, CSV lists and pictures.

    With `name`, every picture found is of that person. Raises InputProblem when a source is not there at all, or is
    a picture without a name. With `unnamed` such pictures, and those that lie beside the people's folders, come with
    an empty name instead, as do those of a folder of pictures alone unless it is `one_person`.
    """
    if name is not None:
        name = _clean(name)
    how = _How(name, unnamed=unnamed, one_person=one_person or not unnamed)
    return [_with_clean_name(each, unnamed=unnamed) for source in sources for each in how.of(source)]


def pictures_alone(folder: Path) -> int:
    """How many pictures a folder holds that has no folders inside; 0 when it has, or cannot be read."""
    try:
        if any(path.is_dir() and not path.name.startswith(".") for path in folder.iterdir()):
            return 0
    except OSError:
        return 0
    return len(list_photos([folder], recursive=False))


def _with_clean_name(source: Labelled, *, unnamed: bool) -> Labelled:
    """The name as galleries keep it, so that equal names are equal from here on; or why it cannot be one."""
    if source.problem is not None or (unnamed and not source.name):
        return source
    try:
        return replace(source, name=_clean(source.name))
    except InputProblem as problem:
        message = "{path} cannot be enrolled: {reason}"
        return replace(source, problem=InputProblem(message, _RENAME, path=source.path, reason=problem.message))


def _clean(name: str) -> str:
    try:
        return clean_name(name)
    except GalleryProblem as problem:
        template, hint = problem.message.template, "Nothing was enrolled; give another name."
        raise InputProblem(template, hint, **problem.message.values) from problem


@dataclass(frozen=True)
class _How:
    """How names are found."""

    name: str | None
    unnamed: bool
    one_person: bool

    def of(self, source: Path) -> Iterator[Labelled]:
        name = self.name
        if source.is_dir():
            yield from _named(source, name) if name else self._by_folder(source)
        elif source.suffix.lower() in LISTS:
            if name:
                raise InputProblem(
                    "{path} names its people itself, so no other name can be given.", TWO_NAMES, path=source
                )
            yield from _of_list(source)
        elif not source.exists() and not self.unnamed:
            raise InputProblem("{path} does not exist.", "Nothing was enrolled; check the path.", path=source)
        elif name or self.unnamed:
            yield Labelled(source, name or "")
        else:
            raise InputProblem("{path}: a single picture needs a name.", NEEDS_NAME, path=source)

    def _by_folder(self, source: Path) -> Iterator[Labelled]:
        """One folder per person; a folder that holds pictures alone is one person."""
        folders, loose = _inside(source)
        if not folders:
            yield from _named(source, source.resolve().name if self.one_person else "")
            return
        for path in loose:
            if self.unnamed:
                yield Labelled(path, "")
                continue
            message = "{path} lies beside the people's folders, so it is not clear who it shows."
            yield Labelled(path, "", InputProblem(message, LOOSE, path=path))
        for folder in folders:
            yield from _named(folder, folder.name)


def _inside(source: Path) -> tuple[list[Path], list[Path]]:
    """The folders and the pictures that lie in a folder."""
    try:
        folders = [path for path in sorted(source.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    except OSError as error:
        message, hint = "{path} cannot be read: {reason}.", "Nothing was enrolled; give yourself permission to read it."
        raise InputProblem(message, hint, path=source, reason=why(error)) from error
    return folders, list_photos([source], recursive=False)


def _named(folder: Path, name: str) -> Iterator[Labelled]:
    for path in list_photos([folder]):
        yield Labelled(path, name)


def _of_list(source: Path) -> Iterator[Labelled]:
    read = read_csv_list if source.suffix.lower() == ".csv" else read_gallery_list
    rows, problems = read(source)
    yield from (Labelled(source, "", problem) for problem in problems)
    yield from (_of_row(row) for row in rows)


def _of_row(row: Row) -> Labelled:
    return Labelled(row.path, row.name)
