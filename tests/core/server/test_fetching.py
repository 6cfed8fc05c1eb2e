"""Addresses: fetched only where allowed, and never from this machine or its own network."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.server import fetching
from core.server.fetching import Fetcher, is_public
from core.server.refusal import Refusal

PLACE = ("body", "image")
PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.9.9.9",
            "10.0.0.1",
            "172.16.5.4",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
        ),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1"),
        *("fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("2002:0a00:0001::", "2001:0:0a00:1::", "2001:db8::1", "fec0::1"),
    ],
)
def test_addresses_of_ones_own_are_not_public(address) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address) -> None:
    assert is_public(ipaddress.ip_address(address))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body, status, headers = self.server.pages.get(self.path, (b"", 404, {}))
        self.server.asked.append((self.headers["Host"], self.path))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


class Web:
    """One server that stands for all hosts of the internet; names resolve to what the test says."""

    def __init__(self, server: Any) -> None:
        self.pages, self.asked, self.resolved = server.pages, server.asked, []
        self.port = server.server_address[1]
        self.names: dict[str, list[list[str]]] = {}  # one list of addresses per look at the name

    def resolve(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.resolved.append(host)
        looks = self.names.get(host, [[host]])
        found = looks.pop(0) if len(looks) > 1 else looks[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.pages, server.asked = {}, []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found = Web(server)
    connect = socket.create_connection

    def to_the_server(place: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        assert is_public(ipaddress.ip_address(place[0])), "it went where it must not go"
        return connect(("127.0.0.1", found.port), *rest, **more)

    monkeypatch.setattr(fetching.socket, "getaddrinfo", found.resolve)
    monkeypatch.setattr(fetching.socket, "create_connection", to_the_server)
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(address: str, *, most: int = 1000, seconds: float = 20) -> bytes:
    return Fetcher(most, seconds).fetch(address, PLACE)


def refusal_of(address: str, **limits: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        fetched(address, **limits)
    return caught.value


def test_a_picture_is_fetched_under_its_name(web: Web) -> None:
    web.names["pictures.example"] = [[PUBLIC]]
    web.pages["/a%20b.jpg?x=1"] = (b"picture", 200, {})
    assert fetched("http://pictures.example/a%20b.jpg?x=1#part") == b"picture"
    assert web.asked == [("pictures.example", "/a%20b.jpg?x=1")]


@pytest.mark.parametrize(
    "address",
    [
        *("http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://10.0.0.1:8080/"),
        *("http://mixed.example/", "http://inside.example/"),
    ],
)
def test_nothing_of_ones_own_is_fetched(web: Web, address) -> None:
    web.names |= {"mixed.example": [[PUBLIC, "10.0.0.5"]], "inside.example": [["192.168.0.9"]], "::1": [["::1"]]}
    assert refusal_of(address).status == 403
    assert web.asked == []


def test_a_name_is_looked_up_once(web: Web) -> None:
    web.names["twofaced.example"] = [[PUBLIC], ["127.0.0.1"]]
    web.pages["/"] = (b"picture", 200, {})
    assert fetched("http://twofaced.example") == b"picture"
    assert web.resolved.count("twofaced.example") == 1


def test_what_an_answer_points_to_is_judged_as_well(web: Web) -> None:
    web.names |= {"a.example": [[PUBLIC]], "b.example": [[PUBLIC]]}
    web.pages["/1"] = (b"", 302, {"Location": "http://b.example/2"})
    web.pages["/2"] = (b"", 307, {"Location": "/3"})
    web.pages["/3"] = (b"picture", 200, {})
    assert fetched("http://a.example/1") == b"picture"
    web.pages["/in"] = (b"", 301, {"Location": "http://127.0.0.1/secret"})
    assert refusal_of("http://a.example/in").status == 403
    web.pages["/file"] = (b"", 302, {"Location": "file:///etc/passwd"})
    assert "http or https" in refusal_of("http://a.example/file").message
    web.pages["/round"] = (b"", 302, {"Location": "/round"})
    assert "too often" in refusal_of("http://a.example/round").message
    assert all("127.0.0.1" not in host for host, _ in web.asked)


def test_large_partial_and_missing_pictures_are_refused(web: Web) -> None:
    web.names["a.example"] = [[PUBLIC]]
    web.pages["/large"] = (b"x" * 2000, 200, {})
    web.pages["/part"] = (b"x", 200, {"Content-Length": "50"})
    assert "too large" in refusal_of("http://a.example/large").message
    assert refusal_of("http://a.example/part", seconds=5).status == 422
    assert "404" in refusal_of("http://a.example/none").message


@pytest.mark.parametrize(
    "address",
    ["http://", "http://user:pw@a.example/", "http://a.example:99999/", "http://a.example/\r\nX: y", "ftp://a.example/",
     "http://[::1/", "http://a.example:0/", "http://ä.example/"],
)  # fmt: skip
def test_odd_addresses_are_refused(web: Web, address) -> None:
    assert refusal_of(address).status == 422
    assert web.resolved == []


def test_the_service_fetches_where_it_may(
    start: Callable[..., Any], gallery, group, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(galleries=(gallery,), allow_urls=True)
    fetches = {"http://a.example/g.jpg": group.read_bytes()}
    monkeypatch.setattr(Fetcher, "fetch", lambda self, address, place: fetches[address])
    answer = service.post("/face-recognition-infer", image="http://a.example/g.jpg", visualize=False)
    assert answer.json()["result"] == service.infer(group)
