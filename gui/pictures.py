"""Small pictures for lists, read and scaled on a thread of their own and kept while there is room."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from core.errors import Problem
from core.worker import step_back
from gui.bridge import Bridge
from gui.desk import Desk
from gui.pixels import owned_image_of

_log = logging.getLogger(__name__)
ROOM = 96 << 20  # bytes of pictures kept
_OFFERED = 2000  # pictures that came by and that nobody has asked for yet
_WAITING = 400  # pictures asked for and not yet read; what was asked for first is forgotten first


@dataclass(frozen=True)
class PictureKey:
    """Which picture: the crop or the larger view of an enrolled face, or (part of) a photo."""

    kind: Literal["crop", "view", "photo"]
    face: int = 0
    path: str = ""
    box: tuple[int, int, int, int] | None = None  # x1 y1 x2 y2 in pixels of the upright photo; None takes all of it
    size: int = 112  # longer side, device pixels


class Pictures(QObject):
    """`get` gives what is there and otherwise fetches it; `ready` tells when it has come."""

    ready = Signal(object)  # PictureKey

    def __init__(self, desk: Desk, bridge: Bridge) -> None:
        super().__init__()
        self._desk, self._bridge = desk, bridge
        self._kept: OrderedDict[PictureKey, QPixmap] = OrderedDict()
        self._bytes = 0
        self._wanted: OrderedDict[PictureKey, Path | None] = OrderedDict()
        self._missing: set[PictureKey] = set()
        self._offered: OrderedDict[PictureKey, QImage] = OrderedDict()
        self._bare: set[int] = set()  # faces of which no picture was ever kept, as far as they were asked for
        self._news = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        desk.opened.connect(self.forget)

    def get(self, key: PictureKey) -> QPixmap | None:
        """The picture if it is at hand; else None, and `ready` will tell (not when it cannot be read)."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        with self._news:
            offered = self._offered.pop(key, None)
        if offered is not None:
            picture = QPixmap.fromImage(offered)
            self.put(key, picture)
            return picture
        if key not in self._missing:
            self._ask(key)
        return None

    def offer(self, key: PictureKey, image: QImage) -> None:
        """A picture at hand while something else is done, for whoever asks soon. From any thread."""
        with self._news:
            self._offered[key] = image
            while len(self._offered) > _OFFERED:
                self._offered.popitem(last=False)

    def unreadable(self, key: PictureKey) -> bool:
        """Whether it was tried and is not there: no crop was kept, the photo is gone or damaged."""
        return key in self._missing

    def none_kept(self, face: int) -> bool:
        """Whether it was asked for and the gallery keeps none, as of people taken over from an index."""
        return face in self._bare

    def put(self, key: PictureKey, picture: QPixmap) -> None:
        self._bytes += _size(picture) - _size(self._kept.pop(key, None))
        self._kept[key] = picture
        while self._bytes > ROOM and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])

    def forget(self) -> None:
        """After another gallery was opened, or photos may have changed."""
        with self._news:
            self._wanted.clear()
            self._offered.clear()
        self._kept.clear()
        self._missing.clear()
        self._bare.clear()
        self._bytes = 0

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join(2)

    @property
    def _folder(self) -> Path | None:
        return self._desk.facts.folder if self._desk.facts else None

    def _ask(self, key: PictureKey) -> None:
        with self._news:
            self._wanted[key] = self._folder
            self._wanted.move_to_end(key)  # what is on the screen now comes first
            while len(self._wanted) > _WAITING:
                self._wanted.popitem(last=False)
            self._news.notify()
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name="pictures", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        step_back()
        reader = _Reader()
        try:
            while (asked := self._next()) is not None:
                key, folder = asked
                image = reader.read(key, folder)
                self._bridge.post(partial(self._take, key, image, folder), self)
        finally:
            reader.close()

    def _next(self) -> tuple[PictureKey, Path | None] | None:
        with self._news:
            while not self._wanted and not self._closed:
                self._news.wait()
            return None if self._closed else self._wanted.popitem(last=True)

    def _take(self, key: PictureKey, image: QImage | None, folder: Path | None) -> None:
        if key.kind != "photo" and folder != self._folder:
            return  # of a gallery that was shut meanwhile, whose faces have the same numbers
        if image is None or image.isNull():
            self._missing.add(key)
            if image is not None and key.kind == "crop":
                self._bare.add(key.face)
        else:
            self.put(key, QPixmap.fromImage(image))
        self.ready.emit(key)


class _Reader:
    """Reads pictures on one thread, with a gallery handle of its own."""

    def __init__(self) -> None:
        self._gallery: Any = None
        self._folder: Path | None = None

    def read(self, key: PictureKey, folder: Path | None) -> QImage | None:
        """None when it cannot be read, an empty one when none is kept."""
        try:
            pixels = self._photo(key) if key.kind == "photo" else self._stored(key, folder)
        except (Problem, OSError):
            return None
        except Exception:  # one picture must not end the thread that reads all of them
            _log.exception("a picture could not be read")
            return None
        if pixels is None:
            return QImage()
        image = owned_image_of(pixels)
        if max(image.width(), image.height()) <= key.size:
            return image
        how = Qt.TransformationMode.SmoothTransformation
        return image.scaled(key.size, key.size, Qt.AspectRatioMode.KeepAspectRatio, how)

    def close(self) -> None:
        if self._gallery is not None:
            self._gallery.close()
        self._gallery, self._folder = None, None

    def _stored(self, key: PictureKey, folder: Path | None) -> Any:
        from core.gallery.gallery import Gallery
        from core.pictures import decode_picture

        if folder != self._folder:
            self.close()
            self._gallery, self._folder = (Gallery.open(folder) if folder else None), folder
        if self._gallery is None:
            return None
        data = self._gallery.crop(key.face) if key.kind == "crop" else self._gallery.view(key.face)[0]
        return decode_picture(data) if data else None

    @staticmethod
    def _photo(key: PictureKey) -> Any:
        from core.photos import open_photo

        photo = open_photo(Path(key.path))
        wanted = max(photo.width, photo.height)
        if key.box is not None:
            wanted = max(key.box[2] - key.box[0], key.box[3] - key.box[1])
        reduction = max((each for each in photo.reductions if wanted // each >= key.size), default=1)
        pixels = photo.decode(reduction)
        if key.box is None:
            return pixels
        x1, y1, x2, y2 = (max(0, round(value * pixels.shape[1] / photo.width)) for value in key.box)
        return pixels[y1:y2, x1:x2] if x2 > x1 and y2 > y1 else None


def _size(picture: QPixmap | None) -> int:
    return 0 if picture is None else picture.width() * picture.height() * 4
