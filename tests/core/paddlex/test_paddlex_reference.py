"""Every file that PaddleX 3.4.3 wrote for the reference, against what comes out here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import SettingsProblem
from core.index.foreign import read_paddlex_index
from core.paddlex import IndexData, create_model
from core.paddlex.enrolling import append, build, remove
from core.paddlex.results import FaceRecognitionResult

KINDS = [(kind, metric) for kind in ("Flat", "HNSW32", "IVF") for metric in ("IP", "L2")]
CLOSE = 1e-4  # features and scores
PIXELS = 0.01


def assert_alike(found, expected, tolerance, where="") -> None:
    """Equal in form, texts and order of keys; numbers within `tolerance`, coordinates within PIXELS."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key, value in expected.items():
            assert_alike(found[key], value, PIXELS if key == "coordinate" else tolerance, f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for position, value in enumerate(expected):
            assert_alike(found[position], value, tolerance, f"{where}[{position}]")
    elif isinstance(expected, int | float) and not isinstance(expected, bool):
        assert found == pytest.approx(expected, abs=tolerance), where
    else:
        assert found == expected, where


def results_under(folder: Path) -> dict[str, dict]:
    """By the stem of the input."""
    files = sorted(folder.glob("*_res.json"))
    assert files
    return {file.name.removesuffix("_res.json"): json.loads(file.read_text(encoding="utf-8")) for file in files}


def test_every_prediction_is_paddlexs(reference, paddlex_data, monkeypatch):
    name, pipeline = reference
    monkeypatch.chdir(paddlex_data)
    expected = results_under(paddlex_data / "reference" / "predict" / name)
    found = {
        Path(result["input_path"]).stem: result.json["res"]
        for result in pipeline.predict("gallery/test_images", index="reference/index/Flat_IP")
    }
    assert set(found) == set(expected)
    for stem, values in expected.items():
        assert_alike(found[stem], values, CLOSE, stem)


def test_every_detection_is_paddlexs(reference, paddlex_data, monkeypatch):
    name, pipeline = reference
    monkeypatch.chdir(paddlex_data)
    expected = results_under(paddlex_data / "reference" / "detect" / name)
    for stem, values in expected.items():
        [result] = pipeline.det_model.predict(values["input_path"])
        assert_alike(result.json["res"], values, CLOSE, stem)


def test_batches_of_features_change_nothing(feature_model, paddlex_data):
    pictures = str(paddlex_data / "gallery" / "test_images")
    one, many = (list(feature_model.predict(pictures, batch_size=size)) for size in (1, 4))
    assert len(one) == len(many) == 6
    for single, batched in zip(one, many, strict=True):
        assert_alike(batched.json["res"], single.json["res"], 1e-6)


def test_a_model_of_one_size_refuses_another(reference):
    name, pipeline = reference
    model = create_model(model_dir=pipeline.det_model.card.folder, device="cpu", engine="paddle", img_size=320)
    if name.startswith("BlazeFace"):
        assert model.card.preprocess.size == (320, 320)
        return
    with pytest.raises(SettingsProblem, match="takes pictures of 640 x 640 alone"):
        list(model.predict(np.zeros((50, 40, 3), np.uint8)))


@pytest.mark.parametrize("flip", [False, True])
def test_every_feature_is_paddlexs(feature_model, paddlex_data, same_home, monkeypatch, flip):
    monkeypatch.chdir(paddlex_data)
    monkeypatch.setenv("FACEFOLIO_HOME", str(same_home))
    expected = results_under(paddlex_data / "reference" / ("feature_flip" if flip else "feature"))
    with create_model(model_dir="models/MobileFaceNet", engine="paddle", flip=flip, batch_size=4) as model:
        found = list(model.predict([values["input_path"] for values in expected.values()]))
    for result, values in zip(found, expected.values(), strict=True):
        assert_alike(result.json["res"], values, CLOSE)


@pytest.mark.parametrize(("kind", "metric"), KINDS)
def test_every_index_is_built_as_paddlex_builds_it(feature_model, paddlex_data, tmp_path, kind, metric):
    gallery = paddlex_data / "gallery"
    index = build(feature_model, str(gallery), str(gallery / "gallery.txt"), metric_type=metric, index_type=kind)
    index.save(tmp_path)
    assert_same_folder(tmp_path, paddlex_data / "reference" / "index" / f"{kind}_{metric}")


@pytest.mark.parametrize("kind", ["Flat", "HNSW32"])
def test_appending_is_paddlexs(feature_model, paddlex_data, tmp_path, kind):
    gallery, reference = paddlex_data / "gallery", paddlex_data / "reference" / "index"
    pictures = ["test_images/a4.jpg", "images/Anna/a1.jpg"] if kind == "Flat" else ["test_images/a4.jpg"]
    labels = ["Anna", "007"][: len(pictures)]
    index = append(feature_model, [gallery / each for each in pictures], labels, reference / f"{kind}_IP")
    index.save(tmp_path)
    assert_same_folder(tmp_path, reference / f"{kind}_IP_appended")


def test_removing_is_paddlexs_to_the_byte(paddlex_data, tmp_path):
    reference = paddlex_data / "reference" / "index"
    index = remove(paddlex_data / "gallery" / "remove_ids.txt", str(reference / "Flat_IP"))
    index.save(tmp_path / "removed")
    remove(range(9), reference / "Flat_IP").save(tmp_path / "emptied")
    for name in ("removed", "emptied"):
        for file in ("vector.index", "id_map.yaml"):
            assert (tmp_path / name / file).read_bytes() == (reference / f"Flat_IP_{name}" / file).read_bytes()


def test_an_index_without_faces_knows_nobody(reference, paddlex_data):
    _, pipeline = reference
    index = IndexData.load(paddlex_data / "reference" / "index" / "Flat_IP_emptied")
    [result] = pipeline.predict(paddlex_data / "gallery" / "test_images" / "a4.jpg", index=index)
    assert result["boxes"]
    assert all(box["labels"] is None and box["rec_scores"] is None for box in result["boxes"])


def test_saved_results_are_laid_out_as_paddlexs(paddlex_data, tmp_path):
    files = sorted((paddlex_data / "reference" / "predict").rglob("*_res.json"))
    assert files
    for file in files:
        values = json.loads(file.read_text(encoding="utf-8"))
        FaceRecognitionResult(values, name="x.jpg").save_to_json(tmp_path)
        assert (tmp_path / "x_res.json").read_bytes() == file.read_bytes()


@pytest.mark.parametrize("stem", ["a4", "identification1"])
def test_pictures_look_like_paddlexs(paddlex_data, tmp_path, stem):
    """The same boxes in the same colours; letters differ with the fonts, so a small part of the picture may."""
    folder = paddlex_data / "reference" / "predict" / "PP-YOLOE_plus-S_face"
    values = json.loads((folder / f"{stem}_res.json").read_text(encoding="utf-8"))
    with Image.open(paddlex_data / values["input_path"]) as picture:
        pixels = np.asarray(picture.convert("RGB"))[..., ::-1]
    result = FaceRecognitionResult({**values, "input_img": pixels}, name=f"{stem}.jpg")
    result.save_all(tmp_path)
    with Image.open(tmp_path / f"{stem}_res.jpg") as ours, Image.open(folder / f"{stem}_res.jpg") as theirs:
        assert (ours.size, ours.mode) == (theirs.size, theirs.mode)
        difference = np.abs(np.asarray(ours, int) - np.asarray(theirs, int)).max(axis=2)
        assert (difference > 60).mean() < 0.02
        box = [round(each) for each in values["boxes"][0]["coordinate"]]
        edge = (box[0], (box[1] + box[3]) // 2)
        assert np.abs(np.array(ours.getpixel(edge)) - np.array(theirs.getpixel(edge))).max() < 60


def assert_same_folder(found: Path, expected: Path) -> None:
    """id_map.yaml to the byte; the features of vector.index within 1e-4, everything else of it equal."""
    assert (found / "id_map.yaml").read_bytes() == (expected / "id_map.yaml").read_bytes()
    ours, theirs = read_paddlex_index(found), read_paddlex_index(expected)
    assert (ours.kind, ours.metric, ours.labels) == (theirs.kind, theirs.metric, theirs.labels)
    assert np.array_equal(ours.ids, theirs.ids)
    assert np.abs(ours.features - theirs.features).max() < CLOSE
    assert (found / "vector.index").stat().st_size == (expected / "vector.index").stat().st_size


@pytest.mark.parametrize("name", ["HNSW32_IP", "HNSW32_L2", "IVF_IP", "IVF_L2", "Flat_IP", "Flat_L2"])
def test_the_same_features_make_the_same_bytes(paddlex_data, name):
    folder = paddlex_data / "reference" / "index" / name
    read = read_paddlex_index(folder)
    index = IndexData.build(read.features, read.labels, kind=read.kind, metric=read.metric)
    assert index.index_bytes.tobytes() == (folder / "vector.index").read_bytes()


@pytest.mark.parametrize("name", ["Flat_IP", "HNSW32_IP"])
def test_the_same_features_appended_make_the_same_bytes(paddlex_data, name):
    before = IndexData.load(paddlex_data / "reference" / "index" / name)
    after = read_paddlex_index(paddlex_data / "reference" / "index" / f"{name}_appended")
    count = len(before)
    assert before.append(after.features[count:], after.labels[count:]) is before
    expected = paddlex_data / "reference" / "index" / f"{name}_appended" / "vector.index"
    assert before.index_bytes.tobytes() == expected.read_bytes()
