"""Faces looked at but not yet written wait in a temporary file, so that memory does not grow with the photos."""

from __future__ import annotations

import json
import tempfile
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from core.gallery.records import NewFace
from core.types import Floats


@dataclass(frozen=True)
class Place:
    """Where a face lies in the spool."""

    offset: int
    lengths: tuple[int, ...]


class Spool:
    """Faces kept on disk in the order they came; any thread may put and get. The file goes when it is closed."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="facefolio-")  # noqa: SIM115 - closed by `close`
        self._lock = threading.Lock()

    def put(self, face: NewFace) -> Place:
        parts = _packed(face)
        with self._lock:
            offset = self._file.seek(0, 2)
            self._file.write(b"".join(parts))
        return Place(offset, tuple(len(part) for part in parts))

    def get(self, place: Place) -> NewFace:
        return _unpacked(self._parts(place, 0, len(place.lengths)))

    def crop(self, place: Place) -> bytes:
        """The encoded aligned crop alone."""
        return self._parts(place, 1, 2)[0]

    def feature(self, place: Place) -> Floats:
        """The first feature alone, (d,) unit length."""
        return np.frombuffer(self._parts(place, 3, 4)[0], np.float32)

    def _parts(self, place: Place, first: int, end: int) -> list[bytes]:
        with self._lock:
            self._file.seek(place.offset + sum(place.lengths[:first]))
            return [self._file.read(length) for length in place.lengths[first:end]]

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


_PLAIN = ("box", "landmarks", "score", "quality", "source", "sha256", "frame_size", "view_origin", "view_scale")


def _packed(face: NewFace) -> list[bytes]:
    head: dict[str, Any] = {name: getattr(face, name) for name in _PLAIN}
    head["spaces"] = list(face.features)
    blobs = [np.asarray(feature, np.float32).tobytes() for feature in face.features.values()]
    return [json.dumps(head).encode(), face.crop, face.view, *blobs]


def _unpacked(parts: list[bytes]) -> NewFace:
    head: dict[str, Any] = json.loads(parts[0])
    spaces = zip(head.pop("spaces"), parts[3:], strict=True)
    features = {space: np.frombuffer(blob, np.float32) for space, blob in spaces}
    points = head.pop("landmarks")
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in head.items()}
    return NewFace(
        **plain,
        landmarks=None if points is None else tuple((x, y) for x, y in points),
        crop=parts[1],
        view=parts[2],
        features=features,
    )
