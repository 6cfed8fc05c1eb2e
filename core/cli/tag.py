"""facefolio tag ..."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.cli.console import Console
from core.cli.opening import Opened, open_recognizer
from core.cli.recognize import annotated_under, photos_of
from core.cli.results import count, lines, summary
from core.errors import InputProblem
from core.export.records import PhotoResult
from core.export.table import write_csv, write_json
from core.jobs.journal import Journal
from core.jobs.tag import tag
from core.settings import Settings
from core.types import Step


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    if not arguments.folder.is_dir():
        raise InputProblem("{path} is not a folder.", "Give the folder that holds the photos.", path=arguments.folder)
    photos = photos_of([arguments.folder])
    failed: dict[Path, PhotoResult] = {}
    counts: Counter[str] = Counter()
    told = not (arguments.csv or arguments.json)

    def each(step: Step[PhotoResult]) -> None:
        count(step.item, counts)
        if step.item.problem is not None:
            failed[photos[step.done - 1]] = step.item
            console.failed(step.item.problem)
        elif told:
            for line in lines(step.item):
                console.say(line)

    with open_recognizer(arguments, settings, console) as opened, _journal(arguments, opened) as journal:
        job = tag(
            photos,
            opened.recognizer,
            journal=journal,
            annotated=annotated_under(arguments.annotate, [arguments.folder]),
            max_megapixels=opened.settings.max_megapixels,
            threads=opened.settings.threads,
        )
        console.follow(job, "Tagging", each=each)
        _write(arguments, photos, journal, failed)
    console.say(summary(counts))
    return 0


def _write(arguments: Namespace, photos: list[Path], journal: Journal, failed: dict[Path, PhotoResult]) -> None:
    def results() -> Iterator[PhotoResult]:
        for photo in photos:
            yield failed.get(photo) or PhotoResult.from_json(journal.result(photo))

    if arguments.csv:
        write_csv(arguments.csv, results())
    if arguments.json:
        write_json(arguments.json, results())


def _journal(arguments: Namespace, opened: Opened) -> Journal:
    """The journal of this folder in the gallery's own folder; another index or other limits begin a new one."""
    folder = str(arguments.folder.resolve())
    name = hashlib.sha256(folder.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    recognizer = opened.recognizer
    about = {
        "folder": folder,
        "gallery": opened.gallery.uuid,
        "index": arguments.index,
        "models": [recognizer.detector.card.name, recognizer.extractor.card.space],
        "limits": [vars(recognizer.limits), recognizer.top_k, recognizer.det_threshold],
    }
    return Journal(opened.gallery.folder / "jobs" / f"tag-{name}.jsonl", about, resume=arguments.resume)
