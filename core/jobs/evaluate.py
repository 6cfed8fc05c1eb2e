"""Measuring a feature model on pairs of photos: same person or not."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from core.errors import InputProblem, PhotoProblem, Problem, why
from core.jobs.enroll import choose
from core.jobs.parallel import cores, ordered
from core.metrics import Accepts, FoldAccuracy, accepts, fold_accuracy
from core.photos import open_photo
from core.recognizer import Recognizer, Sighting
from core.types import Floats, Step

FALSE_SHARES = (1e-2, 1e-3)


@dataclass(frozen=True)
class Pair:
    first: Path
    second: Path
    same: bool


@dataclass(frozen=True)
class Evaluation:
    """What was measured. Pairs with a photo that has no usable face are left out and counted."""

    pairs: int
    left_out: int
    folds: FoldAccuracy
    accepts: tuple[Accepts, ...]
    problems: tuple[Problem, ...]

    @property
    def known(self) -> float:
        """Advised threshold for known: a stranger passes in one of a thousand comparisons."""
        return self.accepts[-1].threshold

    @property
    def unsure(self) -> float:
        """Advised threshold for unsure: a stranger passes in one of a hundred comparisons."""
        return self.accepts[0].threshold


def read_pairs(file: Path, root: Path | None = None) -> list[Pair]:
    """Pairs from lines `path path 0|1`, paths relative to `root` or to the file's folder.

    Raises InputProblem naming the line that is not such a pair.
    """
    base = root or file.parent
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputProblem(
            "{path} cannot be read: {error}.", "It must be a UTF-8 text file.", path=file, error=why(error)
        ) from error
    pairs = [_pair(line, number, file, base) for number, line in enumerate(lines, 1) if line.strip()]
    if len(pairs) < 10 or len({pair.same for pair in pairs}) < 2:
        raise InputProblem(
            "{path} holds too little to evaluate: {count} pairs.",
            "Give at least ten pairs, some of the same person (1) and some of different people (0).",
            path=file,
            count=len(pairs),
        )
    return pairs


def evaluate(
    pairs: Sequence[Pair], recognizer: Recognizer, *, max_megapixels: float = 250.0, threads: int = 0
) -> Generator[Step[Problem | None], None, Evaluation]:
    """Measures the recognizer's models on the pairs; the face that a photo is about counts. Reads only."""
    photos = sorted({path for pair in pairs for path in (pair.first, pair.second)})
    features: dict[Path, Floats] = {}
    problems: list[Problem] = []
    work = partial(_feature, recognizer=recognizer, limit=max_megapixels)
    for done, (path, found) in enumerate(ordered(work, photos, workers=cores(threads)), 1):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            features[path] = found
        yield Step(done, len(photos), found if isinstance(found, Problem) else None)
    return _measured(pairs, features, problems)


def _measured(pairs: Sequence[Pair], features: dict[Path, Floats], problems: list[Problem]) -> Evaluation:
    usable = [pair for pair in pairs if pair.first in features and pair.second in features]
    same = np.array([pair.same for pair in usable], bool)
    if len(usable) < 10 or same.all() or not same.any():
        raise InputProblem(
            "Only {count} of {all} pairs have a face in both pictures: too few to evaluate.",
            "Look at the problems that were named.",
            count=len(usable),
            all=len(pairs),
        )
    similarities = np.array([features[pair.first] @ features[pair.second] for pair in usable], np.float32)
    return Evaluation(
        pairs=len(usable),
        left_out=len(pairs) - len(usable),
        folds=fold_accuracy(similarities, same),
        accepts=tuple(accepts(similarities, same, share) for share in FALSE_SHARES),
        problems=tuple(problems),
    )


def principal(seen: Sighting) -> int:
    """The face a picture is about: a large one near the middle (area less twice the squared distance from it)."""
    boxes = seen.faces.boxes
    height, width = seen.frame.pixels.shape[:2]
    sides = boxes[:, 2:] - boxes[:, :2]
    offsets = (boxes[:, 2:] + boxes[:, :2]) / 2 - np.array([width / 2, height / 2], np.float32)
    return int(np.argmax(sides.prod(1) - 2 * (offsets**2).sum(1)))


def _feature(path: Path, *, recognizer: Recognizer, limit: float) -> tuple[Path, Floats | Problem]:
    try:
        seen = recognizer.look_at_photo(open_photo(path, max_megapixels=limit))
        choose(seen, "largest", path)  # a picture without a face is told in the same words as at enrollment
        return path, seen.features[principal(seen)]
    except PhotoProblem as problem:
        return path, problem


def _pair(line: str, number: int, file: Path, base: Path) -> Pair:
    parts = line.split("\t") if "\t" in line else line.split()
    if len(parts) != 3 or parts[2].strip() not in ("0", "1"):
        raise InputProblem(
            "{path}, line {number}: not two paths and 0 or 1.",
            "Write `path path 1` for the same person and `path path 0` for different ones.",
            path=file,
            number=number,
        )
    return Pair(base / parts[0], base / parts[1], parts[2].strip() == "1")
