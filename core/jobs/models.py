"""Slow work about models: measuring, checking and adding them, and moving a gallery to another one."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.engines import open_session
from core.engines.choose import Measured, measuring
from core.errors import Problem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel
from core.jobs.refeature import refeature
from core.models.cards import Card
from core.models.store import ModelStore
from core.settings import Settings
from core.types import Step
from core.vision.feature import FeatureExtractor


@dataclass(frozen=True)
class Measurement:
    """How one model does in one engine on this machine."""

    model: str
    found: Measured


def measure_models(
    cards: Sequence[Card], *, threads: int = 0
) -> Generator[Step[Measurement], None, dict[str, list[Measured]]]:
    """Measures models one after the other and remembers the best engine of each; a step per engine and device.

    Returns what was found per model, quickest first.
    """
    found: dict[str, list[Measured]] = {}
    for number, card in enumerate(cards):
        job = measuring(card, threads=threads)
        try:
            while True:
                yield Step(number, len(cards), Measurement(card.name, next(job)))
        except StopIteration as end:
            found[card.name] = end.value
        finally:
            job.close()
    return found


def check_model(store: ModelStore, name: str) -> Generator[Step[Text | Problem], None, list[Text | Problem]]:
    """Checksums, engines and their agreement, a step per finding."""
    from core.models.checking import check

    found: list[Text | Problem] = []
    for finding in check(store.card(name)):
        found.append(finding)
        yield Step(len(found), 0, finding)
    return found


def add_model(store: ModelStore, path: Path, *, card: Path | None = None) -> Generator[Step[None], None, Card]:
    """Takes a model in, whole or not at all; it is opened and run once before. Raises ModelProblem, EngineProblem."""
    yield Step(0, 1, None)
    return store.add(path, card=card)


@dataclass(frozen=True)
class Moved:
    """A gallery that uses another model now; `change` undoes it. `problems` tells faces that were left behind."""

    change: Change
    problems: tuple[Problem, ...]


def move_gallery(gallery: Gallery, card: Card, settings: Settings) -> Generator[Step[Problem | None], None, Moved]:
    """Makes the gallery's features with another model from its own pictures, then takes that model into use.

    A cancelled run leaves the model in use as it was; the features made so far are kept for the next one. Raises
    EngineProblem, GalleryProblem.
    """
    opened = open_session(card, engine=settings.engine, device=settings.device, threads=1)
    with closing(opened) as session:
        problems = yield from refeature(gallery, FeatureExtractor(card, session), threads=settings.threads)
    change = gallery.use_model(FeatureModel.of(card))
    return Moved(change, tuple(problems))
