"""The sample gallery: made once, repeated without harm, of the people of the sample film."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.assembly import open_bench
from core.demo.town import townspeople
from core.errors import InputProblem
from core.gallery.gallery import Gallery
from core.jobs.enroll_plan import EnrollOptions
from core.jobs.sample import PICTURES, build_sample
from core.models.store import ModelStore
from core.recognizer import Recognizer
from core.settings import Settings


@contextmanager
def lend() -> Iterator[Recognizer]:
    with open_bench(Settings(), ModelStore(), threads=1) as bench:
        yield bench.recognizer(Settings())


def test_the_sample_holds_the_people_of_the_film(tmp_path: Path, finish: Callable[[Any], Any]) -> None:
    steps, places = finish(build_sample(tmp_path / "Sample", lend, options=EnrollOptions()))
    assert steps
    with Gallery.open(places.gallery) as gallery:
        people = gallery.identities()
        assert {person.name for person in people} == set(townspeople())
        assert sum(person.faces for person in people) >= 44
        assert len(gallery.history()) == 1
    assert len(list(places.groups.glob("*.jpg"))) == 8
    assert finish(build_sample(tmp_path / "Sample", lend, options=EnrollOptions())) == ([], places)


def test_a_sample_broken_off_is_gone_on_with(tmp_path: Path, finish: Callable[[Any], Any]) -> None:
    job = build_sample(tmp_path / "Sample", lend, options=EnrollOptions())
    for step in job:
        if step.done == 60:  # the pictures are drawn, and the look has begun
            break
    job.close()
    _, places = finish(build_sample(tmp_path / "Sample", lend, options=EnrollOptions()))
    with Gallery.open(places.gallery) as gallery:
        assert len(gallery.identities()) == len(townspeople())


def test_pictures_of_others_are_left_alone(tmp_path: Path) -> None:
    own = tmp_path / "Sample" / PICTURES / "portraits" / "me.jpg"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    with pytest.raises(InputProblem, match="other pictures"):
        next(build_sample(tmp_path / "Sample", lend, options=EnrollOptions()))
    assert own.read_bytes() == b"mine"
