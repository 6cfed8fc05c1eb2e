"""facefolio evaluate ...: pairs of photos here, pictures whose faces are known in evaluate_detector."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from core.assembly import feature_card_of
from core.cli.console import Console
from core.cli.opening import open_models
from core.cli.output import check_output, write_output
from core.cli.parser import overrides
from core.errors import Problem
from core.jobs.evaluate import Evaluation, evaluate, read_pairs
from core.models.store import ModelStore
from core.settings import Settings
from core.types import Step


def run(arguments: Namespace, settings: Settings, console: Console) -> int:
    check_output(arguments.json)
    if arguments.detect:
        from core.cli.evaluate_detector import run_detector

        return run_detector(arguments, settings, console)
    pairs = read_pairs(arguments.pairs, arguments.root)
    settings = settings.changed(**overrides(arguments))
    store = ModelStore()

    def each(step: Step[Problem | None]) -> None:
        if step.item is not None:
            console.failed(step.item)

    with open_models(settings, store, console, feature=feature_card_of(settings, store)) as bench:
        job = evaluate(
            pairs, bench.recognizer(settings), max_megapixels=settings.max_megapixels, threads=settings.threads
        )
        found = console.follow(job, "Evaluating", each=each)
        names = {"detector": bench.detector.card.name, "feature": bench.extractor.card.name}
    _say(found, console)
    if arguments.json:
        write_output(arguments.json, json.dumps({**names, **_described(found)}, indent=2) + "\n")
    return 0


def _say(found: Evaluation, console: Console) -> None:
    folds = found.folds
    console.say(f"Pairs: {found.pairs} measured, {found.left_out} left out (a picture without a usable face).")
    console.say(f"Accuracy, 10 folds: {folds.accuracy:.2%} +- {folds.deviation:.2%} at {folds.threshold:.3f}")
    for each in found.accepts:
        text = f"Same people accepted when {each.false_share:.1%} of strangers are: "
        doubt = "" if each.false_accepts else " (too few pairs to tell: no stranger is accepted there)"
        console.say(f"{text}{each.true_share:.2%} at {each.threshold:.3f}{doubt}")
    console.say(f"Advice: known from {found.known:.2f}, unsure from {found.unsure:.2f}.")


def _described(found: Evaluation) -> dict[str, Any]:
    return {
        "pairs": found.pairs,
        "left_out": found.left_out,
        "accuracy": found.folds.accuracy,
        "accuracy_deviation": found.folds.deviation,
        "accuracy_threshold": found.folds.threshold,
        "tar_at_far": [
            {"far": each.false_share, "tar": each.true_share, "threshold": each.threshold} for each in found.accepts
        ],
        "advice": {"known": found.known, "unsure": found.unsure},
        "problems": [str(problem) for problem in found.problems],
    }
