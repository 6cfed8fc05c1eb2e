"""face_recognition.yaml, PaddleX's configuration: read with care and written so that PaddleX reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core import files as disk
from core.errors import ModelProblem, SettingsProblem, Text, why
from core.models.card_fields import Check, Fault, boolean, choice, number, optional, text, whole
from core.models.yaml_file import read_yaml
from core.paddlex.config_text import plain, protected

PIPELINE = "face_recognition"
ENGINES = (
    "paddle",
    "paddle_static",
    "paddle_dynamic",
    "hpi",
    "flexible",
    "transformers",
    "onnxruntime",
    "genai_client",
)
BACKENDS = ("paddle", "openvino", "onnxruntime", "tensorrt", "om")
_NOTHING = (None, "", 0)
_SAFE = "Nothing was changed; mend the file."
_DEVICE = re.compile(r"cpu|(gpu|npu|xpu|mlu|dcu|gcu|metax_gpu|iluvatar_gpu)(:\d+(,\d+)*)?")


@dataclass(frozen=True)
class ModuleConfig:
    """One model of the pipeline. Engine fields that are None are as in the pipeline."""

    module_name: str
    model_name: str
    model_dir: str | None = None  # as written; `PipelineConfig.located` tells where it lies
    batch_size: int = 1
    engine: str | None = None
    engine_config: dict[str, Any] | None = None
    use_hpip: bool | None = None
    hpi_config: dict[str, Any] | None = None


@dataclass(frozen=True)
class PipelineConfig:
    """A face recognition pipeline as PaddleX 3 describes it. The defaults are those of its own file."""

    index: str | None = None  # folder with vector.index and id_map.yaml, as written
    det_threshold: float = 0.6
    rec_threshold: float = 0.4
    rec_topk: int = 5
    hamming_radius: float | None = None
    detection: ModuleConfig = ModuleConfig("face_detection", "PP-YOLOE_plus-S_face")
    recognition: ModuleConfig = ModuleConfig("face_feature", "ResNet50_face")
    device: str | None = None
    engine: str | None = None
    engine_config: dict[str, Any] | None = None
    use_hpip: bool | None = None
    hpi_config: dict[str, Any] | None = None
    serving: dict[str, Any] | None = None
    folder: Path | None = field(default=None, compare=False)  # of the file it was read from
    warnings: tuple[Text, ...] = field(default=(), compare=False)  # what was read but has no effect, or a doubtful one

    def located(self, written: str) -> Path:
        """A path of the file: from the working folder as PaddleX takes it, else beside the file if it lies there."""
        path = Path(written)
        beside = None if self.folder is None else self.folder / path
        return beside if beside is not None and not path.exists() and beside.exists() else path


def read_pipeline(path: Path) -> PipelineConfig:
    """The configuration in a YAML file; its `warnings` name unknown fields. Raises SettingsProblem by field name."""
    values = pipeline_values(path)
    try:
        return _Reader().pipeline(values, path.parent)
    except Fault as fault:
        raise _refused(path, fault) from fault


def pipeline_of(values: Mapping[str, Any], *, place: Path = Path("the configuration")) -> PipelineConfig:
    """The configuration of a script's own values, relative paths counting from the working folder. SettingsProblem."""
    try:
        return _Reader().pipeline(_mapping(plain(dict(values)), "the configuration"), Path())
    except Fault as fault:
        raise _refused(place, fault) from fault


def pipeline_values(path: Path) -> dict[str, Any]:
    """The plain values of a pipeline's YAML, text evaluated as PaddleX does: "None" is none. SettingsProblem."""
    try:
        values = plain(read_yaml(path, aliases=True))
    except ModelProblem as problem:
        raise SettingsProblem(problem.message.template, _SAFE, **problem.message.values) from problem
    except Fault as fault:
        raise _refused(path, fault) from fault
    if not isinstance(values, dict):
        raise _refused(path, Fault(Text("the file"), "a mapping of fields", values))
    return values


def write_pipeline(config: PipelineConfig, path: Path) -> None:
    """Writes what PaddleX and `read_pipeline` read as this, whole or not at all. Raises SettingsProblem."""
    try:
        disk.write_text(path, pipeline_text(config))
    except OSError as error:
        message, hint = "{path} cannot be written: {reason}.", "What was there is untouched."
        raise SettingsProblem(message, hint, path=path, reason=why(error)) from error


def pipeline_text(config: PipelineConfig) -> str:
    """The YAML of a configuration."""
    import yaml

    modules = {"Detection": _module_values(config.detection), "Recognition": _module_values(config.recognition)}
    values: dict[str, Any] = {
        "pipeline_name": PIPELINE,
        "index": config.index,
        "det_threshold": float(config.det_threshold),  # PaddleX does not filter at all by a whole number
        "rec_threshold": float(config.rec_threshold),
        "rec_topk": config.rec_topk,
        **_given(config, "hamming_radius", *OPTIONS, "device"),
        "SubModules": modules,
    }
    if config.serving is not None:
        values["Serving"] = config.serving
    written: str = yaml.safe_dump(protected(values), sort_keys=False, allow_unicode=True, width=1000)
    return written


