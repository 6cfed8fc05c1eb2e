"""What the child process does to convert a Paddle model: Paddle2ONNX ends the process over what it does not know."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

_OPSET = 16  # known to ONNX Runtime 1.11 and OpenVINO 2022 on


def main(program: str, weights: str, target: str) -> int:
    library = importlib.import_module("paddle2onnx")
    # Its other tools would fetch and install packages of their own accord.
    library.export(program, weights, target, opset_version=_OPSET, optimize_tool="None")
    return 0 if Path(target).is_file() else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
