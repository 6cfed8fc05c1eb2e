"""The one entry: without arguments the window, with arguments the command line."""

from __future__ import annotations

import sys

_NO_WINDOW = 3  # exit status, as where there is no display


def main() -> int:
    try:
        if len(sys.argv) < 2:
            return _window()
        from core.cli import main as command_line

        return command_line(sys.argv[1:])
    except KeyboardInterrupt:  # before the command had begun
        return 130


def _window() -> int:
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

    return run()


if __name__ == "__main__":
    sys.exit(main())
