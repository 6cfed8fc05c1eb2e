"""Cameras, video files, folders of pictures and streams as a flow of frames from a thread."""

from core.camera.camera import Camera
from core.camera.readers import Playing
from core.camera.run import Patience
from core.camera.source import Source, SourceKind, sample, shown_address
from core.camera.state import CameraState, StateKind

__all__ = [
    "Camera",
    "CameraState",
    "Patience",
    "Playing",
    "Source",
    "SourceKind",
    "StateKind",
    "sample",
    "shown_address",
]
