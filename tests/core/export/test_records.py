"""A result goes to a line of JSON and comes back the same."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputProblem, PhotoProblem, Problem, Text
from core.export.records import PhotoResult
from core.types import Decision, Faces, Frame, Recognition


@dataclass(frozen=True)
class Size:
    width: int
    height: int


def through_a_file(result):
    return PhotoResult.from_json(json.loads(json.dumps(result.to_json())))


def assert_same(one, other):
    assert (one.path, one.width, one.height) == (other.path, other.width, other.height)
    for name in ("boxes", "scores", "landmarks"):
        before, after = getattr(one.faces, name), getattr(other.faces, name)
        assert (before is None) == (after is None)
        if before is not None:
            assert after.dtype == np.float32
            assert np.array_equal(before, after)
            assert before.shape == after.shape
    assert one.qualities == other.qualities
    assert one.matches == other.matches
    assert one.decisions == other.decisions
    assert one.milliseconds == other.milliseconds


@pytest.mark.parametrize("kinds", [(), ("known",), ("known", "unsure", "unknown", "known")])
@pytest.mark.parametrize("landmarks", [True, False])
def test_a_result_comes_back_the_same(make_result, kinds, landmarks):
    result = make_result("Ørjan's/写真 1.jpg", kinds=kinds, landmarks=landmarks)
    assert_same(result, through_a_file(result))


def test_a_name_that_is_no_text_comes_back(make_result):
    result = make_result("bad\udcff.jpg")
    assert through_a_file(result).path == "bad\udcff.jpg"


def test_a_problem_comes_back_with_kind_template_and_values(failed):
    problem = through_a_file(failed).problem
    assert type(problem) is PhotoProblem
    assert problem.message == Text("{path} is torn.", {"path": "photos/torn.jpg"})
    assert str(problem) == str(failed.problem) == "photos/torn.jpg is torn. Skip it."


@pytest.mark.parametrize(
    "problem",
    [
        Problem("{path} has {size:.1f} MB: {error}.", path=Path("a.jpg"), size=np.float32(2.25), error=OSError("torn")),
        Problem("{path.name} is {kind!r} {braces}", path=Path("a/b.jpg"), kind=Path("x"), braces="{}"),
        Problem("No values but {braces}."),
    ],
)
def test_a_problem_reads_the_same_whatever_its_values(problem):
    assert str(through_a_file(PhotoResult.failed("x", problem)).problem) == str(problem)


def test_an_unknown_kind_of_problem_is_a_problem(failed):
    data = failed.to_json()
    data["problem"]["kind"] = "dataclass"
    assert type(PhotoResult.from_json(data).problem) is Problem


def damaged(change):
    def apply(data):
        change(data)
        return data

    return apply


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: None,
        lambda data: [],
        lambda data: "text",
        lambda data: {},
        damaged(lambda data: data.pop("boxes")),
        damaged(lambda data: data["boxes"].pop()),
        damaged(lambda data: data["scores"].append(0.5)),
        damaged(lambda data: data["landmarks"].pop()),
        damaged(lambda data: data["matches"].pop()),
        damaged(lambda data: data["matches"][0].append([1])),
        damaged(lambda data: data["decisions"][0].update(kind="sure")),
        damaged(lambda data: data["decisions"][0].update(reason=7)),
        damaged(lambda data: data["qualities"][0].pop("score")),
        damaged(lambda data: data.update(size=[1])),
        damaged(lambda data: data.update(scores=["x", "y", "z"])),
    ],
)
def test_damaged_data_are_a_problem(make_result, damage):
    data = damage(make_result().to_json())
    with pytest.raises(InputProblem, match="damaged"):
        PhotoResult.from_json(data)


def recognition(faces):
    frame = Frame(np.zeros((60, 80, 3), np.uint8), source="a.jpg")
    decisions = (Decision("unknown", Text("Nobody.")),) * len(faces)
    return Recognition(frame, faces, np.zeros((len(faces), 4), np.float32), decisions=decisions)


def test_faces_of_a_reduced_decode_are_told_in_pixels_of_the_photo(make_result):
    faces = make_result().faces
    full = PhotoResult.of(recognition(faces), Size(320, 240))
    assert (full.path, full.width, full.height) == ("a.jpg", 320, 240)
    assert np.array_equal(full.faces.boxes, faces.boxes * 4)
    assert np.array_equal(full.faces.landmarks, faces.landmarks * 4)


def test_a_frame_without_photo_is_its_own_measure(make_result):
    faces = make_result().faces
    own = PhotoResult.of(recognition(faces))
    assert (own.width, own.height) == (80, 60)
    assert np.array_equal(own.faces.boxes, faces.boxes)


def test_a_failed_photo_has_no_faces():
    result = PhotoResult.failed("a.jpg", None)
    assert len(result.faces) == 0
    assert len(through_a_file(result).faces) == 0
    assert through_a_file(result).faces.landmarks.shape == (0, 5, 2)
    assert isinstance(result.faces, Faces)
