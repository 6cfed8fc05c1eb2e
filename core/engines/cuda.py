"""Whether ONNX Runtime can use CUDA on this machine, and if not, why, in words."""

from __future__ import annotations

import contextlib
import ctypes
import io
import logging
import sys
from pathlib import Path
from typing import Any

from core.errors import NOTHING, Text

PROVIDER = "CUDAExecutionProvider"
_WITHOUT = Text(
    "the installed ONNX Runtime is built without CUDA; "
    "`pip uninstall onnxruntime` and `pip install facefolio[gpu]` change that"
)
_log = logging.getLogger(__name__)


def why_not(runtime: Any) -> Text:
    """Empty when a CUDA session may be tried. The provider's libraries are looked at before the runtime complains."""
    if PROVIDER not in runtime.get_available_providers():
        return _WITHOUT
    _preload(runtime)
    return _missing_library(Path(runtime.__file__).parent / "capi")


def _preload(runtime: Any) -> None:
    # The call finds CUDA in Python packages; what it prints belongs in the log.
    preload = getattr(runtime, "preload_dlls", None)
    if preload is None:
        return
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(OSError, RuntimeError):
        preload()
    if said.getvalue():
        _log.info("ONNX Runtime says: %s", said.getvalue().strip())


def _missing_library(folder: Path) -> Text:
    if sys.platform == "win32":
        return _load_fault([folder / "onnxruntime_providers_cuda.dll"])
    return _load_fault([folder / f"libonnxruntime_providers_{name}.so" for name in ("shared", "cuda")])


def _load_fault(libraries: list[Path]) -> Text:
    for library in libraries:
        try:
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            return Text("a library of CUDA is missing: {error}", {"error": str(error)})
    return NOTHING
