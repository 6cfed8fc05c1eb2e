"""What is particular to OpenVINO: it says nothing to anybody when it is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.engines import availability
from core.paths import resources_folder

ROOT = Path(__file__).resolve().parents[3]
_SILENT = """
import os, socket, sys, threading
def refuse(*arguments, **more):
    raise AssertionError("the network was asked for")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from pathlib import Path
from core.engines import open_session_files
before = dict(os.environ)
open_session_files("openvino", [Path(sys.argv[1])], device="gpu").close()
assert "openvino_telemetry" not in sys.modules
assert threading.enumerate() == [threading.main_thread()], threading.enumerate()
assert dict(os.environ) == before
"""


def test_import_sends_nothing_and_starts_no_thread():
    if availability()["openvino"]:
        pytest.skip(str(availability()["openvino"]))
    model = resources_folder() / "models" / "face_feature.onnx"
    command = [sys.executable, "-W", "error", "-c", _SILENT, str(model)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
