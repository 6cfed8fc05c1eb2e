"""Reading frames from each kind of source. A reader lives on the thread that opened it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any, Protocol

from core.camera import faults
from core.camera.source import Source
from core.errors import CameraProblem, PhotoProblem
from core.types import Pixels

Wait = Callable[[float], bool]  # waits so many seconds; True at once when the reader is to end
SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https", "udp", "tcp")
_STREAM_PATIENCE = 5000  # milliseconds until FFmpeg gives up by itself: a thread left in it ends too
_LATE = 0.1  # seconds behind from which frames of a file are passed over
_SAMPLE_RATE = 15
_SAMPLE_SECONDS = 18  # then everybody is where he was at the beginning
_SAMPLE_CAST, _SAMPLE_STRANGER = (0, 2, 6), 9  # told apart well by the built-in model, and never taken for one
_PICTURE_RATE = 5  # frames a second of a still picture, so that it is looked at as often as a slow camera's
_PICTURE_SIDE = 1280


@dataclass(frozen=True, eq=False)
class Read:
    """What a reader gives: pixels, or a problem with a part that it left out."""

    pixels: Pixels | None = None
    source: str = ""  # where this frame comes from, when it is not the whole source
    problem: PhotoProblem | CameraProblem | None = None


class Reader(Protocol):
    """Iterating gives frames when they are due, and ends with the source. Raises CameraProblem."""

    def __iter__(self) -> Iterator[Read]: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class Playing:
    """How files are played."""

    loop: bool = False
    picture_seconds: float = 2.0


def open_reader(source: Source, playing: Playing, wait: Wait) -> Reader:
    """May take long and hang. Raises CameraProblem when there is nothing to read."""
    if source.kind == "camera":
        return _Flow(source, _open_device(source))
    if source.kind == "stream":
        return _Flow(source, _open_stream(source))
    if source.kind == "video":
        return _Video(source, playing, wait)
    return _Folder(source, playing, wait) if source.kind == "folder" else _Sample(wait)


class _Flow:
    """A device or a stream: frames come when they come."""

    def __init__(self, source: Source, capture: Any) -> None:
        self._source, self._capture = source, capture

    def __iter__(self) -> Iterator[Read]:
        while True:
            done, pixels = self._capture.read()
            if not done:
                raise faults.broke_off(self._source)
            yield Read(pixels)

    def close(self) -> None:
        self._capture.release()


def _open_device(source: Source) -> Any:
    cv2 = _opencv()
    # Qt and OpenCV count cameras alike on these; DirectShow opens some older ones that Media Foundation does not.
    ways = {"win32": (cv2.CAP_MSMF, cv2.CAP_DSHOW), "darwin": (cv2.CAP_AVFOUNDATION,), "linux": (cv2.CAP_V4L2,)}
    place = int(source.place) if source.place.isdecimal() else source.place
    for way in ways.get(sys.platform, (cv2.CAP_ANY,)):
        capture = cv2.VideoCapture(place, way)
        if capture.isOpened():
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # an old frame is of no use
            return capture
        capture.release()
    raise faults.not_opened(source)


def _open_stream(source: Source) -> Any:
    cv2 = _opencv()
    # FFmpeg would also open files and join lists of them.
    if source.place.partition("://")[0].lower() not in SCHEMES or "://" not in source.place:
        raise faults.strange_address(source, SCHEMES)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _STREAM_PATIENCE, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _STREAM_PATIENCE]
    capture = cv2.VideoCapture(source.place, cv2.CAP_FFMPEG, limits)
    if capture.isOpened():
        return capture
    capture.release()
    raise faults.not_opened(source)


class _Pace:
    """Lets frames out at their time, counted from the first."""

    def __init__(self, wait: Wait) -> None:
        self._wait = wait
        self._began = time.monotonic()

    def late(self, due: float) -> float:
        return time.monotonic() - self._began - due

    def over(self, due: float) -> bool:
        """Waits for a time in seconds since the beginning; True when the reader is to end."""
        return self._wait(max(-self.late(due), 0.0))

    def forgive(self, due: float) -> None:
        """Goes on from here when the source itself is too slow, instead of hurrying after."""
        self._began = max(self._began, time.monotonic() - due)


class _Video:
    """A file at its own rate; frames that are late are passed over without being decoded in full."""

    def __init__(self, source: Source, playing: Playing, wait: Wait) -> None:
        self._source, self._loop, self._wait = source, playing.loop, wait
        self._cv2 = _opencv()
        self._capture = self._opened()

    def __iter__(self) -> Iterator[Read]:
        while True:
            told, read = int(self._capture.get(self._cv2.CAP_PROP_FRAME_COUNT)), 0
            for number, pixels in self._frames():
                read = number + 1
                if pixels is not None:
                    yield Read(pixels)
            if self._wait(0):
                return
            if not read:
                raise faults.not_opened(self._source)
            if read < told * 0.8:  # containers only estimate the number
                raise faults.cut_short(self._source, read=read, told=told)
            if not self._loop:
                return
            self._capture.release()
            self._capture = self._opened()

    def close(self) -> None:
        self._capture.release()

    def _opened(self) -> Any:
        if Path(self._source.place).is_file():
            capture = self._cv2.VideoCapture(self._source.place, self._cv2.CAP_ANY)
            if capture.isOpened():
                return capture
            capture.release()
        raise faults.not_opened(self._source)

    def _frames(self) -> Iterator[tuple[int, Pixels | None]]:
        """Each frame with its number, without pixels where it came too late."""
        rate = self._capture.get(self._cv2.CAP_PROP_FPS)
        rate = rate if 1 <= rate <= 240 else 25.0
        pace, due = _Pace(self._wait), 0.0
        for number in count():
            if not self._capture.grab():
                return
            due = max(self._capture.get(self._cv2.CAP_PROP_POS_MSEC) / 1000, due if number else 0.0) or number / rate
            if pace.over(due):
                return
            if pace.late(due) > _LATE and number % 8:  # never all of them, however slow the machine
                yield number, None
                continue
            done, pixels = self._capture.retrieve()
            yield number, pixels if done else None


class _Folder:
    """The pictures of a folder, each for some seconds."""

    def __init__(self, source: Source, playing: Playing, wait: Wait) -> None:
        self._source, self._playing, self._wait = source, playing, wait
        folder = Path(source.place)
        if not folder.is_dir():
            raise CameraProblem("{path} is not a folder.", "Choose a folder with pictures.", path=folder)

    def __iter__(self) -> Iterator[Read]:
        from core.photos import list_photos

        while True:
            shown = unreadable = 0
            for path in list_photos([Path(self._source.place)], recursive=False):
                try:
                    pixels = _decoded(path)
                except PhotoProblem as problem:
                    unreadable += 1
                    yield Read(problem=problem)
                    continue
                shown += 1
                yield from self._still(Read(pixels, str(path)))
                if self._wait(0):
                    return
            if not shown:
                raise faults.no_pictures(self._source, unreadable=unreadable)
            if not self._playing.loop:
                return

    def close(self) -> None:
        """Nothing stays open."""

    def _still(self, picture: Read) -> Iterator[Read]:
        for _ in range(max(1, round(self._playing.picture_seconds * _PICTURE_RATE))):
            yield picture
            if self._wait(min(1 / _PICTURE_RATE, self._playing.picture_seconds)):
                return


def _decoded(path: Path) -> Pixels:
    from core.photos import open_photo

    photo = open_photo(path)
    longest = max(photo.width, photo.height)
    return photo.decode(max((each for each in photo.reductions if longest // each >= _PICTURE_SIDE), default=1))


class _Sample:
    """Drawn people walking past without end: some of the sample gallery, and a stranger.

    Drawing costs a third of a core, so the film is drawn once and goes round from pictures kept in memory.
    """

    def __init__(self, wait: Wait) -> None:
        self._wait = wait
        self._drawn: list[bytes] = []

    def __iter__(self) -> Iterator[Read]:
        pace = _Pace(self._wait)
        for number, pixels in enumerate(chain(self._draw(), self._again())):
            due = number / _SAMPLE_RATE
            pace.forgive(due)
            if pace.over(due):
                return
            yield Read(pixels)

    def close(self) -> None:
        """Nothing stays open."""

    def _draw(self) -> Iterator[Pixels]:
        import numpy as np

        from core.demo.casting import cast_unlike
        from core.demo.film import moving_people
        from core.demo.town import townspeople
        from core.pictures import encode_picture
        from core.worker import step_back

        step_back()  # of this reading's thread: nobody waits for a sample, and drawing it is much work
        town = list(townspeople().values())
        cast = [*(town[place] for place in _SAMPLE_CAST), cast_unlike(town, np.random.default_rng(_SAMPLE_STRANGER))]
        for pixels in moving_people(cast, seconds=_SAMPLE_SECONDS, fps=_SAMPLE_RATE):
            self._drawn.append(encode_picture(pixels, kind="jpeg", quality=95))
            yield pixels

    def _again(self) -> Iterator[Pixels]:
        from core.pictures import decode_picture

        while True:
            yield from map(decode_picture, self._drawn)


def _opencv() -> Any:
    """Imported where used, so that naming a source loads nothing heavy."""
    from core.opencv import cv2

    return cv2
