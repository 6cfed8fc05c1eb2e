"""The folder of an index on disk: PaddleX's two files and a sidecar of ours. Whole or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.errors import IndexProblem, why
from core.files import sha256, sync_folder
from core.gallery.paddlex import id_map_text
from core.index import kinds
from core.index.body import Body
from core.index.layout import examine

VECTORS, LABELS, SIDECAR = "vector.index", "id_map.yaml", "facefolio.json"
FORMAT = 1
_LARGEST_SIDECAR = 16 << 20
_OLD = 3600.0  # seconds after which a folder left by a killed program is swept away
_SAFE = "It is made anew from the gallery; no person or face is lost."


@dataclass(frozen=True)
class Sidecar:
    """What the folder of an index says of itself."""

    gallery: str  # uuid
    space: str
    length: int
    kind: str
    metric: str
    parameters: dict[str, int]
    count: int
    content: str  # digest of the faces, their owners and names when it was saved
    strays: list[int] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> size, sha256
    format: int = FORMAT


def save(folder: Path, body: Body, labels: Mapping[int, str], sidecar: Sidecar) -> Sidecar:
    """Puts a new folder in the place of `folder`; until then the old one stays. Raises IndexProblem (disk full)."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        fresh = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.new")
        fresh.mkdir()
        try:
            written = _write(fresh, body, labels, sidecar)
            _swap(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise IndexProblem(
            "The index {name} cannot be saved in {folder}: {reason}.",
            "It works from memory, the gallery is safe, and it is saved again when there is room.",
            name=folder.name,
            folder=folder.parent,
            reason=why(error),
        ) from error
    return written


def read_sidecar(folder: Path) -> Sidecar | None:
    """The sidecar, None where there is no folder. Raises IndexProblem when it is damaged or of a newer program."""
    path = folder / SIDECAR
    try:
        with path.open("rb") as file:
            data = file.read(min(_LARGEST_SIDECAR, path.stat().st_size))
        values = json.loads(data)
        sidecar = Sidecar(**values)
        _check_sidecar(sidecar)
    except FileNotFoundError:
        if not folder.exists():
            return None
        raise IndexProblem("{folder} is not complete.", _SAFE, folder=folder) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexProblem) as error:
        raise IndexProblem("{path} is damaged.", _SAFE, path=path) from error
    return sidecar


def load(folder: Path, sidecar: Sidecar) -> Body:
    """The body of the folder, its bytes checked before faiss sees them. Raises IndexProblem."""
    path = folder / VECTORS
    try:
        if path.stat().st_size != sidecar.files[VECTORS]["size"]:
            raise IndexProblem("{path} does not have the size it was saved with.", _SAFE, path=path)
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise IndexProblem("{path} cannot be read: {reason}.", _SAFE, path=path, reason=why(error)) from error
    if hashlib.sha256(data.data).hexdigest() != sidecar.files[VECTORS]["sha256"]:
        raise IndexProblem("{path} is damaged: its checksum is wrong.", _SAFE, path=path)
    layout = examine(data, path)
    found = (layout.kind, layout.metric, layout.length, len(layout.ids))
    if found != (sidecar.kind, sidecar.metric, sidecar.length, sidecar.count):
        raise IndexProblem("{path} is not what its sidecar says.", _SAFE, path=path)
    strays = np.array(sidecar.strays, np.int64)
    if len(strays) and (strays.min() < 0 or strays.max() >= sidecar.count):
        raise IndexProblem("{path} is damaged.", _SAFE, path=folder / SIDECAR)
    outer = kinds.library().deserialize_index(data)
    return Body(outer, sidecar.kind, sidecar.metric, sidecar.parameters, strays)


