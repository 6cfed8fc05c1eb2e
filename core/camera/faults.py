"""What can go wrong with a source, in words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from core.camera.source import Source
from core.errors import CameraProblem

_SAFE = "Nothing that was recognized or enrolled is lost."
_AGAIN = "It is tried again by itself."


def not_opened(source: Source) -> CameraProblem:
    """Why a source could not be opened, as far as can be told."""
    if source.kind == "stream":
        return CameraProblem(
            "{name} does not answer.",
            "Check the address, user and password, and that the network reaches it. " + _AGAIN,
            name=source.name,
        )
    if source.kind == "video":
        return _unusable_file(source)
    return _no_camera(source)


def silent(source: Source, seconds: float) -> CameraProblem:
    return CameraProblem(
        "{name} has given no picture for {seconds:g} seconds.",
        f"{_SAFE} Check its cable or network. {_AGAIN}",
        name=source.name,
        seconds=seconds,
    )


def hanging(source: Source) -> CameraProblem:
    return CameraProblem(
        "{name} hangs: its driver does not answer any more.",
        f"{_SAFE} Unplug it and plug it in again. {_AGAIN}",
        name=source.name,
    )


def broke_off(source: Source) -> CameraProblem:
    return CameraProblem(
        "{name} stopped giving pictures.",
        f"{_SAFE} Was it unplugged, or taken by another program? {_AGAIN}",
        name=source.name,
    )


def failed(source: Source, error: BaseException) -> CameraProblem:
    """For what no one expected; only the kind of the error is told, its text might hold the address."""
    return CameraProblem(
        "{name} failed while it was read ({error}).",
        f"{_SAFE} " + (_AGAIN if source.lasting else "Start it again, or choose another source."),
        name=source.name,
        error=type(error).__name__,
    )


def cut_short(source: Source, *, read: int, told: int) -> CameraProblem:
    return CameraProblem(
        "{name} is damaged: only {read} of its {told} frames could be read.",
        "What was seen so far is kept. Copy the file again from where it came.",
        name=source.name,
        read=read,
        told=told,
    )


def no_pictures(source: Source, *, unreadable: int) -> CameraProblem:
    if unreadable:
        text = "{name} holds no picture that can be read; {count} were left out."
        return CameraProblem(text, "Choose another folder.", name=source.name, count=unreadable)
    return CameraProblem("{name} holds no pictures.", "Choose another folder.", name=source.name)


def strange_address(source: Source, schemes: tuple[str, ...]) -> CameraProblem:
    return CameraProblem(
        "{name} is not the address of a stream.",
        "An address begins with one of {schemes}.",
        name=source.name,
        schemes=", ".join(f"{each}://" for each in schemes),
    )


def _no_camera(source: Source) -> CameraProblem:
    device = device_path(source.place)
    if device is not None and not device.exists():
        return CameraProblem("{name} is not plugged in.", f"Plug it in. {_AGAIN}", name=source.name)
    if device is not None and not os.access(device, os.R_OK | os.W_OK):
        hint = "Your user may not use it: `sudo usermod -aG video $USER`, then log in again. " + _AGAIN
        return CameraProblem("{name} refused to be opened.", hint, name=source.name)
    return CameraProblem(
        "{name} gives no picture.",
        "Close other programs that use it, and let this program use the camera in the system's settings. " + _AGAIN,
        name=source.name,
    )


def _unusable_file(source: Source) -> CameraProblem:
    path = Path(source.place)
    if not path.exists():
        return CameraProblem("{path} is not there.", "Check the name, or whether it was moved.", path=path)
    if not path.is_file():
        return CameraProblem("{path} is not a video file.", "Choose a file.", path=path)
    if not os.access(path, os.R_OK):
        return CameraProblem("{path} may not be read.", "Give yourself permission to read it.", path=path)
    return CameraProblem(
        "{path} cannot be played: it is damaged, or of a kind that is not known here.",
        "Choose another file, for example an MP4.",
        path=path,
    )


def device_path(place: str) -> Path | None:
    """The file of a device on Linux; other systems have none."""
    if not sys.platform.startswith("linux"):
        return None
    return Path(f"/dev/video{place}") if place.isdecimal() else Path(place)
