"""Measuring the engines on this machine and remembering the best one per model."""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core import paths
from core.engines import ENGINES, availability, files_for, notes, open_session
from core.engines.samples import noise_feeds
from core.engines.session import Session
from core.errors import NOTHING, EngineProblem, Text
from core.models.cards import Card

_FILE = "engines.json"
_WARM_UP, _LEAST, _MOST = 3, 5, 200  # runs


@dataclass(frozen=True)
class Measured:
    """How one engine does on this machine. `milliseconds` per picture is None where it could not be measured."""

    engine: str
    device: str  # really in use
    milliseconds: float | None
    note: Text = NOTHING  # why it could not be measured, or why the device is not the one asked for


@dataclass(frozen=True)
class Choice:
    """The engine and device that did best."""

    engine: str
    device: Literal["cpu", "gpu"]
    milliseconds: float = field(default=0.0, compare=False)  # a picture, when it was measured


def measure(
    card: Card, *, threads: int = 0, batch: int = 1, seconds: float = 1.0, remember: bool = True
) -> list[Measured]:
    """Runs the model in every engine that has files for it, quickest first; remembers the best one per card.

    `seconds` is the time spent per engine and device. `batch` pictures go in at once.
    """
    job = measuring(card, threads=threads, batch=batch, seconds=seconds, remember=remember)
    try:
        while True:
            next(job)
    except StopIteration as end:
        found: list[Measured] = end.value
        return found


def measuring(
    card: Card, *, threads: int = 0, batch: int = 1, seconds: float = 1.0, remember: bool = True
) -> Generator[Measured, None, list[Measured]]:
    """As `measure`, giving each result as it comes."""
    found: list[Measured] = []
    for engine in ENGINES:
        for one in _engine(card, engine, threads=threads, batch=batch, seconds=seconds):
            found.append(one)
            yield one
    found.sort(key=lambda one: one.milliseconds if one.milliseconds is not None else float("inf"))
    if remember and found and found[0].milliseconds is not None:
        best = {"engine": found[0].engine, "device": _asked(found[0].device), "milliseconds": found[0].milliseconds}
        notes.remember(_notes_file(), _key(card), best)
    return found


def remembered(card: Card) -> Choice | None:
    """What `measure` found best for this card on this machine; None when it never ran or its notes are damaged."""
    note = notes.read(_notes_file()).get(_key(card))
    if not isinstance(note, dict) or note.get("engine") not in ENGINES or note.get("device") not in ("cpu", "gpu"):
        return None
    time_taken = note.get("milliseconds")
    return Choice(note["engine"], note["device"], float(time_taken) if isinstance(time_taken, int | float) else 0.0)


def _notes_file() -> Path:
    return paths.data_folder() / _FILE


def _key(card: Card) -> str:
    digest = hashlib.sha256("".join(sorted(card.sha256.values())).encode()).hexdigest()
    return f"{card.name} {digest[:16]}"


def _engine(card: Card, engine: str, *, threads: int, batch: int, seconds: float) -> Iterator[Measured]:
    if not files_for(card, engine):
        return
    reason = availability()[engine]
    if reason:
        yield Measured(engine, "", None, reason)
        return
    for device in ("cpu", "gpu"):
        try:
            session = open_session(card, engine=engine, device=device, threads=threads)
        except EngineProblem as problem:
            yield Measured(engine, "", None, problem.text)
            continue
        try:
            if device == "cpu" or _asked(session.device) == "gpu":
                yield _measured(session, card, batch=batch, seconds=seconds)
        finally:
            session.close()


def _measured(session: Session, card: Card, *, batch: int, seconds: float) -> Measured:
    feeds = noise_feeds(card, session.inputs, batch=batch)
    times: list[float] = []
    try:
        for _ in range(_WARM_UP):
            session.run(feeds)
        end = time.perf_counter() + seconds
        while len(times) < _LEAST or (time.perf_counter() < end and len(times) < _MOST):
            start = time.perf_counter()
            session.run(feeds)
            times.append(time.perf_counter() - start)
    except EngineProblem as problem:
        return Measured(session.engine, session.device, None, problem.text)
    return Measured(session.engine, session.device, statistics.median(times) * 1000 / batch, session.note)


def _asked(device: str) -> Literal["cpu", "gpu"]:
    return "cpu" if device.startswith("CPU") else "gpu"
