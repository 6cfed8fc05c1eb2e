"""What PaddleX's arguments about devices and engines mean here."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import SettingsProblem

_ENGINES = {
    "": "auto",
    "auto": "auto",
    "flexible": "auto",
    "hpi": "auto",
    "paddle": "paddle",
    "paddle_static": "paddle",
    "onnxruntime": "onnxruntime",
    "openvino": "openvino",
}
_BACKENDS = {"paddle": "paddle", "onnxruntime": "onnxruntime", "onnx_runtime": "onnxruntime", "openvino": "openvino"}
# The threads of an engine by the name that its own configuration gives them.
_THREADS = {"onnxruntime": "intra_op_num_threads", "paddle_static": "cpu_threads", "paddle": "cpu_threads"}
_OTHER_DEVICES = ("npu", "xpu", "mlu", "dcu", "gcu", "iluvatar_gpu", "metax_gpu", "intel_gpu", "sdaa")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Runtime:
    """How models are opened: arguments of core.engines.open_session."""

    engine: str = "auto"
    device: str = "auto"
    threads: int = 0


def runtime(
    *,
    device: str | None = None,
    engine: str | None = None,
    engine_config: Mapping[str, Any] | None = None,
    use_hpip: bool | None = None,
    hpi_config: Mapping[str, Any] | None = None,
) -> Runtime:
    """Raises SettingsProblem for an engine, a backend or a device that is not known here."""
    if use_hpip not in (None, True, False):
        raise _refused("use_hpip", use_hpip, "true or false")
    named = _ENGINES.get((engine or "").lower()) if isinstance(engine, str | None) else None
    if named is None:
        raise _refused("engine", engine, ", ".join(name for name in _ENGINES if name))
    options = _mapping("engine_config", engine_config)
    hpi = _mapping("hpi_config", hpi_config)
    if (use_hpip or engine == "hpi") and hpi.get("backend") is not None:
        named = _backend(hpi["backend"])
    flat = options.get(engine or "", options) if isinstance(options.get(engine or ""), Mapping) else options
    where = device if device is not None else flat.get("device_type", hpi.get("device_type"))
    return Runtime(named, _device(where), _threads(engine or named, flat))


def _backend(value: Any) -> str:
    if value not in _BACKENDS:
        raise _refused("hpi_config.backend", value, ", ".join(_BACKENDS))
    return _BACKENDS[value]


def _device(value: Any) -> str:
    if value is None:
        return "auto"
    kind, _, numbers = value.lower().partition(":") if isinstance(value, str) else ("", "", "")
    if kind in _OTHER_DEVICES:
        raise SettingsProblem(
            "The device {device} is not supported here.", "Nothing was opened; use cpu or gpu.", device=value
        )
    if kind not in ("auto", "cpu", "gpu") or (numbers and (kind != "gpu" or not re.fullmatch(r"\d+(,\d+)*", numbers))):
        raise _refused("device", value, "cpu, gpu or gpu:0")
    first = int(numbers.split(",")[0]) if numbers else 0
    if first:
        raise SettingsProblem(
            "The device {device} cannot be chosen by its number here.",
            "Nothing was opened. Set CUDA_VISIBLE_DEVICES={first} and use gpu:0.",
            device=value,
            first=first,
        )
    return kind


def _threads(engine: str, options: Mapping[str, Any]) -> int:
    name = _THREADS.get(engine, "cpu_threads")
    unused = sorted(str(key) for key in options if key not in (name, "device_type", "device_id"))
    if unused:
        _log.warning("engine_config: not used here: %s", ", ".join(unused))
    value = options.get(name, 0)
    if type(value) is not int or not 0 <= value <= 256:
        raise _refused(f"engine_config.{name}", value, "a whole number from 0 to 256")
    return value


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _refused(name, value, "a mapping of names to values")
    return value


def _refused(name: str, value: object, wanted: str) -> SettingsProblem:
    return SettingsProblem(
        "{name} must be {wanted}, not {value!r}.",
        "Nothing was opened or changed.",
        name=name,
        wanted=wanted,
        value=value if isinstance(value, int | float | str | None) else type(value).__name__,
    )
