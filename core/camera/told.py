"""The door through which a camera's threads call back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from core.camera.state import CameraState
from core.types import Frame

OnFrame = Callable[[Frame], None]
OnState = Callable[[CameraState], None]


class Told:
    """Calls one callable at a time, and none after the end."""

    def __init__(self, on_frame: OnFrame, on_state: OnState) -> None:
        self._on_frame, self._on_state = on_frame, on_state
        self._lock = threading.RLock()  # what is called may stop or close the camera
        self._ended = threading.Event()

    def frame(self, frame: Frame, *, unless: tuple[threading.Event, ...]) -> None:
        with self._lock:
            if not self._closed(unless):
                self._on_frame(frame)

    def state(self, state: CameraState, *, unless: tuple[threading.Event, ...] = ()) -> None:
        with self._lock:
            if not self._closed(unless):
                self._on_state(state)

    def end(self, *, until: float) -> None:
        """Whoever is being called now is waited for, but only until a monotonic time."""
        self._ended.set()
        if self._lock.acquire(timeout=max(until - time.monotonic(), 0.0)):
            self._lock.release()

    def _closed(self, unless: tuple[threading.Event, ...]) -> bool:
        return self._ended.is_set() or any(each.is_set() for each in unless)
