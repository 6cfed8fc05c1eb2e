"""facefolio config ..."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from core import paths
from core import settings as stored
from core.cli.console import Console
from core.cli.output import check_output
from core.errors import Text
from core.models.store import ModelStore
from core.paddlex.config import PipelineConfig, pipeline_text, read_pipeline, write_pipeline
from core.paddlex.config_settings import from_settings, to_settings
from core.settings import Settings


def show_config(arguments: Namespace, settings: Settings, console: Console) -> int:
    config = read_pipeline(arguments.file) if arguments.file else from_settings(settings, ModelStore())
    console.say(pipeline_text(config).rstrip())
    _tell(config.warnings, console)
    return 0


def import_config(arguments: Namespace, settings: Settings, console: Console) -> int:
    config, store = read_pipeline(arguments.file), ModelStore()
    if arguments.add_models:
        _add_models(config, store, console)
    changes, warnings = to_settings(config, store)
    stored.save(settings.changed(**changes), paths.settings_file())
    for name, value in changes.items():
        console.say(f"{name}: {value}")
    _tell(warnings, console)
    return 0


def export_config(arguments: Namespace, settings: Settings, console: Console) -> int:
    check_output(arguments.file)
    config = from_settings(settings, ModelStore(), arguments.index)
    write_pipeline(config, arguments.file)
    console.say(f"Wrote {arguments.file}.")
    _tell(config.warnings, console)
    return 0


def _add_models(config: PipelineConfig, store: ModelStore, console: Console) -> None:
    here = {card.name for card in store.cards()}
    for module in (config.detection, config.recognition):
        if module.model_dir and module.model_name not in here:
            card = store.add(config.located(module.model_dir))
            console.say(f"Added {card.name} ({card.task}, {', '.join(card.files)}).")


def _tell(warnings: Iterable[Text], console: Console) -> None:
    for warning in warnings:
        console.note(warning)
