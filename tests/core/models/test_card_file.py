"""Cards as YAML: strict reading, and writing that reads back equal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.errors import ModelProblem
from core.models import catalogue
from core.models.card_file import parse_card, read_card, write_card
from core.models.cards import Alignment, Card, Preprocess, Thresholds
from core.models.yaml_file import parse_yaml

DETECTOR = {"name": "net", "task": "detect", "decoder": "anchor_free"}
FEATURE = {"name": "net", "task": "feature", "length": 8, "alignment": {"kind": "stretch"}}


def parsed(values: object) -> Card:
    return parse_card(values, Path("some/card.yaml"), folder=Path("some"))


def round_trip(card: Card) -> Card:
    return parsed(parse_yaml(write_card(card).encode(), Path("x")))


@pytest.mark.parametrize(
    "card", [*catalogue.built_in(), *catalogue.known(), *catalogue.described()], ids=lambda card: card.name
)
def test_catalogue_cards_read_back_equal(card):
    assert round_trip(replace(card, folder=Path("some"))) == replace(card, folder=Path("some"), built_in=False)


@settings(deadline=None)
@given(
    name=some.from_regex(r"[A-Za-z0-9][A-Za-z0-9_+-]{0,20}", fullmatch=True).filter(
        lambda name: name[:3].casefold() not in ("con", "prn", "aux", "nul", "com", "lpt")
    ),
    sides=some.tuples(some.integers(1, 8192), some.integers(1, 8192)),
    numbers=some.tuples(*[some.floats(0.001, 1e5)] * 3),
    known=some.floats(0, 1),
    text=some.text(max_size=50),
    flag=some.booleans(),
)
def test_any_card_reads_back_equal(name, sides, numbers, known, text, flag):
    card = Card(
        name,
        "feature",
        {"paddle": ("a.json", "ä b.pdiparams")},
        {"a.json": "0" * 64},
        Path("some"),
        preprocess=Preprocess("stretch", sides, 32, "area", "RGB", numbers[0], numbers, numbers),
        length=8,
        flip=flag,
        alignment=Alignment("square", size=64, margin=0.25),
        thresholds=Thresholds(known, known, known / 2, known),
        note=text,
        figures={"a figure": known, "said": text, "true": flag, "count": 3},
    )
    assert round_trip(card) == card


@pytest.mark.parametrize(
    ("base", "changed", "field"),
    [
        (DETECTOR, {"decoder": "magic"}, "decoder"),
        (DETECTOR, {"decoder": ""}, "decoder"),
        (DETECTOR, {"name": "../net"}, "name"),
        (DETECTOR, {"name": "nul.txt"}, "name"),
        (DETECTOR, {"name": 3}, "name"),
        (DETECTOR, {"task": "see"}, "task"),
        (DETECTOR, {"colour": "BGR"}, "colour"),
        (DETECTOR, {3: "BGR"}, "3"),
        (DETECTOR, {"files": {"torch": ["a.pt"]}}, "files"),
        (DETECTOR, {"files": {"onnxruntime": []}}, "files.onnxruntime"),
        (DETECTOR, {"files": {"onnxruntime": "a.onnx"}}, "files.onnxruntime"),
        (DETECTOR, {"files": {"onnxruntime": ["../../a.onnx"]}}, "files.onnxruntime[0]"),
        (DETECTOR, {"files": {"onnxruntime": ["/etc/passwd"]}}, "files.onnxruntime[0]"),
        (DETECTOR, {"files": {"onnxruntime": ["C:\\a.onnx"]}}, "files.onnxruntime[0]"),
        (DETECTOR, {"files": {"onnxruntime": [".."]}}, "files.onnxruntime[0]"),
        (DETECTOR, {"sha256": {"a.onnx": "0" * 64}}, "sha256"),
        (DETECTOR, {"files": {"onnxruntime": ["a"]}, "sha256": {"a": "AB"}}, "sha256.a"),
        (DETECTOR, {"preprocess": []}, "preprocess"),
        (DETECTOR, {"preprocess": {"resize": "grow"}}, "preprocess.resize"),
        (DETECTOR, {"preprocess": {"resize": "stretch"}}, "preprocess.size"),
        (DETECTOR, {"preprocess": {"size": [640]}}, "preprocess.size"),
        (DETECTOR, {"preprocess": {"size": [640, 0]}}, "preprocess.size[1]"),
        (DETECTOR, {"preprocess": {"size": [640, 1e9]}}, "preprocess.size[1]"),
        (DETECTOR, {"preprocess": {"multiple": True}}, "preprocess.multiple"),
        (DETECTOR, {"preprocess": {"std": [1, 0, 1]}}, "preprocess.std[1]"),
        (DETECTOR, {"preprocess": {"mean": [1, 2, float("nan")]}}, "preprocess.mean[2]"),
        (DETECTOR, {"preprocess": {"scale": float("inf")}}, "preprocess.scale"),
        (DETECTOR, {"preprocess": {"scale": 0}}, "preprocess.scale"),
        (DETECTOR, {"preprocess": {"scales": 1}}, "preprocess.scales"),
        (DETECTOR, {"passes": [320, 640]}, "passes"),
        (DETECTOR, {"nms_iou": 1.5}, "nms_iou"),
        (DETECTOR, {"inputs": ["x"]}, "inputs[0]"),
        (DETECTOR, {"thresholds": {"detect": "high"}}, "thresholds.detect"),
        (DETECTOR, {"thresholds": {"known": 0.2, "unsure": 0.3}}, "thresholds.unsure"),
        (DETECTOR, {"figures": {"a": [1]}}, "figures.a"),
        (DETECTOR, {"note": "x" * 5000}, "note"),
        (FEATURE, {"length": 0}, "length"),
        (FEATURE, {"length": -3}, "length"),
        (FEATURE, {"flip": "yes"}, "flip"),
        (FEATURE, {"alignment": {"kind": "landmarks"}}, "alignment.template"),
        (FEATURE, {"alignment": {"kind": "landmarks", "template": [[1, 2]] * 4}}, "alignment.template"),
        (FEATURE, {"alignment": {"kind": "landmarks", "template": [[1, 2, 3]] * 5}}, "alignment.template[0]"),
    ],
)
def test_names_the_field_that_does_not_fit(base, changed, field):
    assert parsed(base).name == "net"
    with pytest.raises(ModelProblem) as caught:
        parsed(base | changed)
    assert str(caught.value).startswith(f"{Path('some/card.yaml')}: {field} must be ")


@pytest.mark.parametrize("missing", ["name", "task"])
def test_names_what_is_missing(missing):
    with pytest.raises(ModelProblem, match=f"{missing} must be given"):
        parsed({name: value for name, value in DETECTOR.items() if name != missing})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a list",
        b"just text",
        b"\xff\xfe\x00",
        b"name: [",
        b"a: !!python/object/apply:os.system ['true']",
        b"name: a\nname: b\ntask: detect",
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        b"a: &a {x: 1}\nb: {<<: *a}",
        b"[" * 50_000,
        b"name: " + b"9" * 100_000,
        b"when: 2020-13-45",
        b"name: a\n? [1, 2]\n: b",
        b"\x00\x01\x02",
        b"x" * (1 << 20) + b"y",
        b"a: 1\n---\nb: 2",
    ],
    ids=range(16),
)
def test_hostile_files_are_refused_by_name(content, tmp_path):
    path = tmp_path / "card.yaml"
    path.write_bytes(content)
    with pytest.raises(ModelProblem, match=r"card\.yaml"):
        read_card(path)


def test_missing_file_and_folder_are_refused(tmp_path):
    for path in (tmp_path / "card.yaml", tmp_path):
        with pytest.raises(ModelProblem, match="cannot be read"):
            read_card(path)
