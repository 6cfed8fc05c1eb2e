"""A drawn town to enroll and tag, and the command line called in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.cli import main
from core.demo.town import Town, draw_town


@dataclass
class Answer:
    status: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Five people with three portraits each, and three group pictures."""
    job = draw_town(tmp_path_factory.mktemp("town"), people=5, portraits=3, groups=3, seed=11)
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `facefolio ...` and gives its status and what it said."""

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as end:
            status = int(str(end.code or 0))
        said = capsys.readouterr()
        return Answer(status, said.out, said.err)

    return call


@pytest.fixture
def gallery(tmp_path: Path, run: Run, town: Town) -> Path:
    """A gallery with the town's people."""
    folder = tmp_path / "the town.gallery"
    assert run("gallery", "new", folder, "--name", "Town").status == 0
    answer = run("enroll", folder, town.portraits)
    assert answer.status == 0, answer.err
    return folder
