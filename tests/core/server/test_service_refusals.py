"""Whatever is wrong with a request: one answer that says it, nothing changed, and the next request is served."""

from __future__ import annotations

import base64
import io
import json
import socket
import struct
import uuid
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
from PIL import Image

from core.server.options import Limits

Start = Callable[..., Any]
INFER, BUILD = "/face-recognition-infer", "/face-recognition-index-build"
ADD, REMOVE = "/face-recognition-index-add", "/face-recognition-index-remove"
NOBODY = str(uuid.UUID(int=7, version=4))


def bomb(width: int, height: int) -> str:
    """A PNG of few bytes that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    return base64.b64encode(data).decode()


def grey(width: int = 60, height: int = 60) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (128, 128, 128)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def pair(image: Any = None, label: Any = "Anna") -> dict[str, Any]:
    return {"image": grey() if image is None else image, "label": label}


# path, body, status, what the message tells
WRONG: list[tuple[str, Any, int, str]] = [
    (INFER, {}, 422, "body.image"),
    (INFER, [], 422, "body"),
    (INFER, "text", 422, "body"),
    (INFER, None, 422, "body"),
    (INFER, {"image": 5}, 422, "body.image"),
    (INFER, {"image": None}, 422, "body.image"),
    (INFER, {"image": ""}, 422, "empty"),
    (INFER, {"image": "%%%"}, 422, "base64"),
    (INFER, {"image": "AAA"}, 422, "base64"),
    (INFER, {"image": "\u00e4\U0001f600"}, 422, "base64"),
    (INFER, {"image": base64.b64encode(b"%PDF-1.4 no picture").decode()}, 422, "not a picture"),
    (INFER, {"image": base64.b64encode(b"\xff\xd8\xff\xe0 torn").decode()}, 422, "body.image"),
    (INFER, {"image": bomb(60_000, 60_000)}, 422, "megapixels"),
    (INFER, {"image": bomb(2**31 - 1, 2**31 - 1)}, 422, "body.image"),
    (INFER, {"image": bomb(100, 100)}, 422, "body.image"),
    (INFER, {"image": "http://127.0.0.1:1/a.jpg"}, 422, "not fetched"),
    (INFER, {"image": "file:///etc/passwd"}, 422, "base64"),
    (INFER, {"image": grey(), "topk": "many"}, 422, "body.topk"),
    (INFER, {"image": grey(), "topk": 0}, 422, "body.topk"),
    (INFER, {"image": grey(), "topk": 10**9}, 422, "body.topk"),
    (INFER, {"image": grey(), "topk": 1.5}, 422, "body.topk"),
    (INFER, {"image": grey(), "detThreshold": "x"}, 422, "body.detThreshold"),
    (INFER, {"image": grey(), "visualize": "perhaps"}, 422, "body.visualize"),
    (INFER, {"image": grey(), "indexKey": 5}, 422, "body.indexKey"),
    (INFER, {"image": grey(), "indexKey": NOBODY}, 404, "no index"),
    (INFER, {"image": grey(), "indexKey": NOBODY.upper() + "\n"}, 404, "no index"),
    (INFER, {"image": grey(), "indexKey": "../the town.gallery"}, 404, "no gallery"),
    (INFER, {"image": grey(), "indexKey": "/etc/passwd"}, 404, "no gallery"),
    (INFER, {"image": grey(), "indexKey": "a\u0000b"}, 404, "no gallery"),
    (INFER, {"image": grey(), "indexKey": ""}, 404, "no gallery"),
    (INFER, {"image": grey(), "indexKey": "x" * 5000}, 422, "body.indexKey"),
    (INFER, {"image": grey(), "indexName": "staff"}, 404, "It has: default."),
    (INFER, {"image": grey(), "indexName": ""}, 404, "It has: default."),
    (INFER, {"image": grey(), "indexName": "../default"}, 404, "It has: default."),
    (INFER, {"image": grey(), "indexName": "default", "indexKey": NOBODY}, 422, "body.indexName"),
    (INFER, {"image": grey(), "indexName": 5}, 422, "body.indexName"),
    (BUILD, {"imageLabelPairs": []}, 422, "body.imageLabelPairs"),
    (BUILD, {"imageLabelPairs": "x"}, 422, "body.imageLabelPairs"),
    (BUILD, {"imageLabelPairs": [pair(), {"image": grey()}]}, 422, "body.imageLabelPairs[1].label"),
    (BUILD, {"imageLabelPairs": [pair(label=" ")]}, 422, "body.imageLabelPairs[0].label"),
    (BUILD, {"imageLabelPairs": [pair(label="a\nb")]}, 422, "body.imageLabelPairs[0].label"),
    (BUILD, {"imageLabelPairs": [pair(label="x" * 201)]}, 422, "body.imageLabelPairs[0].label"),
    (BUILD, {"imageLabelPairs": [pair(label=7)]}, 422, "body.imageLabelPairs[0].label"),
    (BUILD, {"imageLabelPairs": [pair("!")]}, 422, "body.imageLabelPairs[0].image"),
    (BUILD, {"imageLabelPairs": [pair()]}, 422, "no face"),
    (BUILD, {"imageLabelPairs": [pair()] * 21}, 422, "At most 20"),
    (ADD, {"imageLabelPairs": [pair()]}, 422, "body.indexKey"),
    (ADD, {"imageLabelPairs": [pair()], "indexKey": NOBODY}, 404, "no index"),
    (REMOVE, {"ids": [1.5], "indexKey": NOBODY}, 422, "body.ids[0]"),
    (REMOVE, {"ids": "1", "indexKey": NOBODY}, 422, "body.ids"),
    (REMOVE, {"ids": [1], "indexKey": NOBODY}, 404, "no index"),
    ("/face-recognition-index-delete", {"indexKey": "the town"}, 403, "Only an index"),
]  # fmt: skip
# raw body, status, what the message tells
TORN: list[tuple[bytes, int, str]] = [
    (b"", 422, "json_invalid"),
    (b"{bad", 422, "body[1]"),
    (b"\xff\xfe\xfa", 422, "json_invalid"),
    (b"[" * 200_000, 422, "json_invalid"),
    (b'{"image": "x", "topk": ' + b"9" * 10_000 + b"}", 422, "json_invalid"),
    (b'{"image": "' + grey().encode() + b'", "recThreshold": NaN}', 422, "body.recThreshold"),
    (b'{"image": "' + grey().encode() + b'", "detThreshold": 1e999}', 422, "body.detThreshold"),
    (b'{"image": "' + b"A" * (9 << 20) + b'"}', 413, "larger than 8 MB"),
    (b'{"imageLabelPairs": [{"image": "AAAA", "label": "\\ud800"}]}', 422, "body.image"),
]


def message_of(answer: httpx.Response, status: int) -> str:
    """What an error says, its form being checked."""
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert list(told) == ["logId", "errorCode", "errorMsg"]
    assert told["errorCode"] == status
    if status == 422:
        for fault in json.loads(told["errorMsg"]):
            assert list(fault) == ["type", "loc", "msg"]
    return str(told["errorMsg"])


def test_every_wrong_request_is_told_what_is_wrong(start: Start, gallery, group) -> None:
    service = start(galleries=(gallery,))
    for path, body, status, words in WRONG:
        assert words in message_of(service.client.post(path, json=body), status), (path, str(body)[:200])
    json_type = {"content-type": "application/json"}
    for raw, status, words in TORN:
        assert words in message_of(service.client.post(INFER, content=raw, headers=json_type), status), raw[:60]
    assert list(service.options.store.glob("[0-9a-f]*")) == []
    assert service.infer(group)["faces"]


def test_other_kinds_of_requests(start: Start, gallery) -> None:
    service = start(galleries=(gallery,))
    get, post = service.client.get, service.client.post
    assert message_of(get(INFER), 405) == "Method Not Allowed"
    assert message_of(get("/nowhere"), 404) == "Not Found"
    assert message_of(post(INFER + "/", json={}), 404) == "Not Found"
    assert "multipart" in message_of(post(INFER, data={"image": "x"}), 415)
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert message_of(post(INFER, content=b"--y\r\n", headers=broken), 400)
    assert "labels" in message_of(post(BUILD, files={"image": b"x"}), 422)
    files = [("image", b"x")] * 30
    assert "Too many files" in message_of(post(BUILD, files=files, data={"label": ["a"] * 30}), 400)


def test_of_several_pictures_none_is_looked_at(start: Start, gallery, group) -> None:
    service = start(galleries=(gallery,))
    files = [("image", group.read_bytes())] * 2
    assert "2 came" in message_of(service.client.post(INFER, files=files), 422)


def test_the_clients_own_number_comes_back_with_an_error(start: Start, gallery) -> None:
    service = start(galleries=(gallery,))
    assert service.post(INFER, image="x", topk="y", logId="mine-1").json()["logId"] == "mine-1"
    assert service.post(INFER, topk="y", logId="bad\n" * 3).json()["logId"] != "bad\n" * 3


def test_a_body_without_a_length_is_counted(start: Start, gallery) -> None:
    service = start(galleries=(gallery,))
    blocks = (b"x" * (1 << 20) for _ in range(12))
    answer = service.client.post(INFER, content=blocks, headers={"content-type": "application/json"})
    assert "larger than 8 MB" in message_of(answer, 413)


def test_a_client_that_asks_before_it_sends_is_counted_too(start: Start, gallery) -> None:
    service = start(galleries=(gallery,))
    host, port = service.address.removeprefix("http://").split(":")
    head = f"POST {INFER} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    with socket.create_connection((host, int(port)), 20) as line:
        line.sendall(f"{head}Content-Length: {9 << 20}\r\n\r\n".encode())
        assert b" 413 " in line.recv(4000).split(b"\r\n")[0]
    with socket.create_connection((host, int(port)), 20) as line:
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        assert b" 100 " in line.recv(4000)
        for _ in range(9):
            line.sendall(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n")
        line.sendall(b"0\r\n\r\n")
        assert b" 413 " in line.recv(4000).split(b"\r\n")[0]


def test_all_bodies_together_are_bounded(start: Start, gallery, group) -> None:
    limits = replace(start_limits(), held_bytes=1 << 20)
    service = start(galleries=(gallery,), limits=limits)
    for _ in range(3):
        answer = service.client.post(INFER, content=b"x" * (3 << 20), headers={"content-type": "application/json"})
        assert "holds too many" in message_of(answer, 503)
        assert answer.headers["retry-after"] == "1"
    assert service.infer(group)["faces"]  # what was held was given back


def test_a_body_that_never_comes_is_not_waited_for(start: Start, gallery) -> None:
    service = start(galleries=(gallery,), limits=replace(start_limits(), seconds=1.0))
    host, port = service.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 20) as line:
        head = (
            f"POST {INFER} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{"
        )
        line.sendall(head.encode())
        assert b" 408 " in line.recv(4000).split(b"\r\n")[0]


def test_a_token_is_needed_for_all_but_the_health(start: Start, gallery, group) -> None:
    service = start(galleries=(gallery,), token="s3cret-s3cret")
    assert service.client.get("/health").status_code == 200
    for wrong in (
        {},
        {"Authorization": "Bearer other"},
        {"Authorization": "Basic s3cret-s3cret"},
        {"Authorization": "Bearer"},
    ):
        for path in ("/docs", "/openapi.json", "/galleries", "/nowhere"):
            assert message_of(service.client.get(path, headers=wrong), 401)
        answer = service.client.post(INFER, json={"image": "x"}, headers=wrong)
        assert message_of(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    service.client.headers["Authorization"] = "Bearer s3cret-s3cret"
    assert service.client.get("/docs").status_code == 200
    assert service.infer(group)["faces"]


def test_only_this_machines_names_reach_a_local_service(start: Start, gallery) -> None:
    service = start(galleries=(gallery,), allow_hosts=("faces.example",))
    for host, status in (("evil.example", 421), ("127.0.0.1.evil.example:80", 421), ("", 421), ("LOCALHOST:99", 200),
                         ("[::1]:8080", 200), ("faces.example", 200)):  # fmt: skip
        assert service.client.get("/health", headers={"Host": host}).status_code == status, host


def test_web_pages_of_others_are_kept_out(start: Start, gallery) -> None:
    service = start(galleries=(gallery,), allow_origins=("https://mine.example",))
    evil, mine = {"Origin": "https://evil.example"}, {"Origin": "https://mine.example"}
    refused = service.client.post(BUILD, content=b"{}", headers={**evil, "content-type": "text/plain"})
    assert message_of(refused, 403)
    assert "access-control-allow-origin" not in refused.headers
    assert message_of(service.client.get("/health", headers={"Origin": "null"}), 403)
    allowed = service.client.get("/health", headers=mine)
    assert allowed.headers["access-control-allow-origin"] == "https://mine.example"
    asking = {**mine, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    assert service.client.options(INFER, headers=asking).status_code == 200
    assert service.client.get("/health", headers={"Origin": service.address}).status_code == 200


def test_the_store_has_an_end(start: Start, gallery, portraits) -> None:
    service = start(galleries=(gallery,), limits=replace(start_limits(), indexes=2))
    first, _ = service.build(portraits[0]), service.build(portraits[0])
    body = {"imageLabelPairs": [pair(base64.b64encode(portraits[0][0].read_bytes()).decode())]}
    assert "at most 2" in message_of(service.client.post(BUILD, json=body), 507)
    assert service.post("/face-recognition-index-delete", indexKey=first).status_code == 200
    service.build(portraits[0])


def test_an_index_may_not_outgrow_its_limit(start: Start, gallery, portraits) -> None:
    service = start(galleries=(gallery,), limits=replace(start_limits(), index_bytes=2000))
    key = service.build(portraits[0])
    body = {"imageLabelPairs": [pair(base64.b64encode(portraits[1][0].read_bytes()).decode())] * 3, "indexKey": key}
    assert "no room" in message_of(service.client.post(ADD, json=body), 507)
    assert len(service.infer(portraits[0][0], indexKey=key, recThreshold=-1)["faces"][0]["recResults"]) == 1


def test_the_log_tells_no_names_and_no_pictures(start: Start, gallery, group, portraits) -> None:
    service = start(galleries=(gallery,), writable=True)
    service.infer(group)
    key = service.build(portraits[0])
    service.client.get("/Anna Lind/secret")
    service.post(INFER, image="x" * 30, indexKey="Anna Lind")
    told = service.told(4)
    text = service.log.read_text(encoding="utf-8")
    for word in (*{name for _, name in portraits}, "Anna", "secret", "xxx", key, "town"):
        assert word not in text
    assert [each["path"] for each in told] == [INFER, BUILD, "other", INFER]
    assert [each["status"] for each in told] == [200, 200, 404, 422]
    assert told[0]["faces"] >= 1
    assert told[1]["images"] == 1


def start_limits() -> Any:
    return Limits(body_bytes=8 << 20, seconds=60, images=20, megapixels=5)
