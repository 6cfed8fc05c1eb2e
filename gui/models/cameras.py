"""The cameras of this machine by name, kept current while they are plugged in and out."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCameraPermission, QCoreApplication, QLoggingCategory, QObject, Qt, Signal

from core.camera import Source
from core.errors import CameraProblem
from gui.aside import Aside
from gui.kit import Kit

Device = tuple[str, str]  # what the system calls it, and what people call it


class Cameras(QObject):
    """Empty until `look` was called: finding cameras takes a moment and is of no use before the panel is shown."""

    changed = Signal()

    def __init__(self, kit: Kit, *, devices: Callable[[], Any] | None = None) -> None:
        """`devices` makes what tells of cameras, like QMediaDevices."""
        super().__init__()
        self.sources: tuple[Source, ...] = ()
        self.known = False  # whether they were looked for
        self._make, self._devices = devices, None
        self._aside = Aside(kit.bridge)
        self._asked = False

    def look(self) -> None:
        """Looks for cameras, the first time only; `changed` tells what was found."""
        if self._asked:
            return
        self._asked = True
        if self._make is not None:
            self._follow(self._make())
            return
        # Importing is done beside; the object itself must be made here.
        self._aside.ask(device_list, lambda devices: self._follow(devices() if devices else None), owner=self)

    def shut(self) -> None:
        self._aside.close()

    def _follow(self, devices: Any) -> None:
        self._devices = devices
        if devices is not None:
            devices.videoInputsChanged.connect(self._read)
        self._read()

    def _read(self) -> None:
        if self._devices is None:
            found = _device_files()
            order = [device for device, _ in found]
        else:
            inputs = self._devices.videoInputs()
            order = [_id(each) for each in inputs]  # OpenCV counts them alike, whichever is the default
            found = [(_id(each), each.description()) for each in sorted(inputs, key=lambda each: not each.isDefault())]
        self.sources, self.known = sources_of(found, order), True
        self.changed.emit()


def sources_of(devices: Sequence[Device], order: Sequence[str]) -> tuple[Source, ...]:
    """What the camera core opens: a device file, or the place of a device in the system's order."""
    names = Counter(name for _, name in devices)
    found: list[Source] = []
    for device, name in devices:
        place = device if device.startswith("/dev/") else str(order.index(device))
        told = Path(place).name if place.startswith("/") else str(int(place) + 1)
        found.append(Source("camera", place, f"{name} ({told})" if names[name] > 1 or not name else name))
    return tuple(found)


def _id(device: Any) -> str:
    return bytes(device.id().data()).decode(errors="replace")


def ask_permission(owner: QObject, answered: Callable[[bool], None]) -> None:
    """Asks the system, which may ask the user, whether the camera may be used; most systems say yes at once."""
    application = QCoreApplication.instance()
    permission = QCameraPermission()
    status = application.checkPermission(permission) if application else Qt.PermissionStatus.Granted
    if application is None or status != Qt.PermissionStatus.Undetermined:
        answered(status == Qt.PermissionStatus.Granted)
        return

    def told(given: Any) -> None:
        answered(given.status() == Qt.PermissionStatus.Granted)

    application.requestPermission(permission, owner, told)


def refused(source: Source) -> CameraProblem:
    return CameraProblem(
        "{name} may not be used by FaceFolio.",
        "Allow FaceFolio to use the camera in the system's settings on privacy, then start again.",
        name=source.name,
    )


def device_list() -> Any:
    """The class that tells of cameras, or None where Qt comes without it. Not for the GUI thread: imports slowly."""
    # Only the list of cameras is used; which libraries Qt lacks for playing says nothing to anybody.
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")
    try:
        from PySide6.QtMultimedia import QMediaDevices
    except ImportError:
        return None
    return QMediaDevices


def _device_files() -> list[Device]:
    """Without Qt's help: device files on Linux, elsewhere the first camera."""
    if not sys.platform.startswith("linux"):
        return [("0", "Camera")]
    names = sorted(Path("/sys/class/video4linux").glob("video*"), key=lambda each: (len(each.name), each.name))
    return [(f"/dev/{each.name}", (each / "name").read_text(errors="replace").strip()) for each in names]
