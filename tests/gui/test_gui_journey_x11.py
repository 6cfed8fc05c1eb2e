"""The same journey on a real X11 server, with OpenCV imported first: it points Qt at plugins of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_CODE = """
import cv2, sys
import pytest
sys.exit(pytest.main(["tests/gui/test_gui_journey.py", "-p", "no:cacheprovider", "-p", "no:cov"]))
"""


@pytest.mark.slow
def test_the_journey_on_x11(x_server: str) -> None:
    environment = {**os.environ, "DISPLAY": x_server, "QT_QPA_PLATFORM": "xcb"}
    done = subprocess.run(
        [sys.executable, "-c", _CODE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
