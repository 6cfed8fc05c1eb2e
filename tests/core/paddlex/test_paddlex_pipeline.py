"""The pipeline with tiny models: what a script for PaddleX does, and what it never gets there."""

from __future__ import annotations

import json
import logging
import shutil

import numpy as np
import pytest
import yaml
from PIL import Image

from core.errors import EngineProblem, IndexProblem, InputProblem, ModelProblem, PhotoProblem, SettingsProblem
from core.models.store import ModelStore
from core.paddlex import IndexData, create_model, create_pipeline


@pytest.fixture
def index(tiny, pictures):
    return tiny.build_index(str(pictures), str(pictures / "gallery.txt"), index_type="Flat")


def only(results):
    [result] = results
    return result


def test_a_script_of_paddlex_runs(make_config, pictures, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(pictures)
    pipeline = create_pipeline(config=make_config())
    index_data = pipeline.build_index(gallery_imgs=".", gallery_label="gallery.txt")
    index_data.save(str(tmp_path / "face_index"))
    output = pipeline.predict("images/Anna/a1.png", index=str(tmp_path / "face_index"), det_threshold=0.65)
    for res in output:
        res.print()
        res.save_to_img(str(tmp_path / "output"))
        res.save_to_json(str(tmp_path / "output"))
    assert capsys.readouterr().out.startswith("{'res': {'input_path': 'images/Anna/a1.png', 'boxes': [{'labels':")
    saved = json.loads((tmp_path / "output" / "a1_res.json").read_text(encoding="utf-8"))
    assert list(saved) == ["input_path", "boxes"]
    assert [list(box) for box in saved["boxes"]] == [["labels", "rec_scores", "det_score", "coordinate"]] * 2
    with Image.open(tmp_path / "output" / "a1_res.png") as picture:
        assert (picture.size, picture.mode) == ((100, 120), "RGB")
    pipeline.close()


def test_a_gallery_picture_is_taken_whole_and_a_box_without_margin(tiny, index, pictures, draw):
    frame = np.zeros((120, 100, 3), np.uint8)
    face = draw(0)[..., ::-1]  # a1.png, BGR
    frame[10:60, 10:50] = face[:50, :40]
    result = only(tiny.predict(frame, index=index, rec_threshold=-1))
    crop = only(create_model(model_dir=tiny.rec_model.card.folder).predict(frame[10:60, 10:50]))["feature"]
    stored = index.index.reconstruct(0)
    assert result["boxes"][0]["coordinate"] == pytest.approx([10, 10, 50.7, 60.2])
    scores = dict(zip(result["boxes"][0]["labels"], result["boxes"][0]["rec_scores"], strict=False))
    assert max(scores.values()) == pytest.approx(float(max(crop @ index.index.reconstruct(id) for id in range(4))))
    whole = only(tiny.rec_model.predict(str(pictures / "images/Anna/a1.png")))["feature"]
    assert whole == pytest.approx(stored, abs=1e-6)


def test_faces_not_identities_are_ranked(tiny, index, pictures):
    result = only(tiny.predict(pictures / "images/Anna/a2.png", index=index, rec_threshold=-1, rec_topk=4))
    labels = result["boxes"][0]["labels"]
    assert sorted(labels) == ["Anna", "Anna", "Ben", "李 雷"]
    assert result["boxes"][0]["rec_scores"] == sorted(result["boxes"][0]["rec_scores"], reverse=True)
    assert (
        len(only(tiny.predict(pictures / "images/Anna/a2.png", index=index, rec_threshold=-1))["boxes"][0]["labels"])
        == 4
    )
    one = only(tiny.predict(pictures / "images/Anna/a2.png", index=index, rec_threshold=-1, rec_topk=1))
    assert one["boxes"][0]["labels"] == labels[:1]


def test_batches_change_nothing(tiny, make_config, index, pictures):
    config = make_config(rec_threshold=-1)
    for module in config["SubModules"].values():
        module["batch_size"] = 3
    with create_pipeline(config=config) as pipeline:
        batched = [result.json for result in pipeline.predict(pictures, index=index)]
    single = [result.json for result in tiny.predict(pictures, index=index, rec_threshold=-1)]
    assert [each["res"]["input_path"] for each in batched] == [each["res"]["input_path"] for each in single]
    for one, other in zip(batched, single, strict=True):
        for box, same in zip(one["res"]["boxes"], other["res"]["boxes"], strict=True):
            assert box["labels"] == same["labels"]
            assert box["rec_scores"] == (same["rec_scores"] and pytest.approx(same["rec_scores"], abs=1e-5))


def test_thresholds(tiny, index, pictures):
    def boxes(**limits):
        return only(tiny.predict(pictures / "images/Ben/b1.png", index=index, **limits))["boxes"]

    assert [round(box["det_score"], 2) for box in boxes()] == [0.9, 0.7]  # above 0.6, not from it on
    assert len(boxes(det_threshold=0)) == 3
    assert boxes(det_threshold=1) == []  # a whole number filters as well
    assert all(box["labels"] is None and box["rec_scores"] is None for box in boxes(rec_threshold=1.1))
    assert boxes(det_threshold=0, rec_threshold=-1)[2]["labels"] is None  # a box narrower than a pixel
    best = boxes(rec_threshold=-1)[0]["rec_scores"]
    kept = boxes(rec_threshold=(best[0] + best[1]) / 2)[0]
    assert kept["rec_scores"] == best  # the whole list stays when the first is near enough


def test_with_distances_the_near_ones_are_known(tiny, pictures):
    index = tiny.build_index(pictures, pictures / "gallery.txt", metric_type="L2", index_type="HNSW32")
    picture = np.full((120, 100, 3), 9, np.uint8)
    box = only(tiny.predict(picture, index=index, rec_threshold=4.0))["boxes"][0]
    assert box["rec_scores"] == sorted(box["rec_scores"])
    nearest = box["rec_scores"][0]
    assert only(tiny.predict(picture, index=index, rec_threshold=nearest * 0.9))["boxes"][0]["labels"] is None
    assert only(tiny.predict(picture, index=index, rec_threshold=nearest * 1.1))["boxes"][0]["labels"]


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
def test_appending_and_removing_change_the_index_itself_but_no_folder(tiny, pictures, tmp_path, kind):
    index = tiny.build_index(pictures, pictures / "gallery.txt", index_type=kind)
    index.save(tmp_path / "folder")
    before = {file.name: file.read_bytes() for file in (tmp_path / "folder").iterdir()}
    assert set(before) == {"vector.index", "id_map.yaml"}
    assert tiny.append_index([str(pictures / "images/Ben/b1.png")], ["007"], index) is index
    assert index.id_map[4] == "007"
    assert tiny.remove_index([0, 3], index) is index
    assert index.id_map == {1: "Anna", 2: "李 雷", 4: "007"}
    assert [index.index_type, index.metric_type, index.index.ntotal] == [kind, "IP", 3]
    changed = tiny.remove_index(["4"], tiny.append_index(pictures / "images/Ben", ["Ben"], str(tmp_path / "folder")))
    assert list(changed.id_map) == [0, 1, 2, 3]
    assert before == {file.name: file.read_bytes() for file in (tmp_path / "folder").iterdir()}
    index.save(tmp_path / "folder")
    again = IndexData.load(tmp_path / "folder")
    assert (again.id_map, again.index_type) == (index.id_map, kind)
    found = only(tiny.predict(pictures / "images/Ben/b1.png", index=tmp_path / "folder", rec_threshold=-1))
    assert set(found["boxes"][0]["labels"]) <= {"Anna", "李 雷", "007"}


def test_a_changed_folder_is_read_again(tiny, index, pictures, tmp_path):
    index.save(tmp_path)
    picture = pictures / "images/Ben/b1.png"
    first = only(tiny.predict(picture, index=str(tmp_path), rec_threshold=-1))["boxes"][0]["labels"]
    tiny.remove_index([0, 1, 2], index).save(tmp_path)
    second = only(tiny.predict(picture, index=str(tmp_path), rec_threshold=-1))["boxes"][0]["labels"]
    assert (len(first), second) == (4, ["Ben"])


def test_unknown_ids_and_arguments_are_named(tiny, index, caplog):
    with caplog.at_level(logging.WARNING):
        tiny.remove_index(np.array([1, 77, -3]), index)
        list(tiny.predict([], index=index, topk=1, hamming_radius=3))
    assert "id -3, id 77" in caplog.text
    assert "hamming_radius, topk" in caplog.text
    assert list(index.id_map) == [0, 2, 3]


def test_the_configurations_index_and_limits_are_used(make_config, index, pictures, tmp_path):
    index.save(tmp_path / "an index")
    config = make_config(index=str(tmp_path / "an index"), det_threshold=0.8, rec_threshold=-1, rec_topk=2)
    with create_pipeline(config=config) as pipeline:
        result = only(pipeline.predict(pictures / "images/Ben/b1.png"))
    assert [len(box["labels"]) for box in result["boxes"]] == [2]


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
@pytest.mark.parametrize("count", [1, 7])
def test_few_pictures_are_found_in_every_kind(tiny, draw, kind, count):
    frames = [draw(seed) for seed in range(count)]
    index = tiny.build_index(frames, [f"Person {seed}" for seed in range(count)], index_type=kind)
    feature = only(tiny.rec_model.predict(frames[-1]))["feature"]
    assert index.search(feature[None], 3, 0.9)[0][0][0] == f"Person {count - 1}"


BAD_CALLS = [
    (lambda tiny, index: tiny.predict("x.jpg"), InputProblem, "no index to look in"),
    (lambda tiny, index: tiny.predict("x.jpg", index=7), InputProblem, "A int is no index"),
    (lambda tiny, index: tiny.predict("x.jpg", index=""), InputProblem, "no index"),
    (lambda tiny, index: tiny.predict("x.jpg", index="/no/where"), IndexProblem, r"vector\.index is not there"),
    (lambda tiny, index: tiny.predict("x.jpg", index=index, rec_topk=0), SettingsProblem, "rec_topk"),
    (lambda tiny, index: tiny.predict("x.jpg", index=index, rec_topk=True), SettingsProblem, "rec_topk"),
    (lambda tiny, index: tiny.predict("x.jpg", index=index, det_threshold="0.5"), SettingsProblem, "det_threshold"),
    (lambda tiny, index: tiny.predict("x.jpg", index=index, rec_threshold=float("nan")), SettingsProblem, "rec_thres"),
    (lambda tiny, index: tiny.predict(3.5, index=index), InputProblem, "A float cannot be taken"),
    (lambda tiny, index: tiny.predict("ftp://host/x.jpg", index=index), InputProblem, "not fetched"),
    (lambda tiny, index: tiny.predict("absent.jpg", index=index), PhotoProblem, "absent.jpg is not there"),
    (lambda tiny, index: tiny.predict(np.zeros((3, 3)), index=index), InputProblem, "float64 is no picture"),
    (lambda tiny, index: tiny.predict(np.zeros((3, 3, 2), np.uint8), index=index), InputProblem, "no picture"),
    (lambda tiny, index: tiny.predict(np.zeros((0, 3, 3), np.uint8), index=index), InputProblem, "no picture"),
    (lambda tiny, index: tiny.remove_index("no_file.txt", index), InputProblem, "no_file.txt cannot be read"),
    (lambda tiny, index: tiny.remove_index(["Anna"], index), InputProblem, "'Anna' is no id"),
    (lambda tiny, index: tiny.remove_index([1.5], index), InputProblem, "is no id"),
    (lambda tiny, index: tiny.remove_index(5, index), InputProblem, "A int holds no ids"),
    (lambda tiny, index: tiny.append_index([], [], index), InputProblem, "no picture to put"),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD_CALLS)
def test_a_call_that_cannot_be_followed_changes_nothing(tiny, index, call, kind, words):
    before = index.to_bytes()
    with pytest.raises(kind, match=words):
        list(call(tiny, index) or [])
    assert index.to_bytes() == before


def test_an_index_of_other_features_is_refused(tiny, pictures):
    index = IndexData.build(np.eye(4, 8, dtype=np.float32), ["x"] * 4, kind="Flat", metric="IP")
    with pytest.raises(IndexProblem, match="features of 8 numbers, but the model makes features of 16"):
        list(tiny.predict(pictures / "images/Ben/b1.png", index=index))
    with pytest.raises(IndexProblem, match="features of 8 numbers"):
        tiny.append_index([pictures / "images/Ben/b1.png"], ["Ben"], index)
    assert len(index) == 4


@pytest.mark.parametrize(("metric", "kind"), [("hamming", "Flat"), ("cosine", "Flat"), ("IP", "PQ")])
def test_metrics_and_kinds_that_do_not_exist(tiny, pictures, metric, kind):
    with pytest.raises(IndexProblem, match=r"hamming|no metric called|no kind of index called"):
        tiny.build_index(pictures, pictures / "gallery.txt", metric_type=metric, index_type=kind)


def test_models_that_are_not_here(make_config, tmp_path):
    with pytest.raises(
        ModelProblem, match=r"PP-YOLOE_plus-S_face is not on this machine.*models download PP-YOLOE_plus-S_face"
    ):
        create_pipeline("face_recognition")
    config = make_config()
    config["SubModules"]["Recognition"]["model_name"] = "ResNet50_face"
    with pytest.raises(ModelProblem, match="holds the model MobileFaceNet, not ResNet50_face"):
        create_pipeline(config=config)
    config["SubModules"]["Recognition"] = {**config["SubModules"]["Detection"], "module_name": "face_feature"}
    with pytest.raises(ModelProblem, match="is not a face feature model"):
        create_pipeline(config=config)
    with pytest.raises(ModelProblem, match="no folder"):
        create_model("BlazeFace", str(tmp_path / "absent"))
    with pytest.raises(ModelProblem, match="name or a folder"):
        create_model()


def test_model_folders_that_are_not_whole(tiny_models, tmp_path, draw):
    def changed(name, change):
        folder = shutil.copytree(tiny_models / "MobileFaceNet", tmp_path / name)
        change(folder)
        return folder

    cases = {
        "no yml": (lambda folder: (folder / "inference.yml").unlink(), "has no inference.yml"),
        "no model": (lambda folder: (folder / "inference.onnx").unlink(), "holds no model|has no model"),
        "bad yml": (lambda folder: (folder / "inference.yml").write_text("a: ["), "not a usable YAML"),
        "list": (lambda folder: (folder / "inference.yml").write_text("[1]"), "mapping of fields"),
        "broken": (lambda folder: (folder / "inference.onnx").write_bytes(b"x" * 99), r"inference\.onnx"),
    }
    for name, (change, words) in cases.items():
        with pytest.raises((ModelProblem, EngineProblem), match=words):
            list(create_model(model_dir=changed(name, change), device="cpu").predict(draw(1)))


def test_models_of_the_store_are_taken_by_their_official_names(tiny_models, pictures, tmp_path):
    shutil.copytree(tiny_models / "MobileFaceNet", tmp_path / "other")
    text = (tmp_path / "other" / "inference.yml").read_text(encoding="utf-8")
    (tmp_path / "other" / "inference.yml").write_text(text.replace("MobileFaceNet", "ResNet50_face"), encoding="utf-8")
    for folder in (tiny_models / "PP-YOLOE_plus-S_face", tmp_path / "other"):
        ModelStore().add(folder)
    with create_pipeline("face_recognition", device="cpu") as pipeline:
        index = pipeline.build_index(pictures, pictures / "gallery.txt")
        result = only(pipeline.predict(pictures / "images/Ben/b1.png", index=index, rec_threshold=-1))
    assert result["boxes"][0]["labels"]
    with create_model("PP-YOLOE_plus-S_face_infer", device="cpu") as model:
        assert only(model.predict(pictures / "images/Ben/b1.png"))["boxes"][0]["label"] == "face"


def test_models_that_paddlex_downloaded_are_found(tiny_models, tmp_path, monkeypatch):
    monkeypatch.setenv("PADDLE_PDX_CACHE_HOME", str(tmp_path))
    shutil.copytree(tiny_models / "MobileFaceNet", tmp_path / "official_models" / "MobileFaceNet")
    for name in ("MobileFaceNet", "MobileFaceNet_infer"):
        assert create_model(name).model_name == "MobileFaceNet"


def test_a_file_is_a_configuration_and_what_has_no_effect_is_named(make_config, pictures, tmp_path, caplog):
    file = tmp_path / "face_recognition.yaml"
    values = {**make_config(rec_thresholds=0.3, rec_threshold=-1), "Serving": {"visualize": True}}
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    with create_pipeline(pipeline=str(file), device="cpu", engine="onnxruntime") as pipeline:
        index = pipeline.build_index(pictures, pictures / "gallery.txt")
        index.save(tmp_path / "idx")
        assert only(pipeline.predict(pictures / "images/Ben/b1.png", index=index))["boxes"][0]["labels"]
    assert "rec_thresholds" in caplog.text
    file.write_text(yaml.safe_dump({**values, "index": "idx"}), encoding="utf-8")  # beside the file
    with create_pipeline(file) as pipeline:
        assert only(pipeline.predict(pictures / "images/Ben/b1.png"))["boxes"][0]["labels"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pipeline": "OCR"}, "no pipeline called OCR"),
        ({"pipeline": "absent.yaml"}, "absent.yaml"),
        ({}, "needs the name"),
        ({"config": 5}, "A int is no configuration"),
        ({"config": {"pipeline_name": "OCR"}}, "pipeline_name"),
        ({"config": {"pipeline_name": "face_recognition", "SubModules": 3}}, "SubModules"),
    ],
)
def test_configurations_that_cannot_be_followed(given, words):
    with pytest.raises(SettingsProblem, match=words):
        create_pipeline(**given)


