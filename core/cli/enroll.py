"""facefolio enroll ..."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.cli.console import Console, number
from core.cli.opening import Opened, open_recognizer
from core.cli.output import check_output, write_output
from core.errors import InputProblem, Problem
from core.gallery.gallery import Gallery
from core.jobs import enroll, sources
from core.jobs.enroll import EnrollOptions, EnrollPlan, EnrollRow, accept, enrolled_names, look
from core.jobs.sources import Labelled, labelled
from core.settings import Settings
from core.types import Step


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    check_output(arguments.report)
    with open_recognizer(arguments, settings, console) as opened:
        people = chosen_person(opened.gallery, arguments.name)
        name = next(iter(people), arguments.name)
        twice = names_of_several(opened.gallery) - people.keys()
        photos = [unambiguous(each, twice) for each in _labelled(arguments.sources, name)]
        if not photos:
            raise _nothing(arguments)
        job = look(
            photos,
            opened.recognizer,
            enrolled=enrolled_names(opened.gallery),
            options=options_of(arguments, opened.settings),
        )
        with closing(console.follow(job, "Looking", each=lambda step: _tell(step, console))) as plan:
            return _finish(arguments, opened, plan, console, people=people)


def _labelled(places: Sequence[Path], name: str | None) -> list[Labelled]:
    try:
        return labelled(places, name=name)
    except InputProblem as problem:
        raise _in_options(problem) from problem


def chosen_person(gallery: Gallery, name: str | None) -> dict[str, int]:
    """The identity that `--name "#12"` means, by its name; empty for an ordinary name."""
    if name is None or not name.startswith("#"):
        return {}
    person = gallery.find(name)
    return {person.name: person.id}


def names_of_several(gallery: Gallery) -> set[str]:
    """Names that more than one person has."""
    counts = Counter(person.name for person in gallery.identities())
    return {name for name, count in counts.items() if count > 1}


def unambiguous(source: Labelled, twice: set[str]) -> Labelled:
    """The source, with a problem when several people of the gallery have its name."""
    if source.problem is not None or source.name not in twice:
        return source
    problem = InputProblem(
        "{path} is not enrolled: several people are called {name}.",
        "Say which one with --name '#NUMBER'; `facefolio gallery show` tells the numbers.",
        path=source.path,
        name=source.name,
    )
    return replace(source, problem=problem)


def _nothing(arguments: Namespace) -> InputProblem:
    return InputProblem(
        "No pictures found in {sources}.",
        "Nothing was enrolled; give a folder per person, a list or pictures.",
        sources=", ".join(str(source) for source in arguments.sources),
    )


def options_of(arguments: Namespace, settings: Settings) -> EnrollOptions:
    return EnrollOptions(
        faces=arguments.faces,
        min_quality=settings.min_quality,
        max_megapixels=settings.max_megapixels,
        threads=settings.threads,
    )


def _finish(arguments: Namespace, opened: Opened, plan: EnrollPlan, console: Console, *, people: dict[str, int]) -> int:
    for row in plan.rows:
        for warning in row.warnings:
            console.note(f"{row.path} ({row.name}): {warning}")
    rows = plan.accepted()
    enrolled = f"{number(len(rows), 'face')} of {number(len({row.name for row in rows}), 'person', 'people')}"
    if arguments.dry_run:
        console.say(f"Would enroll {enrolled}. Nothing was written.")
    else:
        change = accept(opened.gallery, plan, opened.bench.model, people=people)
        skipped = sum(row.skipped is not None for row in plan.rows)
        more = f"; {number(skipped, 'picture')} already there" if skipped else ""
        console.say(f"Enrolled {enrolled}{more}." if change else f"Nothing to enroll{more}.")
        if change:
            console.follow(opened.shelf.compact("default"), "Indexing", unit="face")
    if arguments.report:
        report = {"written": not arguments.dry_run, "rows": [_row(row) for row in plan.rows]}
        write_output(arguments.report, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    return 0


def _tell(step: Step[EnrollRow], console: Console) -> None:
    if step.item.problem is not None:
        console.failed(_in_options(step.item.problem))


# What the core advises in words that fit a window as well, in the words of this command.
_OPTIONS = {
    sources.TWO_NAMES: "Nothing was enrolled; leave out --name.",
    sources.NEEDS_NAME: "Nothing was enrolled; add --name NAME.",
    sources.LOOSE: "Move it into a person's folder, or enroll it alone with --name NAME.",
    enroll.SEVERAL_FACES: "Cut the picture, or enroll the largest face with --faces largest.",
    enroll.LOW_QUALITY: "Choose a better picture, or lower --min-quality.",
}


def _in_options(problem: Problem) -> Problem:
    hint = problem.hint.template
    return type(problem)(problem.message.template, _OPTIONS.get(hint, hint), **problem.message.values)


def _row(row: EnrollRow) -> dict[str, Any]:
    return {
        "path": str(row.path),
        "name": row.name,
        "status": status(row),
        "quality": row.quality and round(row.quality.score, 3),
        "nearest": row.nearest and {"name": row.nearest.name, "similarity": round(row.nearest.similarity, 4)},
        "warnings": [str(each) for each in row.warnings],
        "reason": str((row.problem and _in_options(row.problem)) or row.skipped or ""),
    }


def status(row: EnrollRow) -> str:
    if row.problem is not None:
        return "refused"
    return "skipped" if row.skipped is not None else "enrolled"
