"""The one entry: without arguments, or with a gallery's folder, the window; with a command the command line."""

from __future__ import annotations

import sys
from pathlib import Path

_NO_WINDOW = 3  # exit status, as where there is no display


def main() -> int:
    try:
        if len(sys.argv) < 2:
            return _window([])
        if len(sys.argv) == 2 and _is_gallery(sys.argv[1]):
            return _window(sys.argv[1:])
        from core.cli import main as command_line

        return command_line(sys.argv[1:])
    except KeyboardInterrupt:  # before the command had begun
        return 130


def _is_gallery(word: str) -> bool:
    from core.gallery.store import FILE

    return (Path(word) / FILE).is_file()


def _window(arguments: list[str]) -> int:
    from importlib.util import find_spec

    if find_spec("PySide6") is None:
        print(
            "facefolio: the window needs PySide6, which is not installed: "
            "`pip install PySide6-Essentials PySide6-Addons`. "
            "The command line works without it: `facefolio --help`.",
            file=sys.stderr,
        )
        return _NO_WINDOW
    from gui.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
