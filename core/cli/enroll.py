"""facefolio enroll ..."""

from __future__ import annotations

import json
from argparse import Namespace
from contextlib import closing
from typing import Any

from core.cli.console import Console, number
from core.cli.opening import Opened, open_recognizer
from core.errors import InputProblem
from core.files import write_text
from core.gallery.gallery import Gallery
from core.jobs.enroll import EnrollOptions, EnrollPlan, EnrollRow, accept, look
from core.jobs.sources import labelled
from core.settings import Settings
from core.types import Step


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    photos = labelled(arguments.sources, name=arguments.name)
    if not photos:
        raise InputProblem(
            "No pictures found in {sources}.",
            "Nothing was enrolled; give a folder per person, a list or pictures.",
            sources=", ".join(str(source) for source in arguments.sources),
        )
    with open_recognizer(arguments, settings, console) as opened:
        job = look(
            photos,
            opened.recognizer,
            enrolled=enrolled_names(opened.gallery),
            options=options_of(arguments, opened.settings),
        )
        with closing(console.follow(job, "Looking", each=lambda step: _tell(step, console))) as plan:
            return _finish(arguments, opened, plan, console)


def options_of(arguments: Namespace, settings: Settings) -> EnrollOptions:
    return EnrollOptions(
        faces=arguments.faces,
        min_quality=settings.min_quality,
        max_megapixels=settings.max_megapixels,
        threads=settings.threads,
    )


def enrolled_names(gallery: Gallery) -> dict[str, set[str]]:
    """Which names each photo (by sha256) is already enrolled under."""
    names = {person.id: person.name for person in gallery.identities()}
    return {digest: {names[person] for person in people} for digest, people in gallery.sources().items()}


def _finish(arguments: Namespace, opened: Opened, plan: EnrollPlan, console: Console) -> int:
    rows = plan.accepted()
    enrolled = f"{number(len(rows), 'face')} of {number(len({row.name for row in rows}), 'person', 'people')}"
    if arguments.report:
        write_text(arguments.report, json.dumps(_report(plan, arguments), ensure_ascii=False, indent=2) + "\n")
    if arguments.dry_run:
        console.say(f"Would enroll {enrolled}. Nothing was written.")
        return 0
    change = accept(opened.gallery, plan, opened.bench.model)
    skipped = sum(row.skipped is not None for row in plan.rows)
    more = f"; {number(skipped, 'picture')} already there" if skipped else ""
    console.say(f"Enrolled {enrolled}{more}." if change else f"Nothing to enroll{more}.")
    if change:
        console.follow(opened.shelf.compact("default"), "Indexing", unit="face")
    return 0


def _tell(step: Step[EnrollRow], console: Console) -> None:
    row = step.item
    if row.problem is not None:
        console.failed(row.problem)
    for warning in row.warnings:
        console.note(f"{row.path} ({row.name}): {warning}")


def _report(plan: EnrollPlan, arguments: Namespace) -> dict[str, Any]:
    return {"written": not arguments.dry_run, "rows": [_row(row) for row in plan.rows]}


def _row(row: EnrollRow) -> dict[str, Any]:
    return {
        "path": str(row.path),
        "name": row.name,
        "status": status(row),
        "quality": row.quality and round(row.quality.score, 3),
        "nearest": row.nearest and {"name": row.nearest.name, "similarity": round(row.nearest.similarity, 4)},
        "warnings": [str(each) for each in row.warnings],
        "reason": str(row.problem or row.skipped or ""),
    }


def status(row: EnrollRow) -> str:
    if row.problem is not None:
        return "refused"
    return "skipped" if row.skipped is not None else "enrolled"
