"""Photos: found in folders, opened by their header, decoded upright. Each fault is one PhotoProblem with the file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from core.errors import PhotoProblem, why
from core.photo_formats import Header, decode, read_header
from core.pictures import decode_picture, encode_picture, write_picture
from core.types import Pixels

__all__ = [
    "SUFFIXES",
    "Photo",
    "decode_picture",
    "encode_picture",
    "list_photos",
    "open_photo",
    "write_picture",
]

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif"}
    | {".heic", ".heif", ".hif", ".avif", ".jp2", ".ppm", ".pgm", ".pnm"}
)
_LARGE = 30e6  # pixels from which a decode takes so much memory that several at once may fill it
_ONE_AT_A_TIME = threading.Lock()
_BYTES_PER_PIXEL = 8  # four channels of 16 bits: no honest picture within the limit needs more


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo whose header is known and whose pixels are decoded on request. It holds the bytes of its file."""

    path: Path
    data: bytes = field(repr=False)
    header: Header

    @property
    def width(self) -> int:
        """Pixels, upright."""
        return self.header.height if self.header.sideways else self.header.width

    @property
    def height(self) -> int:
        """Pixels, upright."""
        return self.header.width if self.header.sideways else self.header.height

    @cached_property
    def sha256(self) -> str:
        """Of the bytes of the file, lower-case hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def reductions(self) -> tuple[int, ...]:
        """Divisors at which decoding is cheaper than in full."""
        return (1, 2, 4, 8) if self.header.kind == "JPEG" else (1,)

    def decode(self, reduction: int = 1) -> Pixels:
        """Pixels (H, W, 3) uint8 BGR, upright, each side divided by `reduction` (1, 2, 4 or 8) and rounded up.

        Transparent pictures are laid on white; 16-bit ones keep their upper 8 bits; of several pages or frames the
        first is taken. Raises PhotoProblem when the file is damaged.
        """
        if reduction not in (1, 2, 4, 8):
            raise ValueError(f"reduction must be 1, 2, 4 or 8, not {reduction}")
        large = self.width * self.height / reduction**2 > _LARGE
        with _ONE_AT_A_TIME if large else contextlib.nullcontext():
            return decode(self.path, self.data, self.header, reduction)


def open_photo(path: Path, *, max_megapixels: float = 250.0) -> Photo:
    """Reads the file once and looks at its header; nothing is decoded yet.

    Raises PhotoProblem for whatever is not a readable, complete picture of at most `max_megapixels`.
    """
    data = _read(path, max_bytes=int(max_megapixels * 1e6 * _BYTES_PER_PIXEL) + (1 << 20))
    header = read_header(path, data)
    if header.width * header.height > max_megapixels * 1e6:
        raise PhotoProblem(
            "{path} has {width} x {height} pixels, more than the limit of {limit:g} megapixels.",
            "It was left out; make it smaller, or raise the setting max_megapixels.",
            path=path,
            width=header.width,
            height=header.height,
            limit=max_megapixels,
        )
    return Photo(path, data, header)


def list_photos(sources: Iterable[Path], *, recursive: bool = True) -> list[Path]:
    """The photos among files and folders, each once: sources in their order, folders in natural order.

    A file named outright is always listed, even a missing one, so that opening it reports it. In folders, pictures
    are known by suffix, and hidden files and folders are passed over; a folder that cannot be read is listed itself.
    """
    found: dict[Path, None] = {}
    for source in sources:
        folder = os.path.isdir(source)  # noqa: PTH112 - unlike Path.is_dir it never raises
        found.update(dict.fromkeys(_inside(source, recursive, set()) if folder else [source]))
    return list(found)


def _inside(folder: Path, recursive: bool, visited: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: _natural(entry.name))
        folders = {entry.name: entry for entry in entries if entry.is_dir()}
    except OSError:
        yield folder
        return
    if (place := (status.st_dev, status.st_ino)) in visited:  # a link back to a folder already seen
        return
    visited.add(place)
    for entry in entries:
        if entry.name.startswith(".") or entry.name in folders:
            continue
        if Path(entry.name).suffix.lower() in SUFFIXES:
            yield folder / entry.name
    for name in folders if recursive else ():
        if not name.startswith("."):
            yield from _inside(folder / name, recursive, visited)


def _natural(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    parts = re.findall(r"\d+|\D+", name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts), name


def _reachable(path: Path) -> Path:
    """The path in the form that Windows takes without its limit of 260 characters."""
    if os.name != "nt" or len(whole := str(path.absolute())) < 240 or whole.startswith("\\\\?\\"):
        return path
    return Path("\\\\?\\UNC" + whole[1:] if whole.startswith("\\\\") else "\\\\?\\" + whole)


def _read(path: Path, *, max_bytes: int) -> bytes:
    try:
        file = _reachable(path)
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            # listing tells an unreadable folder from one given by mistake
            with os.scandir(file):
                pass
            raise PhotoProblem("{path} is a folder, not a picture.", "Name a picture inside it.", path=path)
        if not stat.S_ISREG(status.st_mode):
            raise PhotoProblem("{path} is not a file.", "Only files can be read as pictures.", path=path)
        if status.st_size > max_bytes:
            raise PhotoProblem(
                "{path} is too large to be a photo ({megabytes:.0f} MB).",
                "It was left out; check it, or raise the setting max_megapixels.",
                path=path,
                megabytes=status.st_size / 1e6,
            )
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise PhotoProblem("{path} is not there.", "Check the name, or whether it was moved.", path=path) from error
    except PermissionError as error:
        raise PhotoProblem("{path} may not be read.", "Give yourself permission to read it.", path=path) from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = why(error)
        raise PhotoProblem(
            "{path} cannot be read: {reason}.", "Check the disk and the name.", path=path, reason=reason
        ) from error
    if not data:
        raise PhotoProblem("{path} is empty.", "Copy it again from where it came.", path=path)
    return data
