"""Pictures of faces that are not enrolled yet: crops out of the plan's file, and the photos they are in."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from core.errors import Problem
from core.jobs.enroll_plan import EnrollPlan, EnrollRow
from core.worker import Lane, Outcome, step_back
from gui.bridge import Bridge
from gui.pixels import owned_image_of

PHOTO_SIDE = 1280  # pixels of the larger picture
_KEPT = 800  # crops of 112 x 112 and a few photos: 50 MB
_WAITING = 120


class EnrollPictures(QObject):
    """`crop` and `photo` give what is there and otherwise fetch it on a thread; `ready` tells when it has come."""

    ready = Signal()

    def __init__(self, plan: EnrollPlan, bridge: Bridge) -> None:
        super().__init__()
        self._plan, self._bridge = plan, bridge
        self._lane = Lane("pictures to enroll")
        self._lane.submit(step_back)
        self._kept: OrderedDict[Hashable, QPixmap | None] = OrderedDict()
        self._wanted: OrderedDict[Hashable, Callable[[], Any]] = OrderedDict()

    def crop(self, row: EnrollRow) -> QPixmap | None:
        place = row.face
        if place is None:
            return None
        return self._get(place.offset, lambda: _decoded(self._plan.spool.crop(place)))

    def photo(self, row: EnrollRow) -> QPixmap | None:
        """The whole picture, no larger than PHOTO_SIDE."""
        return self._get((row.photo, str(row.path)), lambda: _photo(row))

    def unreadable(self, row: EnrollRow) -> bool:
        """Whether the whole picture was tried and cannot be shown."""
        key = (row.photo, str(row.path))
        return key in self._kept and self._kept[key] is None

    def do(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Other work that must not hold up the window."""
        self._submit(work, done)

    def close(self, last: Callable[[], None], *, wait: float = 0.0) -> None:
        """Ends the thread; `last` is done there when nothing is read any more."""
        self._wanted.clear()
        self._lane.close(last, wait=wait)

    def _get(self, key: Hashable, read: Callable[[], Any]) -> QPixmap | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        fresh = key not in self._wanted
        self._wanted[key] = read
        self._wanted.move_to_end(key)  # what is on the screen now comes first
        if fresh:
            self._submit(self._read_next, self._keep)
        while len(self._wanted) > _WAITING:
            self._wanted.popitem(last=False)
        return None

    def _read_next(self) -> tuple[Hashable, QImage | None] | None:
        try:
            key, read = self._wanted.popitem()
        except KeyError:  # given up meanwhile
            return None
        try:
            image = owned_image_of(read())
        except (Problem, OSError, ValueError):
            return key, None
        if max(image.width(), image.height()) > PHOTO_SIDE:
            how = Qt.TransformationMode.SmoothTransformation
            image = image.scaled(PHOTO_SIDE, PHOTO_SIDE, Qt.AspectRatioMode.KeepAspectRatio, how)
        return key, image

    def _keep(self, found: tuple[Hashable, QImage | None] | None) -> None:
        if found is None:
            return
        key, image = found
        self._kept[key] = None if image is None else QPixmap.fromImage(image)
        photos = [each for each in self._kept if isinstance(each, tuple)]
        for old in photos[:-4]:
            del self._kept[old]
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.ready.emit()

    def _submit(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        def ended(outcome: Outcome[Any]) -> None:
            if outcome.error is not None:
                error = outcome.error
                self._bridge.post(lambda: self._bridge.failed.emit(error), self)
            else:
                self._bridge.post(lambda: done(outcome.result), self)

        self._lane.submit(work, ended)


def _decoded(data: bytes) -> Any:
    from core.pictures import decode_picture

    return decode_picture(data)


def _photo(row: EnrollRow) -> Any:
    from core.jobs.sources import Labelled

    photo = Labelled(row.path, "", data=row.picture).opened(max_megapixels=2000)
    longest = max(photo.width, photo.height)
    return photo.decode(max((each for each in photo.reductions if longest // each >= PHOTO_SIDE), default=1))
