"""Where no window can be shown, one line says why and what to do, and nothing aborts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.gallery.gallery import Gallery
from gui import display

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is asked on Linux only")


def start(home: Path, *, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, without the display of these tests."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-c", code] if code else [sys.executable, "main.py"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**clean, "FACEFOLIO_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def only_line(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 3, answer.stderr
    assert not answer.stdout
    lines = answer.stderr.splitlines()
    assert len(lines) == 1, answer.stderr
    assert "facefolio --help" in lines[0]
    return lines[0]


def test_without_a_display(tmp_path: Path) -> None:
    assert "DISPLAY is not set" in only_line(start(tmp_path))


def test_with_a_display_that_does_not_answer(tmp_path: Path) -> None:
    assert "The display :943 does not answer" in only_line(start(tmp_path, DISPLAY=":943"))


def test_a_missing_library_is_named_with_its_package(tmp_path: Path) -> None:
    # The loader is the edge: it answers as where Debian's package is not installed.
    code = (
        "import ctypes, sys\n"
        "real = ctypes.CDLL\n"
        "def load(name, *more, **named):\n"
        "    if name and 'libqxcb' in str(name):\n"
        "        raise OSError('libxcb-cursor.so.0: cannot open shared object file: No such file or directory')\n"
        "    return real(name, *more, **named)\n"
        "ctypes.CDLL = load\n"
        "from gui.app import run\n"
        "sys.exit(run())\n"
    )
    line = only_line(start(tmp_path, code=code, DISPLAY=":943"))
    assert "libxcb-cursor.so.0" in line
    assert "sudo apt install libxcb-cursor0" in line


def test_without_pyside(tmp_path: Path) -> None:
    code = (
        "import importlib.util, sys\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'PySide6' else real(name, *more)\n"
        "sys.argv = ['facefolio']\n"
        "import main\n"
        "sys.exit(main.main())\n"
    )
    assert "pip install PySide6-Essentials" in only_line(start(tmp_path, code=code))


def test_the_folder_of_a_gallery_opens_the_window_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import main

    shown: list[list[str]] = []
    monkeypatch.setattr("gui.app.run", lambda arguments: shown.append(list(arguments)) or 0)
    with Gallery.create(tmp_path / "family.gallery") as gallery:
        folder = str(gallery.folder)
    monkeypatch.setattr(sys, "argv", ["facefolio", folder])
    assert main.main() == 0
    monkeypatch.setattr(sys, "argv", ["facefolio"])
    assert main.main() == 0
    assert shown == [[folder], []]
    monkeypatch.setattr(sys, "argv", ["facefolio", str(tmp_path)])
    with pytest.raises(SystemExit):  # no gallery and no command
        main.main()


def test_help_needs_no_window(tmp_path: Path) -> None:
    code = (
        "import sys, main\n"
        "sys.argv = ['facefolio', '--help']\n"
        "try:\n"
        "    main.main()\n"
        "except SystemExit:\n"
        "    print('loaded', [name for name in ('PySide6', 'gui', 'numpy') if name in sys.modules])\n"
    )
    answer = start(tmp_path, code=code)
    assert answer.stdout.splitlines()[-1] == "loaded []"
    assert "opens its window" in " ".join(answer.stdout.split())


def test_a_platform_without_a_server_is_not_asked_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert display.trouble() == ""


@pytest.mark.parametrize("order", ["before", "after"])
def test_opencv_does_not_bend_the_way_to_qts_plugins(x_server: str, tmp_path: Path, order: str) -> None:
    imports = "from core.opencv import cv2\n"
    code = (
        (imports if order == "before" else "")
        + "from gui import display\n"
        + "assert display.trouble() == '', display.trouble()\n"
        + "from PySide6.QtWidgets import QApplication, QLabel\n"
        + "application = QApplication([])\n"
        + (imports if order == "after" else "")
        + "label = QLabel('seen')\nlabel.show()\napplication.processEvents()\n"
        + "import os\n"
        + "print(application.platformName(), 'QT_QPA_PLATFORM_PLUGIN_PATH' in os.environ)\n"
    )
    answer = start(tmp_path, code=code, DISPLAY=x_server, QT_QPA_PLATFORM="xcb")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == ["xcb", "False"]
