"""Whether a window can be shown at all, found out before Qt would abort the process."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

# Debian's and Ubuntu's packages of the libraries that Qt's X11 plugin wants beside a bare system.
_PACKAGES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
}
_WITHOUT = "The command line works without a display: `facefolio --help`."


def trouble() -> str:
    """One line that says why no window can open and what to do; empty when nothing speaks against it."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        import PySide6.QtGui  # noqa: F401 - its own libraries may be missing
    except ModuleNotFoundError as error:
        return f"The window needs {error.name}, which is not installed: `pip install {error.name}`. {_WITHOUT}"
    except ImportError as error:
        return _missing(str(error))
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    if platform not in {"", "xcb"} or (not platform and os.environ.get("WAYLAND_DISPLAY")):
        return ""
    if not os.environ.get("DISPLAY"):
        return f"No display was found (DISPLAY is not set). {_WITHOUT}"
    return _plugin_trouble() or _server_trouble()


def _plugin_trouble() -> str:
    """Loads the X11 plugin as Qt will; what is missing is named by the loader."""
    import PySide6

    plugin = Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():  # a system's own Qt: its packages bring what it needs
        return ""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return _missing(str(error))
    return ""


def _server_trouble() -> str:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError as error:
        return _missing(str(error))
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    wrong = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return f"The display {os.environ['DISPLAY']} does not answer. {_WITHOUT}" if wrong else ""


def _missing(error: str) -> str:
    library = error.split(":", 1)[0].strip()
    package = _PACKAGES.get(library)
    how = f"Install it with `sudo apt install {package}`." if package else "Install the package that holds it."
    return f"The window needs the library {library}, which is missing. {how} {_WITHOUT}"