def faults(folder: Path, sidecar: Sidecar) -> list[IndexProblem]:
    """Files of the folder that are absent or not as they were saved (reads them whole)."""
    problems = []
    for name, saved in sidecar.files.items():
        path = folder / name
        try:
            same = path.stat().st_size == saved["size"] and sha256(path) == saved["sha256"]
        except OSError:
            same = False
        if not same:
            problems.append(IndexProblem("{path} is damaged or absent.", _SAFE, path=path))
    return problems


def recover(folder: Path) -> None:
    """Takes back a whole folder that a killed program left between two renames."""
    if folder.exists():
        return
    for left in sorted(_left_over(folder), key=lambda path: path.suffix):  # .new before .old
        with contextlib.suppress(OSError, IndexProblem):
            if read_sidecar(left) is not None:
                left.replace(folder)
                return


def drop(folder: Path) -> None:
    """Removes the folder and everything left of it. Raises IndexProblem."""
    try:
        for path in [*_left_over(folder), folder]:
            if path.exists():
                shutil.rmtree(path)
    except OSError as error:
        raise IndexProblem(
            "{folder} cannot be removed: {reason}.",
            "The gallery is safe; remove the folder by hand.",
            folder=folder,
            reason=why(error),
        ) from error


def _write(fresh: Path, body: Body, labels: Mapping[int, str], sidecar: Sidecar) -> Sidecar:
    files = {}
    with _Hashed(fresh / VECTORS) as vectors:
        body.write(vectors.write)
    files[VECTORS] = vectors.facts
    with _Hashed(fresh / LABELS) as text:
        pieces = id_map_text(labels, index_type=body.kind, metric_type=body.metric)
        text.write("".join(pieces).encode())
    files[LABELS] = text.facts
    written = Sidecar(**{**vars(sidecar), "files": files, "strays": body.strays.tolist()})
    with _Hashed(fresh / SIDECAR) as file:  # last: a folder that has it is whole
        file.write(json.dumps(vars(written), indent=1, ensure_ascii=False).encode())
    sync_folder(fresh)
    return written


class _Hashed:
    """A file that knows its checksum and size, on disk when closed."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: Any) -> int:
        self._digest.update(data)
        self._size += len(data)
        return self._file.write(data)

    @property
    def facts(self) -> dict[str, Any]:
        return {"size": self._size, "sha256": self._digest.hexdigest()}

    def __enter__(self) -> _Hashed:
        return self

    def __exit__(self, *error: object) -> None:
        with self._file:
            if error[0] is None:
                self._file.flush()
                os.fsync(self._file.fileno())


def _swap(fresh: Path, folder: Path) -> None:
    old = fresh.with_suffix(".old")
    if folder.exists():
        folder.replace(old)
    try:
        fresh.replace(folder)
    except OSError:
        if old.exists() and not folder.exists():
            old.replace(folder)
        raise
    sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _left_over(folder: Path) -> list[Path]:
    pattern = re.compile(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}\.(new|old)")
    if not folder.parent.is_dir():
        return []
    return [path for path in folder.parent.iterdir() if pattern.fullmatch(path.name)]


def _sweep(folder: Path) -> None:
    for path in _left_over(folder):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _OLD:  # a younger one may belong to another running program
                shutil.rmtree(path)


def _check_sidecar(sidecar: Sidecar) -> None:
    texts = (sidecar.gallery, sidecar.space, sidecar.content, sidecar.kind, sidecar.metric)
    numbers = [sidecar.count, sidecar.length, *sidecar.strays]
    if sidecar.format != FORMAT or not all(type(text) is str for text in texts):
        raise ValueError("another format")
    if not all(type(number) is int and 0 <= number < 1 << 40 for number in numbers):
        raise ValueError("not numbers")
    if (type(sidecar.parameters), type(sidecar.strays), type(sidecar.files)) != (dict, list, dict):
        raise ValueError("another form")
    kinds.check(sidecar.kind, sidecar.metric, sidecar.parameters)
    for name in (VECTORS, LABELS):
        if not {"size", "sha256"} <= sidecar.files[name].keys():
            raise ValueError("no checksums")
