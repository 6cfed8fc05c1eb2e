"""facefolio evaluate --detect ..."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from statistics import fmean, median
from typing import Any

from core.cli.console import Console, number
from core.cli.output import write_output
from core.cli.parser import overrides
from core.detection_metrics import Band, Tally
from core.engines import open_session
from core.errors import Problem
from core.jobs.evaluate_detector import DetectorEvaluation, evaluate_detector
from core.jobs.evaluate_truth import read_annotations
from core.models.store import ModelStore
from core.settings import Settings
from core.types import Step
from core.vision.detector import Detector


def run_detector(arguments: Namespace, settings: Settings, console: Console) -> int:
    pictures = [each for file in arguments.detect for each in read_annotations(file, arguments.root)]
    settings = settings.changed(**overrides(arguments))

    def each(step: Step[Problem | None]) -> None:
        if step.item is not None:
            console.failed(step.item)

    with _open_detector(settings, console) as detector:
        job = evaluate_detector(
            pictures,
            detector,
            threshold=settings.det_threshold,
            turned=settings.try_turned,
            least=arguments.least,
            max_megapixels=settings.max_megapixels,
            threads=settings.threads,
        )
        found = console.follow(job, "Evaluating", each=each)
        name = detector.card.name
    _say(found, console)
    if arguments.json:
        told = {"detector": name, "least_size": arguments.least, **_described(found)}
        write_output(arguments.json, json.dumps(told, indent=2) + "\n")
    return 0


@contextmanager
def _open_detector(settings: Settings, console: Console) -> Iterator[Detector]:
    store = ModelStore()
    card = store.card(settings.detector) if settings.detector else store.default_card("detect")
    # Every core is kept busy with pictures of its own: the model runs on one thread.
    session = open_session(card, engine=settings.engine, device=settings.device, threads=1)
    try:
        if session.note:
            console.note(session.note)
        yield Detector(card, session)
    finally:
        session.close()


def _say(found: DetectorEvaluation, console: Console) -> None:
    console.say(f"Pictures: {found.pictures} measured, {found.left_out} left out.")
    console.say(f"At score {found.threshold:.2f}: {_told(found.total)}")
    for band in found.bands:
        console.say(f"  {_size(band):>15}  {_told(band.tally)}")
    if found.best.score is None:
        console.say(f"Recall at precision {found.best.precision:.0%}: that precision is reached at no score.")
    else:
        console.say(
            f"Recall at precision {found.best.precision:.0%}: {found.best.recall:.1%} from {found.best.score:.2f}."
        )
    if found.landmark_errors:
        middle, mean = median(found.landmark_errors), fmean(found.landmark_errors)
        text = f"Landmarks of {number(len(found.landmark_errors), 'face')}: off by {middle:.1%}"
        console.say(f"{text} of the distance of the eyes (median; mean {mean:.1%}).")


def _told(tally: Tally) -> str:
    recall = "" if tally.recall is None else f" (recall {tally.recall:.1%})"
    precision = "" if tally.precision is None else f" (precision {tally.precision:.1%})"
    return f"{tally.found} of {number(tally.faces, 'face')} found{recall}, {tally.wrong} wrong{precision}."


def _size(band: Band) -> str:
    return f"{band.low} px and more" if band.high is None else f"{band.low} to {band.high} px"


def _described(found: DetectorEvaluation) -> dict[str, Any]:
    return {
        "pictures": found.pictures,
        "left_out": found.left_out,
        "threshold": found.threshold,
        "total": _figures(found.total),
        "by_size": [{"from": band.low, "to": band.high, **_figures(band.tally)} for band in found.bands],
        "recall_at_precision": asdict(found.best),
        "landmarks": {
            "faces": len(found.landmark_errors),
            "median": median(found.landmark_errors) if found.landmark_errors else None,
            "mean": fmean(found.landmark_errors) if found.landmark_errors else None,
        },
        "problems": [str(problem) for problem in found.problems],
    }


def _figures(tally: Tally) -> dict[str, float | None]:
    return {**asdict(tally), "recall": tally.recall, "precision": tally.precision}
