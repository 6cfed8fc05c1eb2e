"""face_recognition.yaml: read with care, written so that PaddleX reads it, and as settings."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.errors import IndexProblem, ModelProblem, SettingsProblem
from core.files import sha256
from core.index.foreign import write_paddlex_index
from core.models.card_file import CARD_FILE, write_card
from core.models.cards import Card
from core.models.store import ModelStore
from core.paddlex.config import ModuleConfig, PipelineConfig, pipeline_text, read_pipeline, write_pipeline
from core.paddlex.config_settings import from_settings, to_settings
from core.paddlex.config_text import evaluated, protected
from core.paddlex.saving import save_pipeline
from core.settings import Settings

OWN = """\
pipeline_name: face_recognition

index: None
det_threshold: 0.6
rec_threshold: 0.4
rec_topk: 5

SubModules:
  Detection:
    module_name: face_detection
    model_name: PP-YOLOE_plus-S_face
    model_dir: null
    batch_size: 1
  Recognition:
    module_name: face_feature
    model_name: ResNet50_face
    model_dir: null
    batch_size: 1
"""
FULL = PipelineConfig(
    index="face index/of 李雷",
    det_threshold=1.0,
    rec_threshold=-0.25,
    rec_topk=1,
    hamming_radius=3.0,
    detection=ModuleConfig("face_detection", "BlazeFace", "None", 4, "paddle", {"cpu_threads": 2}, False, None),
    recognition=ModuleConfig("face_feature", "MobileFaceNet", "2024", 8, use_hpip=True, hpi_config={"backend": "om"}),
    device="gpu:0,1",
    engine="onnxruntime",
    engine_config={"onnxruntime": {"providers": ["CPUExecutionProvider"], "intra_op_num_threads": 3}},
    use_hpip=False,
    hpi_config={"auto_config": True, "backend": "openvino"},
    serving={"visualize": False, "return_urls": None, "extra": {"index_storage": {"type": "memory"}}},
)


def read(tmp_path: Path, text: str) -> PipelineConfig:
    path = tmp_path / "face_recognition.yaml"
    path.write_text(text, encoding="utf-8")
    return read_pipeline(path)


def changed(**values: Any) -> str:
    return yaml.safe_dump({**yaml.safe_load(OWN), **values})


def module(**values: Any) -> str:
    modules = yaml.safe_load(OWN)["SubModules"]
    return changed(SubModules={**modules, "Recognition": {**modules["Recognition"], **values}})


def words(config: PipelineConfig) -> str:
    return " ".join(map(str, config.warnings))


def test_paddlex_own_file_is_the_default(tmp_path):
    found = read(tmp_path, OWN)
    assert found == PipelineConfig()
    assert found.warnings == ()
    assert found.folder == tmp_path


def test_what_is_absent_is_as_in_paddlex(tmp_path):
    found = read(tmp_path, "pipeline_name: face_recognition")
    assert (found.det_threshold, found.rec_threshold, found.rec_topk, found.index) == (0.5, 0.5, 5, None)
    assert found.recognition == ModuleConfig("face_feature", "ResNet50_face")


def test_every_field_is_written_and_read_again(tmp_path):
    path = tmp_path / "new folder" / "face_recognition.yaml"
    write_pipeline(FULL, path)
    again = read_pipeline(path)
    assert again == FULL
    text = path.read_text(encoding="utf-8")
    write_pipeline(again, path)
    assert path.read_text(encoding="utf-8") == text
    assert "李雷" in text


def test_what_is_written_means_the_same_to_paddlex():
    """PaddleX loads the YAML and evaluates each text as a Python literal where that goes."""

    def as_paddlex(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: as_paddlex(one) for name, one in value.items()}
        if isinstance(value, list):
            return [as_paddlex(one) for one in value]
        try:
            return ast.literal_eval(value) if isinstance(value, str) else value
        except (ValueError, SyntaxError):
            return value

    found = as_paddlex(yaml.safe_load(pipeline_text(FULL)))
    assert found["SubModules"]["Detection"]["model_dir"] == "None"
    assert found["SubModules"]["Recognition"]["model_dir"] == "2024"
    assert found["index"] == FULL.index
    assert isinstance(found["det_threshold"], float)  # PaddleX filters by nothing else
    assert found["Serving"] == FULL.serving


@given(st.one_of(st.text(max_size=30), st.text("0123456789_.eE+-'\"\\ ([{bru,#NoneTrue/", max_size=12)))
def test_protected_text_reads_back(text):
    again = protected(text)
    assert evaluated(again) == text
    try:
        for_paddlex = ast.literal_eval(again)
    except (ValueError, SyntaxError, MemoryError):
        for_paddlex = again
    except SyntaxWarning:  # an invalid escape: as it stands
        for_paddlex = again
    assert for_paddlex == text


@pytest.mark.parametrize("written", ["None", "'None'", "null", "~", "", "''", "0", '"0"', "false"])
def test_forms_of_no_index(tmp_path, written):
    assert read(tmp_path, OWN.replace("index: None", f"index: {written}")).index is None


@pytest.mark.parametrize(
    ("written", "value"), [("'0.5'", 0.5), ("1e-2", 0.01), ('".25"', 0.25), ("0", 0.0), ("1", 1.0)]
)
def test_numbers_in_any_form(tmp_path, written, value):
    found = read(tmp_path, OWN.replace("det_threshold: 0.6", f"det_threshold: {written}"))
    assert found.det_threshold == value
    assert type(found.det_threshold) is float
    assert ("does not filter" in words(found)) == (written in "01")


def test_unknown_fields_are_named(tmp_path):
    modules = {"Detection": {"flip": True}, "Rectification": {}}
    text = changed(rec_thresholds=0.3, SubModules=modules, hpi_config={"serial_number": "x"}, Serving={"port": 1})
    found = read(tmp_path, text)
    for name in (
        "rec_thresholds",
        "SubModules.Detection.flip",
        "SubModules.Rectification",
        "hpi_config.serial_number",
        "Serving.port",
    ):
        assert f"{name} is not known" in words(found)
    assert len(found.warnings) == 5


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "the file"),
        ("- a", "the file"),
        ("pipeline_name: OCR", "pipeline_name"),
        ("index: x", "pipeline_name"),
        (changed(det_threshold="high"), "det_threshold"),
        (changed(det_threshold=True), "det_threshold"),
        (changed(det_threshold=float("nan")), "det_threshold"),
        (changed(det_threshold=None), "det_threshold"),
        (changed(det_threshold=1.5), "det_threshold"),
        (changed(rec_threshold=5), "rec_threshold"),
        (changed(rec_topk=0), "rec_topk"),
        (changed(rec_topk=2.5), "rec_topk"),
        (changed(index=7), "index"),
        (changed(index=["a"]), "index"),
        (changed(device="cpu:0"), "device"),
        (changed(engine="torch"), "engine"),
        (changed(engine_config="fast"), "engine_config"),
        (changed(use_hpip="yes please"), "use_hpip"),
        (changed(hpi_config={"backend": "onnx_runtime"}), "hpi_config.backend"),
        (changed(SubModules=[]), "SubModules"),
        (changed(SubModules={"Detection": None}), "SubModules.Detection"),
        (module(model_name=7), "SubModules.Recognition.model_name"),
        (module(model_dir=["x"]), "SubModules.Recognition.model_dir"),
        (module(module_name="text_detection"), "SubModules.Recognition.module_name"),
        (module(batch_size="1.5"), "SubModules.Recognition.batch_size"),
        (module(engine="fast"), "SubModules.Recognition.engine"),
        (OWN + "Serving: 3", "Serving"),
        (OWN + "1: 3", "the name of a field"),
        (OWN + "engine_config: {at: 2024-01-01}", "engine_config.at"),
    ],
    ids=range(29),
)
def test_bad_values_are_refused_by_name(tmp_path, text, field):
    with pytest.raises(SettingsProblem, match=r"face_recognition\.yaml: ") as caught:
        read(tmp_path, text)
    assert str(caught.value.message.values["field"]) == field


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        OWN + BOMB,
        OWN + "engine_config: &a {x: *a}",
        OWN + "engine_config: " + "{a: " * 50 + "1" + "}" * 50,
        OWN + "engine_config: " + "[" * 5000,
        OWN + "det_threshold: 0.5",
        OWN + "<<: {index: x}",
        OWN + "engine_config: !!python/object/apply:os.system [echo]",
        OWN + "rec_topk2: 1" + ":59" * 30_000,
        "x" * (1 << 19),
        "pipeline_name: \0",
    ],
    ids=range(10),
)
def test_hostile_files_are_refused(tmp_path, text):
    with pytest.raises(SettingsProblem, match=r"face_recognition\.yaml") as caught:
        read(tmp_path, text)
    assert len(str(caught.value)) < 700


def test_a_little_repetition_by_aliases_is_fine(tmp_path):
    found = read(tmp_path, OWN + "engine_config: &a {cpu_threads: 4}\nhpi_config: {backend_config: *a}\n")
    assert found.hpi_config == {"backend_config": {"cpu_threads": 4}}


def test_files_that_cannot_be_read_or_written(tmp_path):
    with pytest.raises(SettingsProblem, match="cannot be read"):
        read_pipeline(tmp_path / "none.yaml")
    path = tmp_path / "gbk.yaml"
    path.write_bytes("index: 人员".encode("gbk"))
    with pytest.raises(SettingsProblem, match=r"(?i)utf-8"):
        read_pipeline(path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsProblem, match="cannot be written"):
        write_pipeline(PipelineConfig(), tmp_path / "file" / "x.yaml")


def test_paths_are_looked_for_where_paddlex_does_and_beside_the_file(tmp_path, monkeypatch):
    (tmp_path / "config" / "models").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    config = read(tmp_path / "config", OWN)
    assert config.located("models") == tmp_path / "config" / "models"
    assert config.located("nowhere") == Path("nowhere")
    (tmp_path / "work" / "models").mkdir()
    assert config.located("models") == Path("models")


# --- settings


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """A store that holds what stands for PaddleX's MobileFaceNet."""
    folder = tmp_path / "models" / "MobileFaceNet"
    folder.mkdir(parents=True)
    (folder / "inference.json").write_text("program")
    (folder / "inference.pdiparams").write_text("weights")
    (folder / "inference.yml").write_text("Global: {model_name: MobileFaceNet}")
    files = {"paddle": ("inference.json", "inference.pdiparams")}
    checksums = {name: sha256(folder / name) for name in files["paddle"]}
    card = Card("MobileFaceNet", "feature", files, checksums, folder, length=128, space="x")
    card = Card(**{**card.__dict__, "alignment": card.alignment.__class__(kind="stretch")})
    (folder / CARD_FILE).write_text(write_card(card), encoding="utf-8")
    return ModelStore(tmp_path / "models")


