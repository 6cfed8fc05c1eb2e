"""One attempt at reading a source, on a thread that nobody has to wait for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from core.camera import faults
from core.camera.readers import Playing, Read, Reader, Wait
from core.camera.source import Source
from core.errors import CameraProblem

Opener = Callable[[Source, Playing, Wait], Reader]
Take = Callable[["Reading", Read], None]
_log = logging.getLogger(__name__)


class Reading:
    """Opens a source and hands on what it gives until `over` is set. A driver may hang: then it ends when it wakes.

    Only its own thread writes `first`, `last`, `problem` and `ended`; every change sets `news`.
    """

    def __init__(self, source: Source, playing: Playing, opener: Opener, take: Take, *, news: threading.Event) -> None:
        self.over = threading.Event()
        self.began = time.monotonic()
        self.first: float | None = None  # monotonic time of the first frame
        self.last: float | None = None  # of the newest
        self.problem: CameraProblem | None = None
        self.ended = False
        self._source, self._playing, self._opener, self._take, self._news = source, playing, opener, take, news
        self._thread = threading.Thread(target=self._work, name="camera reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self, seconds: float) -> None:
        """Tells it to end and waits so long for it."""
        self.over.set()
        self._thread.join(seconds)

    def _work(self) -> None:
        try:
            self._read()
        except CameraProblem as problem:
            self.problem = problem
        except Exception as error:
            # The text of an error might hold the address of a stream with its password.
            told = None if self._source.kind == "stream" else error
            _log.error("%s failed: %s", self._source.name, type(error).__name__, exc_info=told)
            self.problem = faults.failed(self._source, error)
        finally:
            self.ended = True
            self._news.set()

    def _read(self) -> None:
        reader = self._opener(self._source, self._playing, self.over.wait)
        try:
            for read in reader:
                if self.over.is_set():
                    return
                self._note(read)
                self._take(self, read)
        finally:
            reader.close()

    def _note(self, read: Read) -> None:
        if read.pixels is not None:
            self.last = time.monotonic()
            if self.first is None:
                self.first = self.last
                self._news.set()
