"""Measuring a detector on annotated pictures: painted squares are faces."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import InputProblem, PhotoProblem
from core.jobs.evaluate_detector import evaluate_detector
from core.jobs.evaluate_truth import read_annotations
from core.models.cards import Card, Thresholds
from core.pictures import write_picture
from core.types import Faces, Floats, Pixels

Finish = Callable[[Any], tuple[list[Any], Any]]
POINTS: Floats = np.array([[20, 20], [60, 20], [40, 40], [25, 60], [55, 60]], np.float32)


class Eyes:
    """Finds a white square of any size, and always a doubtful box of 40 pixels at the right edge."""

    card = Card("eyes", "detect", {}, {}, Path(), thresholds=Thresholds(detect=0.6))

    def __init__(self, *, off: float = 0.0) -> None:
        self.off = off

    def find(self, pixels: Pixels, *, threshold: float | None = None, turned: bool = False) -> Faces:
        ys, xs = np.nonzero(pixels[..., 0] > 128)
        width = pixels.shape[1]
        boxes, scores = [(width - 40, 0, width, 40)], [0.3]
        if len(xs):
            boxes.append((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))
            scores.append(0.9)
        found = np.array(boxes, np.float32)
        points = POINTS + found[:, None, :2] + np.array([self.off, 0], np.float32)
        faces = Faces(found, np.array(scores, np.float32), points)
        return faces[faces.scores >= (self.card.thresholds.detect if threshold is None else threshold)]


def square(path: Path, x: int, y: int, side: int, *, size: tuple[int, int] = (200, 300)) -> Path:
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[y : y + side, x : x + side] = 255
    write_picture(path, pixels)
    return path


def written(folder: Path, entries: Any) -> Path:
    file = folder / "annotations.json"
    file.write_text(entries if isinstance(entries, str) else json.dumps(entries), encoding="utf-8")
    return file


def marked(x: float, y: float) -> list[list[float]]:
    points: list[list[float]] = (POINTS + np.array([x, y], np.float32)).tolist()
    return points


def test_counts_what_is_found_missed_and_wrong(finish: Finish, tmp_path: Path) -> None:
    square(tmp_path / "a.png", 10, 20, 80)
    square(tmp_path / "b.png", 10, 20, 20)
    square(tmp_path / "c.png", 100, 20, 50)
    entries = {
        "a.png": {"boxes": [[10, 20, 80, 80]], "landmarks": [marked(10, 20)]},
        "b.png": {"boxes": [[10, 20, 20, 20], [150, 100, 40, 48]], "landmarks": [None, None]},
        "c.png": {"boxes": []},
        "gone.png": {"boxes": [[0, 0, 9, 9]]},
    }
    eyes: Any = Eyes(off=2)
    steps, measured = finish(evaluate_detector(read_annotations(written(tmp_path, entries)), eyes))
    assert (measured.pictures, measured.left_out) == (3, 1)
    assert [isinstance(step, PhotoProblem) for step in steps] == [False, False, False, True]
    assert (measured.total.faces, measured.total.found, measured.total.wrong) == (3, 2, 1)
    assert [(each.low, each.tally.faces, each.tally.found, each.tally.wrong) for each in measured.bands] == [
        (16, 1, 1, 0),
        (32, 1, 0, 1),
        (64, 1, 1, 0),
    ]
    assert measured.best.score is None  # the wrong box is as sure as the others
    assert measured.landmark_errors == pytest.approx([2 / 40])


def test_small_faces_are_passed_and_the_curve_looks_below_the_threshold(finish: Finish, tmp_path: Path) -> None:
    square(tmp_path / "b.png", 10, 20, 20)
    boxes = [[10, 20, 20, 20], [260, 0, 40, 40]]
    pictures = read_annotations(written(tmp_path, {"b.png": {"boxes": boxes}}))
    eyes: Any = Eyes()
    _, measured = finish(evaluate_detector(pictures, eyes, least=30))
    assert (measured.total.faces, measured.total.found, measured.total.wrong) == (1, 0, 0)
    assert measured.best.recall == 1
    assert measured.best.score == pytest.approx(0.3)


def test_a_stretched_picture_is_put_right_first(finish: Finish, tmp_path: Path) -> None:
    square(tmp_path / "images" / "s.png", 50, 50, 50, size=(200, 200))
    entries = {"s.png": {"original_size": [400, 200], "boxes": [[100, 50, 100, 50]]}}
    written(tmp_path, entries)
    eyes: Any = Eyes()
    _, measured = finish(evaluate_detector(read_annotations(tmp_path), eyes))
    assert (measured.total.found, measured.total.wrong) == (1, 0)
    entries["s.png"]["original_size"] = [10**6, 10**6]
    written(tmp_path, entries)
    with pytest.raises(InputProblem, match="None of the 0 pictures"):
        finish(evaluate_detector(read_annotations(tmp_path), eyes))


def test_a_dlib_file_with_68_points(tmp_path: Path) -> None:
    parts = "".join(f"<part name='{row:02}' x='{row}' y='{2 * row}'/>" for row in range(68))
    file = tmp_path / "faces.xml"
    text = f"""<?xml version='1.0' encoding='ISO-8859-1'?><dataset><images><image file='a.jpg'>
        <box top='5' left='10' width='30' height='40'>{parts}</box>
        <box top='0' left='0' width='9' height='9' ignore='1'/></image></images></dataset>"""
    file.write_text(text, encoding="latin-1")
    (found,) = read_annotations(file, tmp_path / "pictures")
    assert found.path == tmp_path / "pictures" / "a.jpg"
    assert found.boxes.tolist() == [[10, 5, 40, 45], [0, 0, 9, 9]]
    assert found.ignored.tolist() == [False, True]
    assert found.landmarks[0, :, 0].tolist() == [38.5, 44.5, 30, 48, 54]
    assert np.isnan(found.landmarks[1]).all()


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "does not name pictures"),
        ("{}", "names no face"),
        ("<dataset>", "no XML"),
        ("<dataset><images/></dataset>", "names no face"),
        (
            "<dataset><image file='a.jpg'><box top='1' left='2' width='3'/></image></dataset>",
            "a.jpg: 'height' is missing",
        ),
        ("<dataset><image><box top='1' left='2' width='3' height='4'/></image></dataset>", "names no file"),
        ({"a.jpg": {}}, "a.jpg: 'boxes' is missing"),
        ({"a.jpg": [1]}, "a.jpg"),
        ({"a.jpg": {"boxes": [[1, 2, 3]]}}, "not 4 numbers"),
        ({"a.jpg": {"boxes": [[1, 2, -3, 4]]}}, "no size"),
        ({"a.jpg": {"boxes": [[1, 2, float("nan"), 4]]}}, "not 4 numbers"),
        ({"a.jpg": {"boxes": [["x", 2, 3, 4]]}}, "a.jpg"),
        ({"a.jpg": {"boxes": [[1, 2, 3, 4]], "original_size": [0, 5]}}, "no size of a picture"),
        ({"a.jpg": {"boxes": [[1, 2, 3, 4]], "landmarks": []}}, "not as many"),
        ({"a.jpg": {"boxes": [[1, 2, 3, 4]], "landmarks": [[[1, 2]]]}}, "a.jpg"),
        ({"a.jpg": {"boxes": [[1, 2, 3, 4]], "landmarks": [[[1, 2]] * 5]}}, "both eyes"),
        ({"a.jpg": {"boxes": [[1, 2, 0, 0]]}}, "names no face"),
    ],
)
def test_files_that_cannot_be_used_are_refused(tmp_path: Path, entries: Any, words: str) -> None:
    with pytest.raises(InputProblem, match=words) as caught:
        read_annotations(written(tmp_path, entries))
    assert "annotations.json" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputProblem, match="cannot be read"):
        read_annotations(tmp_path)


def test_the_built_in_detector_on_wider_pictures(finish: Finish, shared_data: Path) -> None:
    from core.engines import open_session
    from core.models.store import ModelStore
    from core.vision.detector import Detector

    card = ModelStore().default_card("detect")
    session = open_session(card, threads=1)
    try:
        pictures = read_annotations(shared_data / "detect" / "wider_val100")[:20]
        _, measured = finish(evaluate_detector(pictures, Detector(card, session), least=30))
    finally:
        session.close()
    assert measured.pictures == 20
    assert measured.total.recall > 0.6
    assert measured.total.precision > 0.85
