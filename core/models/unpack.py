"""Unpacking a stranger's archive: plain files only, inside one folder, and not more than agreed."""

from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from core.errors import ModelProblem, Text, why

_FILES = 200  # a model folder has a handful
_DEPTH, _LONGEST = 8, 255
_BLOCK = 1 << 20
_SLACK = 4 << 20  # bytes of headers
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)
_STRANGE = (ValueError, OverflowError, NotImplementedError, RuntimeError)
_HINT = "Nothing was added, and nothing of it was kept."


class _Refused(Exception):  # noqa: N818 - it becomes a Problem
    pass


def unpack(archive: Path, folder: Path, *, limit: int) -> Iterator[int]:
    """Writes the files of a .tar, .tar.gz or .zip below `folder`, yielding the bytes written so far.

    Raises ModelProblem for anything but plain files inside the folder, too many or together more than `limit` bytes,
    OSError when they cannot be written.
    """
    done = 0
    try:
        with _members(archive, limit) as members:
            for count, (name, source) in enumerate(members, 1):
                if count > _FILES:
                    raise _Refused(Text("it holds more than {most} files", {"most": _FILES}))
                for size in _copied(source, folder / _inside(name), limit - done):
                    done += size
                    yield done
    except (_Refused, *_BROKEN, *_STRANGE) as error:
        raise ModelProblem("{path} cannot be unpacked: {reason}.", _HINT, path=archive, reason=why(error)) from error


def only_folder_with(name: str, folder: Path) -> Path:
    """The one folder below `folder` that holds a file of this name. Raises ModelProblem."""
    found = sorted(one.parent for one in folder.rglob(name) if one.is_file())
    if len(found) != 1:
        message = "The archive holds {count} folders with {name}, not one."
        raise ModelProblem(message, _HINT, count=len(found), name=name)
    return found[0]


@contextmanager
def _members(archive: Path, limit: int) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    with archive.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as plain:
                yield _of_tar(plain, limit)
        elif start == b"PK\x03\x04":
            with zipfile.ZipFile(file) as package:
                yield _of_zip(package)
        else:
            yield _of_tar(file, limit)


def _of_tar(file: BinaryIO | gzip.GzipFile, limit: int) -> Iterator[tuple[str, IO[bytes]]]:
    # As a stream: nothing is sought back and forth, and no more is read than `_Measured` allows.
    measured: Any = _Measured(file, limit + _SLACK)
    with tarfile.open(fileobj=measured, mode="r|") as package:
        for member in package:
            if member.isdir():
                continue
            source = package.extractfile(member) if member.isreg() and not member.issparse() else None
            if source is None:
                raise _Refused(Text("{name} is no plain file", {"name": repr(member.name)}))
            yield member.name, source


def _of_zip(package: zipfile.ZipFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in package.infolist():
        kind = stat.S_IFMT(member.external_attr >> 16)
        if member.is_dir():
            continue
        if kind not in (0, stat.S_IFREG):
            raise _Refused(Text("{name} is no plain file", {"name": repr(member.filename)}))
        if member.flag_bits & 1:
            raise _Refused(Text("{name} wants a password", {"name": repr(member.filename)}))
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _Refused(Text("{name} is packed in an unusual way", {"name": repr(member.filename)}))
        with package.open(member) as source:
            yield member.filename, source


class _Measured:
    """A file of which only so much may be read: a few bytes can unpack to any number."""

    def __init__(self, file: BinaryIO | gzip.GzipFile, most: int) -> None:
        self._file, self._left = file, most

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self._left:
            raise _Refused(Text("it unpacks to more than this model may have"))
        block = self._file.read(size)
        self._left -= len(block)
        return block


def _inside(name: str) -> Path:
    """A relative path that is the same on every system. Raises for all others."""
    parts = PurePosixPath(name).parts
    long = len(parts) > _DEPTH or len(name) > _LONGEST
    strange = not name.isprintable() or any(sign in name for sign in '\\:*?"<>|')
    if long or strange or not parts or name.startswith("/") or any(part.endswith((".", " ")) for part in parts):
        raise _Refused(Text("{name} does not lie inside it", {"name": repr(name[:80])}))
    return Path(*parts)


def _copied(source: IO[bytes], target: Path, most: int) -> Iterator[int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = target.open("xb")
    except FileExistsError as error:
        raise _Refused(Text("{name} is in it twice", {"name": repr(target.name)})) from error
    with file:
        while block := source.read(_BLOCK):
            most -= len(block)
            if most < 0:
                raise _Refused(Text("it unpacks to more than this model may have"))
            file.write(block)
            yield len(block)
