"""The one entry: without arguments the window, with arguments the command line."""

from __future__ import annotations

import sys


def main() -> int:
    try:
        from core.cli import main as command_line

        return command_line(sys.argv[1:])
    except KeyboardInterrupt:  # before the command had begun
        return 130


if __name__ == "__main__":
    sys.exit(main())
