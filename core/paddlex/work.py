"""The way over the inputs of a call: in batches, past those that cannot be read, with names for what is saved."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any, TypeAlias

from core.errors import InputProblem, Problem
from core.paddlex.inputs import Sample, Source, each_sample, sources
from core.paddlex.results import Result

Told: TypeAlias = Callable[[Problem], object]
Work: TypeAlias = Callable[[Sequence[Sample]], Iterable[Result]]


def work_through(
    given: Any,
    work: Work,
    *,
    batch_size: int,
    problems: Told | None,
) -> Iterator[Any]:
    """The results of all pictures that `given` names, `batch_size` of them worked on at a time, in order.

    A picture that cannot be read does not stop the others. It is told to `problems`; without that, its Problem is
    raised after the last result. Raises InputProblem at once for what cannot be taken at all.
    """
    return _worked(sources(given), work, batch_size, problems)


def _worked(found: list[Source], work: Work, batch_size: int, told: Told | None) -> Iterator[Any]:
    failed: list[Problem] = []
    taken: set[str] = set()
    readable = (each for each in each_sample(found) if not _failed(each, told or failed.append))
    while batch := [each for each in islice(readable, batch_size) if isinstance(each, Sample)]:
        for result in work(batch):
            result.name = _unique(result, taken)
            yield result
    if failed:
        raise _together(failed)


def _failed(each: Sample | Problem, told: Told) -> bool:
    if isinstance(each, Problem):
        told(each)
        return True
    return False


def _unique(result: Result, taken: set[str]) -> str:
    """A name that no other picture of the call has, so that saved results do not take each other's place."""
    stem, ending = os.path.splitext(result.name)  # noqa: PTH122 - a text, no path
    for number in count(1):
        free = stem if number == 1 else f"{stem}_{number}"
        key = f"{free}\n{result.get('page_index')}".casefold()  # some systems hold A1 and a1 for the same
        if key not in taken:
            taken.add(key)
            return free + ending
    raise AssertionError("numbers have an end")


def _together(failed: list[Problem]) -> Problem:
    if len(failed) == 1:
        return failed[0]
    return InputProblem(
        "{count} inputs could not be used. The first: {first}",
        "All others were worked on.",
        count=len(failed),
        first=str(failed[0]),
    )
