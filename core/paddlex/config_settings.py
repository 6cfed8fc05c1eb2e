"""PaddleX's configuration from the settings and back, telling what cannot be carried over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from core import files as disk
from core.errors import ModelProblem, Text
from core.models.cards import Card, Task
from core.models.source import PADDLEX_FILE
from core.models.store import ModelStore
from core.models.yaml_file import read_yaml
from core.paddlex.config import OPTIONS, ModuleConfig, PipelineConfig
from core.settings import Settings

_MODULES: dict[str, Task] = {"face_detection": "detect", "face_feature": "feature"}


def from_settings(settings: Settings, store: ModelStore, gallery_index: Path | None = None) -> PipelineConfig:
    """The settings as a configuration; its `warnings` tell what PaddleX cannot follow. Raises ModelProblem."""
    detector = store.card(settings.detector) if settings.detector else store.default_card("detect")
    feature = store.card(settings.feature) if settings.feature else store.default_card("feature")
    threads = {"paddle_static": {"cpu_threads": settings.threads}} if settings.threads else None
    known = feature.thresholds.known if settings.rec_threshold is None else settings.rec_threshold
    return PipelineConfig(
        index=None if gallery_index is None else str(gallery_index),
        det_threshold=detector.thresholds.detect if settings.det_threshold is None else settings.det_threshold,
        rec_threshold=known,
        rec_topk=settings.top_k,
        detection=_module_of(detector, "face_detection"),
        recognition=_module_of(feature, "face_feature"),
        device=None if settings.device == "auto" else settings.device,
        engine="paddle" if settings.engine == "paddle" else None,
        engine_config=threads,
        warnings=tuple(_foreign(settings, (detector, feature))),
    )


def to_settings(
    config: PipelineConfig, store: ModelStore | None = None, *, coming: Collection[str] = ()
) -> tuple[dict[str, Any], tuple[Text, ...]]:
    """What `Settings.changed` takes, and warnings for what has no setting. A model not in the store changes nothing.

    `coming` are models that will be there by then.
    """
    store = store or ModelStore()
    cards = {card.name: card for card in store.cards()}
    changes: dict[str, Any] = {
        "det_threshold": config.det_threshold,
        "rec_threshold": min(config.rec_threshold, 1.0),
        "top_k": min(config.rec_topk, 100),
    }
    warnings = list(config.warnings)
    for name, module in (("detector", config.detection), ("feature", config.recognition)):
        card = cards.get(module.model_name)
        warning = None if module.model_name in coming else _model_warning(config, module, card)
        if warning is None:
            changes[name] = module.model_name
        else:
            warnings.append(warning)
    changes |= dict(_runtime(config, warnings))
    warnings += _without_setting(config)
    return changes, tuple(warnings)


def _module_of(card: Card, module_name: str) -> ModuleConfig:
    return ModuleConfig(module_name, _name_in(card.folder) or card.name, model_dir=str(card.folder))


def _name_in(folder: Path) -> str:
    """What the folder's inference.yml calls the model; PaddleX wants this very name. Empty when it has no such file."""
    try:
        values = read_yaml(folder / PADDLEX_FILE, aliases=True)
    except ModelProblem:
        return ""
    name = values.get("Global", {}).get("model_name") if isinstance(values, dict) else None
    return name if isinstance(name, str) else ""


def _foreign(settings: Settings, cards: tuple[Card, ...]) -> Iterator[Text]:
    for card in cards:
        if not _name_in(card.folder) or "paddle" not in card.files:
            yield Text("PaddleX cannot run {name}: it is no PaddleX model with Paddle files.", {"name": card.name})
    if settings.engine in ("onnxruntime", "openvino"):
        words = "PaddleX cannot run the whole pipeline on {engine}; it will choose by itself."
        yield Text(words, {"engine": settings.engine})
    if settings.threads:
        yield Text("The threads are written for Paddle on the processor.", {})


def _model_warning(config: PipelineConfig, module: ModuleConfig, card: Card | None) -> Text | None:
    folder = config.located(module.model_dir) if module.model_dir else None
    if card is None:
        words = (
            "The model {name} is not here, so the present one stays. "
            "Download it first: Models, or `facefolio models download {name}`."
        )
        if folder:
            words = (
                "The model {name} is not here, so the present one stays. "
                "Add it first: Models, or `facefolio models add {folder}`."
            )
        return Text(words, {"name": module.model_name, "folder": folder})
    if card.task != _MODULES[module.module_name]:
        return Text(
            "{name} is no model for {task}; the present one stays.", {"name": card.name, "task": module.module_name}
        )
    if folder is not None and _differ(card, folder):
        words = "The model {name} here is not the one in {folder}; the present one stays. Add it by another name."
        return Text(words, {"name": card.name, "folder": folder})
    return None


def _differ(card: Card, folder: Path) -> bool:
    """Whether a file of the card lies in the folder too and is another one there."""
    names = [name for name in card.sha256 if (folder / name).is_file()]
    return any(disk.sha256(folder / name) != card.sha256[name] for name in names)


def _runtime(config: PipelineConfig, warnings: list[Text]) -> Iterator[tuple[str, Any]]:
    backend = (config.hpi_config or {}).get("backend")
    hpi = config.use_hpip or config.engine == "hpi"
    engine = backend if hpi else config.engine
    known = {"paddle_static": "paddle", "paddle": "paddle", "onnxruntime": "onnxruntime", "openvino": "openvino"}
    if engine in known:
        yield "engine", known[engine]
    elif engine is not None:
        warnings.append(Text("There is no engine {engine} here; the present one stays.", {"engine": engine}))
    if config.device is not None:
        device = config.device.partition(":")[0]
        if device in ("cpu", "gpu"):
            yield "device", device
        else:
            warnings.append(Text("There is no device {device} here; the present one stays.", {"device": device}))
    threads = _threads(config.engine_config or {})
    if threads is not None:
        yield "threads", threads


def _threads(options: Mapping[str, Any]) -> int | None:
    """Flat, or in a mapping per engine."""
    inner = [options, *(one for one in options.values() if isinstance(one, dict))]
    found = [one[name] for one in inner for name in ("cpu_threads", "intra_op_num_threads") if name in one]
    return found[0] if found and isinstance(found[0], int) and 0 <= found[0] <= 256 else None


def _without_setting(config: PipelineConfig) -> Iterator[Text]:
    if config.index is not None:
        yield Text(
            "The index {index} is taken in apart: Index, Import from PaddleX, or `facefolio index import`.",
            {"index": config.located(config.index)},
        )
    if config.rec_threshold > 1:
        yield Text("rec_threshold {value} is a distance; here thresholds are cosines.", {"value": config.rec_threshold})
    for name, module in (("Detection", config.detection), ("Recognition", config.recognition)):
        for option in (each for each in OPTIONS if getattr(module, each) is not None):
            yield Text("{field} has no setting; the pipeline's counts.", {"field": f"SubModules.{name}.{option}"})
    if config.serving is not None:
        yield Text("Serving has no setting; it counts for `facefolio serve --pipeline`.", {})
