"""Writing files whole or not at all, and their checksums."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_UMASK = os.umask(0)  # reading it means setting it: done once, before any thread
os.umask(_UMASK)


@contextlib.contextmanager
def atomic_write(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A binary file to write; it takes the place of `path` only when the block ends well.

    The old file stays until then, whatever happens. `durable` also forces it to disk, which a cache may skip.
    Raises OSError (read-only, full disk) after removing the temporary file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        _keep_mode(path, Path(name))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    if durable:
        sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """UTF-8 text with the line ends as given, whole or not at all."""
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


def try_lock(file: BinaryIO) -> bool:
    """Takes the lock that goes with an open file, which the system gives back when it is closed or the program ends.

    False when another program or another opening of the file holds it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


def sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` survive a power cut (Windows has no such call and needs none)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path, *, report: Callable[[int], None] | None = None) -> str:
    """The SHA-256 of a file as lower-case hex; `report` gets the number of bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            done += len(block)
            if report:
                report(done)
    return digest.hexdigest()


def _keep_mode(old: Path, new: Path) -> None:
    # mkstemp makes private files; a replaced file keeps its mode and a new one follows the umask.
    try:
        mode = old.stat().st_mode & 0o777
    except OSError:
        mode = 0o666 & ~_UMASK
    with contextlib.suppress(OSError):
        new.chmod(mode)
