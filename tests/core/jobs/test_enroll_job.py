"""Enrollment: looking reads only, accepting writes once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.jobs.enroll import EnrollOptions, EnrollPlan, EnrollRow, accept, look
from core.jobs.sources import Labelled
from core.recognizer import Recognizer

MODEL = FeatureModel("paint", "paint", 3)
Photo = Callable[..., Path]
Finish = Callable[[Any], tuple[list[EnrollRow], EnrollPlan]]


def looked(finish: Finish, recognizer: Recognizer, *sources: Labelled, enrolled: Any = None, **options: Any) -> Any:
    options.setdefault("min_quality", 0.0)
    return finish(look(list(sources), recognizer, enrolled=enrolled or {}, options=EnrollOptions(**options)))


def test_one_face_one_row(finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace) -> None:
    rows, plan = looked(finish, recognizer, Labelled(photo("a.png", paints.RED), "Rosa"))
    assert [(row.name, row.problem, row.warnings[:0]) for row in rows] == [("Rosa", None, ())]
    face = plan.spool.get(rows[0].face)
    assert face.box == (20, 20, 140, 140)
    assert face.frame_size == (160, 160)
    assert face.crop
    assert face.view
    assert face.sha256 == hashlib.sha256(rows[0].path.read_bytes()).hexdigest()
    assert np.linalg.norm(face.features["paint"]) == pytest.approx(1)
    plan.close()


@pytest.mark.parametrize(("rule", "faces", "problem"), [("one", 0, "2 faces"), ("largest", 1, ""), ("all", 2, "")])
def test_rule_for_pictures_with_several_faces(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace, rule: str, faces: int, problem: str
) -> None:
    source = Labelled(photo("ab.png", paints.RED, paints.BLUE), "Rosa")
    rows, plan = looked(finish, recognizer, source, faces=rule)
    assert len(plan.accepted()) == faces
    assert problem in str(rows[0].problem or "")
    plan.close()


def test_no_face_is_a_problem_that_names_the_photo(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace
) -> None:
    rows, plan = looked(
        finish, recognizer, Labelled(photo("nobody.png"), "Rosa"), Labelled(photo("a.png", paints.RED), "Rosa")
    )
    assert "nobody.png" in str(rows[0].problem)
    assert len(plan.accepted()) == 1
    plan.close()


def test_low_quality_is_refused_with_the_reason(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace
) -> None:
    rows, plan = looked(finish, recognizer, Labelled(photo("dark.png", (30, 20, 20)), "Rosa"), min_quality=0.9)
    assert "quality" in str(rows[0].problem)
    assert "min_quality" in str(rows[0].problem)
    assert plan.accepted() == []
    plan.close()


def test_a_face_near_to_another_person_is_warned_about(
    finish: Finish, knowing: Recognizer, photo: Photo, paints: SimpleNamespace
) -> None:
    rows, plan = looked(finish, knowing, Labelled(photo("a.png", paints.RED), "Gino"))
    assert any("Rosa" in str(warning) for warning in rows[0].warnings)
    assert len(plan.accepted()) == 1
    plan.close()


def test_a_face_in_the_wrong_folder_is_warned_about(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace
) -> None:
    right = [Labelled(photo(f"r{n}.png", paints.RED, mark=n), "Rosa") for n in range(3)]
    right += [Labelled(photo(f"g{n}.png", paints.GREEN, mark=n), "Gino") for n in range(3)]
    stray = Labelled(photo("stray.png", paints.GREEN, mark=9), "Rosa")
    _, plan = looked(finish, recognizer, *right, stray)
    warned = [row.path.name for row in plan.rows if any("Gino" in str(each) for each in row.warnings)]
    assert warned == ["stray.png"]
    plan.close()


def test_the_same_picture_is_enrolled_once(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace
) -> None:
    first, copy = photo("a.png", paints.RED), photo("copy.png", paints.RED)
    digest = hashlib.sha256(first.read_bytes()).hexdigest()
    rows, plan = looked(finish, recognizer, Labelled(first, "Rosa"), Labelled(copy, "Rosa"))
    assert [row.skipped is None for row in rows] == [True, False]
    plan.close()
    rows, plan = looked(finish, recognizer, Labelled(first, "Rosa"), enrolled={digest: {"Rosa"}})
    assert rows[0].skipped is not None
    plan.close()
    rows, plan = looked(finish, recognizer, Labelled(first, "Rosa"), enrolled={digest: {"Gino"}})
    assert rows[0].face is not None
    plan.close()


def test_looking_writes_nothing_and_accepting_is_one_change(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace, tmp_path: Path
) -> None:
    sources = [Labelled(photo("a.png", paints.RED), "Rosa"), Labelled(photo("b.png", paints.GREEN), "Gino")]
    with Gallery.create(tmp_path / "g") as gallery:
        _, plan = looked(finish, recognizer, *sources)
        assert gallery.identities() == []
        change = accept(gallery, plan, MODEL)
        assert str(change.label) == "Enroll 2 faces of 2 people"
        assert [(each.name, each.faces) for each in gallery.identities()] == [("Gino", 1), ("Rosa", 1)]
        gallery.undo()
        assert gallery.identities() == []
        plan.close()


def test_an_empty_plan_changes_nothing(finish: Finish, recognizer: Recognizer, photo: Photo, tmp_path: Path) -> None:
    with Gallery.create(tmp_path / "g") as gallery:
        _, plan = looked(finish, recognizer, Labelled(photo("nobody.png"), "Rosa"))
        assert accept(gallery, plan, MODEL) is None
        assert gallery.history() == []
        plan.close()


def test_a_cancelled_look_leaves_no_file_open(recognizer: Recognizer, photo: Photo, paints: SimpleNamespace) -> None:
    sources = [Labelled(photo(f"{n}.png", paints.RED, mark=n), "Rosa") for n in range(9)]
    job = look(sources, recognizer, enrolled={}, options=EnrollOptions(min_quality=0.0))
    next(job)
    job.close()  # an open temporary file or a thread left behind would fail this test
    assert job.gi_frame is None
