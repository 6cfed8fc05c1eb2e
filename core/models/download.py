"""Fetching a model of the catalogue: to a .part file, unpacked, tried, and into the store whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core import files as disk
from core.engines import availability
from core.errors import EngineProblem, ModelProblem, why
from core.models.adding import copied, examined, sweep
from core.models.cards import Card, Download
from core.models.fetch import fetch, forget
from core.models.source import PADDLEX_FILE
from core.models.stream import PATIENCE
from core.models.unpack import only_folder_with, unpack
from core.types import Step

if TYPE_CHECKING:
    from core.models.store import ModelStore

FOLDER, _TEMPORARY = ".downloads", ".unpacked-"
_ROOM = 16 << 20  # bytes an archive may have beyond twice what its makers say
_ANY = 2 << 30  # bytes where they say nothing
_AGAIN = "Nothing was added, and what had arrived was dropped: try again, or fetch it elsewhere and add its folder."


def download(store: ModelStore, card: Card, *, patience: float = PATIENCE) -> Generator[Step[str], None, Card]:
    """Fetches the model that `card` of the catalogue describes and adds it; returns the card of the added one.

    Steps count bytes; their item is the stage: download, check, unpack, try. Closing cancels at once; what has arrived
    stays, and the next try goes on from it. `patience` is how many seconds a server may be silent. Raises ModelProblem,
    EngineProblem.
    """
    wanted = card.download
    if wanted is None or not wanted.address:
        message = "It is not known where {name} can be fetched."
        raise ModelProblem(
            message, "Nothing was changed. If you have its folder: `facefolio models add FOLDER`.", name=card.name
        )
    _check_engine(card, wanted)
    store.check_free(card.name)
    part, limit = part_file(store.folder, card.name), _limit(wanted)
    with _alone(part, card.name):
        yield from fetch(wanted.address, part, limit=limit, patience=patience)
        yield from _check(part, wanted)
        added = yield from _added(store, card, part, limit)
        forget(part)
        return added


def part_file(folder: Path, name: str) -> Path:
    """Where the archive of a model arrives, below the folder of a store."""
    return folder / FOLDER / f"{name}.part"


def discard(folder: Path, name: str) -> bool:
    """Deletes what has arrived of a model; whether there was anything."""
    part = part_file(folder, name)
    there = part.exists()
    forget(part)
    return there


def _added(store: ModelStore, card: Card, part: Path, limit: int) -> Generator[Step[str], None, Card]:
    size = part.stat().st_size
    try:
        sweep(part.parent, _TEMPORARY)
        with tempfile.TemporaryDirectory(dir=part.parent, prefix=_TEMPORARY) as place:
            for done in unpack(part, Path(place), limit=limit):
                yield Step(min(done, size), size, "unpack")
            yield Step(size, size, "try")
            folder = only_folder_with(PADDLEX_FILE, Path(place))
            return copied(_named(examined(folder), card), store.folder)
    except EngineProblem:
        raise  # the archive may be good: it stays for the next try
    except ModelProblem:
        forget(part)
        raise
    except OSError as error:
        message = "{name} could not be unpacked: {reason}."
        hint = "Nothing was added. Make room and try again: what has arrived is kept."
        raise ModelProblem(message, hint, name=card.name, reason=why(error)) from error


def _named(found: Card, wanted: Card) -> Card:
    """The card of what arrived, with what the catalogue tells about it."""
    if (found.name, found.task) != (wanted.name, wanted.task):
        message = "The archive holds {found}, not {name}."
        raise ModelProblem(message, _AGAIN, found=found.name, name=wanted.name)
    address = wanted.download.address if wanted.download else ""
    origin = f"{wanted.origin}, {address}".removeprefix(", ")
    return replace(found, licence=wanted.licence, origin=origin, figures=wanted.figures, note=wanted.note)


def _check(part: Path, wanted: Download) -> Iterator[Step[str]]:
    size = part.stat().st_size
    yield Step(size, size, "check")
    if wanted.sha256 and disk.sha256(part) != wanted.sha256:
        forget(part)
        raise ModelProblem("{address} is not what it should be: the checksum differs.", _AGAIN, address=wanted.address)


def _check_engine(card: Card, wanted: Download) -> None:
    reason = availability()[wanted.engine]
    if reason:
        raise EngineProblem(
            "{name} cannot be used yet: {reason}", "Nothing was fetched.", name=card.name, reason=reason
        )


def _limit(wanted: Download) -> int:
    return int(wanted.megabytes * 2e6) + _ROOM if wanted.megabytes else _ANY


@contextmanager
def _alone(part: Path, name: str) -> Iterator[None]:
    """Two programs never write one file."""
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        file = part.with_suffix(".lock").open("ab")
    except OSError as error:
        message = "{path} cannot be written: {reason}."
        hint = "Nothing was fetched."
        raise ModelProblem(message, hint, path=part.parent, reason=why(error)) from error
    with file:
        if not disk.try_lock(file):
            message = "{name} is being fetched by another window or program."
            raise ModelProblem(message, "Wait for it, or cancel it there.", name=name)
        yield
