"""Taking a stranger's model in: which card it has, whether it fits, and copying it whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from core import files as disk
from core.engines import engines_for
from core.errors import EngineProblem, ModelProblem, why
from core.models import catalogue
from core.models.card_fields import Fault
from core.models.card_file import CARD_FILE, model_name, read_card, refused, write_card
from core.models.cards import Card
from core.models.folder import read_folder
from core.models.proof import prove
from core.models.skeleton import skeleton
from core.models.source import PADDLEX_FILE, Source, look

_HINT = "Nothing was added."
TEMPORARY, REMOVED = ".adding-", ".removed-"
_STALE = 24 * 3600  # seconds after which a temporary folder is a killed program's


def examined(path: Path, *, card_file: Path | None = None, name: str | None = None) -> Card:
    """The proved card of the model at `path`; its folder is where the files lie. Only reads.

    Raises ModelProblem when there is no card for it or the card does not fit, EngineProblem when it cannot be opened.
    """
    source = look(path)
    card = _described(source, card_file)
    if name is not None:
        card = replace(card, name=_good_name(name, path))
    card = _with_checksums(card)
    engines = engines_for(card)
    if not engines:
        raise EngineProblem(
            "No installed engine can open {path}.",
            "Nothing was added. Install one: `pip install facefolio[openvino]` or `pip install facefolio[paddle]`.",
            path=path,
        )
    for engine in engines:
        card = prove(card, engine)
    return catalogue.own_space(card)


def copied(card: Card, folder: Path) -> Card:
    """Copies a card and its files to a folder of that name below `folder`, whole or not at all."""
    target = folder / card.name
    try:
        with _temporary(folder) as place:
            for name, checksum in card.sha256.items():
                _copy(card.folder / name, place / name, checksum)
            if (card.folder / PADDLEX_FILE).is_file():  # with it the copy is still a model folder for PaddleX
                shutil.copyfile(card.folder / PADDLEX_FILE, place / PADDLEX_FILE)
            disk.write_text(place / CARD_FILE, write_card(card))
            place.rename(target)
            disk.sync_folder(folder)
    except OSError as error:
        message = "{path} could not be copied to {target}: {error}."
        raise ModelProblem(message, _HINT, path=card.folder, target=target, error=why(error)) from error
    return replace(card, folder=target)


def _described(source: Source, card_file: Path | None) -> Card:
    """The card by the first that knows: the one given, the one in the folder, the checksums, PaddleX's own file."""
    chosen = card_file or source.card_file
    if chosen is not None:
        card = read_card(chosen)
        return replace(card, folder=source.folder, files=card.files or source.files)
    found = catalogue.recognised(_checksums(source.folder, source.files))
    if found is not None:
        card, engine, names = found
        listed = tuple(names[name] for name in card.files[engine])
        checksums = {names[name]: card.sha256[name] for name in card.files[engine]}
        return replace(card, folder=source.folder, files={engine: listed}, sha256=checksums)
    if source.paddlex_file is not None:
        return read_folder(source.paddlex_file, files=source.files)
    raise ModelProblem(
        "{path} has no card, and it is not among the models known by their checksum.",
        "Nothing was added. How its pictures are prepared cannot be seen from the file: complete these lines, save "
        "them as card.yaml and give the file with --card:\n{skeleton}",
        path=source.path,
        skeleton=skeleton(source),
    )


def _with_checksums(card: Card) -> Card:
    """The card with the checksum of every file, those that it tells being checked."""
    real = _checksums(card.folder, card.files)
    for name, checksum in card.sha256.items():
        if real[name] != checksum:
            raise ModelProblem(
                "{path} is not the file that its card describes: the checksum differs.",
                "Nothing was added. The file is damaged or the card belongs to another one.",
                path=card.folder / name,
            )
    return replace(card, sha256=real)


def _checksums(folder: Path, files: dict[str, tuple[str, ...]]) -> dict[str, str]:
    names = dict.fromkeys(name for several in files.values() for name in several)
    try:
        return {name: disk.sha256(folder / name) for name in names}
    except OSError as error:
        path = error.filename or folder
        raise ModelProblem("{path} cannot be read: {error}.", _HINT, path=path, error=why(error)) from error


def _good_name(name: str, path: Path) -> str:
    try:
        return model_name(name, "the name")
    except Fault as fault:
        raise refused(path, fault) from fault


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A folder that is gone afterwards, unless it was renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder, TEMPORARY, REMOVED)
    place = Path(tempfile.mkdtemp(dir=folder, prefix=TEMPORARY))
    place.chmod(0o755)
    try:
        yield place
    finally:
        with suppress(OSError):
            shutil.rmtree(place)


def sweep(folder: Path, *beginnings: str) -> None:
    """Deletes what killed programs left: old temporary folders whose names begin so."""
    for left in (one for one in folder.iterdir() if one.name.startswith(beginnings)):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)


def _copy(source: Path, target: Path, checksum: str) -> None:
    shutil.copyfile(source, target)
    if disk.sha256(target) != checksum:
        raise ModelProblem("{path} changed while it was copied.", "Nothing was added; try again.", path=source)
