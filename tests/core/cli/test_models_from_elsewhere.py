"""models list, download and convert, and config, on the command line."""

from __future__ import annotations

import io
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from core.errors import NOTHING, ModelProblem
from core.index.foreign import write_paddlex_index
from core.models import download
from core.models.store import ModelStore
from core.paths import resources_folder, settings_file
from core.types import Step

Run = Callable[..., Any]
DESCRIPTION = {
    "Global": {"model_name": "MobileFaceNet"},
    "PreProcess": {"transform_ops": [{"ResizeImage": {"size": [112, 112]}}, {"NormalizeImage": {}}]},
}


def saved_index(folder: Path, length: int) -> Path:
    features = np.eye(1, length, dtype=np.float32)
    write_paddlex_index(folder, ids=np.arange(1), labels=["Anna"], features=features, kind="Flat", metric="IP")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "MobileFaceNet"
    place.mkdir()
    shutil.copyfile(resources_folder() / "models" / "face_feature.onnx", place / "inference.onnx")
    (place / "inference.yml").write_text(yaml.safe_dump(DESCRIPTION))
    return place


@pytest.fixture
def any_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "availability", lambda: {"paddle": NOTHING})


def test_a_model_is_listed_fetched_and_used(run: Run, folder: Path, any_engine: None, monkeypatch: pytest.MonkeyPatch):
    listed = run("models", "list").out
    assert "models download MobileFaceNet" in listed
    assert "87.2 MB" in listed

    def fetch(address: str, part: Path, **_: Any) -> Iterator[Step[str]]:
        assert address.endswith("/MobileFaceNet_infer.tar")
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as package:
            package.add(folder, "MobileFaceNet_infer")
        part.write_bytes(out.getvalue())
        yield Step(1, 1, "download")

    monkeypatch.setattr(download, "fetch", fetch)
    answer = run("models", "download", "MobileFaceNet")
    assert answer.status == 0, answer.err
    assert "Added MobileFaceNet (feature, onnxruntime)" in answer.out
    assert run("models", "use", "MobileFaceNet").status == 0
    assert "* MobileFaceNet" in run("models", "list").out
    assert "already" in run("models", "download", "MobileFaceNet").err
    assert run("models", "remove", "MobileFaceNet").status == 0


def test_without_network_it_is_said(run: Run, any_engine: None, monkeypatch: pytest.MonkeyPatch):
    def fetch(address: str, part: Path, **_: Any) -> Iterator[Step[str]]:
        raise ModelProblem("{address} cannot be fetched: no network.", "Nothing was changed.", address=address)
        yield Step(0, 0, "download")

    monkeypatch.setattr(download, "fetch", fetch)
    answer = run("models", "download", "BlazeFace")
    assert answer.status == 1
    assert "no network" in answer.err
    assert "Near: " in run("models", "download", "BlazeFaces").err


def test_a_folder_without_paddle_is_not_converted(run: Run, folder: Path):
    answer = run("models", "convert", folder)
    assert answer.status == 1
    assert "no PaddleX model folder" in answer.err


def test_settings_go_to_paddlex_and_back(run: Run, folder: Path, tmp_path: Path):
    file = tmp_path / "face_recognition.yaml"
    modules = {
        "Recognition": {"module_name": "face_feature", "model_name": "MobileFaceNet", "model_dir": "MobileFaceNet"}
    }
    values = {
        "pipeline_name": "face_recognition",
        "rec_topk": 3,
        "rec_threshold": "0.3",
        "topk": 1,
        "SubModules": modules,
    }
    file.write_text(yaml.safe_dump(values))
    assert "model_dir: MobileFaceNet" in run("config", "show", file).out
    told = run("config", "import", file)
    assert told.status == 0, told.err
    assert "topk is not known" in told.err
    assert "models add" in told.err
    assert "feature" not in yaml.safe_load(settings_file().read_text())
    answer = run("config", "import", file, "--add-models")
    assert answer.status == 0, answer.err
    assert yaml.safe_load(settings_file().read_text())["feature"] == "MobileFaceNet"
    written = tmp_path / "out" / "pipeline.yaml"
    fitting = saved_index(tmp_path / "fitting", ModelStore().card("MobileFaceNet").length)
    other = saved_index(tmp_path / "other", 9)
    for index, words in ((other, "features of 9 numbers"), (tmp_path / "absent", "is no index folder")):
        refused = run("config", "export", written, "--index", index)
        assert refused.status == 1
        assert words in refused.err
        assert not written.exists()
    assert run("config", "export", written, "--index", fitting).status == 0
    found = yaml.safe_load(written.read_text())
    assert (found["rec_topk"], found["rec_threshold"], found["index"]) == (3, 0.3, str(fitting))
    assert found["SubModules"]["Recognition"]["model_name"] == "MobileFaceNet"
    assert Path(found["SubModules"]["Recognition"]["model_dir"], "inference.yml").is_file()
    assert "MobileFaceNet" in run("config", "show").out


def test_a_bad_configuration_changes_nothing(run: Run, tmp_path: Path):
    file = tmp_path / "face_recognition.yaml"
    file.write_text("pipeline_name: face_recognition\ndet_threshold: high")
    answer = run("config", "import", file)
    assert answer.status == 2
    assert "det_threshold" in answer.err
    assert not settings_file().exists()