@pytest.mark.parametrize(
    "options",
    [
        {"device": "npu:0"},
        {"device": "cpu:0"},
        {"device": "gpu:1"},
        {"device": "toaster"},
        {"engine": "transformers"},
        {"use_hpip": True, "hpi_config": {"backend": "tensorrt"}},
        {"engine": "onnxruntime", "engine_config": {"intra_op_num_threads": -1}},
        {"engine_config": 5},
    ],
)
def test_devices_and_engines_that_are_not_known(make_config, options):
    with pytest.raises(SettingsProblem):
        create_pipeline(config=make_config(), **options)


@pytest.mark.parametrize(
    "options",
    [
        {"device": "gpu:0,1"},
        {"device": "cpu", "use_hpip": True, "hpi_config": {"backend": "onnxruntime"}},
        {"engine": "onnxruntime", "engine_config": {"intra_op_num_threads": 1, "device_type": "cpu"}},
        {"engine": "onnxruntime", "engine_config": {"onnxruntime": {"intra_op_num_threads": 2}}},
        {"engine": "hpi", "use_hpip": False},
    ],
)
def test_devices_and_engines_that_are(make_config, pictures, options):
    with create_pipeline(config=make_config(), **options) as pipeline:
        assert len(pipeline.build_index(pictures, pictures / "gallery.txt", index_type="Flat")) == 4


