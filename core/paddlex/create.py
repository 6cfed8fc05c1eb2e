"""create_pipeline: from a configuration to models and limits."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import SettingsProblem
from core.models.cards import Card, Task
from core.paddlex.arguments import tell_unknown
from core.paddlex.config import PIPELINE, ModuleConfig, PipelineConfig, pipeline_of, read_pipeline
from core.paddlex.model_cards import find_card
from core.paddlex.pipeline import FaceRecognitionPipeline, Limits
from core.paddlex.predictors import FaceDetectionModel, FaceFeatureModel
from core.paddlex.runtime import Runtime, runtime

_SAFE = "Nothing was opened or changed."
_log = logging.getLogger(__name__)


def create_pipeline(  # noqa: PLR0917 - the order is PaddleX's
    pipeline: str | os.PathLike[str] | None = None,
    config: Mapping[str, Any] | PipelineConfig | str | os.PathLike[str] | None = None,
    device: str | None = None,
    pp_option: Any = None,
    use_hpip: bool | None = None,
    hpi_config: Mapping[str, Any] | None = None,
    *,
    engine: str | None = None,
    engine_config: Mapping[str, Any] | None = None,
    **unknown: Any,
) -> FaceRecognitionPipeline:
    """PaddleX's face recognition of the name "face_recognition", of a YAML file or of a dict.

    Models are opened when they are first needed. Raises SettingsProblem for a configuration that cannot be followed,
    ModelProblem for a model that is not here, IndexProblem for an index that cannot be used.
    """
    tell_unknown(unknown if pp_option is None else {**unknown, "pp_option": pp_option})
    found = configuration(pipeline if config is None else config)
    given: dict[str, Any] = {
        "device": device,
        "engine": engine,
        "engine_config": engine_config,
        "use_hpip": use_hpip,
        "hpi_config": hpi_config,
    }
    found = replace(found, **{name: value for name, value in given.items() if value is not None})
    return FaceRecognitionPipeline(
        detection_model(found),
        feature_model(found),
        Limits(found.det_threshold, found.rec_threshold, found.rec_topk),
        index=None if found.index is None else found.located(found.index),
    )


def detection_model(config: PipelineConfig) -> FaceDetectionModel:
    """The detector of a configuration. Raises ModelProblem, SettingsProblem."""
    card, opening = _module(config, config.detection, "detect")
    return FaceDetectionModel(card, opening, batch_size=config.detection.batch_size)


def feature_model(config: PipelineConfig) -> FaceFeatureModel:
    """The face feature model of a configuration. Raises ModelProblem, SettingsProblem."""
    card, opening = _module(config, config.recognition, "feature")
    return FaceFeatureModel(card, opening, batch_size=config.recognition.batch_size)


def configuration(given: Any) -> PipelineConfig:
    """The configuration of a pipeline's name, a YAML file or a dict; what has no effect in it is told.

    Raises SettingsProblem.
    """
    found = _configuration(given)
    for warning in found.warnings:
        _log.warning("%s", warning)
    return found


def _configuration(given: Any) -> PipelineConfig:
    if isinstance(given, PipelineConfig):
        return given
    if isinstance(given, Mapping):
        return pipeline_of(given)
    if given is None:
        raise SettingsProblem("create_pipeline needs the name of a pipeline or its configuration.", _SAFE)
    if not isinstance(given, str | os.PathLike):
        raise SettingsProblem("A {kind} is no configuration.", _SAFE, kind=type(given).__name__)
    name = os.fspath(given)
    if name == PIPELINE:
        return PipelineConfig()
    if not name.lower().endswith((".yml", ".yaml")):
        raise SettingsProblem(
            "There is no pipeline called {name} here.",
            "Known is {known}; or give the path of its .yaml file.",
            name=name,
            known=PIPELINE,
        )
    return read_pipeline(Path(name))


def _module(config: PipelineConfig, module: ModuleConfig, task: Task) -> tuple[Card, Runtime]:
    folder = None if module.model_dir is None else config.located(module.model_dir)
    names = ("engine", "engine_config", "use_hpip", "hpi_config")
    options = {name: getattr(config if getattr(module, name) is None else module, name) for name in names}
    return find_card(module.model_name, folder, task=task), runtime(device=config.device, **options)
