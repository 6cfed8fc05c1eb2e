"""PaddleX model folders: what inference.yml says becomes the card's preparation of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import ModelProblem
from core.models.cards import Preprocess
from core.models.folder import read_folder

FILES = {"paddle": ("inference.json", "inference.pdiparams")}
DETECTOR: dict[str, Any] = {
    "draw_threshold": 0.4,
    "Global": {"model_name": "PP-YOLOE_plus-S_face"},
    "Preprocess": [
        {"type": "Resize", "target_size": [480, 640], "keep_ratio": False, "interp": 2},
        {"type": "NormalizeImage", "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0], "norm_type": "none"},
        {"type": "Permute"},
    ],
}
FEATURE: dict[str, Any] = {
    "Global": {"model_name": "MobileFaceNet"},
    "PreProcess": {
        "transform_ops": [
            {"ResizeImage": {"size": [112, 112], "interpolation": "bicubic", "backend": "pil"}},
            {"NormalizeImage": {"scale": "1.0/255.0", "mean": [0.5] * 3, "std": [0.25] * 3, "order": "hwc"}},
            {"ToCHWImage": None},
        ]
    },
    "PostProcess": {"NormalizeFeatures": None},
}


def read(tmp_path: Path, values: Any) -> Any:
    path = tmp_path / "inference.yml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return read_folder(path, files=FILES)


def detector(**changed: Any) -> dict[str, Any]:
    return {**DETECTOR, **changed}


def normalize(**arguments: Any) -> dict[str, Any]:
    return detector(Preprocess=[{"type": "NormalizeImage", **arguments}, {"type": "Permute"}])


def test_detector(tmp_path):
    card = read(tmp_path, DETECTOR)
    assert (card.name, card.task, card.decoder) == ("PP-YOLOE_plus-S_face", "detect", "paddle_boxes")
    assert card.preprocess == Preprocess("stretch", (480, 640), interpolation="cubic", order="RGB", scale=1 / 255)
    assert (card.inputs, card.thresholds.detect, card.files) == (("scale_factor",), 0.4, FILES)


def test_feature(tmp_path):
    card = read(tmp_path, FEATURE)
    assert (card.name, card.task, card.alignment.kind, card.alignment.size) == (
        "MobileFaceNet",
        "feature",
        "stretch",
        112,
    )
    wanted = Preprocess("stretch", (112, 112), order="RGB", scale=1 / 255, mean=(0.5,) * 3, std=(0.25,) * 3)
    assert card.preprocess == wanted


def test_without_resize_the_picture_stays_as_it_is(tmp_path):
    steps = normalize(is_scale=False, mean=[123, 117, 104], std=[127.5] * 3)
    card = read(tmp_path, steps | {"Global": {"model_name": "BlazeFace-FPN-SSH"}})
    assert card.preprocess == Preprocess("native", order="RGB", mean=(123, 117, 104), std=(127.5,) * 3)
    assert card.inputs == ("im_shape", "scale_factor")


def test_values_left_out_are_as_in_paddlex(tmp_path):
    prepared = read(tmp_path, normalize()).preprocess
    assert (prepared.scale, prepared.mean[0], prepared.std[2]) == (1 / 255, 0.485, 0.225)


@pytest.mark.parametrize(("number", "word"), [(0, "nearest"), (1, "linear"), (2, "cubic"), (3, "area"), (4, "lanczos")])
def test_interpolations(tmp_path, number, word):
    step = {"type": "Resize", "target_size": [64, 64], "keep_ratio": True, "interp": number}
    prepared = read(tmp_path, detector(Preprocess=[step])).preprocess
    assert (prepared.interpolation, prepared.resize, prepared.size) == (word, "fit", (64, 64))


def test_aliases_as_paddlex_writes_them_are_read(tmp_path):
    path = tmp_path / "inference.yml"
    text = yaml.safe_dump(FEATURE) + "Hpi: {a: &id001 [1, 2], b: *id001}\n"
    path.write_text(text, encoding="utf-8")
    assert read_folder(path, files=FILES).name == "MobileFaceNet"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "mapping"),
        ({}, "Global"),
        ({"Global": {"model_name": "x"}}, "Preprocess"),
        ({"Global": {"model_name": "../x"}, "Preprocess": []}, "Global.model_name"),
        (detector(Preprocess=[{"type": "WarpAffine"}, {"type": "Pad"}]), "WarpAffine, Pad"),
        (detector(Preprocess=[]), "Preprocess"),
        (detector(Preprocess=["Permute"]), r"Preprocess\[0\]"),
        (detector(Preprocess=[{"type": 3}]), r"Preprocess\[0\].type"),
        (detector(Preprocess=[{"type": "Permute"}, {"type": "NormalizeImage"}]), "in the order"),
        (detector(Preprocess=[{"type": "Permute"}, {"type": "Permute"}]), "each once"),
        (detector(Preprocess=[{"type": "Resize", "target_size": 640}]), "target_size"),
        (detector(Preprocess=[{"type": "Resize", "target_size": [64, 32], "keep_ratio": True}]), "a square"),
        (detector(Preprocess=[{"type": "Resize", "target_size": [64, 64], "interp": 9}]), "interp"),
        (detector(Preprocess=[{"type": "Resize", "target_size": [64, 64], "shape": 9}]), "shape"),
        (detector(draw_threshold=7), "draw_threshold"),
        (normalize(norm_type="max"), "norm_type"),
        (normalize(std=[1, 0, 1]), "std"),
        (normalize(mean=[1]), "mean"),
        (FEATURE | {"PostProcess": {"Topk": None}}, "PostProcess"),
        (FEATURE | {"PreProcess": {"transform_ops": [{"CropImage": {"size": 3}}]}}, "CropImage"),
        (FEATURE | {"PreProcess": {"transform_ops": [{"ResizeImage": {"size": [112, 96]}}]}}, "square"),
        (FEATURE | {"PreProcess": {"transform_ops": [{"ResizeImage": {"resize_short": 256}}]}}, "resize_short"),
        (FEATURE | {"PreProcess": {"transform_ops": [{"NormalizeImage": {"scale": "1/0"}}]}}, "scale"),
        (FEATURE | {"PreProcess": {"transform_ops": [{"NormalizeImage": {"scale": "exit()"}}]}}, "scale"),
        (FEATURE | {"PreProcess": None}, "PreProcess"),
    ],
    ids=range(25),
)
def test_what_is_not_understood_is_named(tmp_path, values, words):
    with pytest.raises(ModelProblem, match=rf"inference\.yml.*{words}"):
        read(tmp_path, values)
