"""What the child process does with an unknown Paddle model: open it and run it once on zeros."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from core.engines.paddle import open_unchecked
from core.engines.program import ports
from core.engines.session import Port
from core.errors import EngineProblem

_FREE = (1, 3, 128, 128)  # what stands for free sides: one small picture


def main(program: Path, weights: Path) -> int:
    """0 when it runs, 1 when Paddle refuses it in an orderly way; anything else is a crash."""
    inputs, outputs = ports(program)
    try:
        session = open_unchecked(program, weights, inputs, outputs, device="cpu", threads=1)
        session.run({port.name: np.zeros(_shape(port), port.dtype) for port in inputs})
    except EngineProblem:
        return 1
    return 0


def _shape(port: Port) -> tuple[int, ...]:
    free = _FREE if len(port.shape) == len(_FREE) else (1,) * len(port.shape)
    return tuple(one if side is None else side for side, one in zip(port.shape, free, strict=True))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
