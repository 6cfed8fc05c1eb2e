"""facefolio tag ..."""

from __future__ import annotations

from argparse import Namespace

from core.cli.console import Console
from core.cli.opening import open_recognizer
from core.cli.results import lines, summary
from core.errors import InputProblem
from core.export.places import check_output
from core.export.records import PhotoResult
from core.jobs.tagging import TagOptions, tag_folder
from core.settings import Settings
from core.types import Step


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    if not arguments.folder.is_dir():
        raise InputProblem("{path} is not a folder.", "Give the folder that holds the photos.", path=arguments.folder)
    check_output(arguments.csv, arguments.json)
    told = not (arguments.csv or arguments.json)

    def each(step: Step[PhotoResult]) -> None:
        if step.item.problem is not None:
            console.failed(step.item.problem)
        elif told:
            for line in lines(step.item):
                console.say(line)

    with open_recognizer(arguments, settings, console) as opened:
        options = TagOptions(
            arguments.folder,
            resume=arguments.resume,
            index=arguments.index,
            csv=arguments.csv,
            json=arguments.json,
            annotated=arguments.annotate,
            max_megapixels=opened.settings.max_megapixels,
            threads=opened.settings.threads,
        )
        job = tag_folder(options, opened.recognizer, opened.gallery, note=console.note)
        tagged = console.follow(job, "Tagging", each=each)
    for problem in tagged.unwritten:
        raise problem
    console.say(summary(tagged.counts))
    return 0
