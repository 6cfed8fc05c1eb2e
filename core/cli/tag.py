"""facefolio tag ..."""

from __future__ import annotations

import hashlib
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.cli.console import Console
from core.cli.opening import Opened, open_recognizer
from core.cli.output import check_output
from core.cli.recognize import annotated_under, photos_of
from core.cli.results import count, lines, summary
from core.errors import InputProblem
from core.export.records import PhotoResult
from core.export.table import write_csv, write_json
from core.jobs.journal import Journal, JournalTaken
from core.jobs.tag import tag
from core.settings import Settings
from core.types import Step


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    if not arguments.folder.is_dir():
        raise InputProblem("{path} is not a folder.", "Give the folder that holds the photos.", path=arguments.folder)
    check_output(arguments.csv, arguments.json)
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

    with open_recognizer(arguments, settings, console) as opened, _journal(arguments, opened, console) as journal:
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


@contextmanager
def _journal(arguments: Namespace, opened: Opened, console: Console) -> Iterator[Journal]:
    """The journal of this folder in the gallery's own folder, or one that goes with this run where none can be kept."""
    folder = str(arguments.folder.resolve())
    name = f"tag-{hashlib.sha256(folder.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.jsonl"
    about = _about(arguments, opened, folder)
    if not opened.gallery.read_only:
        try:
            with Journal(opened.gallery.folder / "jobs" / name, about, resume=arguments.resume) as journal:
                if arguments.resume and journal.other:
                    console.note("The gallery or the options have changed: all photos are looked at anew.")
                yield journal
                return
        except JournalTaken:
            console.note("Another run tags this folder now: this one keeps no journal.")
    with TemporaryDirectory(prefix="facefolio-") as place, Journal(Path(place) / name, about, resume=False) as journal:
        yield journal


def _about(arguments: Namespace, opened: Opened, folder: str) -> dict[str, Any]:
    """What the names in a journal depend on; a journal about anything else is not taken up again."""
    recognizer, last = opened.recognizer, opened.gallery.next_undo
    return {
        "folder": folder,
        "gallery": [opened.gallery.uuid, last.id if last else 0],
        "index": arguments.index,
        "models": [recognizer.detector.card.name, recognizer.extractor.card.space],
        "limits": [vars(recognizer.limits), recognizer.top_k, recognizer.det_threshold],
    }
