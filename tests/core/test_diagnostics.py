"""A report tells what helps and nothing of people."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest

from core import about, diagnostics
from core.errors import PhotoProblem, Text
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def record(message: object, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("core.test", logging.ERROR, "x.py", 1, message, args, trace)


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_versions_engines_and_settings_are_told() -> None:
    told = diagnostics.report(Settings(engine="paddle", rec_threshold=0.5), [], {"screens": "1920x1080"})
    assert f"FaceFolio {about.version()}" in told
    assert "onnxruntime: ready" in told
    assert "engine: paddle" in told
    assert "rec_threshold: 0.5" in told
    assert "screens: 1920x1080" in told


def test_defaults_are_said_to_be_so() -> None:
    assert "differ from the defaults\nnone" in diagnostics.report(Settings(), [])


@pytest.mark.parametrize(
    "made",
    [
        record("%s cannot be read", "/home/ann/Anna Berg.jpg"),
        record("%s", PhotoProblem("{path} is damaged.", path="/home/ann/Anna Berg.jpg")),
        record("%s", Text("Rename {old}", {"old": "Anna Berg"})),
        record("uncaught", error=raised(FileNotFoundError(2, "No such file", "/home/ann/Anna Berg.jpg"))),
        record("uncaught", error=raised(KeyError("Anna Berg"), ValueError("Anna Berg"))),
        record("%d of %s", "Anna Berg", 3),
        record("%s", ["Anna Berg"]),
    ],
)
def test_what_fills_a_sentence_is_never_told(made: logging.LogRecord) -> None:
    told = diagnostics.report(Settings(index="Anna Berg", feature="Anna Berg"), [made])
    assert "Anna" not in told
    assert "core.test" in told


def test_places_in_the_program_and_kinds_of_errors_are_told() -> None:
    error = raised(ValueError("Anna"), OSError(28, "No space left on device"))
    told = diagnostics.report(Settings(), [record("lost %d of %s", 3, "x", error=error)])
    assert "lost 3 of …" in told
    assert "ValueError" in told
    assert "OSError 28" in told
    assert "test_diagnostics.py" in told
    assert str(ROOT) not in told


def test_the_home_of_the_user_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = Text("a library is missing: {path}", {"path": f"{Path.home()}/lib/x.so"})
    monkeypatch.setattr(diagnostics, "availability", lambda: {"paddle": reason})
    assert "paddle: a library is missing: ~/lib/x.so" in diagnostics.report(Settings(), [])


def test_log_sentences_are_never_filled_in_where_they_are_written() -> None:
    """What is filled in by an f-string could not be kept out of a report."""
    names = {"debug", "info", "warning", "error", "exception", "critical"}
    for path in [*(ROOT / "core").rglob("*.py"), *(ROOT / "gui").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            logger = getattr(node.func.value, "id", "")
            if node.func.attr in names and logger in {"_log", "log", "logger"}:
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"


def test_packages_and_their_licences_are_read_not_typed() -> None:
    parts = {part.name.lower(): part for part in about.parts()}
    assert "numpy" in parts
    assert all(part.version for part in parts.values())
    assert "BSD" in parts["numpy"].licence
    assert "pytest" not in parts
    assert "Apache License" in about.licence_text(ROOT)
