"""What a pipeline file would change here, told before anything is changed, and the change itself."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import IndexProblem, Problem, Text
from core.index.id_map import read_id_map
from core.models.cards import Card
from core.models.store import ModelStore
from core.paddlex.config import PipelineConfig, read_pipeline
from core.paddlex.config_settings import to_settings
from core.settings import Settings
from core.types import Step

INDEX_FILES = ("vector.index", "id_map.yaml")
PIPELINE_FILES = (".yaml", ".yml")


@dataclass(frozen=True)
class Taken:
    """What `Settings.changed` takes, and what of the file cannot be taken over, and why."""

    changes: dict[str, Any]
    warnings: tuple[Text, ...]

    def differing(self, settings: Settings) -> dict[str, tuple[Any, Any]]:
        """Setting -> its value now and the one to come, only where they are two."""
        pairs = {name: (getattr(settings, name), value) for name, value in self.changes.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True)
class NamedIndex:
    """The index folder a file names: its kind, metric and number of faces, or what is wrong with it."""

    folder: Path
    kind: str = ""
    metric: str = ""
    faces: int = 0
    problem: Problem | None = None


@dataclass(frozen=True)
class Proposal:
    """A pipeline file that was looked at; nothing is changed yet."""

    file: Path
    config: PipelineConfig
    models: tuple[Path, ...]  # folders of models that are not here and can be added
    alone: Taken  # what changes when no model is added
    adding: Taken  # and when they all are
    index: NamedIndex | None


def propose(file: Path, store: ModelStore) -> Proposal:
    """Reads the file and looks at what it names. Raises SettingsProblem."""
    config = read_pipeline(file)
    coming = {name: folder for name, folder in models_to_add(config, store).items() if folder.is_dir()}
    alone, adding = Taken(*to_settings(config, store)), Taken(*to_settings(config, store, coming=frozenset(coming)))
    index = None if config.index is None else look_at_index(config.located(config.index))
    return Proposal(file, config, tuple(coming.values()), alone, adding, index)


def models_to_add(config: PipelineConfig, store: ModelStore) -> dict[str, Path]:
    """The models of the file that are not here, and the folders it names for them."""
    here = {card.name for card in store.cards()}
    modules = (config.detection, config.recognition)
    return {
        module.model_name: config.located(module.model_dir)
        for module in modules
        if module.model_dir and module.model_name not in here
    }


def taking_over(config: PipelineConfig, store: ModelStore, *, add_models: bool) -> Generator[Step[Card], None, Taken]:
    """Adds the models asked for, a step each, and returns the changes of the settings, which the caller makes.

    Raises ModelProblem, EngineProblem; models added before the faulty one stay, the settings are as they were.
    """
    folders = tuple(models_to_add(config, store).values()) if add_models else ()
    for number, folder in enumerate(folders, 1):
        yield Step(number, len(folders), store.add(folder))
    return Taken(*to_settings(config, store))


def is_index_folder(path: Path) -> bool:
    """Whether a folder holds the two files of a PaddleX index."""
    return all((path / name).is_file() for name in INDEX_FILES)


def look_at_index(folder: Path) -> NamedIndex:
    """What an index folder says of itself; vector.index is only read when its people are taken in."""
    if not is_index_folder(folder):
        words = "{folder} is no index folder: it must hold vector.index and id_map.yaml."
        return NamedIndex(folder, problem=IndexProblem(words, "Nothing was changed.", folder=folder))
    try:
        found = read_id_map(folder / "id_map.yaml")
    except IndexProblem as problem:
        return NamedIndex(folder, problem=problem)
    return NamedIndex(folder, found.index_type, found.metric_type, len(found.labels))
