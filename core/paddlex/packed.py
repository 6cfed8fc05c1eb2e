"""The pickles in which PaddleX's service keeps indexes. They are taken apart without running what a stranger wrote."""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexProblem

LARGEST = 512 << 20  # bytes
_NOT_USED = "It was not used; nothing was changed."


def pack(vectors: NDArray[np.uint8], info: dict[str, Any]) -> bytes:
    """`vectors` (n,) are the bytes of vector.index."""
    return pickle.dumps((vectors, info))


def unpack(data: bytes) -> tuple[NDArray[np.uint8], dict[int, str]]:
    """The bytes of vector.index and the labels under their ids. Raises IndexProblem."""
    if len(data) > LARGEST:
        raise _unsound(f"it is larger than {LARGEST >> 20} MB")
    try:
        _check_memo(data)
        content = _Reader(io.BytesIO(data)).load()
    except IndexProblem:
        raise
    except Exception as error:  # pickle raises whatever a hostile stream makes it stumble over
        raise _unsound("it is no pickle of an index") from error
    if type(content) is not tuple or len(content) != 2 or type(content[0]) is not _Array:
        raise _unsound("it does not hold what an index is made of")
    return content[0].bytes(), _labels(content[1])


def _check_memo(data: bytes) -> None:
    """Places beyond the end of the stream would make Python reserve memory for all those before them."""
    for operation, argument, _ in pickletools.genops(data):
        if operation.name in ("LONG_BINPUT", "PUT") and int(argument or 0) > len(data):
            raise _unsound("it counts beyond its end")


def _labels(info: object) -> dict[int, str]:
    labels = info.get("id_map") if type(info) is dict else None
    if type(labels) is not dict or not all(type(id) is int and type(text) is str for id, text in labels.items()):
        raise _unsound("its labels are not texts under ids")
    return labels


class _Array:
    """Stands for a numpy array while it is read: it only keeps what it is told."""

    def __init__(self) -> None:
        self.shape: object = None
        self.kind: object = None
        self.data: object = None

    def __setstate__(self, state: Any) -> None:
        _, self.shape, self.kind, _, self.data = state

    def bytes(self) -> NDArray[np.uint8]:
        kind = self.kind.code if type(self.kind) is _Kind else None
        if type(self.data) is not bytes or kind not in ("u1", "|u1") or self.shape != (len(self.data),):
            raise _unsound("its vectors are not bytes")
        return np.frombuffer(self.data, np.uint8)


class _Kind:
    """Stands for a numpy dtype."""

    def __init__(self, code: object = None, *_: object) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        return


def _reconstructed(*_: object) -> _Array:
    return _Array()


def _from_buffer(buffer: object, kind: object, shape: object, *_: object) -> _Array:
    array = _Array()
    array.data, array.kind, array.shape = bytes(buffer) if isinstance(buffer, bytes | bytearray) else None, kind, shape
    return array


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode("latin1")


_STAND_INS: dict[tuple[str, str], Callable[..., object]] = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Kind,
    ("_codecs", "encode"): _encoded,  # how old protocols write bytes
    ("numpy.core.multiarray", "_reconstruct"): _reconstructed,
    ("numpy._core.multiarray", "_reconstruct"): _reconstructed,
    ("numpy.core.numeric", "_frombuffer"): _from_buffer,
    ("numpy._core.numeric", "_frombuffer"): _from_buffer,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = _STAND_INS.get((module, name))
        if found is None:
            raise _unsound(f"it names {module[:60]}.{name[:60]}, which no index needs")
        return found

    def persistent_load(self, pid: Any) -> Any:
        raise _unsound("it refers to something outside")


def _unsound(what: str) -> IndexProblem:
    return IndexProblem("The stored index is not sound: {what}.", _NOT_USED, what=what)
