"""Several clients at once, clients that leave, and disks that fail."""

from __future__ import annotations

import base64
import errno
import socket
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.server import stored
from core.server.options import Limits
from core.server.refusal import Refusal
from core.server.stored import StoredIndexes

Start = Callable[..., Any]


def test_changes_of_one_index_come_one_after_the_other(start: Start, gallery, portraits) -> None:
    service = start(galleries=(gallery,))
    key = service.build(portraits[0])
    pairs = [{"image": base64.b64encode(file.read_bytes()).decode(), "label": name} for file, name in portraits]

    def add(number: int) -> int:
        answer = service.post("/face-recognition-index-add", imageLabelPairs=[pairs[number % len(pairs)]], indexKey=key)
        return int(answer.json()["result"]["imageCount"])

    def ask(number: int) -> int:
        return len(service.infer(portraits[0][0], indexKey=key, topk=100, recThreshold=-1)["faces"][0]["recResults"])

    with ThreadPoolExecutor(6) as pool:
        counts, seen = list(pool.map(add, range(12))), list(pool.map(ask, range(6)))
    assert sorted(counts) == list(range(2, 14))
    assert seen == [13] * 6
    removed = service.post("/face-recognition-index-remove", ids=list(range(12)), indexKey=key)
    assert removed.json()["result"] == {"imageCount": 1}


def test_two_clients_get_each_his_own_answer(start: Start, gallery, town) -> None:
    service = start(galleries=(gallery,))
    pictures = [town.groups / truth.file for truth in town.truth]
    alone = [service.infer(picture) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda number: service.infer(pictures[number % 2]), range(12)))
    assert together == [alone[number % 2] for number in range(12)]


def test_a_disk_that_is_full_changes_nothing(start: Start, gallery, portraits, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start(galleries=(gallery,))
    key = service.build(portraits[0])
    before = (service.options.store / key).read_bytes()
    body = [{"image": base64.b64encode(portraits[1][0].read_bytes()).decode(), "label": "Ben"}]

    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(stored, "atomic_write", full)
        for path, more in (("add", {"indexKey": key}), ("build", {})):
            answer = service.post(f"/face-recognition-index-{path}", imageLabelPairs=body, **more)
            assert (answer.status_code, answer.json()["errorCode"]) == (507, 507)
    assert (service.options.store / key).read_bytes() == before
    assert len(service.infer(portraits[0][0], indexKey=key, recThreshold=-1)["faces"][0]["recResults"]) == 1
    added = service.post("/face-recognition-index-add", imageLabelPairs=body, indexKey=key)
    assert added.json()["result"] == {"imageCount": 2}


def test_a_fault_of_ours_is_told_without_its_words(
    start: Start, gallery, group, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(galleries=(gallery,))

    def broken(*_: Any) -> Any:
        raise RuntimeError("about Anna")

    with monkeypatch.context() as patch:
        patch.setattr(service.service, "_seen", broken)
        answer = service.post("/face-recognition-infer", image=base64.b64encode(group.read_bytes()).decode())
    assert answer.json()["errorMsg"] == "Internal server error"
    assert answer.status_code == 500
    assert "RuntimeError at" in service.told(1)[0]["fault"]
    assert "Anna" not in service.log.read_text()
    assert service.infer(group)["faces"]


def test_one_service_to_a_store(tmp_path: Path) -> None:
    first = StoredIndexes(tmp_path, Limits())
    with pytest.raises(Exception, match="Another service keeps its indexes"):
        StoredIndexes(tmp_path, Limits())
    first.close()
    StoredIndexes(tmp_path, Limits()).close()


def test_what_a_killed_service_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / f".{uuid.uuid4()}.x7_1.part"
    for file in (left, tmp_path / ".mine.part"):
        file.write_bytes(b"half")
    StoredIndexes(tmp_path, Limits()).close()
    assert sorted(file.name for file in tmp_path.iterdir()) == [".lock", ".mine.part"]


def test_only_keys_become_files(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "12345678-1234-4234-8234-123456789abc").write_bytes(b"outside")
    store = StoredIndexes(tmp_path / "inside", Limits())
    for key in ("../12345678-1234-4234-8234-123456789abc", ".lock", "", "..", "12345678-1234-4234-8234-123456789abc"):
        with pytest.raises(Refusal) as caught:
            store.get(key)
        assert caught.value.status == 404
    store.close()


def test_a_build_whose_client_leaves_keeps_nothing(start: Start, gallery, portraits, monkeypatch) -> None:
    service = start(galleries=(gallery,))
    began, go, eyes = threading.Event(), threading.Event(), service.service._eyes
    feature = type(eyes).feature

    def slow(self: Any, photo: Any) -> Any:
        began.set()
        assert go.wait(20)
        return feature(self, photo)

    monkeypatch.setattr(type(eyes), "feature", slow)
    body = b'{"imageLabelPairs": [{"image": "%s", "label": "A"}]}' % base64.b64encode(portraits[0][0].read_bytes())
    host, port = service.address.removeprefix("http://").split(":")
    head = f"POST /face-recognition-index-build HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((host, int(port)), 20) as line:
        line.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert began.wait(20)
    assert service.told(1)[0]["fault"] == "the client left"
    go.set()
    monkeypatch.setattr(type(eyes), "feature", feature)
    service.build(portraits[1])
    assert len(list(service.options.store.glob("[0-9a-f]*"))) == 1
