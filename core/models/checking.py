"""Checking a model at hand: its files, the engines that open it, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core import files as disk
from core.engines import ENGINES, Session, availability, files_for, open_session
from core.engines.samples import noise_feeds
from core.errors import EngineProblem, ModelProblem, Problem, Text, why
from core.models.cards import Card
from core.models.proof import Arrays, proved

TOLERANCE = 1e-3  # greatest difference between engines, features at unit length, other outputs by their largest value
_BATCH = 2  # pictures that the engines are compared on
_REPLACE = "Remove the model and add it again."


def check(card: Card) -> Iterator[Text | Problem]:
    """One line per finding: a text where all is well, a Problem where it is not. Opens the model in every engine."""
    broken = False
    for finding in _files(card):
        broken = broken or isinstance(finding, Problem)
        yield finding
    if broken:
        return
    first: tuple[str, Arrays] | None = None
    for engine in (engine for engine in ENGINES if files_for(card, engine)):
        reason = availability()[engine]
        if reason:
            yield Text("{engine}: {reason}", {"engine": engine, "reason": reason})
            continue
        try:
            line, outputs = _opened(card, engine)
        except (EngineProblem, ModelProblem) as problem:
            yield problem
            continue
        yield line
        if first is not None:
            yield _compared(card, first, (engine, outputs))
        first = first or (engine, outputs)


def _files(card: Card) -> Iterator[Text | Problem]:
    for name in dict.fromkeys(name for names in card.files.values() for name in names):
        path = card.folder / name
        try:
            same = disk.sha256(path) == card.sha256.get(name)
        except OSError as error:
            yield ModelProblem("{path} cannot be read: {error}.", _REPLACE, path=path, error=why(error))
            continue
        wrong = ModelProblem("{path} is damaged: its checksum is not the card's.", _REPLACE, path=path)
        yield Text("{name}: the checksum is right", {"name": name}) if same else wrong


def _opened(card: Card, engine: str) -> tuple[Text, Arrays]:
    session = open_session(card, engine=engine)
    try:
        found = proved(card, session)
        if replace(found, inputs=card.inputs) != card:
            raise ModelProblem("The model {name} does not fit its card.", _REPLACE, name=card.name)
        return _fitting(engine, session), session.run(noise_feeds(card, session.inputs, batch=_BATCH))
    finally:
        session.close()


def _fitting(engine: str, session: Session) -> Text:
    values = {"engine": engine, "device": session.device, "note": session.note}
    if session.note:
        return Text("{engine}: opens and fits the card, device {device} ({note})", values)
    return Text("{engine}: opens and fits the card, device {device}", values)


def _compared(card: Card, one: tuple[str, Arrays], other: tuple[str, Arrays]) -> Text | Problem:
    most = max(difference(card, a, b) for a, b in zip(one[1], other[1], strict=True))
    if most <= TOLERANCE:
        return Text("{one} and {other} agree within {most:.1g}", {"one": one[0], "other": other[0], "most": most})
    return ModelProblem(
        "{one} and {other} do not agree about {name}: the results differ by {difference:.2g}.",
        "Use one of them only: their results must not be mixed in a gallery.",
        one=one[0],
        other=other[0],
        name=card.name,
        difference=most,
    )


def difference(card: Card, a: np.ndarray, b: np.ndarray) -> float:
    """The greatest between two outputs: features at unit length, others by their largest value."""
    if a.shape != b.shape:
        return float("inf")
    if not a.size:
        return 0.0
    one, other = a.astype(np.float64), b.astype(np.float64)
    if card.task == "feature":
        one, other = (x / max(float(np.linalg.norm(x[0])), 1e-12) for x in (one, other))
    return float(np.abs(one - other).max() / max(1.0, float(np.abs(one).max())))
