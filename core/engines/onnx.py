"""ONNX Runtime: opens .onnx files, on the processor or on CUDA."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from core.engines import cuda
from core.engines.feeds import checked_feeds
from core.engines.problems import (
    broken_package,
    check_files,
    closed,
    failed_run,
    first_line,
    missing_package,
    on_processor,
    unusable,
)
from core.engines.session import Port, Session
from core.errors import NOTHING, EngineProblem, Text

ENGINE, TITLE = "onnxruntime", "ONNX Runtime"
_CPU = "CPUExecutionProvider"
_QUIET = 4  # severity "fatal": everything less is raised as an exception and must not also reach standard error
_DTYPES = {"float": "float32", "double": "float64"}
_log = logging.getLogger(__name__)


def available() -> Text:
    return missing_package("onnxruntime", engine=TITLE, extra="onnxruntime")


def no_graphics() -> Text:
    """Why no graphics card can be used; empty when one may be tried. Imports the runtime; raises EngineProblem."""
    return cuda.why_not(_runtime())


def open(files: list[Path], *, device: str, threads: int) -> Session:
    """Opens the first of `files`; `device` is auto, cpu or gpu, `threads` 0 takes every core. Raises EngineProblem."""
    check_files(files, engine=TITLE, endings=(".onnx", ".ort"))
    runtime = _runtime()
    reason = NOTHING if device == "cpu" else cuda.why_not(runtime)
    if device != "cpu" and not reason:
        try:
            session = _opened(runtime, files[0], threads, [cuda.PROVIDER, _CPU])
            return OnnxSession(session, file=str(files[0]), note=NOTHING)
        except EngineProblem as problem:
            reason = Text("CUDA refused the model ({error})", {"error": first_line(problem)})
    session = _opened(runtime, files[0], threads, [_CPU])
    return OnnxSession(session, file=str(files[0]), note=_note(device, reason))


class OnnxSession:
    """ONNX Runtime lets any number of threads run one session at once."""

    engine = ENGINE

    def __init__(self, session: Any, *, file: str, note: Text) -> None:
        self._session, self._file = session, file
        self.inputs = tuple(_port(node) for node in session.get_inputs())
        self.outputs = tuple(_port(node) for node in session.get_outputs())
        self.device, self.note = _device(session), note

    def run(self, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        session = self._session
        if session is None:
            raise closed(self._file)
        feeds = checked_feeds(self.inputs, feeds, file=self._file)
        try:
            outputs: list[NDArray[Any]] = session.run(None, feeds)
        except Exception as error:  # the library raises a dozen kinds, all of them about this run
            raise failed_run(self._file, error, engine=TITLE) from error
        return outputs

    def close(self) -> None:
        self._session = None


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise broken_package(TITLE, error) from error
    onnxruntime.set_default_logger_severity(_QUIET)
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _opened(runtime: Any, file: Path, threads: int, providers: list[str]) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = _QUIET
    # Waiting threads must not burn the cores that the next session, the camera and the window need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return runtime.InferenceSession(str(file), options, providers=providers, enable_fallback=0)
    except Exception as error:  # the library raises a dozen kinds, all of them about this file
        raise unusable(file, error, engine=TITLE) from error


def _note(device: str, reason: Text) -> Text:
    if reason:
        _log.debug("The processor is used because %s.", reason)
    return on_processor(reason) if device == "gpu" else NOTHING


def _device(session: Any) -> str:
    return "CUDA:0" if session.get_providers()[0] == cuda.PROVIDER else "CPU"


def _port(node: Any) -> Port:
    kind = node.type.removeprefix("tensor(").removesuffix(")")
    shape = tuple(side if isinstance(side, int) and side >= 0 else None for side in node.shape)
    return Port(node.name, shape, _DTYPES.get(kind, kind))
