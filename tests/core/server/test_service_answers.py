"""What the service answers: building, changing and asking indexes and galleries."""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.gallery.gallery import Gallery
from core.paddlex.index_data import IndexData

Start = Callable[..., Any]


def names(result: dict[str, Any]) -> set[str]:
    return {face["recResults"][0]["label"] for face in result["faces"] if face["recResults"]}


def known_in(town: Any) -> set[str]:
    return {face.name for face in town.truth[0].faces if face.name}


def test_people_of_a_gallery_are_found(start: Start, gallery, group, town) -> None:
    service = start(galleries=(gallery,))
    found = service.infer(group)
    assert names(found) == known_in(town)
    truth = sorted(face.box[0] for face in town.truth[0].faces)
    assert [face["bbox"][0] for face in sorted(found["faces"], key=lambda face: face["bbox"][0])] == pytest.approx(
        truth, abs=40
    )
    assert service.infer(group, indexKey="the town.gallery") == service.infer(group, indexKey="the town") == found


def test_topk_and_thresholds_work(start: Start, gallery, group) -> None:
    service = start(galleries=(gallery,))
    assert {len(face["recResults"]) for face in service.infer(group, topk=1)["faces"]} <= {0, 1}
    assert max(len(face["recResults"]) for face in service.infer(group, topk=3, recThreshold=-1)["faces"]) == 3
    assert names(service.infer(group, recThreshold=1)) == set()
    assert service.infer(group, detThreshold=1)["faces"] == []


@pytest.mark.parametrize("profile", ["aligned", "paddlex"])
def test_an_index_is_built_changed_and_deleted(start: Start, gallery, pipeline_file, portraits, profile) -> None:
    service = start(galleries=(gallery,)) if profile == "aligned" else start(pipeline=pipeline_file)
    (picture, name), other, third = portraits[:3]
    key = service.build((picture, name), other)
    assert uuid.UUID(key).version == 4
    found = [each["label"] for each in service.infer(picture, indexKey=key, recThreshold=-1)["faces"][0]["recResults"]]
    assert set(found) == {name, other[1]}
    assert found[0] == name or profile == "paddlex"  # whole pictures, as PaddleX puts them in, name nobody rightly
    added = service.post("/face-recognition-index-add", imageLabelPairs=_pairs(third), indexKey=key)
    assert added.json()["result"] == {"imageCount": 3}
    removed = service.post("/face-recognition-index-remove", ids=[0, 99, 0], indexKey=key)
    assert removed.json()["result"] == {"imageCount": 2}
    left = service.infer(picture, indexKey=key, recThreshold=-1)["faces"][0]["recResults"]
    assert {each["label"] for each in left} == {other[1], third[1]}
    assert service.post("/face-recognition-index-delete", indexKey=key).status_code == 200
    assert service.post("/face-recognition-index-delete", indexKey=key).status_code == 404
    assert service.post("/face-recognition-infer", image=_pairs(third)[0]["image"], indexKey=key).status_code == 404


def test_indexes_survive_a_restart_in_paddlexs_form(start: Start, gallery, portraits, tmp_path) -> None:
    key = (service := start(galleries=(gallery,), store=tmp_path / "first")).build(*portraits[:2])
    file = service.options.store / key
    held = IndexData.from_bytes(file.read_bytes())
    assert (held.index_type, held.metric_type) == ("Flat", "IP")
    assert held.id_map == {0: portraits[0][1], 1: portraits[1][1]}
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / key).write_bytes(file.read_bytes())
    again = start(galleries=(gallery,), store=tmp_path / "second")
    assert names(again.infer(portraits[1][0], indexKey=key)) == {portraits[1][1]}


def test_a_damaged_index_is_told_and_touches_nothing_else(start: Start, gallery, portraits, tmp_path) -> None:
    (tmp_path / "store").mkdir()
    key = str(uuid.uuid4())
    (tmp_path / "store" / key).write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    service = start(galleries=(gallery,))
    answer = service.post("/face-recognition-infer", image=_pairs(portraits[0])[0]["image"], indexKey=key)
    assert (answer.status_code, answer.json()["errorMsg"]) == (
        500,
        "The file of this index is damaged; build it anew.",
    )
    assert service.build(portraits[0])


def test_galleries_are_changed_only_when_allowed(start: Start, gallery, portraits) -> None:
    readable = start(galleries=(gallery,), store=gallery.parent / "one")
    body = {"imageLabelPairs": _pairs((portraits[0][0], "Somebody new")), "indexKey": "the town"}
    assert readable.post("/face-recognition-index-add", **body).status_code == 403
    assert readable.post("/face-recognition-index-remove", ids=[1], indexKey="the town").status_code == 403
    service = start(galleries=(gallery,), writable=True, store=gallery.parent / "two")
    [told] = service.client.get("/galleries").json()["result"]["galleries"]
    assert told == {"name": "the town.gallery", "people": 3, "faces": 6, "indexes": ["default"], "writable": True}
    [new] = (added := service.post("/face-recognition-index-add", **body).json()["result"])["ids"]
    assert added["imageCount"] == 7
    assert service.post("/face-recognition-index-add", **body).json()["result"] == {"imageCount": 7, "ids": []}
    removed = service.post("/face-recognition-index-remove", ids=[new, 4711], indexKey="the town").json()["result"]
    assert removed == {"imageCount": 6}
    with Gallery.open(gallery) as opened:
        assert str(opened.history()[0].label) == "Remove a face"
        assert opened.check() == []


