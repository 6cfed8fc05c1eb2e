"""Ten thousand strange inference.yml and pipeline files, read in a child process that has one GB of memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["description", "pipeline"])
def test_strange_files_are_read_or_refused(what, own_home):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "FACEFOLIO_HOME": str(own_home)}
    command = [sys.executable, "-W", "error", str(Path(__file__).with_name("fuzz_descriptions.py")), what]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 500  # cases that were read: else only the parser was tried