def test_settings_become_a_configuration(store):
    settings = Settings(feature="MobileFaceNet", rec_threshold=0.3, top_k=7, engine="paddle", device="gpu", threads=3)
    config = from_settings(settings, store, Path("index"))
    assert config.recognition == ModuleConfig("face_feature", "MobileFaceNet", str(store.folder / "MobileFaceNet"))
    assert (config.index, config.rec_threshold, config.rec_topk) == ("index", 0.3, 7)
    assert (config.engine, config.device) == ("paddle", "gpu")
    assert config.engine_config == {"paddle_static": {"cpu_threads": 3}}
    assert config.det_threshold == store.default_card("detect").thresholds.detect
    assert "cannot run facefolio-detector" in words(config)
    assert "cannot run MobileFaceNet" not in words(config)
    changes, _ = to_settings(config, store)
    again = settings.changed(**changes)
    assert (again.feature, again.engine, again.device, again.threads) == ("MobileFaceNet", "paddle", "gpu", 3)
    assert (again.rec_threshold, again.top_k) == (0.3, 7)
    with pytest.raises(ModelProblem):
        from_settings(Settings(detector="gone"), store)


def saved_index(folder: Path, length: int) -> Path:
    features = np.eye(2, length, dtype=np.float32)
    write_paddlex_index(folder, ids=np.arange(2), labels=["Anna", "Ben"], features=features, kind="Flat", metric="IP")
    return folder