@pytest.fixture
def one_alone(gallery: Path, town: Any) -> str:
    """Of those in the group picture; the gallery's index `staff` holds nobody else."""
    name = min(known_in(town))
    assert main(["index", "build", str(gallery), "staff", name, "--type", "HNSW32", "-q"]) == 0
    return name


def test_a_request_chooses_the_index_of_a_gallery(start: Start, gallery, group, town, one_alone) -> None:
    service = start(galleries=(gallery,))
    assert len(known_in(town)) > 1
    assert names(service.infer(group)) == names(service.infer(group, indexName="default")) == known_in(town)
    assert names(service.infer(group, indexName="staff")) == {one_alone}
    assert names(service.infer(group, indexKey="the town", indexName="staff")) == {one_alone}
    by_file = service.client.post(
        "/face-recognition-infer",
        files={"image": group.read_bytes()},
        data={"visualize": "false", "indexName": "staff"},
    )
    assert names(by_file.json()["result"]) == {one_alone}
    [told] = service.client.get("/galleries").json()["result"]["galleries"]
    assert told["indexes"] == ["default", "staff"]


def test_the_service_is_started_with_an_index(start: Start, gallery, group, town, one_alone, portraits) -> None:
    service = start(galleries=(gallery,), index="staff")
    assert names(service.infer(group)) == {one_alone}
    assert names(service.infer(group, indexName="default")) == known_in(town)
    key = service.build(*portraits)  # those of keys are not concerned
    assert names(service.infer(group, indexKey=key, recThreshold=-1)) >= known_in(town)
    assert main(["index", "delete", str(gallery), "staff", "-q"]) == 0
    answer = service.post("/face-recognition-infer", image=_pairs(portraits[0])[0]["image"])
    assert (answer.status_code, answer.json()["errorMsg"]) == (
        404,
        "The gallery has no index of this name. It has: default.",
    )


def test_a_change_in_the_gallery_is_seen_at_once(start: Start, gallery, group, town) -> None:
    service = start(galleries=(gallery,))
    assert names(service.infer(group)) == known_in(town)
    with Gallery.open(gallery) as opened:
        for person in opened.identities():
            opened.rename(person.id, f"{person.name} II")
    assert names(service.infer(group)) == {f"{name} II" for name in known_in(town)}


def test_files_of_a_form_do_what_base64_does(start: Start, gallery, group, portraits) -> None:
    service = start(galleries=(gallery,))
    fields = {"visualize": "false", "topk": "2"}
    by_file = service.client.post("/face-recognition-infer", files={"image": group.read_bytes()}, data=fields)
    assert by_file.json()["result"] == service.infer(group, topk=2)
    files = [("image", file.read_bytes()) for file, _ in portraits[:2]]
    labels = {"label": [name for _, name in portraits[:2]]}
    built = service.client.post("/face-recognition-index-build", files=files, data=labels).json()["result"]
    assert built["imageCount"] == 2
    removed = service.client.post(
        "/face-recognition-index-remove", files={"ids": (None, "0"), "indexKey": (None, built["indexKey"])}
    )
    assert removed.json()["result"] == {"imageCount": 1}


def test_the_picture_comes_back_with_boxes(start: Start, gallery, group, in_base64) -> None:
    service = start(galleries=(gallery,))
    answer = service.post("/face-recognition-infer", image=in_base64(group)).json()["result"]
    with Image.open(io.BytesIO(base64.b64decode(answer["image"]))) as drawn, Image.open(group) as sent:
        assert (drawn.format, drawn.size) == ("JPEG", sent.size)
        difference = np.abs(np.asarray(drawn.convert("RGB"), int) - np.asarray(sent.convert("RGB"), int)).max(axis=2)
        assert 0.0005 < (difference > 80).mean() < 0.2
    assert "image" not in service.infer(group)


def test_what_is_answered_has_paddlexs_form(start: Start, gallery, group) -> None:
    service = start(galleries=(gallery,))
    healthy = service.client.get("/health").json()
    assert list(healthy) == ["logId", "errorCode", "errorMsg"]
    assert (healthy["errorCode"], healthy["errorMsg"]) == (0, "Healthy")
    answer = service.client.post(
        "/face-recognition-infer", files={"image": group.read_bytes()}, data={"visualize": "no"}
    ).json()
    assert list(answer) == ["logId", "result", "errorCode", "errorMsg"]
    assert list(answer["result"]["faces"][0]) == ["bbox", "recResults", "score"]


def test_the_description_names_all_and_loads_nothing(start: Start, gallery) -> None:
    service = start(galleries=(gallery,))
    document = service.client.get("/openapi.json").json()
    assert len(document["paths"]) == 7
    infer = document["paths"]["/face-recognition-infer"]["post"]
    assert set(infer["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert document["components"]["schemas"]["InferRequest"]["properties"]["topk"]["examples"] == [5]
    page = service.client.get("/docs").text
    assert "/face-recognition-index-delete" in page
    assert "<script" not in page
    assert "http://" not in page


def test_an_empty_gallery_knows_nobody(start: Start, gallery, group, tmp_path) -> None:
    Gallery.create(tmp_path / "empty").close()
    service = start(galleries=(tmp_path / "empty", gallery))
    assert names(service.infer(group)) == set()
    assert names(service.infer(group, indexKey="the town"))


def _pairs(*pairs: tuple[Path, str]) -> list[dict[str, str]]:
    return [{"image": base64.b64encode(picture.read_bytes()).decode(), "label": label} for picture, label in pairs]
