"""facefolio recognize ..."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.cli.console import Console
from core.cli.opening import open_recognizer
from core.cli.output import check_output, json_for_screen
from core.cli.results import lines
from core.export.annotate import annotated_under
from core.export.records import PhotoResult
from core.export.table import json_entry, write_json
from core.jobs.tag import tag
from core.jobs.tagging import photos_of
from core.settings import Settings
from core.standing import Standing
from core.types import Step


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    printed = arguments.json == Path("-")
    check_output(None if printed else arguments.json)
    photos = photos_of(arguments.inputs)
    results: list[PhotoResult] = []

    def each(step: Step[PhotoResult]) -> None:
        results.append(step.item)
        if step.item.problem is not None:
            console.failed(step.item.problem)
        elif not printed:
            for line in lines(step.item):
                console.say(line)

    with open_recognizer(arguments, settings, console, alone=len(photos) == 1) as opened:
        job = tag(
            photos,
            opened.recognizer,
            annotated=annotated_under(arguments.save_img, arguments.inputs),
            standing=Standing.of(opened.gallery),
            max_megapixels=opened.settings.max_megapixels,
            threads=opened.settings.threads,
        )
        console.follow(job, "Recognizing", each=each)
    if printed:
        console.say(json_for_screen([json_entry(each) for each in results]))
    elif arguments.json:
        write_json(arguments.json, results)
    return 0
