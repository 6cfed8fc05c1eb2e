"""Conversion to ONNX, with the real converter where it is installed and stand-ins for what it can do wrong."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from core.engines import availability, open_session
from core.engines.samples import noise_feeds
from core.errors import EngineProblem, ModelProblem, Problem, Text
from core.models.checking import difference
from core.models.convert import Converted, convert
from core.models.proof import run_once
from core.models.source import look
from core.models.store import ModelStore
from core.paths import resources_folder

DESCRIPTION = {
    "Global": {"model_name": "MobileFaceNet"},
    "PreProcess": {
        "transform_ops": [
            {"ResizeImage": {"size": [128, 128]}},
            {"NormalizeImage": {"scale": 1.0, "mean": [0.0] * 3, "std": [1.0] * 3}},
            {"ToCHWImage": None},
        ]
    },
    "PostProcess": {"NormalizeFeatures": None},
}


@pytest.fixture
def folder(shared_data: Path, tmp_path: Path) -> Path:
    """A model whose Paddle and ONNX forms are both there, in PaddleX's layout."""
    if availability()["paddle"]:
        pytest.skip(str(availability()["paddle"]))
    place = tmp_path / "MobileFaceNet_infer"
    place.mkdir()
    for name in ("inference.json", "inference.pdiparams"):
        shutil.copyfile(shared_data / "models" / "paddle_face_reid_0095" / name, place / name)
    (place / "inference.yml").write_text(yaml.safe_dump(DESCRIPTION))
    (place / "notes.txt").write_text("mine")
    return place


@pytest.fixture
def converter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package called paddle2onnx, for this process and the child."""
    package = tmp_path / "site" / "paddle2onnx.py"
    package.parent.mkdir()
    package.write_text("")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    return package


def run(folder: Path, out: Path | None = None) -> Converted:
    job = convert(folder, out)
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


def writing(converter: Path, onnx: Path) -> None:
    converter.write_text(
        "import shutil\n"
        "def export(program, weights, target, opset_version, optimize_tool):\n"
        f"    assert optimize_tool == 'None'\n    shutil.copyfile({str(onnx)!r}, target)\n"
    )


def test_without_the_extra_it_says_how_to_get_it(folder, monkeypatch):
    monkeypatch.setattr(
        "core.models.convert.missing_package", lambda *_, **how: Text(f"{how['engine']}: {how['extra']}")
    )
    with pytest.raises(EngineProblem, match=r"Paddle2ONNX: facefolio\[convert\]"):
        run(folder)
    assert [one.name for one in folder.parent.iterdir()] == [folder.name]


def test_a_copy_with_the_onnx_form_is_kept_when_it_agrees(folder, converter, shared_data):
    writing(converter, shared_data / "models" / "face_reid_0095.onnx")
    found = run(folder)
    assert found.folder == folder.with_name("MobileFaceNet_infer_onnx")
    assert found.difference < 1e-4
    names = {"inference.json", "inference.pdiparams", "inference.yml", "inference.onnx", "notes.txt"}
    assert {one.name for one in found.folder.iterdir()} == names
    assert not (folder / "inference.onnx").exists()
    assert sorted(look(found.folder).files) == ["onnxruntime", "paddle"]
    with pytest.raises(ModelProblem, match="already"):
        run(folder)


def test_an_onnx_form_that_answers_differently_is_dropped(folder, converter, shared_data, tmp_path):
    writing(converter, resources_folder() / "models" / "face_feature.onnx")
    with pytest.raises(Problem):  # another size of picture
        run(folder, tmp_path / "out")
    other = tmp_path / "other.onnx"
    content = bytearray((shared_data / "models" / "face_reid_0095.onnx").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = np.full(1000, 0.1, np.float32).tobytes()
    other.write_bytes(content)
    writing(converter, other)
    with pytest.raises(ModelProblem, match="answers differently"):
        run(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import os, sys; sys.stderr.write('[ERROR][P] pool2d is not supported'); os.abort()",
            "pool2d is not supported",
        ),
        ("raise RuntimeError('no such operator')", "no such operator"),
        ("pass", "ended with status 1"),
    ],
    ids=["abort", "error", "nothing written"],
)
def test_a_converter_that_fails_is_told(folder, converter, tmp_path, code, words):
    converter.write_text(f"def export(*given, **options):\n    {code}\n")
    with pytest.raises(ModelProblem, match=words):
        run(folder, tmp_path / "deep" / "out")
    assert not list((tmp_path / "deep").iterdir())


def test_leaving_ends_the_child_and_leaves_nothing(folder, converter, tmp_path):
    pid = tmp_path / "pid"
    converter.write_text(
        "import os, pathlib, time\n"
        "def export(*given, **options):\n"
        f"    pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n    time.sleep(600)\n"
    )
    job = convert(folder, tmp_path / "out")
    for step in job:
        assert step.item == "convert"
        if pid.exists() and pid.read_text():
            break
    job.close()
    assert not (tmp_path / "out").exists()
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".")]
    if os.name == "posix":
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


def test_what_is_no_paddlex_folder_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "onnx").mkdir()
    shutil.copyfile(resources_folder() / "models" / "face_feature.onnx", tmp_path / "onnx" / "inference.onnx")
    for name in ("none", "empty", "onnx"):
        with pytest.raises(ModelProblem):
            run(tmp_path / name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MobileFaceNet", "PP-YOLOE_plus-S_face", "PicoDet_LCNet_x2_5_face"])
def test_the_real_converter_gives_what_paddle_gives(shared_data, tmp_path, name):
    pytest.importorskip("paddle2onnx")
    found = run(shared_data / "paddlex" / "models" / name, tmp_path / name)
    card = ModelStore(tmp_path / "models").add(found.folder)
    feeds, outputs = None, {}
    for engine in ("paddle", "onnxruntime"):
        session = open_session(card, engine=engine, device="cpu")
        feeds = feeds or noise_feeds(card, session.inputs, batch=2)
        outputs[engine] = session.run(feeds)
        assert len(run_once(card, session)) == len(outputs[engine])
        session.close()
    for one, other in zip(*outputs.values(), strict=True):
        assert difference(card, one, other) < 1e-4
