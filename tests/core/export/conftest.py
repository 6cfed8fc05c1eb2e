"""Results as a recognizer gives them, made by hand."""

import numpy as np
import pytest

from core.errors import PhotoProblem, Text
from core.export.records import PhotoResult
from core.types import Decision, Faces, Match, Quality


@pytest.fixture
def make_result():
    """A result with one face per kind of decision; `name` is who comes first for each."""

    def make(path="photos/party.jpg", *, name="Zoë", kinds=("known", "unsure", "unknown"), landmarks=True):
        count = len(kinds)
        rng = np.random.default_rng(count)
        start = rng.uniform(0, 500, (count, 2))
        faces = Faces(
            np.hstack([start, start + 100]).astype(np.float32),
            np.linspace(0.9, 0.5, count, dtype=np.float32),
            rng.uniform(0, 600, (count, 5, 2)).astype(np.float32) if landmarks else None,
        )
        matches = (Match(1, name, 0.612345, 11), Match(2, "李雷", 0.301, 22))
        decisions = tuple(Decision(kind, Text("{who} is {kind}.", {"who": name, "kind": kind}), 0.31) for kind in kinds)
        qualities = tuple(Quality(0.87654, 100, 50, 120, 1, 2, 3, (Text("{n} px", {"n": 9}),)) for _ in kinds)
        return PhotoResult(path, 800, 600, faces, qualities, (matches,) * count, decisions, {"detect": 1.5})

    return make


@pytest.fixture
def failed():
    return PhotoResult.failed("photos/torn.jpg", PhotoProblem("{path} is torn.", "Skip it.", path="photos/torn.jpg"))
