"""What most commands begin with: a gallery, models and a recognizer, closed at the end."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.assembly import Bench, feature_card_of, open_bench, open_shelf
from core.cli.console import Console
from core.cli.parser import overrides
from core.gallery.gallery import Gallery
from core.index.shelf import Shelf
from core.models.cards import Card
from core.models.store import ModelStore
from core.paths import galleries_folder
from core.recognizer import Recognizer
from core.settings import Settings


@dataclass(frozen=True)
class Opened:
    """A gallery with its index and the models that fit it."""

    gallery: Gallery
    shelf: Shelf
    bench: Bench
    recognizer: Recognizer
    settings: Settings


def gallery_folder(folder: Path) -> Path:
    """The folder as typed, or the gallery of that bare name among the user's own."""
    own = galleries_folder() / folder
    return own if not folder.exists() and len(folder.parts) == 1 and own.is_dir() else folder


@contextmanager
def open_gallery(arguments: Namespace) -> Iterator[Gallery]:
    with Gallery.open(gallery_folder(arguments.gallery)) as gallery:
        yield gallery


@contextmanager
def open_recognizer(
    arguments: Namespace, settings: Settings, console: Console, *, alone: bool = False
) -> Iterator[Opened]:
    """The recognizer of a gallery; `alone` = for one picture at a time, so that the models use all threads."""
    settings = settings.changed(**overrides(arguments))
    with open_gallery(arguments) as gallery, open_shelf(gallery) as shelf:
        store = ModelStore()
        card = feature_card_of(settings, store, gallery)
        with open_models(settings, store, console, feature=card, alone=alone) as bench:
            index = shelf.open(getattr(arguments, "index", "default")) if gallery.model else None
            yield Opened(gallery, shelf, bench, bench.recognizer(settings, index), settings)


@contextmanager
def open_models(
    settings: Settings, store: ModelStore, console: Console, *, feature: Card | None = None, alone: bool = False
) -> Iterator[Bench]:
    # A folder keeps every core busy with photos of its own: there each model runs on one thread.
    with open_bench(settings, store, feature=feature, threads=settings.threads if alone else 1) as bench:
        for session in (bench.detector.session, bench.extractor.session):
            if session.note:
                console.note(session.note)
        yield bench