def test_an_index_that_fits_the_model_is_named(store, tmp_path):
    index, file = saved_index(tmp_path / "index", 128), tmp_path / "out.yaml"
    warnings = save_pipeline(Settings(feature="MobileFaceNet"), store, file, index)
    assert read_pipeline(file).index == str(index)
    assert any("cannot run facefolio-detector" in str(each) for each in warnings)


def test_an_index_that_does_not_fit_is_refused_and_nothing_written(store, tmp_path):
    file = tmp_path / "out.yaml"
    file.write_text("as it was")
    index = saved_index(tmp_path / "index", 128)
    with pytest.raises(IndexProblem, match=r"features of 128 numbers.*facefolio-feature makes features of \d+"):
        save_pipeline(Settings(), store, file, index)
    torn = saved_index(tmp_path / "torn", 128)
    (torn / "id_map.yaml").write_text("id_map: {0: Anna}\nindex_type: Flat\nmetric_type: IP\n")
    with pytest.raises(IndexProblem, match=r"torn: its vector\.index has 2 vectors"):
        save_pipeline(Settings(feature="MobileFaceNet"), store, file, torn)
    with pytest.raises(IndexProblem, match="is no index folder"):
        save_pipeline(Settings(feature="MobileFaceNet"), store, file, tmp_path / "absent")
    assert file.read_text() == "as it was"


