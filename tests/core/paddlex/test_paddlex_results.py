"""Result objects: what they print, what they save, under which names."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from core.errors import InputProblem
from core.paddlex.results import FaceDetectionResult, FaceFeatureResult, FaceRecognitionResult

BOXES = [
    {"labels": ["李雷", "Anna"], "rec_scores": [0.5, 0.25], "det_score": 0.75, "coordinate": [4.0, 30.0, 40.0, 70.0]},
    {"labels": None, "rec_scores": None, "det_score": 0.5, "coordinate": [50.0, 2.0, 90.5, 60.0]},
]


@pytest.fixture
def result():
    values = {"input_path": "some/party.jpg", "input_img": np.full((80, 100, 3), 200, np.uint8), "boxes": BOXES}
    return FaceRecognitionResult(values, name="party.jpg")


def test_it_is_a_dict(result):
    assert isinstance(result, dict)
    assert list(result) == ["input_path", "input_img", "boxes"]
    assert result["boxes"][0]["labels"][0] == "李雷"


def test_json_and_str_leave_the_picture_out(result):
    expected = {"res": {"input_path": "some/party.jpg", "boxes": BOXES}}
    assert result.json == expected
    assert result.str == expected


def test_printing(result, capsys):
    result.print()
    assert capsys.readouterr().out == f"{result.str}\n"
    result.print(json_format=True, indent=2, ensure_ascii=True)
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert printed.startswith('{\n  "res": {')
    assert json.loads(printed) == result.json


def test_a_name_that_is_a_json_file_is_that_file_and_anything_else_a_folder(result, tmp_path):
    result.save_to_json(str(tmp_path / "deep" / "x.json"))
    result.save_to_json(tmp_path / "folder.d", indent=1, ensure_ascii=True)
    whole = (tmp_path / "deep" / "x.json").read_text(encoding="utf-8")
    assert json.loads(whole) == result.json["res"]
    assert "李雷" in whole
    assert "\n    " in whole
    assert (tmp_path / "folder.d" / "party_res.json").read_text(encoding="utf-8").isascii()


def test_names_that_are_no_text_are_written(result, tmp_path, capsys):
    result["input_path"] = "caf\udce9.jpg"  # how Python reads a name of another encoding
    result.save_to_json(tmp_path)
    result.print()
    saved = json.loads((tmp_path / "party_res.json").read_text(encoding="utf-8"))
    assert saved["input_path"] == "caf\udce9.jpg"
    assert "caf\\udce9.jpg" in capsys.readouterr().out


def test_pictures(result, tmp_path):
    result.save_to_img(tmp_path / "one.png")
    result.save_to_img(str(tmp_path / "folder"))
    result.save_to_img(tmp_path / "low.jpg", quality=5)
    assert (tmp_path / "low.jpg").stat().st_size < (tmp_path / "folder" / "party_res.jpg").stat().st_size
    with Image.open(tmp_path / "one.png") as picture:
        assert (picture.size, picture.mode, picture.format) == ((100, 80), "RGB", "PNG")
        pixels = np.asarray(picture)
    assert pixels[50, 4].tolist() == [255, 0, 0]  # a line one pixel wide, though the picture is small
    assert pixels[40, 50].tolist() == [204, 255, 0]
    assert pixels[75, 60].tolist() == [200, 200, 200]
    assert np.array_equal(np.asarray(result.img["res"]), pixels)
    assert (result["input_img"] == 200).all()  # drawn on a copy


def test_everything_at_once(result, tmp_path):
    result.save_all(tmp_path / "all")
    assert sorted(file.name for file in (tmp_path / "all").iterdir()) == ["party_res.jpg", "party_res.json"]


@pytest.mark.parametrize(
    ("name", "page", "expected"),
    [
        ("x.PNG", None, "x_res.PNG"),
        ("x.heic", None, "x_res.png"),
        ("x.pdf", 3, "x_page3_res.png"),
        ("x", None, "x_res.png"),
    ],
)
def test_the_ending_is_the_inputs_where_it_can_be_written(result, tmp_path, name, page, expected):
    values = result if page is None else {**result, "page_index": page}
    FaceRecognitionResult(dict(values), name=name).save_to_img(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [expected]


def test_a_detection_is_drawn(tmp_path):
    boxes = [{"cls_id": 0, "label": "face", "score": 0.9, "coordinate": [2.0, 30.0, 30.0, 60.0]}]
    values = {"input_path": None, "page_index": None, "input_img": np.zeros((70, 70, 3), np.uint8), "boxes": boxes}
    result = FaceDetectionResult(values, name="array_1")
    result.save_all(tmp_path)
    assert json.loads((tmp_path / "array_1_res.json").read_text(encoding="utf-8"))["input_path"] is None
    assert result.img["res"].getpixel((2, 45)) == (255, 0, 0)


def test_a_feature_has_no_picture(tmp_path):
    feature = np.array([0.6, 0.8], np.float32)
    values = {"input_path": "a.jpg", "page_index": None, "input_img": np.zeros((2, 2, 3), np.uint8), "feature": feature}
    result = FaceFeatureResult(values, name="a.jpg")
    assert result.json == {"res": {"input_path": "a.jpg", "page_index": None, "feature": feature.tolist()}}
    assert not hasattr(result, "save_to_img")
    result.save_all(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["a_res.json"]


def test_places_that_cannot_be_written(result, tmp_path):
    (tmp_path / "file").write_text("kept")
    for save in (result.save_to_json, result.save_to_img):
        with pytest.raises(InputProblem, match="cannot be written"):
            save(tmp_path / "file")
    with pytest.raises(InputProblem, match=r"\.svg is not a picture format"):
        result.save_to_img(tmp_path / "x.svg")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "kept"
