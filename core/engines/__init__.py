"""Opening models in runtimes. This room speaks tensors and never faces."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any

from core.engines.batches import free_batch
from core.engines.problems import unusable
from core.engines.session import Port, Session
from core.errors import EngineProblem, Text, sentences
from core.models.cards import Card

__all__ = [
    "DEVICES",
    "ENGINES",
    "Port",
    "Session",
    "availability",
    "engines_for",
    "files_for",
    "open_session",
    "open_session_files",
]

# Order is preference: the first engine that is installed and has files for a card is taken.
ENGINES = {"onnxruntime": "core.engines.onnx", "openvino": "core.engines.openvino", "paddle": "core.engines.paddle"}
DEVICES = ("auto", "cpu", "gpu")
_log = logging.getLogger(__name__)


def availability() -> dict[str, Text]:
    """Per engine: empty when usable, else why not and the command that installs it."""
    return {engine: _module(engine).available() for engine in ENGINES}


def files_for(card: Card, engine: str) -> list[Path]:
    """The files this engine opens for the card; empty when it has none. OpenVINO reads ONNX files too."""
    names = card.files.get(engine) or (card.files.get("onnxruntime") if engine == "openvino" else None) or ()
    return [card.folder / name for name in names]


def engines_for(card: Card) -> list[str]:
    """The installed engines that can open the card's files, best first."""
    return [engine for engine in ENGINES if files_for(card, engine) and not _module(engine).available()]


def open_session(card: Card, *, engine: str = "auto", device: str = "auto", threads: int = 0) -> Session:
    """Opens a card's model. `threads` 0 takes every core. `device` gpu falls back to the processor and says why in
    the session's `note`. Raises EngineProblem when no installed engine can open it."""
    if engine != "auto":
        return open_session_files(engine, _wanted_files(card, engine), device=device, threads=threads)
    candidates, device = _candidates(card, device)
    first: EngineProblem | None = None
    for candidate in candidates:
        try:
            return open_session_files(candidate, files_for(card, candidate), device=device, threads=threads)
        except EngineProblem as problem:
            _log.warning("%s", problem)
            first = first or problem
    raise first or _nothing_opens(card)


def open_session_files(engine: str, files: list[Path], *, device: str = "auto", threads: int = 0) -> Session:
    """Opens files in one engine; the first is the one to open, the others lie beside it. Raises EngineProblem."""
    module = _module(engine)
    reason = module.available()
    if reason:
        raise EngineProblem("{reason}", "Or choose another engine in the settings.", reason=reason)
    if device not in DEVICES:
        raise EngineProblem(
            "There is no device called {device}.", "Known are: {known}.", device=device, known=", ".join(DEVICES)
        )
    session: Session = module.open(files, device=device, threads=threads)
    if not session.inputs or not session.outputs:
        session.close()
        raise unusable(files[0], Text("it has no input or no output."), engine=engine)
    return free_batch(session)


def _module(engine: str) -> Any:
    if engine not in ENGINES:
        raise EngineProblem(
            "There is no engine called {engine}.", "Known are: {known}.", engine=engine, known=", ".join(ENGINES)
        )
    return importlib.import_module(ENGINES[engine])


def _candidates(card: Card, device: str) -> tuple[list[str], str]:
    """Engines to try in order, and the device: what was measured best on this machine goes first."""
    from core.engines.choose import remembered

    engines, choice = engines_for(card), remembered(card)
    if choice and choice.engine in engines and device in ("auto", choice.device):
        engines.sort(key=lambda engine: engine != choice.engine)
        return engines, choice.device
    return engines, device


def _wanted_files(card: Card, engine: str) -> list[Path]:
    _module(engine)
    files = files_for(card, engine)
    if not files:
        raise EngineProblem(
            "The model {name} has no files for {engine}.",
            "It can be opened by: {known}.",
            name=card.name,
            engine=engine,
            known=", ".join(name for name in ENGINES if files_for(card, name)) or Text("no engine"),
        )
    return files


def _nothing_opens(card: Card) -> EngineProblem:
    reasons = [reason for engine in ENGINES if files_for(card, engine) and (reason := _module(engine).available())]
    return EngineProblem(
        "No installed engine can open the model {name}. {reasons}",
        "Install one of them, or choose another model with `facefolio models list`.",
        name=card.name,
        reasons=sentences(*reasons) or Text("It has no files that any engine reads."),
    )