def test_built_in_models_are_known_by_name_and_by_folder(draw):
    card = ModelStore().default_card("feature")
    for folder in (None, card.folder):
        with create_model(card.name, folder, device="cpu") as model:
            assert only(model.predict(draw(1)))["feature"].shape == (card.length,)


def test_models_alone(tiny_models, draw, caplog):
    detector = create_model("PP-YOLOE_plus-S_face", str(tiny_models / "PP-YOLOE_plus-S_face"), device="cpu")
    frame = draw(1)
    assert len(only(detector.predict(frame))["boxes"]) == 3  # the folder's own threshold
    assert len(only(detector.predict(frame, threshold=0.8))["boxes"]) == 1
    values = only(detector.predict(frame, batch_size=1)).json["res"]
    assert list(values) == ["input_path", "page_index", "boxes"]
    assert list(values["boxes"][0]) == ["cls_id", "label", "score", "coordinate"]
    one = create_model(model_dir=tiny_models / "PP-YOLOE_plus-S_face", threshold=0.65, img_size=(96, 64), flip=True)
    assert len(only(one.predict(frame))["boxes"]) == 2
    assert one.card.preprocess.size == (96, 64)
    assert "PP-YOLOE_plus-S_face has no use for flip" in caplog.text
    plain, flipped = (create_model(model_dir=tiny_models / "MobileFaceNet", flip=flip) for flip in (False, True))
    feature = only(flipped.predict(frame))["feature"]
    both = only(plain.predict(frame))["feature"], only(plain.predict(frame[:, ::-1]))["feature"]
    assert feature.shape == (16,)
    assert np.linalg.norm(feature) == pytest.approx(1, abs=1e-6)
    assert not np.allclose(feature, both[0])
    assert np.allclose(flipped.features([frame]), flipped.features([frame[:, ::-1]]), atol=1e-6)
    for size in (0, "640", (1, 2, 3)):
        with pytest.raises(SettingsProblem, match="img_size"):
            create_model(model_dir=tiny_models / "PP-YOLOE_plus-S_face", img_size=size)
    for model in (detector, one, plain, flipped):
        model.close()
