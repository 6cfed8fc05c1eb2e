"""Pictures with names: what is written on them and where they are kept."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePath

from core.errors import InputProblem, why
from core.export.records import PhotoResult
from core.types import DecisionKind, Pixels

ELSEWHERE = "elsewhere"  # pictures from outside the photos' root go into this folder
MARK = ".facefolio-annotations"
_WRITABLE = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff"})
_FOREIGN_END = ".faces.jpg"


def annotate(pixels: Pixels, result: PhotoResult) -> Pixels:
    """A copy of a photo's pixels (H, W, 3), of any size, with a box and a caption in words on every face."""
    from core.vision.draw import draw_faces

    factor = pixels.shape[1] / result.width if result.width else 1.0
    faces = result.faces if factor == 1.0 else result.faces.scaled(factor)
    positions = range(len(faces))
    captions = [caption(result, position) for position in positions]
    return draw_faces(pixels, faces, captions, [_kind(result, position) for position in positions])


def caption(result: PhotoResult, position: int) -> str:
    """`Anna 0.62` for a known face, `Anna? 0.38` for an unsure one, `unknown`."""
    kind, matches = _kind(result, position), result.matches[position] if result.matches else ()
    if kind == "unknown" or not matches:
        return "unknown"
    name = f"{matches[0].name}{'?' if kind == 'unsure' else ''}"
    # A person may have named a face that resembles nobody: there is no number then.
    return name if math.isnan(matches[0].similarity) else f"{name} {matches[0].similarity:.2f}"


def _kind(result: PhotoResult, position: int) -> DecisionKind:
    return result.decisions[position].kind if result.decisions else "unknown"


def annotated_path(folder: Path, photo: Path, root: Path) -> Path:
    """Where the annotated picture of `photo` belongs: `folder` mirrors the tree under `root`.

    Two photos never share a place, and no place lies outside `folder`. Kinds of picture that cannot be written get
    `.faces.jpg` at the end. Raises InputProblem when the place is the photo itself.
    """
    source, top = _absolute(photo), _absolute(root)
    inside = source.relative_to(top) if source.is_relative_to(top) and source != top else _from_elsewhere(source)
    if source.is_relative_to(top) and inside.parts[0].casefold() == ELSEWHERE:
        inside = ELSEWHERE / inside
    target = folder / inside.with_name(_writable_name(inside.name))
    if _absolute(target) == source or (target.exists() and source.exists() and target.samefile(source)):
        raise InputProblem(
            "The annotated picture of {photo} would take the place of the photo.",
            "Nothing was written; choose another folder for the annotated pictures.",
            photo=photo,
        )
    return target


def prepare_folder(folder: Path) -> None:
    """Makes `folder` ready for annotated pictures: it must be new, empty or have been used for them before.

    So a photo of someone's own is never overwritten by a picture of the same name. Raises InputProblem.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / MARK).exists() and any(folder.iterdir()):
            raise InputProblem(
                "{folder} already holds other files.",
                "Nothing was written; choose a new or empty folder for the annotated pictures.",
                folder=folder,
            )
        (folder / MARK).touch()
    except OSError as error:
        raise InputProblem(
            "{folder} cannot be used for annotated pictures: {error}.",
            "Nothing was written; choose another folder.",
            folder=folder,
            error=why(error),
        ) from error


def annotated_under(folder: Path | None, inputs: Sequence[Path]) -> Callable[[Path], Path] | None:
    """Where each photo's annotated picture goes: `folder`, made ready, mirrors the tree that the inputs share."""
    if folder is None:
        return None
    prepare_folder(folder)
    tops = [(each if each.is_dir() else each.parent).absolute() for each in inputs]
    shared = Path(os.path.commonpath(tops)) if len({top.anchor for top in tops}) == 1 else tops[0]
    return partial(annotated_path, folder, root=shared)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - unlike Path.absolute it also takes out ".."


def _from_elsewhere(photo: Path) -> PurePath:
    drive = re.sub(r"[^\w-]+", "_", photo.drive) or "_"
    return PurePath(ELSEWHERE, drive, *photo.parts[1:])


def _writable_name(name: str) -> str:
    # Names with the special end get it once more, so that no other photo can have been given theirs.
    if PurePath(name).suffix.lower() in _WRITABLE and not name.lower().endswith(_FOREIGN_END):
        return name
    return name + _FOREIGN_END
