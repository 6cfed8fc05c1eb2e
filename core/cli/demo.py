"""facefolio demo: the whole of the main job on drawn people."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from functools import partial
from pathlib import Path

from core.assembly import feature_card_of, open_shelf
from core.cli.console import Console
from core.cli.opening import Opened, open_models
from core.cli.parser import overrides
from core.demo.score import score
from core.demo.town import Town, draw_town
from core.export.annotate import annotated_path, caption, prepare_folder
from core.export.records import PhotoResult
from core.export.table import write_csv
from core.gallery.gallery import Gallery
from core.jobs.enroll import EnrollOptions
from core.jobs.sample import enroll_portraits
from core.jobs.tag import tag
from core.models.store import ModelStore
from core.recognizer import Recognizer
from core.settings import Settings


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    folder: Path = arguments.folder
    settings = settings.changed(**overrides(arguments))
    job = draw_town(folder, people=arguments.people, groups=arguments.groups, seed=arguments.seed)
    town, store = console.follow(job, "Drawing", unit="picture"), ModelStore()
    console.say(f"Drew {arguments.people} people and {len(town.truth)} group pictures in {folder}.")
    with (
        _gallery(folder / "town.gallery") as gallery,
        open_shelf(gallery) as shelf,
        open_models(settings, store, console, feature=feature_card_of(settings, store, gallery)) as bench,
    ):
        index = shelf.open() if gallery.model else None
        _enroll(Opened(gallery, shelf, bench, bench.recognizer(settings, index), settings), town, console)
        results = _tag(bench.recognizer(settings, shelf.open()), town, console, threads=settings.threads)
    write_csv(folder / "people.csv", results)
    console.say(f"Pictures with names: {folder / 'annotated'}   table: {folder / 'people.csv'}")
    console.note(f"Look into the gallery: facefolio gallery show {folder / 'town.gallery'}")
    return 0


def _gallery(folder: Path) -> Gallery:
    return Gallery.open(folder) if folder.exists() else Gallery.create(folder, name="Town")


def _enroll(opened: Opened, town: Town, console: Console) -> None:
    options = EnrollOptions(min_quality=opened.settings.min_quality, threads=opened.settings.threads)
    job = enroll_portraits(opened.gallery, town.portraits, opened.recognizer, options=options)
    for row in console.follow(job, "Enrolling", unit="portrait"):
        console.note(row.problem)
    people = opened.gallery.identities()
    console.say(f"Enrolled {len(people)} people with {sum(each.faces for each in people)} faces.")


def _tag(recognizer: Recognizer, town: Town, console: Console, *, threads: int) -> list[PhotoResult]:
    prepare_folder(town.groups.parent / "annotated")
    where = partial(annotated_path, town.groups.parent / "annotated", root=town.groups)
    photos = [town.groups / truth.file for truth in town.truth]
    results: list[PhotoResult] = []
    job = tag(photos, recognizer, annotated=where, threads=threads)
    console.follow(job, "Tagging", unit="picture", each=lambda step: results.append(step.item))
    counts: Counter[str] = Counter()
    for truth, result in zip(town.truth, results, strict=True):
        console.say(f"{truth.file}: {', '.join(caption(result, place) for place in _from_left(result))}")
        counts += score(result, truth)
    console.say(
        f"{counts['right']} of {counts['people']} people named right, {counts['unsure']} unsure, "
        f"{counts['wrong']} wrong, {counts['missed']} missed; "
        f"{counts['strangers_left']} of {counts['strangers']} strangers left unnamed; {counts['false']} false faces."
    )
    return results


def _from_left(result: PhotoResult) -> list[int]:
    return sorted(range(len(result.faces)), key=lambda place: float(result.faces.boxes[place][0]))
