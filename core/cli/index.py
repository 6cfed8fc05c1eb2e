"""facefolio index ..."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from core.assembly import feature_card_of, open_shelf
from core.cli.console import Console, number
from core.cli.opening import open_gallery
from core.errors import InputProblem
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel
from core.index import foreign, kinds, measures
from core.index.checks import verify
from core.index.shelf import Shelf
from core.jobs.interchange import import_people
from core.models.store import ModelStore
from core.settings import Settings


def build_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with _opened(arguments) as (gallery, shelf):
        name, *who = arguments.words or ["default"]
        people = [gallery.find(each).id for each in who] or None
        job = shelf.build(
            name,
            kind=arguments.type,
            metric=arguments.metric,
            parameters=_parameters(arguments.parameter),
            identities=people,
        )
        console.follow(job, "Building", unit="face")
        _tell(shelf, name, console)
    return 0


def append_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    return _cover(arguments, console, Shelf.append)


def remove_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    return _cover(arguments, console, Shelf.remove)


def _cover(arguments: Namespace, console: Console, act: Callable[[Shelf, str, Iterable[int]], Change]) -> int:
    # A single word is a person, and the index the default one.
    name, *who = arguments.words if len(arguments.words) > 1 else ["default", *arguments.words]
    with _opened(arguments) as (gallery, shelf):
        act(shelf, name, [gallery.find(each).id for each in who])
        console.follow(shelf.compact(name), "Indexing", unit="face")
        _tell(shelf, name, console)
    return 0


def list_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with _opened(arguments) as (gallery, shelf):
        for rule in gallery.index_rules():
            _tell(shelf, rule.name, console)
    return 0


def delete_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with _opened(arguments) as (_, shelf):
        shelf.delete(arguments.name)
        console.say(f"Deleted the index {arguments.name}; the faces are still in the gallery.")
    return 0


def show_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with _opened(arguments) as (gallery, shelf):
        shelf.open(arguments.name)
        state = shelf.state(arguments.name)
        for field in dataclasses.fields(state):
            if field.name != "measured":
                console.say(f"{field.name:12} {getattr(state, field.name)}")
        for figure, value in dataclasses.asdict(state.measured).items() if state.measured else ():
            console.say(f"{figure:12} {value}")
        rule = gallery.index_rule(arguments.name)
        names = {each.id: each.name for each in gallery.identities()}
        listed = ", ".join(sorted(names[each] for each in rule.identities if each in names))
        console.say(f"{'but' if rule.covers == 'all' else 'people':12} {listed or '-'}")
        for name, limit in kinds.KINDS[state.kind].parameters.items():
            console.say(f"{name}: {limit.note}")
    return 0


def compact_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with _opened(arguments) as (_, shelf):
        console.follow(shelf.compact(arguments.name), "Compacting", unit="face")
        _tell(shelf, arguments.name, console)
    return 0


def verify_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with _opened(arguments) as (gallery, shelf):
        state = shelf.state(arguments.name)
        if state.condition in ("stale", "missing"):
            console.note(f"{arguments.name}: {state.reason} It is brought up to date first.")
            console.follow(shelf.compact(arguments.name), "Indexing", unit="face")
        report = console.follow(verify(shelf, arguments.name), "Verifying", unit="part")
        if report.measured is not None and not gallery.read_only:
            measures.keep(shelf.folder(arguments.name), report.measured)
    for problem in report.problems:
        console.failed(problem)
    if report.recall_at_1 is not None:
        console.say(
            f"{report.name}: recall@1 {report.recall_at_1:.4f}, recall@5 {report.recall_at_5:.4f} of {report.sample} "
            f"searches; one search {report.median_ms:.3f} ms, 99 % within {report.p99_ms:.3f} ms"
        )
    if not report.sound:
        console.note(f"It is mended by: facefolio index compact {arguments.gallery} {arguments.name}")
    else:
        console.say(f"{report.name}: sound, {number(report.faces, 'face')}.")
    return 0


def export_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with _opened(arguments) as (_, shelf):
        count = foreign.export_index(shelf, arguments.name, arguments.to)
    console.say(f"Wrote {number(count, 'face')} of {arguments.name} to {arguments.to}.")
    return 0


def import_index(arguments: Namespace, settings: Settings, console: Console) -> int:
    with open_gallery(arguments) as gallery:
        card = (
            ModelStore().card(arguments.model) if arguments.model else feature_card_of(settings, ModelStore(), gallery)
        )
        change = import_people(gallery, arguments.source, model=FeatureModel.of(card))
    console.say(f"Done: {change.label}" if change else "All of it is there already; nothing was imported.")
    return 0


def _tell(shelf: Shelf, name: str, console: Console) -> None:
    shelf.open(name)
    state = shelf.state(name)
    reason = f" ({state.reason})" if str(state.reason) else ""
    console.say(
        f"{name}: {state.kind} {state.metric}, {number(state.faces, 'face')} of "
        f"{number(state.identities, 'person', 'people')}, "
        f"{state.condition}{reason}"
    )


@contextmanager
def _opened(arguments: Namespace) -> Iterator[tuple[Gallery, Shelf]]:
    with open_gallery(arguments) as gallery, open_shelf(gallery) as shelf:
        yield gallery, shelf


def _parameters(texts: list[str]) -> dict[str, int]:
    pairs = [text.partition("=") for text in texts]
    for name, _, value in pairs:
        if not value.isdecimal():
            raise InputProblem("{text} is no parameter.", "Write KEY=NUMBER, as in m=32.", text=f"{name}={value}")
    return {name: int(value) for name, _, value in pairs}
