"""What a camera says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import CameraProblem, PhotoProblem

StateKind = Literal["opening", "running", "lost", "ended", "stopped"]


@dataclass(frozen=True)
class CameraState:
    """How a camera is.

    "lost" is tried again in `retry_in` seconds; "ended" is not tried again, with a problem when the end is no good
    one. "running" comes with the first frame, then every two seconds with the rate; with a problem, a part was
    left out (a picture of a folder) and it goes on.
    """

    kind: StateKind
    problem: CameraProblem | PhotoProblem | None = None
    size: tuple[int, int] | None = None  # width, height of the frames, pixels
    rate: float | None = None  # frames per second, measured
    retry_in: float | None = None
