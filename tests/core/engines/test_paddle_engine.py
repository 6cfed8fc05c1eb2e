"""What is particular to Paddle: tried in a child process, a predictor per thread, silent, without traces."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from core.engines import Port, open_session_files, trial
from core.engines.program import ports
from core.errors import EngineProblem

ROOT = Path(__file__).resolve().parents[3]


def files(folder: Path) -> list[Path]:
    return [folder / "inference.json", folder / "inference.pdiparams"]


@pytest.fixture(autouse=True)
def shared_home(engines_home: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEFOLIO_HOME", str(engines_home))


def sample() -> np.ndarray:
    return (np.arange(2 * 3 * 16 * 20, dtype=np.float32) / 1000).reshape(2, 3, 16, 20)


def test_gives_what_the_network_gave_when_it_was_made(tiny_paddle):
    session = open_session_files("paddle", files(tiny_paddle), threads=1)
    assert session.inputs[0].shape == (None, 3, None, None)
    assert session.outputs[0].shape == (None, 8)
    found = session.run({"x": sample()})[0]
    session.close()
    assert np.allclose(found, np.load(tiny_paddle / "expected.npy"), atol=1e-5)


def test_opens_the_older_format(old_paddle):
    session = open_session_files("paddle", [old_paddle / "inference.pdmodel"], threads=1)
    assert session.inputs == (Port("x", (None, 3, None, None), "float32"),)
    assert session.outputs[0].shape == (None, 8)
    found = session.run({"x": sample()})[0]
    session.close()
    assert np.allclose(found, np.load(old_paddle / "expected.npy"), atol=1e-5)


def test_a_truncated_older_program_is_refused(old_paddle, tmp_path):
    whole = (old_paddle / "inference.pdmodel").read_bytes()
    shutil.copy(old_paddle / "inference.pdiparams", tmp_path)
    for part in (0.1, 0.5, 0.99):
        (tmp_path / "inference.pdmodel").write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(EngineProblem, match=r"inference\.pdmodel"):
            open_session_files("paddle", [tmp_path / "inference.pdmodel"])


def test_threads_have_predictors_of_their_own(tiny_paddle):
    session = open_session_files("paddle", files(tiny_paddle), threads=1)
    expected, wrong = np.load(tiny_paddle / "expected.npy"), []

    def run() -> None:
        for _ in range(20):
            if not np.allclose(session.run({"x": sample()})[0], expected, atol=1e-5):
                wrong.append(threading.current_thread().name)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.close()
    assert not wrong


def test_a_model_is_tried_once(tiny_paddle, tmp_path, monkeypatch):
    monkeypatch.setenv("FACEFOLIO_HOME", str(tmp_path))
    tries = []
    monkeypatch.setattr(trial, "_try", lambda program, weights: tries.append(program) or "")
    for _ in range(2):
        open_session_files("paddle", files(tiny_paddle)).close()
    assert len(tries) == 1
    (tmp_path / "checked.json").write_text("{damaged")
    open_session_files("paddle", files(tiny_paddle)).close()
    assert len(tries) == 2
    assert json.loads((tmp_path / "checked.json").read_text())


def test_a_model_that_ends_the_process_is_refused_and_remembered(tiny_paddle, tmp_path, monkeypatch):
    monkeypatch.setenv("FACEFOLIO_HOME", str(tmp_path / "home"))
    crash = tmp_path / "crash"
    crash.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crash.chmod(0o755)
    if sys.platform == "win32":
        pytest.skip("the stand-in for a crashing child is a shell script")
    monkeypatch.setattr(sys, "executable", str(crash))
    for _ in range(2):
        with pytest.raises(EngineProblem, match=r"inference\.json .* ends the process"):
            open_session_files("paddle", files(tiny_paddle))
        crash.unlink(missing_ok=True)  # the second time nothing is started


def test_truncated_and_swapped_weights_are_refused(tiny_paddle, tmp_path):
    shutil.copy(tiny_paddle / "inference.json", tmp_path)
    whole = (tiny_paddle / "inference.pdiparams").read_bytes()
    for content in (whole[: len(whole) // 2], whole[:3], b"x" * len(whole)):
        (tmp_path / "inference.pdiparams").write_bytes(content)
        with pytest.raises(EngineProblem, match=r"inference\.json"):
            open_session_files("paddle", files(tmp_path))
    (tmp_path / "inference.pdiparams").unlink()
    with pytest.raises(EngineProblem, match=r"inference\.pdiparams"):
        open_session_files("paddle", files(tmp_path))


def test_truncated_program_is_refused_without_paddle(tiny_paddle, tmp_path):
    whole = (tiny_paddle / "inference.json").read_bytes()
    for part in (0.1, 0.5, 0.999):
        (tmp_path / "inference.json").write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises(EngineProblem, match="not a Paddle program"):
            ports(tmp_path / "inference.json")


_QUIET = """
import logging, os, sys
from pathlib import Path
from core.engines import open_session_files
before = dict(os.environ)
session = open_session_files("paddle", [Path(sys.argv[1])], device="gpu")
assert not logging.getLogger().handlers, logging.getLogger().handlers
assert dict(os.environ) == before, set(os.environ) ^ set(before)
session.close()
"""


@pytest.mark.parametrize("kind", ["tiny_paddle", "old_paddle"])
def test_import_is_silent_and_leaves_no_traces(request, kind):
    folder = request.getfixturevalue(kind)
    program = next(name for name in ("inference.json", "inference.pdmodel") if (folder / name).exists())
    command = [sys.executable, "-W", "error", "-c", _QUIET, str(folder / program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
