"""A camera that runs on threads of its own and comes back by itself."""

from __future__ import annotations

import threading
import time

from core.camera.readers import Playing, open_reader
from core.camera.reading import Opener
from core.camera.run import Order, Patience, Run
from core.camera.source import Source
from core.camera.told import OnFrame, OnState, Told

_CLOSING = 0.5  # seconds


class Camera:
    """A source that is read while it is started. Its methods belong to one thread, but may be called in callbacks.

    `on_frame` and `on_state` are called on the camera's threads, never two at a time, and not after `close`. A
    frame's pixels are its own; numbers count from 0 at every start. `mirror` may be changed while running.
    """

    def __init__(
        self,
        source: Source,
        *,
        on_frame: OnFrame,
        on_state: OnState,
        mirror: bool = False,
        playing: Playing | None = None,
        patience: Patience | None = None,
        opener: Opener = open_reader,
    ) -> None:
        told = Told(on_frame, on_state)
        self._order = Order(source, playing or Playing(), patience or Patience(), opener, told, mirror)
        self._run: Run | None = None

    @property
    def source(self) -> Source:
        return self._order.source

    @property
    def mirror(self) -> bool:
        return self._order.mirror

    @mirror.setter
    def mirror(self, mirror: bool) -> None:
        self._order.mirror = mirror

    @property
    def running(self) -> bool:
        """Whether it is started, and neither stopped nor at its end; a lost camera counts as running."""
        return self._run is not None and not self._run.over.is_set()

    def start(self) -> None:
        """Opens the source on a thread; nothing happens when it is running."""
        if not self.running:
            self._run = Run(self._order, before=self._run)
            self._run.thread.start()

    def stop(self) -> None:
        """Returns at once; "stopped" is told soon after. It may be started again."""
        if self._run is not None:
            self._run.stop()

    def close(self) -> None:
        """Stops for good and waits at most half a second: a device that hangs is left behind."""
        self.stop()
        until = time.monotonic() + _CLOSING
        if self._run is not None and self._run.thread is not threading.current_thread():
            self._run.thread.join(_CLOSING)
        self._order.told.end(until=until)
