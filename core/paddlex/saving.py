"""The present settings written as a pipeline file, once what they would name fits together."""

from __future__ import annotations

from pathlib import Path

from core.errors import IndexProblem, Text
from core.index.foreign import length_of
from core.models.cards import Card
from core.models.store import ModelStore
from core.paddlex.config import write_pipeline
from core.paddlex.config_settings import from_settings
from core.paddlex.taking_over import look_at_index
from core.settings import Settings


def save_pipeline(settings: Settings, store: ModelStore, file: Path, index: Path | None = None) -> tuple[Text, ...]:
    """Writes the settings, and `index` as the folder to search; returns what PaddleX cannot follow of them.

    Raises SettingsProblem, ModelProblem, and IndexProblem for a folder that is no sound index or whose features have
    another length than those of the settings' model. Nothing is written then.
    """
    config = from_settings(settings, store, index)
    if index is not None:
        _check(index, store.card(settings.feature) if settings.feature else store.default_card("feature"))
    write_pipeline(config, file)
    return config.warnings


def _check(index: Path, feature: Card) -> None:
    named = look_at_index(index)
    if named.problem is not None:
        raise named.problem
    length = length_of(index, labels=named.faces)
    if length != feature.length:
        raise IndexProblem(
            "{folder} holds features of {found} numbers, but the face feature model {model} makes features of {made}.",
            "Nothing was written. Choose the model in the settings that the index was made with, or another index.",
            folder=index,
            found=length,
            model=feature.name,
            made=feature.length,
        )
