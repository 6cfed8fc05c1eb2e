"""facefolio config ..."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Generator, Iterable

from core import paths
from core import settings as stored
from core.cli.console import Console
from core.cli.output import check_output
from core.errors import Text
from core.models.cards import Card
from core.models.store import ModelStore
from core.paddlex.config import pipeline_text, read_pipeline
from core.paddlex.config_settings import from_settings
from core.paddlex.saving import save_pipeline
from core.paddlex.taking_over import Taken, taking_over
from core.settings import Settings
from core.types import Step


def show_config(arguments: Namespace, settings: Settings, console: Console) -> int:
    config = read_pipeline(arguments.file) if arguments.file else from_settings(settings, ModelStore())
    console.say(pipeline_text(config).rstrip())
    _tell(config.warnings, console)
    return 0


def import_config(arguments: Namespace, settings: Settings, console: Console) -> int:
    config = read_pipeline(arguments.file)
    taken = _taken(taking_over(config, ModelStore(), add_models=arguments.add_models), console)
    stored.save(settings.changed(**taken.changes), paths.settings_file())
    for name, value in taken.changes.items():
        console.say(f"{name}: {value}")
    _tell(taken.warnings, console)
    return 0


def export_config(arguments: Namespace, settings: Settings, console: Console) -> int:
    check_output(arguments.file)
    warnings = save_pipeline(settings, ModelStore(), arguments.file, arguments.index)
    console.say(f"Wrote {arguments.file}.")
    _tell(warnings, console)
    return 0


def _taken(job: Generator[Step[Card], None, Taken], console: Console) -> Taken:
    while True:
        try:
            card = next(job).item
        except StopIteration as end:
            taken: Taken = end.value
            return taken
        console.say(f"Added {card.name} ({card.task}, {', '.join(card.files)}).")


def _tell(warnings: Iterable[Text], console: Console) -> None:
    for warning in warnings:
        console.note(warning)
