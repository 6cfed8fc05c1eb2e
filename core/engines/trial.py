"""Trying an unknown Paddle model in a child process, once per model, so that a crash does not end the program."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

from core import paths
from core.engines import notes
from core.engines.problems import first_line, unusable
from core.errors import Text
from core.files import sha256

_FILE = "checked.json"
_SECONDS = 90  # importing Paddle alone takes several on a slow disk
_CRASHED = Text("it ends the process that opens it, so it is not opened here.")
_SLOW = Text("opening it took longer than {seconds} seconds.", {"seconds": _SECONDS})


def check(program: Path, weights: Path) -> None:
    """Raises EngineProblem for a model that crashes Paddle; the answer is remembered by checksum."""
    key, file = _key(program, weights), paths.data_folder() / _FILE
    known = notes.read(file).get(key)
    verdict = known if isinstance(known, str) else _try(program, weights)
    if not isinstance(known, str):
        notes.remember(file, key, verdict)
    if verdict:
        raise unusable(program, _CRASHED, engine="Paddle")


def _key(program: Path, weights: Path) -> str:
    """Both files and the version that was tried: another Paddle may get along with the model."""
    try:
        parts = [sha256(program), sha256(weights), _version()]
    except OSError as error:
        raise unusable(program, error, engine="Paddle") from error
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _version() -> str:
    for package in ("paddlepaddle", "paddlepaddle-gpu"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def _try(program: Path, weights: Path) -> str:
    """Empty when the child lives; a Python error in the child is no crash and will be told when the model is opened."""
    if getattr(sys, "frozen", False):
        return ""  # a packed program is no Python that could run the trial
    root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-W", "ignore", "-m", "core.engines.try_paddle", str(program), str(weights)]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": search},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise unusable(program, _SLOW, engine="Paddle") from error
    except OSError as error:
        told = Text("it could not be tried: {error}", {"error": first_line(error)})
        raise unusable(program, told, engine="Paddle") from error
    return "" if done.returncode in (0, 1) else str(_CRASHED)
