"""The store: built-in models, adding whole or not at all, removing, checking."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.engines import availability, engines_for
from core.errors import EngineProblem, ModelProblem, Problem
from core.files import sha256
from core.models import catalogue
from core.models.card_file import read_card
from core.models.skeleton import card_skeleton
from core.models.source import look
from core.models.store import ModelStore
from core.paths import resources_folder

BUILT_IN = resources_folder() / "models"
PREPROCESS = {"resize": "stretch", "size": [112, 112], "mean": [127.5] * 3, "std": [127.5] * 3}
FEATURE: dict[str, Any] = {
    "name": "mine",
    "task": "feature",
    "length": 256,
    "preprocess": PREPROCESS,
    "alignment": {"kind": "square"},
}
DETECTOR: dict[str, Any] = {
    "name": "mine",
    "task": "detect",
    "decoder": "anchor_free",
    "preprocess": {"multiple": 32},
    "passes": [320],
}


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


@pytest.fixture
def feature(tmp_path: Path) -> Path:
    """A feature model that nobody knows: the built-in one with a byte of name more."""
    return stranger(BUILT_IN / "face_feature.onnx", tmp_path / "given" / "netz ä.onnx")


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    return stranger(BUILT_IN / "face_detector.onnx", tmp_path / "given" / "detector.onnx")


def stranger(source: Path, target: Path) -> Path:
    target.parent.mkdir(exist_ok=True)
    # Field 2 of an ONNX model is its producer's name; given again, the last one counts.
    target.write_bytes(source.read_bytes() + b"\x12\x08stranger")
    return target


def card_file(tmp_path: Path, values: dict[str, Any]) -> Path:
    path = tmp_path / "described.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("alone", "missing"),
    [
        ("inference.json", "inference.pdiparams"),
        ("inference.pdmodel", "inference.pdiparams"),
        ("inference.pdiparams", "inference.json"),
        ("net.xml", "net.bin"),
    ],
)
def test_a_folder_that_lacks_half_of_its_model_says_which(store: ModelStore, tmp_path: Path, alone, missing) -> None:
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "inference.yml").write_text("Global: {model_name: MobileFaceNet}")
    (folder / "config.json").write_text("{}")
    (folder / alone).write_bytes(b"half")
    with pytest.raises(ModelProblem, match=f"lies alone: {missing} is missing"):
        store.add(folder)
    assert left(store) == []


def left(store: ModelStore) -> list[str]:
    return sorted(one.name for one in store.folder.iterdir()) if store.folder.exists() else []


def test_shipped_files_are_what_their_cards_say():
    for card in catalogue.built_in():
        for name, checksum in card.sha256.items():
            assert sha256(card.folder / name) == checksum
    listed = {name for card in catalogue.built_in() for name in card.sha256}
    assert listed == {one.name for one in BUILT_IN.iterdir()}


@pytest.mark.parametrize("task", ["detect", "feature"])
def test_shipped_models_work_and_agree_in_every_engine(store, task):
    card = store.default_card(task)
    found = store.check(card.name)
    assert not [one for one in found if isinstance(one, Problem)]
    assert sum("opens and fits" in str(one) for one in found) == len(engines_for(card))
    assert sum("agree within" in str(one) for one in found) == len(engines_for(card)) - 1


def test_every_card_has_a_space_of_its_own():
    spaces = [card.space for card in (*catalogue.built_in(), *catalogue.known()) if card.task == "feature"]
    assert len(set(spaces)) == len(spaces)
    built_in = next(card for card in catalogue.built_in() if card.task == "feature")
    assert built_in.space == f"{built_in.name}-{built_in.sha256[built_in.files['onnxruntime'][0]][:12]}"


def test_unknown_name_tells_near_ones(store):
    with pytest.raises(ModelProblem, match="facefolio-detector"):
        store.card("facefolio-detektor")
    with pytest.raises(ModelProblem):
        store.card("")


def test_what_is_only_described_is_listed_apart(store):
    names = [card.name for card in store.described()]
    assert {"ResNet50_face", "BlazeFace", "face_reid_0095"} <= set(names)
    assert not set(names) & {card.name for card in store.cards()}


def test_a_model_with_a_card_is_added(store, feature, tmp_path):
    card = store.add(feature, card=card_file(tmp_path, FEATURE))
    assert left(store) == ["mine"]
    assert card == store.card("mine") == ModelStore(store.folder).cards()[-1]
    assert card.space == f"mine-{sha256(feature)[:12]}"
    assert card.sha256 == {feature.name: sha256(store.folder / "mine" / feature.name)}
    assert not [one for one in store.check("mine") if isinstance(one, Problem)]


def test_a_detector_with_a_card_is_added(store, detector, tmp_path):
    assert store.add(detector, card=card_file(tmp_path, DETECTOR), name="other").name == "other"


def test_a_folder_with_its_card_is_added(store, feature):
    shutil.copy(feature, feature.with_name("b.onnx"))
    values = FEATURE | {"files": {"onnxruntime": ["b.onnx"]}, "sha256": {"b.onnx": sha256(feature)}}
    (feature.parent / "card.yaml").write_text(yaml.safe_dump(values))
    feature.unlink()
    assert store.add(feature.parent).files == {"onnxruntime": ("b.onnx",)}


def test_an_added_model_can_be_added_again_from_its_folder(store, feature, tmp_path):
    first = store.add(feature, card=card_file(tmp_path, FEATURE))
    again = ModelStore(tmp_path / "elsewhere").add(first.folder, name="copy")
    assert (again.space, again.length) == (first.space, 256)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"length": 128}, r"gives \(2, 256\)"),
        ({"preprocess": PREPROCESS | {"size": [128, 128]}}, "takes float32"),
        ({"task": "detect", "decoder": "anchor_free"}, "1 outputs, not 12"),
        ({"task": "detect", "decoder": "paddle_boxes"}, "not boxes"),
        ({"task": "detect", "decoder": "paddle_boxes", "preprocess": {}, "passes": [320]}, "takes float32"),
        ({"sha256": {"x": "0" * 64}, "files": {"onnxruntime": ["x"]}}, "cannot be read"),
        ({"name": "facefolio-feature"}, "already a model"),
    ],
    ids=range(7),
)
def test_a_card_that_does_not_fit_adds_nothing(store, feature, tmp_path, changed, words):
    with pytest.raises(ModelProblem, match=words):
        store.add(feature, card=card_file(tmp_path, FEATURE | changed))
    assert left(store) == []


def test_a_wrong_checksum_adds_nothing(store, feature, tmp_path):
    files = {"files": {"onnxruntime": [feature.name]}, "sha256": {feature.name: "0" * 64}}
    with pytest.raises(ModelProblem, match="checksum differs"):
        store.add(feature, card=card_file(tmp_path, FEATURE | files))
    assert left(store) == []


def test_a_detector_is_no_feature(store, detector, tmp_path):
    with pytest.raises(ModelProblem, match="does not fit"):
        store.add(detector, card=card_file(tmp_path, FEATURE))


def test_without_a_card_the_way_to_one_is_told(store, feature, detector):
    for path, words in ((feature, "length: 256"), (detector, "decoder: anchor_free")):
        with pytest.raises(ModelProblem, match="has no card") as caught:
            store.add(path)
        assert words in str(caught.value)
        assert card_skeleton(path) in str(caught.value)
    assert left(store) == []


def test_the_skeleton_is_refused_until_it_is_filled_and_taken_then(store, feature, tmp_path):
    path = tmp_path / "card.yaml"
    text = card_skeleton(feature)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelProblem, match="FILL"):
        read_card(path)
    values = {"order": "BGR", "mean": "[127.5, 127.5, 127.5]", "std": "[127.5, 127.5, 127.5]", "licence": "MIT"}
    values["template"] = "[[38.3, 51.7], [73.5, 51.5], [56.0, 71.7], [41.5, 92.4], [70.7, 92.2]]"
    for field, value in values.items():
        text = text.replace(f"{field}: FILL", f"{field}: {value}")
    path.write_text(text, encoding="utf-8")
    assert store.add(feature, card=path).length == 256


@pytest.mark.parametrize("content", [b"", b"garbage", bytes(1000)])
def test_an_unusable_file_is_named_and_not_added(store, tmp_path, content):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    for card in (None, card_file(tmp_path, FEATURE)):
        with pytest.raises(EngineProblem, match=r"bad\.onnx"):
            store.add(path, card=card)
    assert left(store) == []


def test_what_is_no_model_is_refused(store, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("x")
    (tmp_path / "alone.xml").write_text("x")
    for name in ("absent", "empty", "text.txt", "alone.xml"):
        with pytest.raises(ModelProblem, match=name):
            store.add(tmp_path / name)


def test_a_folder_with_several_models_is_refused(store, feature, detector):
    with pytest.raises(ModelProblem, match="several models"):
        store.add(feature.parent)


def test_forms_of_one_model_are_found_together(tmp_path):
    for name in (
        "inference.json",
        "inference.pdmodel",
        "inference.pdiparams",
        "inference.onnx",
        "inference.yml",
        "a.txt",
    ):
        (tmp_path / name).write_text("x")
    assert look(tmp_path).files == {
        "paddle": ("inference.json", "inference.pdiparams"),
        "onnxruntime": ("inference.onnx",),
    }
    assert look(tmp_path / "inference.pdiparams").files == {"paddle": ("inference.json", "inference.pdiparams")}
    assert look(tmp_path / "inference.pdmodel").files == {"paddle": ("inference.pdmodel", "inference.pdiparams")}


def test_a_name_is_taken_once(store, feature, tmp_path):
    store.add(feature, card=card_file(tmp_path, FEATURE))
    with pytest.raises(ModelProblem, match="already a model called mine"):
        store.add(feature, card=card_file(tmp_path, FEATURE))
    with pytest.raises(ModelProblem, match="the name must be"):
        store.add(feature, card=card_file(tmp_path, FEATURE), name="a/b")


def test_a_copy_that_fails_leaves_nothing(store, feature, tmp_path, monkeypatch):
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.models.adding.shutil.copyfile", full)
    with pytest.raises(ModelProblem, match="No space left"):
        store.add(feature, card=card_file(tmp_path, FEATURE))
    assert left(store) == []


def test_what_a_killed_program_left_is_swept_away_after_a_day(store, feature, tmp_path):
    for name, age in ((".adding-old", 90_000), (".removed-old", 90_000), (".adding-now", 0)):
        (store.folder / name / "part").mkdir(parents=True)
        os.utime(store.folder / name, (time.time() - age,) * 2)
    assert len(store.cards()) == 2
    store.add(feature, card=card_file(tmp_path, FEATURE))
    assert left(store) == [".adding-now", "mine"]


def test_removing(store, feature, tmp_path):
    store.add(feature, card=card_file(tmp_path, FEATURE))
    store.remove("mine")
    assert left(store) == []
    with pytest.raises(ModelProblem, match="no model called mine"):
        store.remove("mine")
    with pytest.raises(ModelProblem, match="built in"):
        store.remove("facefolio-detector")
    with pytest.raises(ModelProblem):
        store.remove("../given")
    assert feature.exists()


@pytest.mark.parametrize("damage", ["card", "renamed", "missing", "nothing"])
def test_a_damaged_model_is_told_and_harms_no_other(store, feature, tmp_path, damage):
    card = store.add(feature, card=card_file(tmp_path, FEATURE))
    if damage == "card":
        (card.folder / "card.yaml").write_text("name: [")
    elif damage == "renamed":
        card.folder.rename(card.folder.with_name("else"))
    elif damage == "missing":
        (card.folder / feature.name).unlink()
    else:
        shutil.rmtree(card.folder)
        card.folder.mkdir()
    name = "else" if damage == "renamed" else "mine"
    assert [one.name for one in store.cards()] == [one.name for one in catalogue.built_in()]
    assert len(store.problems()) == 1
    with pytest.raises(ModelProblem, match=name):
        store.card(name)
    store.remove(name)
    assert store.problems() == []


def test_checking_finds_damaged_weights(store, feature, tmp_path):
    card = store.add(feature, card=card_file(tmp_path, FEATURE))
    path = card.folder / feature.name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    problems = [str(one) for one in store.check("mine") if isinstance(one, Problem)]
    assert len(problems) == 1
    assert "is damaged" in problems[0]


THIRD_PARTY = {
    "models/yunet_n_dynamic.onnx": ("yunet_n", "onnxruntime"),
    "models/yunet_s_dynamic.onnx": ("yunet_s", "onnxruntime"),
    "models/face_reid_0095.onnx": ("face_reid_0095", "onnxruntime"),
    "models/openvino_ir/face-reidentification-retail-0095/FP16": ("face_reid_0095", "openvino"),
    "models/openvino_ir/face-reidentification-retail-0095/FP16-INT8": ("face_reid_0095_int8", "openvino"),
    "models/paddle_face_reid_0095": ("face_reid_0095", "paddle"),
    "models/paddle_yunet": ("yunet_n", "paddle"),
    "paddlex/models/MobileFaceNet": ("MobileFaceNet", "paddle"),
    "paddlex/models/BlazeFace": ("BlazeFace", "paddle"),
    "paddlex/models/BlazeFace-FPN-SSH": ("BlazeFace-FPN-SSH", "paddle"),
    "paddlex/models/PicoDet_LCNet_x2_5_face": ("PicoDet_LCNet_x2_5_face", "paddle"),
    "paddlex/models/PP-YOLOE_plus-S_face": ("PP-YOLOE_plus-S_face", "paddle"),
}


@pytest.mark.parametrize("path", THIRD_PARTY)
def test_third_party_models_are_recognised_and_fit(store, shared_data, path):
    name, engine = THIRD_PARTY[path]
    if availability()[engine]:
        pytest.skip(str(availability()[engine]))
    card = store.add(shared_data / path)
    assert (card.name, list(card.files)) == (name, [engine])
    assert store.card(name) == card
    assert card.task == "detect" or card.length in (128, 256)
    assert not [one for one in store.check(name) if isinstance(one, Problem)]


def test_forms_of_a_known_model_share_their_space(store, shared_data):
    one = store.add(shared_data / "models/face_reid_0095.onnx")
    with pytest.raises(ModelProblem, match="--name"):
        store.add(shared_data / "models/face_reid_0095.onnx")
    again = store.add(shared_data / "models/face_reid_0095.onnx", name="again")
    assert one.space == again.space == "face_reid_0095"
