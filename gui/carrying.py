"""What is dragged inside the window: faces, people, and files from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData

Kind = Literal["faces", "people"]
_FORMATS: dict[Kind, str] = {"faces": "application/x-facefolio-faces", "people": "application/x-facefolio-people"}


def packed(kind: Kind, ids: list[int]) -> QMimeData:
    mime = QMimeData()
    mime.setData(_FORMATS[kind], json.dumps(ids).encode())
    return mime


def carries(kind: Kind, mime: QMimeData) -> bool:
    return mime.hasFormat(_FORMATS[kind])


def unpacked(kind: Kind, mime: QMimeData) -> list[int]:
    """The ids; empty when something else is dragged."""
    if not carries(kind, mime):
        return []
    return [int(id) for id in json.loads(bytes(mime.data(_FORMATS[kind]).data()))]


def files_in(mime: QMimeData) -> tuple[Path, ...]:
    """Files and folders of this machine."""
    return tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()) if mime.hasUrls() else ()
