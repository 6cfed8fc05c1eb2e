"""The recorded answers of PaddleX's own service to the same requests, against ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.engines import availability

INFER, INDEX = "/face-recognition-infer", "/face-recognition-index-"


@pytest.fixture
def reference(shared_data: Path) -> Path:
    if availability()["paddle"]:
        pytest.skip(str(availability()["paddle"]))
    return shared_data / "paddlex"


@pytest.fixture
def recorded(reference: Path) -> dict[str, Any]:
    """What PaddleX 3.4.3 answered: [status, media type, body] or [status, body] by the name of the request."""
    found: dict[str, Any] = json.loads((reference / "serving.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def served(reference: Path, start: Callable[..., Any], tmp_path: Path) -> Any:
    """The reference's models and index, as the recorded service had them."""
    modules = {
        "Detection": ("face_detection", "PP-YOLOE_plus-S_face"),
        "Recognition": ("face_feature", "MobileFaceNet"),
    }
    lines = "".join(
        f"  {part}: {{module_name: {module}, model_name: {name}, model_dir: '{reference / 'models' / name}'}}\n"
        for part, (module, name) in modules.items()
    )
    file = tmp_path / "recorded.yaml"
    file.write_text(
        f"pipeline_name: face_recognition\nindex: '{reference / 'reference' / 'index' / 'Flat_IP'}'\n"
        f"det_threshold: 0.6\nrec_threshold: 0.4\nrec_topk: 5\nSubModules:\n{lines}",
        encoding="utf-8",
    )
    return start(pipeline=file)


def assert_like(found: Any, expected: Any, where: str = "") -> None:
    """The same keys in the same order, texts and numbers; pictures and keys of indexes only in kind."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for name, value in expected.items():
            if name in ("logId", "indexKey"):
                assert len(found[name]) == len(value)
            elif name == "image":
                assert found[name].startswith("/9j/")
            else:
                assert_like(found[name], value, f"{where}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for position, value in enumerate(expected):
            assert_like(found[position], value, f"{where}[{position}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=0.01 if "bbox" in where else 1e-4), where
    else:
        assert found == expected, where


def test_every_recorded_answer(served: Any, recorded: dict[str, Any], reference: Path, in_base64: Any) -> None:
    images = reference / "gallery" / "images"
    anna, ben = in_base64(images / "Anna" / "a1.jpg"), in_base64(images / "Ben_Ito" / "b1.jpg")

    def like(name: str, path: str, *, hidden: tuple[str, ...] = (), **body: Any) -> dict[str, Any]:
        answer = served.client.post(path, json=body)
        status, expected = recorded[name][0], recorded[name][-1]
        assert answer.status_code == status, (name, answer.text[:300])
        assert_like(answer.json(), expected, name)
        told: dict[str, Any] = answer.json()
        return told

    assert_like(served.client.get("/health").json(), recorded["health"][-1])
    pairs = [{"image": anna, "label": "Alice"}, {"image": ben, "label": "Bob B"}]
    key = like("build", f"{INDEX}build", imageLabelPairs=pairs)["result"]["indexKey"]
    assert (served.options.store / key).stat().st_size == recorded["index files"][0][1]
    like("add", f"{INDEX}add", imageLabelPairs=[{"image": ben, "label": "Carl"}], indexKey=key)
    like("infer", INFER, image=anna, indexKey=key)
    like("infer recThreshold 0.99999", INFER, image=anna, indexKey=key, recThreshold=0.99999, visualize=False)
    like("infer detThreshold .95", INFER, image=anna, indexKey=key, detThreshold=0.95, visualize=False)
    like("infer detThreshold 1 (int)", INFER, image=anna, indexKey=key, detThreshold=1, visualize=False)
    like("infer config index", INFER, image=anna, visualize=False)
    like("remove", f"{INDEX}remove", ids=[0], indexKey=key)
    like("infer after remove", INFER, image=anna, indexKey=key, visualize=False)
    like("missing field", INFER)
    like("wrong type", INFER, image=anna, topk="abc", logId="my-log-id")
    like("extra logId ok", INFER, image=anna, indexKey=key, visualize=False, logId="my-log-id", other=1)
    like("404", "/nowhere")


def test_every_recorded_error_has_the_same_form(served: Any, recorded: dict[str, Any]) -> None:
    """The statuses say what is wrong, where PaddleX says 500 to all."""
    torn = {"content-type": "application/json"}
    answers = {
        "invalid json": (served.client.post(INFER, content=b"{bad", headers=torn), 422),
        "GET on POST": (served.client.get(INFER), 405),
        "bad key": (served.post(INFER, image="AAAA", indexKey="nothing"), 422),
        "bad base64": (served.post(INFER, image="!!"), 422),
        "not an image": (served.post(INFER, image="AAAA"), 422),
        "build empty": (served.post(f"{INDEX}build", imageLabelPairs=[]), 422),
    }
    for name, (answer, status) in answers.items():
        expected = recorded[name][-1]
        assert (answer.status_code, answer.json()["errorCode"]) == (status, status), name
        assert list(answer.json()) == list(expected), name
        if recorded[name][0] == status:
            assert answer.json()["errorMsg"] == expected["errorMsg"], name


def test_topk_works_where_paddlexs_has_no_effect(served: Any, recorded: dict[str, Any], reference, in_base64) -> None:
    anna = in_base64(reference / "gallery" / "images" / "Anna" / "a1.jpg")
    answer = served.post(INFER, image=anna, topk=1, visualize=False).json()["result"]
    for face, all_of_it in zip(answer["faces"], recorded["infer config index"][-1]["result"]["faces"], strict=True):
        assert [each["label"] for each in face["recResults"]] == [all_of_it["recResults"][0]["label"]]


def test_the_description_has_paddlexs_operations(served: Any, recorded: dict[str, Any]) -> None:
    ours, theirs = served.client.get("/openapi.json").json(), recorded["openapi paths"][-1]
    for path, methods in theirs["paths"].items():
        for method, operation in methods.items():
            assert ours["paths"][path][method]["operationId"] == operation["operationId"]
    for name, schema in theirs["components"]["schemas"].items():
        if name.endswith(("Request", "Result")) and not name.startswith("AIStudio"):
            found = ours["components"]["schemas"][name]
            assert list(schema["properties"]) == [key for key in found["properties"] if key in schema["properties"]]
            assert schema["required"] == found["required"]
