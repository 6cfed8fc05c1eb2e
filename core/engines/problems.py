"""The problems that all engines meet, said in the same words, and the looks at files that come before opening."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from core.errors import NOTHING, EngineProblem, Text

_MEND = "Nothing was changed. Get the file of the model again, or choose another model: Models, or `facefolio models`."


def missing_package(module: str, *, engine: str, extra: str) -> Text:
    """Empty when the package is installed, else words that say how to get it. Imports nothing."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is not None and spec.origin is not None:
        return NOTHING
    return Text("{engine} is not installed; `pip install {extra}` installs it.", {"engine": engine, "extra": extra})


def on_processor(reason: Text) -> Text:
    """Why a session is not on the graphics card that was asked for."""
    return Text("The processor is used because {reason}.", {"reason": reason})


def broken_package(engine: str, error: BaseException) -> EngineProblem:
    return EngineProblem(
        "{engine} is installed but cannot be loaded: {error}",
        "Install it again, or choose another engine in the settings.",
        engine=engine,
        error=first_line(error),
    )


def unusable(path: Path, error: object, *, engine: str) -> EngineProblem:
    """`error` is a whole sentence, or what the engine says."""
    return EngineProblem(
        "{path} cannot be opened by {engine}: {error}", _MEND, path=path, engine=engine, error=first_line(error)
    )


def failed_run(file: str, error: object, *, engine: str) -> EngineProblem:
    return EngineProblem(
        "{engine} failed while running {file}: {error}",
        "Nothing was stored for this picture. Try another engine or device in the settings.",
        engine=engine,
        file=file,
        error=first_line(error),
    )


def closed(file: str) -> EngineProblem:
    return EngineProblem("{file} was already closed.", "Open the model again.", file=file)


def check_files(files: list[Path], *, engine: str, endings: tuple[str, ...]) -> None:
    """Refuses what no engine need look at: missing, a folder, empty, unreadable, of another kind."""
    for path in files:
        try:
            if path.is_dir():
                raise unusable(path, Text("it is a folder."), engine=engine)
            with path.open("rb") as file:
                if not file.read(1):
                    raise unusable(path, Text("the file is empty."), engine=engine)
        except FileNotFoundError as error:
            raise unusable(path, Text("there is no such file."), engine=engine) from error
        except OSError as error:
            raise unusable(path, error, engine=engine) from error
    if not files or files[0].suffix.lower() not in endings:
        named = files[0] if files else Path()
        wanted = Text("it opens files ending in {endings}.", {"endings": ", ".join(endings)})
        raise unusable(named, wanted, engine=engine)


def first_line(error: object) -> Text | str:
    """What an engine says, on one line and no longer than a person reads; our own words as they are."""
    if isinstance(error, EngineProblem):
        return error.text
    if isinstance(error, Text):
        return error
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else text[:297] + "..."