OPTIONS = ("engine", "engine_config", "use_hpip", "hpi_config")


def _mapping(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Fault(field, "a mapping of fields", value)
    return value


def _path(value: Any, field: str) -> str | None:
    return None if value in _NOTHING else text(4096)(value, field)


def _device(value: Any, field: str) -> str:
    if not isinstance(value, str) or not _DEVICE.fullmatch(value):
        raise Fault(field, "cpu, gpu, gpu:0 or another device of PaddleX", value)
    return value


_OPTION_CHECKS: dict[str, Check[Any]] = {
    "engine": optional(choice(*ENGINES)),
    "engine_config": optional(_mapping),
    "use_hpip": optional(boolean),
    "hpi_config": optional(_mapping),
}
_TOP: dict[str, Check[Any]] = {
    "index": _path,
    "det_threshold": number(0, 1),
    "rec_threshold": number(-1, 4),
    "rec_topk": whole(1, 100_000),
    "hamming_radius": optional(number(0, 1e9)),
    "device": optional(_device),
    **_OPTION_CHECKS,
    "Serving": optional(_mapping),
}
_MODULE: dict[str, Check[Any]] = {
    "module_name": text(100),
    "model_name": text(100),
    "model_dir": _path,
    "batch_size": whole(1, 4096),
    **_OPTION_CHECKS,
}
_INNER = {
    "hpi_config": ("device_type device_id auto_config backend backend_config hpi_info auto_paddle2onnx").split(),
    "Serving": ["visualize", "return_urls", "extra"],
}
_ABSENT = {"det_threshold": 0.5, "rec_threshold": 0.5, "rec_topk": 5}  # not what PaddleX's own file says


class _Reader:
    def __init__(self) -> None:
        self.warnings: list[Text] = []

    def pipeline(self, values: dict[str, Any], folder: Path) -> PipelineConfig:
        choice(PIPELINE)(values.get("pipeline_name"), "pipeline_name")
        modules = _mapping(values.get("SubModules", {}), "SubModules")
        default = PipelineConfig()
        detection = self._module(modules, "Detection", default.detection)
        recognition = self._module(modules, "Recognition", default.recognition)
        self._unknown(modules, ("Detection", "Recognition"), "SubModules.")
        self._unknown(values, ("pipeline_name", "SubModules", *_TOP), "")
        found = _ABSENT | self._checked(values, _TOP, "")
        if isinstance(values.get("det_threshold"), int):
            words = "PaddleX does not filter by a det_threshold that is a whole number ({value}); here it does."
            self.warnings.append(Text(words, {"value": values["det_threshold"]}))
        if found.get("hamming_radius") is not None:
            words = "hamming_radius is for binary indexes, which do not work in PaddleX; it has no effect."
            self.warnings.append(Text(words, {}))
        found["serving"] = found.pop("Serving", None)
        return PipelineConfig(
            **found, detection=detection, recognition=recognition, folder=folder, warnings=tuple(self.warnings)
        )

    def _module(self, modules: dict[str, Any], name: str, default: ModuleConfig) -> ModuleConfig:
        values, prefix = _mapping(modules.get(name, {}), f"SubModules.{name}"), f"SubModules.{name}."
        self._unknown(values, tuple(_MODULE), prefix)
        found = replace(default, **self._checked(values, _MODULE, prefix))
        choice(default.module_name)(found.module_name, f"{prefix}module_name")
        return found

    def _checked(self, values: dict[str, Any], checks: Mapping[str, Check[Any]], prefix: str) -> dict[str, Any]:
        found = {name: check(values[name], f"{prefix}{name}") for name, check in checks.items() if name in values}
        for name, known in _INNER.items():
            if found.get(name) is not None:
                self._unknown(found[name], known, f"{prefix}{name}.")
        backend = (found.get("hpi_config") or {}).get("backend")
        optional(choice(*BACKENDS))(backend, f"{prefix}hpi_config.backend")
        return found

    def _unknown(self, values: dict[str, Any], known: tuple[str, ...] | list[str], prefix: str) -> None:
        for name in values:
            if name not in known:
                field = f"{prefix}{name}"[:120]
                self.warnings.append(Text("The field {field} is not known and has no effect.", {"field": field}))


def _given(source: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names if getattr(source, name) is not None}


def _module_values(module: ModuleConfig) -> dict[str, Any]:
    required = ("module_name", "model_name", "model_dir", "batch_size")
    optional_ones = tuple(each.name for each in fields(ModuleConfig) if each.name not in required)
    return {name: getattr(module, name) for name in required} | _given(module, *optional_ones)


def _refused(path: Path, fault: Fault) -> SettingsProblem:
    message = "{path}: {field} must be {wanted}, not {given}."
    return SettingsProblem(message, _SAFE, path=path, field=fault.field, wanted=fault.wanted, given=fault.given)