def test_what_paddlex_cannot_follow_is_told(store):
    assert "pipeline on openvino" in words(from_settings(Settings(engine="openvino"), store))


def test_a_configuration_becomes_settings(store):
    config = PipelineConfig(
        index="idx",
        rec_threshold=1.5,
        rec_topk=500,
        detection=ModuleConfig("face_detection", "BlazeFace"),
        recognition=ModuleConfig("face_feature", "MobileFaceNet", use_hpip=True),
        use_hpip=True,
        hpi_config={"backend": "openvino"},
        device="npu:0",
        serving={},
    )
    changes, warnings = to_settings(config, store)
    Settings().changed(**changes)
    assert changes == {
        "det_threshold": 0.6,
        "rec_threshold": 1.0,
        "top_k": 100,
        "feature": "MobileFaceNet",
        "engine": "openvino",
    }
    said = " ".join(map(str, warnings))
    for part in (
        "BlazeFace is not here",
        "Models, or `facefolio models download BlazeFace`.",  # in the window, or in a terminal
        "index import",
        "a distance",
        "npu",
        "use_hpip",
        "Serving",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("config", "changes"),
    [
        ({"engine": "paddle_static"}, {"engine": "paddle"}),
        ({"engine": "onnxruntime", "device": "cpu"}, {"engine": "onnxruntime", "device": "cpu"}),
        ({"engine": "hpi", "hpi_config": {"backend": "paddle"}}, {"engine": "paddle"}),
        ({"engine": "hpi", "hpi_config": {"backend": "tensorrt"}}, {}),
        ({"engine": "transformers"}, {}),
        ({"device": "gpu:1"}, {"device": "gpu"}),
        ({"engine_config": {"cpu_threads": 6}}, {"threads": 6}),
        ({"engine_config": {"onnxruntime": {"intra_op_num_threads": 2}}}, {"threads": 2}),
        ({"engine_config": {"cpu_threads": "many"}}, {}),
    ],
    ids=range(9),
)
def test_runtimes(store, config, changes):
    found, warnings = to_settings(PipelineConfig(**config), store)
    kept = {name: value for name, value in found.items() if name in ("engine", "device", "threads")}
    assert kept == changes
    assert bool(changes) or "engine_config" in config or "no engine" in " ".join(map(str, warnings))


def test_a_model_of_another_content_or_task_is_not_taken(store, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "inference.pdiparams").write_text("trained anew")
    config = PipelineConfig(recognition=ModuleConfig("face_feature", "MobileFaceNet", os.fspath(other)))
    changes, warnings = to_settings(config, store)
    assert "feature" not in changes
    assert "is not the one in" in str(warnings)
    config = PipelineConfig(detection=ModuleConfig("face_detection", "MobileFaceNet"))
    changes, warnings = to_settings(config, store)
    assert "detector" not in changes
    assert "no model for" in " ".join(map(str, warnings))
    config = PipelineConfig(detection=ModuleConfig("face_detection", "Own", os.fspath(other)))
    assert "models add" in " ".join(map(str, to_settings(config, store)[1]))
