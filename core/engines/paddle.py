"""Paddle Inference: opens inference.json or inference.pdmodel with its .pdiparams, on the processor or on CUDA."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from core.engines import trial
from core.engines.feeds import checked_feeds
from core.engines.paddle_library import TITLE, load
from core.engines.problems import check_files, closed, failed_run, first_line, missing_package, on_processor, unusable
from core.engines.program import ports
from core.engines.session import Port, Session
from core.errors import NOTHING, Text

ENGINE = "paddle"
_GPU_MEGABYTES = 256  # of the pool at its start; it grows
_SHAPES_KEPT = 10  # compiled oneDNN kernels kept per predictor, so that pictures of many sizes do not fill memory


def available() -> Text:
    return missing_package("paddle", engine=TITLE, extra="facefolio[paddle]")


def open(files: list[Path], *, device: str, threads: int) -> Session:
    """Opens a program and its weights; `device` is auto, cpu or gpu, `threads` 0 takes every core.

    An unknown model is tried once in a child process, since a model that Paddle stumbles over can end the process.
    Raises EngineProblem.
    """
    program, weights = _both_files(files)
    inputs, outputs = ports(program)
    trial.check(program, weights)
    return open_unchecked(program, weights, inputs, outputs, device=device, threads=threads)


def open_unchecked(
    program: Path, weights: Path, inputs: tuple[Port, ...], outputs: tuple[Port, ...], *, device: str, threads: int
) -> PaddleSession:
    """As `open`, without the trial: a model that Paddle stumbles over ends the process."""
    library = load()
    reason = NOTHING if device == "cpu" else _why_no_gpu(library)
    on_gpu = device != "cpu" and not reason
    config = _config(library.inference, program, weights, threads=threads, gpu=on_gpu)
    try:
        predictor = library.inference.create_predictor(config)
    except Exception as error:  # the library raises a dozen kinds, all of them about this file
        raise unusable(program, error, engine=TITLE) from error
    note = on_processor(reason) if device == "gpu" and reason else NOTHING
    name = "CUDA:0" if on_gpu else "CPU"
    return PaddleSession(predictor, inputs, outputs, file=str(program), device=name, note=note)


class PaddleSession:
    """A predictor belongs to one thread: each gets a clone, which shares the weights."""

    engine = ENGINE

    def __init__(
        self,
        predictor: Any,
        inputs: tuple[Port, ...],
        outputs: tuple[Port, ...],
        *,
        file: str,
        device: str,
        note: Text,
    ) -> None:
        self._parent, self._cloning, self._file = predictor, threading.Lock(), file
        self._local: threading.local | None = threading.local()
        self.inputs, self.outputs, self.device, self.note = inputs, outputs, device, note

    def run(self, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        local = self._local
        if local is None:
            raise closed(self._file)
        feeds = checked_feeds(self.inputs, feeds, file=self._file)
        try:
            predictor = getattr(local, "predictor", None) or self._clone(local)
            return _run(predictor, feeds)
        except Exception as error:  # the library raises a dozen kinds, all of them about this run
            raise failed_run(self._file, error, engine=TITLE) from error

    def close(self) -> None:
        # Dropping the thread-local store drops every thread's clone.
        self._local = self._parent = None

    def _clone(self, local: threading.local) -> Any:
        with self._cloning:
            local.predictor = self._parent.clone()
        return local.predictor


def _both_files(files: list[Path]) -> tuple[Path, Path]:
    check_files(files, engine=TITLE, endings=(".json", ".pdmodel"))
    weights = files[1] if len(files) > 1 else files[0].with_suffix(".pdiparams")
    check_files([files[0], weights], engine=TITLE, endings=(".json", ".pdmodel"))
    return files[0], weights


def _config(inference: Any, program: Path, weights: Path, *, threads: int, gpu: bool) -> Any:
    config = inference.Config(str(program), str(weights))
    config.disable_glog_info()
    if program.suffix == ".json":
        config.enable_new_ir(True)
        config.enable_new_executor(True)
        config.set_optimization_level(3)
    if gpu:
        config.enable_use_gpu(_GPU_MEGABYTES, 0)
        return config
    config.disable_gpu()
    config.enable_mkldnn()
    config.set_mkldnn_cache_capacity(_SHAPES_KEPT)
    config.delete_pass("conv_activation_onednn_fuse_pass")  # with leaky_relu it crashes the process (3.3.1)
    config.set_cpu_math_library_num_threads(threads or os.cpu_count() or 1)
    return config


def _why_no_gpu(library: Any) -> Text:
    if not library.is_compiled_with_cuda():
        return Text(
            "the installed Paddle is built without CUDA; `pip install paddlepaddle-gpu` installs one that has it"
        )
    try:
        count = library.device.cuda.device_count()
    except Exception as error:  # a missing driver or library, in the library's own words
        return Text("CUDA cannot be used ({error})", {"error": first_line(error)})
    return NOTHING if count else Text("Paddle sees no GPU on this machine")


def _run(predictor: Any, feeds: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    for name, array in feeds.items():
        handle = predictor.get_input_handle(name)
        handle.reshape(array.shape)
        handle.copy_from_cpu(array)
    predictor.run()
    return [predictor.get_output_handle(name).copy_to_cpu() for name in predictor.get_output_names()]
