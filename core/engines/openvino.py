"""OpenVINO: opens its own IR (.xml beside .bin) and .onnx files, on the processor or an Intel GPU."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

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
from core.engines.quiet import absent, traceless
from core.engines.session import Port, Session
from core.errors import NOTHING, EngineProblem, Text

ENGINE, TITLE = "openvino", "OpenVINO"
_importing = threading.Lock()
_log = logging.getLogger(__name__)


def available() -> Text:
    return missing_package("openvino", engine=TITLE, extra="facefolio[openvino]")


def open(files: list[Path], *, device: str, threads: int) -> Session:
    """Opens the first of `files`; `device` is auto, cpu or gpu, `threads` 0 takes every core. Raises EngineProblem."""
    check_files(files, engine=TITLE, endings=(".xml", ".onnx"))
    library = _library()
    try:
        core = library.Core()
        model = core.read_model(str(files[0]))
    except Exception as error:  # the library raises RuntimeError and its own kinds, all about this file
        raise unusable(files[0], error, engine=TITLE) from error
    _free_batch(model)
    reason = NOTHING if device == "cpu" else _why_no_gpu(core)
    if device != "cpu" and not reason:
        try:
            return OpenvinoSession(_compiled(core, model, "GPU", threads, files[0]), file=str(files[0]), note=NOTHING)
        except EngineProblem as problem:
            reason = Text("the GPU refused the model ({error})", {"error": first_line(problem)})
    note = on_processor(reason) if device == "gpu" else NOTHING
    return OpenvinoSession(_compiled(core, model, "CPU", threads, files[0]), file=str(files[0]), note=note)


class OpenvinoSession:
    """An infer request serves one caller at a time, so each thread has its own."""

    engine = ENGINE

    def __init__(self, compiled: Any, *, file: str, note: Text) -> None:
        self._compiled, self._file, self.note = compiled, file, note
        self._local: threading.local | None = threading.local()
        self.inputs = tuple(_port(port, f"input_{index}") for index, port in enumerate(compiled.inputs))
        self.outputs = tuple(_port(port, f"output_{index}") for index, port in enumerate(compiled.outputs))
        self.device = _device(compiled)

    def run(self, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        local = self._local
        if local is None:
            raise closed(self._file)
        feeds = checked_feeds(self.inputs, feeds, file=self._file)
        try:
            if not hasattr(local, "request"):
                local.request = self._compiled.create_infer_request()
            results = local.request.infer([feeds[port.name] for port in self.inputs], share_inputs=True)
            return [results[index] for index in range(len(self.outputs))]
        except Exception as error:  # the library raises RuntimeError and its own kinds, all about this run
            raise failed_run(self._file, error, engine=TITLE) from error

    def close(self) -> None:
        # Dropping the thread-local store drops every thread's request.
        self._local = self._compiled = None


def _library() -> Any:
    """The library, imported without its telemetry: importing it alone would send a message with a client's number."""
    with _importing:
        if "openvino" in sys.modules:
            return sys.modules["openvino"]
        try:
            with traceless(), absent("openvino_telemetry"):
                import openvino
        except ImportError as error:
            raise broken_package(TITLE, error) from error
        return openvino


def _free_batch(model: Any) -> None:
    """Models converted for one picture take any number of them wherever the graph allows it."""
    shapes = {port: port.get_partial_shape() for port in model.inputs}
    if all(shape.rank.is_static and len(shape) and shape[0].is_static for shape in shapes.values()):
        try:
            model.reshape({port: [-1, *list(shape)[1:]] for port, shape in shapes.items()})
        except RuntimeError as error:
            _log.info("The batch stays fixed: %s", first_line(error))


def _why_no_gpu(core: Any) -> Text:
    if any(name.startswith("GPU") for name in core.available_devices):
        return NOTHING
    return Text("OpenVINO sees no Intel GPU on this machine")


def _compiled(core: Any, model: Any, device: str, threads: int, file: Path) -> Any:
    # Full precision: on some processors and on GPUs the default is half, and features would no longer be comparable.
    hints: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    if threads and device == "CPU":
        hints["INFERENCE_NUM_THREADS"] = threads
    try:
        return core.compile_model(model, device, hints)
    except Exception as error:  # the library raises RuntimeError and its own kinds, all about this file
        raise unusable(file, error, engine=TITLE) from error


def _device(compiled: Any) -> str:
    devices = compiled.get_property("EXECUTION_DEVICES")
    return devices if isinstance(devices, str) else ",".join(devices)


def _port(port: Any, unnamed: str) -> Port:
    shape = port.get_partial_shape()
    sides = tuple(side.get_length() if side.is_static else None for side in shape) if shape.rank.is_static else ()
    return Port(port.get_any_name() if port.get_names() else unnamed, sides, str(port.get_element_type().to_dtype()))
