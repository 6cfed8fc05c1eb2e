"""PaddleX model folders: what inference.yml says becomes the card's preparation of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.errors import ModelProblem
from core.models.card_file import read_card, write_card
from core.models.cards import Card, Preprocess
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


def read_card_again(tmp_path: Path, prepared: Preprocess) -> Preprocess:
    card = Card("again", "detect", {}, {}, tmp_path, preprocess=prepared, decoder="paddle_boxes")
    file = tmp_path / "card.yaml"
    file.write_text(write_card(card), encoding="utf-8")
    return read_card(file).preprocess


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
    assert (prepared.interpolation, prepared.resize, prepared.size) == (word, "ratio", (64, 64))


def test_resize_left_to_its_defaults_stretches_by_cubic_curves(tmp_path):
    prepared = read(tmp_path, detector(Preprocess=[{"type": "Resize", "target_size": 320}])).preprocess
    assert (prepared.resize, prepared.size, prepared.interpolation) == ("stretch", (320, 320), "cubic")


def test_padding_to_a_size_before_the_pixels_are_normalized(tmp_path):
    steps = [
        {"type": "Resize", "target_size": [64, 96], "keep_ratio": True, "interp": 1},
        {"type": "Pad", "size": [128, 96], "fill_value": [114, 115, 116]},
        {"type": "NormalizeImage"},
        {"type": "Permute"},
    ]
    prepared = read(tmp_path, detector(Preprocess=steps)).preprocess
    assert (prepared.canvas, prepared.fill, prepared.multiple) == ((128, 96), (114, 115, 116), 1)
    assert read_card_again(tmp_path, prepared) == prepared


def test_padding_to_a_stride_is_zero_in_the_finished_tensor(tmp_path):
    steps = [{"type": "NormalizeImage"}, {"type": "Permute"}, {"type": "PadStride"}]
    prepared = read(tmp_path, detector(Preprocess=steps)).preprocess
    assert prepared.multiple == 32
    assert prepared.fill == pytest.approx((0.485 * 255, 0.456 * 255, 0.406 * 255))
    steps[2]["stride"] = 0
    assert read(tmp_path, detector(Preprocess=steps)).preprocess.multiple == 1


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
        (detector(Preprocess=[{"type": "WarpAffine"}, {"type": "Mosaic"}]), "WarpAffine, Mosaic"),
        (detector(Preprocess=[]), "Preprocess"),
        (detector(Preprocess=["Permute"]), r"Preprocess\[0\]"),
        (detector(Preprocess=[{"type": 3}]), r"Preprocess\[0\].type"),
        (detector(Preprocess=[{"type": "Permute"}, {"type": "NormalizeImage"}]), "in the order"),
        (detector(Preprocess=[{"type": "Permute"}, {"type": "Permute"}]), "each once"),
        (detector(Preprocess=[{"type": "Resize", "target_size": "640"}]), "target_size"),
        (detector(Preprocess=[{"type": "Resize", "target_size": True}]), "target_size"),
        (detector(Preprocess=[{"type": "Pad"}]), r"Preprocess\[0\].size"),
        (detector(Preprocess=[{"type": "Pad", "size": 64}, {"type": "PadStride"}]), "left out"),
        (detector(Preprocess=[{"type": "PadStride", "stride": -1}]), "stride"),
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
    ids=range(28),
)
def test_what_is_not_understood_is_named(tmp_path, values, words):
    with pytest.raises(ModelProblem, match=rf"inference\.yml.*{words}"):
        read(tmp_path, values)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB + "Global: *i",
        BOMB + "Global: {model_name: x}\nPreProcess: {transform_ops: *i}",
        BOMB + "Global: {model_name: *i}",
        "Global: {model_name: x}\nPreprocess: &a [*a]",
        "Global: {model_name: x}\nPreprocess: &a\n- {type: Resize, target_size: *a}",
        "Global: {model_name: x}\ndraw_threshold: 0x" + "f" * 4000 + "\nPreprocess: [{type: Permute}]",
        "Global: {model_name: x}\ndraw_threshold: 1" + ":59" * 30_000 + "\nPreprocess: [{type: Permute}]",
        "[" * 50_000,
        "Global: {model_name: x}\nPreprocess: " + "x" * (1 << 18),
        "Global: !!python/object/apply:os.system [echo]",
    ],
    ids=range(10),
)
def test_hostile_files_are_refused_at_once(tmp_path, text):
    path = tmp_path / "inference.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelProblem, match=r"inference\.yml") as caught:
        read_folder(path, files=FILES)
    assert len(str(caught.value)) < 700
