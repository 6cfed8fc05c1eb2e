"""facefolio paddlex ... on the command line."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest
import yaml

from core.cli import main
from core.paddlex import IndexData


@pytest.fixture
def run(capsys):
    def call(*arguments):
        capsys.readouterr()
        try:
            status = main(["paddlex", *map(str, arguments)])
        except SystemExit as end:
            status = int(str(end.code or 0))
        said = capsys.readouterr()
        return SimpleNamespace(status=status, out=said.out, err=said.err)

    return call


@pytest.fixture
def pipeline(make_config, tmp_path):
    file = tmp_path / "face_recognition.yaml"
    file.write_text(yaml.safe_dump(make_config(rec_threshold=-1)), encoding="utf-8")
    return file


@pytest.fixture
def built(run, pictures, pipeline, tmp_path):
    answer = run("build", pictures / "gallery.txt", "--to", tmp_path / "index", "--pipeline", pipeline)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == f"Wrote 4 faces under 3 labels to {tmp_path / 'index'} (HNSW32, IP).\n"
    return tmp_path / "index"


def test_the_whole_way(run, built, pictures, pipeline, tiny_models, tmp_path):
    more = tmp_path / "more.txt"
    more.write_text("images/Ben/b1.png 007\n", encoding="utf-8")
    feature = tiny_models / "MobileFaceNet"
    answer = run("append", more, "--root", pictures, "--index", built, "--to", tmp_path / "b", "--feature", feature)
    assert answer.out == f"Wrote 5 faces under 4 labels to {tmp_path / 'b'} (HNSW32, IP).\n"
    assert len(IndexData.load(built)) == 4
    assert run("remove", 0, 2, "--index", tmp_path / "b").status == 0
    (tmp_path / "remove_ids.txt").write_text("3 Ben\n", encoding="utf-8")
    assert run("remove", tmp_path / "remove_ids.txt", "--index", tmp_path / "b").status == 0
    assert IndexData.load(tmp_path / "b").id_map == {1: "Anna", 4: "007"}
    out = tmp_path / "out"
    inputs = [pictures / "images" / "Ben", pictures / "images" / "Anna" / "a1.png"]
    answer = run("predict", *inputs, "--index", tmp_path / "b", "--pipeline", pipeline, "--save", out, "--threads", 1)
    assert answer.status == 0
    assert [line.split(": ")[0] for line in answer.out.splitlines()] == [str(inputs[0] / "b1.png"), str(inputs[1])]
    assert "007 " in answer.out
    assert sorted(file.name for file in out.iterdir()) == ["a1_res.json", "a1_res.png", "b1_res.json", "b1_res.png"]


def test_json(run, built, pictures, pipeline, tmp_path):
    picture = pictures / "images/Ben/b1.png"
    printed = run("predict", picture, "--index", built, "--pipeline", pipeline, "--json", "-", "--top-k", 2)
    entries = json.loads(printed.out)
    assert [entry["input_path"] for entry in entries] == [str(picture)]
    assert [len(box["labels"]) for box in entries[0]["boxes"]] == [2, 2]
    file = tmp_path / "results.json"
    run("predict", picture, "--index", built, "--pipeline", pipeline, "--json", file, "--top-k", 2)
    assert json.loads(file.read_text(encoding="utf-8")) == entries


def test_engine_and_models_of_the_command_win(run, built, pictures, pipeline, tiny_models):
    picture = pictures / "images/Ben/b1.png"
    models = ["--detector", tiny_models / "PP-YOLOE_plus-S_face", "--feature", tiny_models / "MobileFaceNet"]
    for more in (["--engine", "onnxruntime", "--threads", 1, "--device", "cpu"], ["--rec-threshold", 0.1]):
        answer = run("predict", picture, "--index", built, *models, *more)
        assert (answer.status, answer.out.startswith(str(picture))) == (0, True)


def test_one_bad_input_does_not_stop_the_others(run, built, pictures, pipeline, tmp_path):
    good = pictures / "images/Ben/b1.png"
    answer = run("predict", tmp_path / "absent.png", good, "--index", built, "--pipeline", pipeline)
    assert answer.status == 1
    assert "absent.png is not there" in answer.err
    assert answer.out.startswith(str(good))


def test_errors(run, built, pictures, pipeline, tmp_path):
    listed, picture = pictures / "gallery.txt", pictures / "images/Ben/b1.png"
    (tmp_path / "file").write_text("x")
    broken = shutil.copytree(built, tmp_path / "broken")
    (broken / "id_map.yaml").write_text("[]")
    cases = [
        (2, "required: --to", ["build", listed]),
        (2, "is no folder", ["build", listed, "--to", tmp_path / "file" / "x", "--pipeline", pipeline]),
        (
            2,
            "absent.txt cannot be read",
            ["build", tmp_path / "absent.txt", "--to", tmp_path / "x", "--pipeline", pipeline],
        ),
        (1, "MobileFaceNet", ["build", listed, "--to", tmp_path / "x", "--feature", "MobileFaceNet"]),
        (2, "No ids: Anna, 1.5.", ["remove", "1", "Anna", "1.5", "--index", built]),
        (2, "Anna cannot be read", ["remove", "Anna", "--index", built]),
        (1, "not a sound map of ids", ["remove", "1", "--index", broken]),
        (1, "vector.index is not there", ["predict", picture, "--index", tmp_path, "--pipeline", pipeline]),
        (2, "--index FOLDER on the command line", ["predict", picture, "--pipeline", pipeline]),
        (1, "--detector or --feature on the command line", ["predict", picture, "--index", built]),
        (2, "absent.yaml", ["predict", picture, "--pipeline", tmp_path / "absent.yaml"]),
        (2, "invalid", ["build", listed, "--to", tmp_path / "x", "--index-type", "PQ"]),
    ]
    before = {file.name: file.read_bytes() for file in built.iterdir()}
    for status, words, arguments in cases:
        answer = run(*arguments)
        assert (answer.status, answer.out) == (status, ""), (arguments, answer)
        assert words in answer.err.splitlines()[-1]
    assert before == {file.name: file.read_bytes() for file in built.iterdir()}
    assert not (tmp_path / "x").exists()
