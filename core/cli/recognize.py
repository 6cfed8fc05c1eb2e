"""facefolio recognize ..."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from core.cli.console import Console
from core.cli.opening import open_recognizer
from core.cli.output import check_output, json_for_screen
from core.cli.results import lines
from core.errors import InputProblem
from core.export.annotate import annotated_path, prepare_folder
from core.export.records import PhotoResult
from core.export.table import json_entry, write_json
from core.jobs.tag import tag
from core.photos import list_photos
from core.settings import Settings
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
            max_megapixels=opened.settings.max_megapixels,
            threads=opened.settings.threads,
        )
        console.follow(job, "Recognizing", each=each)
    if printed:
        console.say(json_for_screen([json_entry(each) for each in results]))
    elif arguments.json:
        write_json(arguments.json, results)
    return 0


def photos_of(inputs: list[Path]) -> list[Path]:
    photos = list_photos(inputs)
    if not photos:
        raise InputProblem(
            "No pictures found in {inputs}.",
            "Give pictures, or a folder that holds some.",
            inputs=", ".join(str(each) for each in inputs),
        )
    return photos


def annotated_under(folder: Path | None, inputs: Sequence[Path]) -> Callable[[Path], Path] | None:
    """Where each photo's annotated picture goes: `folder` mirrors the tree that the inputs share."""
    if folder is None:
        return None
    prepare_folder(folder)
    tops = [(each if each.is_dir() else each.parent).absolute() for each in inputs]
    shared = Path(os.path.commonpath(tops)) if len({top.anchor for top in tops}) == 1 else tops[0]
    return partial(annotated_path, folder, root=shared)
