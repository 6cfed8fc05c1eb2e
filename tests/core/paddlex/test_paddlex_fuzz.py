"""Readers of strangers' files against thousands of damaged ones: no crash, no hang, no more than a gigabyte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("hypothesis")
READERS = ("id_map", "vector_index", "pickle", "inference", "gallery")
ROOT = Path(__file__).resolve().parents[3]


def fuzzed(reader: str, cases: int, folder: Path) -> tuple[int, int]:
    """How many cases were read, and how many of them answered."""
    script = Path(__file__).with_name("fuzz_readers.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), reader, str(cases), str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    read, answered = done.stdout.split()
    return int(read), int(answered)


@pytest.mark.parametrize("reader", READERS)
def test_some_damaged_files(reader, tmp_path):
    read, answered = fuzzed(reader, 200, tmp_path)
    assert read >= 200
    assert 0 < answered < read


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_ten_thousand_damaged_files(reader, tmp_path):
    read, answered = fuzzed(reader, 10_000, tmp_path)
    assert read >= 10_000
    assert 0 < answered < read
