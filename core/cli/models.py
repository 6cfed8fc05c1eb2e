"""facefolio models ..."""

from __future__ import annotations

from argparse import Namespace

from core import paths
from core import settings as stored
from core.cli.console import Console
from core.cli.opening import open_gallery
from core.cli.parser import overrides
from core.engines import availability
from core.engines.choose import measure
from core.errors import Problem
from core.jobs.models import move_gallery
from core.models.card_file import write_card
from core.models.cards import Card
from core.models.convert import convert
from core.models.entries import Entry
from core.models.store import ModelStore
from core.settings import Settings
from core.types import Step


def list_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    store = ModelStore()
    chosen = {settings.detector, settings.feature}
    chosen |= {store.default_card(task).name for task in ("detect", "feature") if not _setting(settings, task)}
    entries = store.entries()
    for entry in (each for each in entries if each.installed):
        mark = "*" if entry.card.name in chosen else " "
        console.say(f"{mark} {_line(entry)}  {', '.join(entry.card.files)}")
    for problem in store.problems():
        console.failed(problem)
    console.say("\nKnown but not installed:")
    for entry in (each for each in entries if not each.installed):
        console.say(f"  {_line(entry)}  {_way(entry)}".rstrip())
    for engine, reason in availability().items():
        console.note(f"{engine}: {reason or 'ready'}")
    return 0


def show_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    console.say(write_card(ModelStore().card(arguments.name)).rstrip())
    return 0


def check_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    for found in ModelStore().check(arguments.name):
        if isinstance(found, Problem):
            console.failed(found)
        else:
            console.say(found)
    return 0


def add_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    card = ModelStore().add(arguments.source, card=arguments.card, name=arguments.name)
    console.say(f"Added {card.name} ({card.task}, {', '.join(card.files)}).")
    console.note(f"Choose it with: facefolio models use {card.name}")
    return 0


def download_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    card = console.follow(ModelStore().download(arguments.name), "Downloading", unit="byte")
    console.say(f"Added {card.name} ({card.task}, {', '.join(card.files)}).")
    console.note(f"Choose it with: facefolio models use {card.name}")
    return 0


def convert_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    found = console.follow(convert(arguments.folder, arguments.out), "Converting", unit="step")
    console.say(f"{found.folder} holds the model as ONNX too; it agrees with Paddle within {found.difference:.1g}.")
    console.note(f"Add it with: facefolio models add {found.folder}")
    return 0


def remove_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    ModelStore().remove(arguments.name)
    console.say(f"Removed {arguments.name}.")
    return 0


def use_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    card = ModelStore().card(arguments.name)
    if arguments.gallery is not None:
        return _move(arguments, card, settings.changed(**overrides(arguments)), console)
    changed = settings.changed(**{"detector" if card.task == "detect" else "feature": card.name})
    stored.save(changed, paths.settings_file())
    what = "detector" if card.task == "detect" else "face feature model of new galleries"
    console.say(f"{card.name} is now the {what}.")
    return 0


def bench_model(arguments: Namespace, settings: Settings, console: Console) -> int:
    store = ModelStore()
    for card in [store.card(name) for name in arguments.names] or store.cards():
        for found in measure(card, threads=arguments.threads):
            taken = "no figure" if found.milliseconds is None else f"{found.milliseconds:6.2f} ms"
            console.say(f"{card.name:24} {found.engine:12} {found.device:8} {taken}  {found.note}".rstrip())
    return 0


def _move(arguments: Namespace, card: Card, settings: Settings, console: Console) -> int:
    """Makes the gallery's features with the model from its own pictures, then takes that model into use."""
    with open_gallery(arguments) as gallery:
        job = move_gallery(gallery, card, settings)

        def each(step: Step[Problem | None]) -> None:
            if step.item is not None:
                console.failed(step.item)

        console.follow(job, "Moving", unit="face", each=each)
        console.say(f"{gallery.name} now uses {card.name}.")
    return 0


def _line(entry: Entry) -> str:
    card, size = entry.card, f"{entry.size / 1e6:.1f} MB" if entry.size else ""
    return f"{card.name:24} {card.task:8} {card.licence or 'unknown':12} {size:>9}"


def _way(entry: Entry) -> str:
    if entry.state == "described":
        return entry.card.note or "add it from its files"
    part = f", {entry.arrived / 1e6:.1f} MB of it are here" if entry.arrived else ""
    return f"facefolio models download {entry.card.name}{part}"


def _setting(settings: Settings, task: str) -> str:
    return settings.detector if task == "detect" else settings.feature
