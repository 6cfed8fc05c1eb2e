"""One quiet line about a running camera: size, rates, age of the names, device."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QSizePolicy

from core.camera import CameraState
from core.errors import Problem
from core.types import Frame
from gui.kit import Kit
from gui.language import said, tr
from gui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from core.sightings import Look

_AGES = 40  # results over which their age is told


class LiveStatus(ElidedLabel):
    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._ages: deque[float] = deque(maxlen=_AGES)  # milliseconds
        self._camera: float | None = None  # pictures a second
        self._analyses: float | None = None
        self.setProperty("role", "faint")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def forget(self) -> None:
        self._ages.clear()
        self._camera = self._analyses = None

    def take_state(self, state: CameraState) -> None:
        if state.kind == "running":
            self._camera = state.rate or self._camera
        else:
            self.forget()

    def take_look(self, look: Look) -> None:
        self._ages.append((time.monotonic() - look.seconds) * 1e3)
        self._analyses = look.rate

    def show_all(self, frame: Frame | None) -> None:
        """All words in the present language."""
        text = " · ".join([*self._of_camera(frame), *self._of_recognition()])
        if text != self.text():
            self.setText(text)

    def _of_camera(self, frame: Frame | None) -> list[str]:
        parts = []
        if frame is not None:
            height, width = frame.pixels.shape[:2]
            parts.append(tr("{width} × {height}", width=width, height=height))
        if self._camera:
            parts.append(tr("{rate} pictures/s", rate=QLocale().toString(self._camera, "f", 0)))
        return parts

    def _of_recognition(self) -> list[str]:
        bench, parts = self._kit.state.bench, []
        if bench.status == "opening":
            return [tr("models are opening…")]
        if bench.status == "failed" and isinstance(bench.problem, Problem):
            return [tr("no recognition: {problem}", problem=said(bench.problem.message))]
        if self._analyses:
            parts.append(tr("{rate} analyses/s", rate=QLocale().toString(self._analyses, "f", 0)))
        if self._ages:
            parts.append(
                tr("names {age} ms old", age=QLocale().toString(round(sorted(self._ages)[len(self._ages) // 2])))
            )
        if bench.in_use is not None:
            parts.append(tr("{engine} on {device}", engine=bench.in_use.engine, device=bench.in_use.device))
        if not self._kit.state.people:
            parts.append(tr("nobody is enrolled yet"))
        return parts
