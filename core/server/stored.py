"""Indexes that clients built, each a file under its key, in the form in which PaddleX's service keeps them."""

from __future__ import annotations

import contextlib
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from core.errors import IndexProblem, SettingsProblem
from core.files import atomic_write, try_lock
from core.paddlex.index_data import IndexData
from core.server.options import Limits
from core.server.refusal import Refusal

_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LOCK = ".lock"


def is_key(text: str) -> bool:
    """Whether a text is formed as the keys that `add` gives; nothing else ever becomes the name of a file."""
    return _KEY.fullmatch(text) is not None


class StoredIndexes:
    """May be used from any thread; changes of one key come one after the other, searches go on meanwhile.

    `folder` None keeps all in memory. Raises SettingsProblem where another service uses the folder or none can be made.
    """

    def __init__(self, folder: Path | None, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        self._guard = threading.Lock()
        self._changing: dict[str, threading.Lock] = {}
        self._cache: OrderedDict[str, tuple[IndexData, int]] = OrderedDict()  # and bytes
        self._lock = None if folder is None else _locked(folder)
        self._sizes = {} if folder is None else _sizes(folder)  # bytes by key

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def add(self, index: IndexData) -> str:
        """Keeps a new index; the key under which it is found. Raises Refusal when there is no room."""
        key = str(uuid.uuid4())
        with self._guard:
            if len(self._sizes) >= self._limits.indexes:
                raise Refusal(507, f"The service keeps at most {self._limits.indexes} indexes; delete one first.")
            self._sizes[key] = 0
        try:
            self._write(key, index)
        except BaseException:
            with self._guard:
                del self._sizes[key]
            raise
        return key

    def get(self, key: str) -> IndexData:
        """The index as it is now; not to be changed. Raises Refusal for a key that is not there."""
        with self._guard:
            held = self._cache.get(key)
            if held is not None:
                self._cache.move_to_end(key)
                return held[0]
        with self._alone(key):
            return self._present(key)

    def change(self, key: str, act: Callable[[IndexData], object]) -> IndexData:
        """The index after `act`, kept; as it was when `act` or the disk fails."""
        with self._alone(key):
            held = self._present(key)
            draft = IndexData(held.index, held.id_map, kind=held.index_type, metric=held.metric_type)
            act(draft)
            self._write(key, draft)
            return draft

    def delete(self, key: str, sure: Callable[[], object]) -> None:
        """Removes the index for good; `sure` is called when nothing can hinder it any more, and may raise."""
        with self._alone(key):
            self._check(key)
            sure()
            if self._folder is not None:
                (self._folder / key).unlink(missing_ok=True)
            with self._guard:
                self._sizes.pop(key, None)
                self._cache.pop(key, None)
                self._changing.pop(key, None)

    def _alone(self, key: str) -> threading.Lock:
        self._check(key)
        with self._guard:
            return self._changing.setdefault(key, threading.Lock())

    def _check(self, key: str) -> None:
        with self._guard:
            if key not in self._sizes:
                raise Refusal(404, "There is no index of this key.")

    def _present(self, key: str) -> IndexData:
        with self._guard:
            held = self._cache.get(key)
        if held is not None:
            return held[0]
        self._check(key)  # it may have been deleted while this one waited
        assert self._folder is not None
        data = self._read(self._folder / key)
        try:
            index = IndexData.from_bytes(data)
        except IndexProblem as problem:
            raise Refusal(500, "The file of this index is damaged; build it anew.") from problem
        self._keep(key, index, len(data))
        return index

    def _read(self, file: Path) -> bytes:
        try:
            if file.stat().st_size > self._limits.index_bytes:
                raise Refusal(507, "The file of this index is too large.")
            return file.read_bytes()
        except OSError as error:
            raise Refusal(500, "The file of this index cannot be read.") from error

    def _write(self, key: str, index: IndexData) -> None:
        data = index.to_bytes()
        before = self._reserve(key, len(data))
        try:
            if self._folder is not None:
                with atomic_write(self._folder / key) as file:
                    file.write(data)
        except OSError as error:
            with self._guard:
                self._sizes[key] = before
            raise Refusal(507, "The index cannot be written; nothing was changed.") from error
        self._keep(key, index, len(data))

    def _reserve(self, key: str, size: int) -> int:
        """Room for an index; how large it was. Raises Refusal when it, or all of them, would be too large."""
        limits = self._limits
        most = limits.cached_bytes if self._folder is None else limits.stored_bytes
        with self._guard:
            before = self._sizes[key]
            if size > limits.index_bytes or sum(self._sizes.values()) - before + size > most:
                raise Refusal(507, "There is no room for the index; nothing was changed.")
            self._sizes[key] = size
        return before

    def _keep(self, key: str, index: IndexData, size: int) -> None:
        with self._guard:
            self._cache[key] = (index, size)
            self._cache.move_to_end(key)
            total = sum(each for _, each in self._cache.values())
            while self._folder is not None and total > self._limits.cached_bytes and len(self._cache) > 1:
                total -= self._cache.popitem(last=False)[1][1]


def _sizes(folder: Path) -> dict[str, int]:
    for left in folder.glob(".*.part"):  # of a service that was killed while it wrote
        if is_key(left.name[1:37]):
            left.unlink(missing_ok=True)
    found = [each for each in folder.iterdir() if is_key(each.name) and each.is_file()]
    return {each.name: each.stat().st_size for each in found}


def _locked(folder: Path) -> BinaryIO:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK).open("ab")
        if try_lock(file):
            return file
    except OSError as error:
        raise SettingsProblem(
            "{folder} cannot hold the indexes of the service: {reason}.",
            "The service was not started. Give another folder with --store.",
            folder=folder,
            reason=error.strerror or error,
        ) from error
    with contextlib.suppress(OSError):
        file.close()
    raise SettingsProblem(
        "Another service keeps its indexes in {folder}.",
        "This one was not started. Stop the other, or give another folder with --store.",
        folder=folder,
    )
