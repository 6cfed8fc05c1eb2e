"""A Paddle model as ONNX beside it, for the engines that read ONNX; kept only when its outputs are those of Paddle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from core.engines import availability, open_session
from core.engines.problems import missing_package
from core.engines.samples import noise_feeds
from core.errors import EngineProblem, ModelProblem, Text, sentences, why
from core.models.adding import sweep
from core.models.cards import Card
from core.models.checking import TOLERANCE, difference
from core.models.folder import read_folder
from core.models.source import Source, look
from core.types import Step

ONNX_FILE = "inference.onnx"
_TEMPORARY = ".converting-"
_BEAT, _LONGEST = 0.2, 900.0  # seconds
_BATCH = 2
_HINT = "The folder is as it was, and nothing was written."


@dataclass(frozen=True)
class Converted:
    """What became of a conversion."""

    folder: Path  # a copy of the model's folder, with the ONNX file
    difference: float  # greatest one to Paddle's outputs, features at unit length, others by their largest value


def convert(folder: Path, out: Path | None = None) -> Generator[Step[str], None, Converted]:
    """Writes a copy of a PaddleX model folder with inference.onnx in it to `out`, by default beside it as NAME_onnx.

    Steps tell the stage: convert, compare. Closing ends the work and leaves nothing. Raises ModelProblem when the
    folder is not one, cannot be converted or comes out different; EngineProblem when a package is missing.
    """
    source = look(folder)
    card = _card(source)
    _check_packages()
    target = out or folder.resolve().with_name(f"{folder.resolve().name}_onnx")
    if target.exists():
        raise ModelProblem("There is already {path}.", "Nothing was written; choose another with --out.", path=target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, _TEMPORARY)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=_TEMPORARY) as place:
            copy = Path(place) / "model"
            _copy(folder, copy)
            yield from _converted(source, copy / ONNX_FILE, Path(place) / "words")
            yield Step(1, 2, "compare")
            found = _compared(replace(card, folder=copy))
            copy.rename(target)
    except OSError as error:
        message = "{path} cannot be written: {reason}."
        raise ModelProblem(message, _HINT, path=error.filename or target, reason=why(error)) from error
    return Converted(target, found)


def _card(source: Source) -> Card:
    if source.paddlex_file is None or "paddle" not in source.files:
        message = "{path} is no PaddleX model folder: it wants inference.yml, a Paddle program and its weights."
        raise ModelProblem(message, _HINT, path=source.path)
    files = {"paddle": source.files["paddle"], "onnxruntime": (ONNX_FILE,)}
    return read_folder(source.paddlex_file, files=files)


def _check_packages() -> None:
    if getattr(sys, "frozen", False):
        raise EngineProblem("This packed program cannot convert models.", "Install it with pip to have that.")
    reasons = [
        availability()["paddle"],
        missing_package("paddle2onnx", engine="Paddle2ONNX", extra="facefolio[convert]"),
    ]
    reason = sentences(*reasons)
    if reason:
        raise EngineProblem("{reason}", _HINT, reason=reason)


def _copy(folder: Path, copy: Path) -> None:
    copy.mkdir()
    copy.chmod(0o755)
    for one in folder.iterdir():
        if one.is_file() and one.name != ONNX_FILE and not one.name.startswith("."):
            shutil.copyfile(one, copy / one.name)


def _converted(source: Source, target: Path, words: Path) -> Iterator[Step[str]]:
    program, weights = (source.folder / name for name in source.files["paddle"][:2])
    root = str(Path(__file__).resolve().parents[2])
    search = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-W", "ignore", "-m", "core.models.export_onnx", str(program), str(weights), str(target)]
    environment = {**os.environ, "PYTHONPATH": search, "POLYGRAPHY_AUTOINSTALL_DEPS": "0"}
    with words.open("wb") as said:
        with _child(command, environment, said) as child:
            for _ in range(int(_LONGEST / _BEAT)):
                yield Step(0, 2, "convert")
                if _ended(child):
                    break
        if child.returncode or not target.is_file():
            raise _refused(source.path, child.returncode, words)


@contextmanager
def _child(command: list[str], environment: dict[str, str], said: BinaryIO) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()


def _ended(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(_BEAT)
    except subprocess.TimeoutExpired:
        return False
    return True


def _refused(path: Path, status: int, words: Path) -> ModelProblem:
    lines = words.read_text(encoding="utf-8", errors="replace").splitlines()
    telling = [line for line in lines if line.startswith("[ERROR]") or "not support" in line]
    telling = telling or [line for line in lines if "Error" in line] or lines[-1:]
    reason = " ".join(" ".join(telling[:3]).split())[:300] or Text("it ended with status {status}", {"status": status})
    return ModelProblem("{path} cannot be converted: Paddle2ONNX says: {reason}", _HINT, path=path, reason=reason)


def _compared(card: Card) -> float:
    found = max(_differences(card), default=0.0)
    if found > TOLERANCE:
        raise ModelProblem(
            "The ONNX form of {name} answers differently from Paddle: by {found:.2g}.",
            _HINT,
            name=card.name,
            found=found,
        )
    return found


def _differences(card: Card) -> Iterator[float]:
    """Per output of random pictures, fine-grained and coarse, in the range in which the model gets them."""
    paddle = open_session(card, engine="paddle", device="cpu")
    try:
        onnx = open_session(card, engine="onnxruntime", device="cpu")
        try:
            for grain in (1, 16):
                feeds = noise_feeds(card, paddle.inputs, batch=_BATCH, grain=grain)
                for one, other in zip(paddle.run(feeds), onnx.run(feeds), strict=True):
                    yield difference(card, one, other)
        finally:
            onnx.close()
    finally:
        paddle.close()
