"""What every engine keeps: same numbers, free batch, any thread, the real device, problems instead of crashes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engines import ENGINES, Session, availability, open_session_files
from core.errors import EngineProblem

TOLERANCE = 1e-4  # of the largest value


@pytest.fixture(autouse=True)
def shared_home(engines_home: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEFOLIO_HOME", str(engines_home))


@pytest.fixture
def session(form: Any) -> Iterator[Session]:
    opened = open_session_files(form.engine, list(form.files), threads=1)
    yield opened
    opened.close()


def pictures(form: Any, count: int) -> np.ndarray:
    """In the range in which the network gets pixels: beyond it rounding alone can make engines differ."""
    low, high = (-1, 1) if form.network in {"detector", "feature"} else (0, 255)
    return np.random.default_rng(7).uniform(low, high, (count, *form.shape)).astype(np.float32)


def answers(session: Session, batch: np.ndarray) -> list[np.ndarray]:
    return session.run({session.inputs[0].name: batch})


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(
        np.allclose(a.reshape(len(a), -1), b.reshape(len(b), -1), rtol=0, atol=TOLERANCE * max(1, np.abs(a).max()))
        for a, b in zip(one, other, strict=True)
    )


def test_gives_the_numbers_of_the_reference(form, session):
    reference = open_session_files("onnxruntime", [form.reference], threads=1)
    assert same(answers(reference, pictures(form, 2)), answers(session, pictures(form, 2)))
    reference.close()


def test_takes_any_batch(form, session):
    batch = pictures(form, 5)
    together = answers(session, batch)
    assert {len(array) for array in together} == {5}
    for item in (0, 4):
        assert same([array[item : item + 1] for array in together], answers(session, batch[item : item + 1]))


def test_takes_other_sizes_where_the_model_does(form, session):
    if session.inputs[0].shape[2] is not None:
        pytest.skip("the size is fixed in the model")
    batch = np.zeros((1, 3, 96, 224), np.float32)
    assert answers(session, batch)[0].shape[1] == (96 // 8) * (224 // 8)


def test_serves_several_threads_at_once(form, session):
    batches = [pictures(form, 1) * factor for factor in np.linspace(0.2, 1, 6, dtype=np.float32)]
    alone = [answers(session, batch) for batch in batches]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda batch: answers(session, batch), batches * 3))
    assert all(same(alone[index % 6], found) for index, found in enumerate(together))


def test_answers_stay_after_the_next_run_and_after_closing(form):
    session = open_session_files(form.engine, list(form.files), threads=1)
    first = answers(session, pictures(form, 1))
    kept = [array.copy() for array in first]
    answers(session, np.zeros((1, *form.shape), np.float32))
    session.close()
    assert all(np.array_equal(a, b) for a, b in zip(first, kept, strict=True))
    with pytest.raises(EngineProblem, match="closed"):
        answers(session, pictures(form, 1))
    session.close()


def test_leaves_its_input_as_it_was(form, session):
    batch = pictures(form, 1)
    before = batch.copy()
    batch.flags.writeable = False
    answers(session, batch)
    assert np.array_equal(batch, before)


def test_takes_arrays_that_are_not_contiguous(form, session):
    batch = pictures(form, 2)
    mirrored = batch[:, :, :, ::-1]
    assert not mirrored.flags.c_contiguous
    assert same(answers(session, np.ascontiguousarray(mirrored)), answers(session, mirrored))


def test_tells_the_device_in_use_and_why_it_is_not_the_gpu(form):
    plain = open_session_files(form.engine, list(form.files), device="cpu")
    assert (plain.engine, plain.device, str(plain.note)) == (form.engine, "CPU", "")
    plain.close()
    wanted = open_session_files(form.engine, list(form.files), device="gpu")
    assert (wanted.device == "CPU") == bool(wanted.note)
    assert answers(wanted, pictures(form, 1))
    wanted.close()


def test_refuses_feeds_that_do_not_fit(form, session):
    name = session.inputs[0].name
    picture = pictures(form, 1)
    wrong: list[dict[str, Any]] = [
        {},
        {"another": picture},
        {name: picture, "another": picture},
        {name: picture.astype(np.float64)},
        {name: picture.astype(np.uint8)},
        {name: picture[0]},
        {name: picture[:, :1]},
        {name: picture.tolist()},
        {name: np.float32(1)},
    ]
    for feeds in wrong:
        with pytest.raises(EngineProblem):
            session.run(feeds)
    assert answers(session, picture)


ENDINGS = {"onnxruntime": [".onnx"], "openvino": [".onnx", ".xml"], "paddle": [".json", ".pdmodel"]}
GARBAGE = {
    "text": b"this is no model",
    "bytes": bytes(range(256)) * 40,
    "zeros": bytes(5000),
    "empty": b"",
    "json": b'{"base_code": {"magic": "pir", "version": 1}, "program": {"regions": []}}',
    "deep": b"[" * 100_000,
    "xml": b'<?xml version="1.0"?><net name="x" version="11"><layers/></net>',
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", GARBAGE)
def test_names_a_file_it_cannot_use(engine, kind, tmp_path):
    if availability()[engine]:
        pytest.skip(str(availability()[engine]))
    for ending in ENDINGS[engine]:
        path = tmp_path / f"mödel{ending}"
        path.write_bytes(GARBAGE[kind])
        for companion in (".bin", ".pdiparams"):
            path.with_suffix(companion).write_bytes(GARBAGE[kind])
        with pytest.raises(EngineProblem, match=f"mödel\\{ending}"):
            open_session_files(engine, [path])


@pytest.mark.parametrize("engine", ENGINES)
def test_names_a_missing_file_a_folder_and_another_kind(engine, tmp_path):
    if availability()[engine]:
        pytest.skip(str(availability()[engine]))
    (tmp_path / "folder.onnx").mkdir()
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8\xff")
    for name in ("absent.onnx", "folder.onnx", "picture.jpg"):
        with pytest.raises(EngineProblem, match=name):
            open_session_files(engine, [tmp_path / name])


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("part", [0.2, 0.9])
def test_names_a_truncated_file(engine, part, tmp_path):
    if availability()[engine]:
        pytest.skip(str(availability()[engine]))
    from core.paths import resources_folder

    whole = (resources_folder() / "models" / "face_detector.onnx").read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(EngineProblem, match=r"cut\.onnx"):
        open_session_files(engine, [path])


def test_refuses_an_unknown_engine_and_device(tmp_path):
    with pytest.raises(EngineProblem, match="onnxruntime, openvino, paddle"):
        open_session_files("tensorflow", [tmp_path])
    with pytest.raises(EngineProblem, match="auto, cpu, gpu"):
        open_session_files("onnxruntime", [tmp_path], device="tpu")
