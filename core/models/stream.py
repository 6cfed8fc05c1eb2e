"""One answer of an HTTP server, read on a thread of its own so that nobody has to wait for a slow one."""

from __future__ import annotations

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from core.errors import ModelProblem

BEAT = 0.2  # seconds after which a silent server is reported as silent, so that one can leave
PATIENCE = 30.0  # seconds without a byte after which a server is given up
_BLOCK = 1 << 16
_AHEAD = 16  # blocks
_LEAVE = 0.4  # seconds that a thread may take to notice that it is no longer wanted
_HINT = "Nothing was changed. Only addresses that begin with https:// are fetched."


@dataclass(frozen=True)
class Head:
    """What a server says before it sends."""

    start: int  # the first byte that follows
    total: int | None  # bytes of the whole file; None when it is not told
    validator: str  # what tells this file from a later one of the same address; empty = nothing does


def check_address(address: str, *, before: str = "") -> None:
    """Refuses all but https; http is for this very machine, and not by redirection from elsewhere (`before`)."""
    try:
        parts = urllib.parse.urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urllib.parse.urlsplit(""), ""
    near = parts.scheme == "http" and is_loopback(host) and (not before or _near(before))
    if not host or not (parts.scheme == "https" or near):
        message = "{address} is not fetched: the way there is not safe."
        raise ModelProblem(message, _HINT, address=address[:300])


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Stream:
    """A file on its way, from byte `start` on if the server can. Close it; that also ends the thread."""

    def __init__(self, address: str, *, start: int = 0, validator: str = "", patience: float = PATIENCE) -> None:
        check_address(address)
        headers = {"User-Agent": "facefolio", "Accept-Encoding": "identity"}
        if start and validator:
            headers |= {"Range": f"bytes={start}-", "If-Range": validator}
        self._request, self._patience = urllib.request.Request(address, headers=headers), patience
        self._news: queue.Queue[Head | bytes | Exception | None] = queue.Queue(_AHEAD)
        self._left = threading.Event()
        self._sockets: list[socket.socket] = []
        self._thread = threading.Thread(target=self._work, name="model download", daemon=True)
        self._thread.start()

    def news(self) -> Iterator[Head | bytes | None]:
        """The head, then blocks of bytes to the end; None whenever the server is silent for a moment.

        Raises OSError or HTTPException as the network gives them, ModelProblem for a way that is not safe.
        """
        while True:
            try:
                one = self._news.get(timeout=BEAT)
            except queue.Empty:
                yield None
                continue
            if one is None:
                return
            if isinstance(one, Exception):
                raise one
            yield one

    def close(self) -> None:
        self._left.set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for bytes; close alone does not
        self._thread.join(_LEAVE)

    def _work(self) -> None:
        try:
            with _opener(self._request.full_url, self._sockets).open(self._request, timeout=self._patience) as answer:
                self._tell(_head(answer))
                while block := answer.read1(_BLOCK):
                    self._tell(block)
            self._tell(None)
        except Exception as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            with suppress(_Unwanted):
                self._tell(error)

    def _tell(self, one: Head | bytes | Exception | None) -> None:
        while not self._left.is_set():
            with suppress(queue.Full):
                self._news.put(one, timeout=BEAT)
                return
        raise _Unwanted


class _Unwanted(Exception):  # noqa: N818 - no error: nobody listens any more
    pass


class _SafeWay(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0917 - the library's own signature
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        try:
            check_address(newurl, before=req.full_url)
        except ModelProblem:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(address: str, sockets: list[socket.socket]) -> urllib.request.OpenerDirector:
    """Follows the system's proxies, except to this very machine; sockets are noted as they are opened."""

    class Http(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(partial(_PlainConnection, sockets), req)

    class Https(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(partial(_SafeConnection, sockets), req, context=ssl.create_default_context())

    proxies = urllib.request.ProxyHandler({} if _near(address) else None)
    return urllib.request.build_opener(proxies, Http(), Https(), _SafeWay())


class _PlainConnection(http.client.HTTPConnection):
    def __init__(self, sockets: list[socket.socket], host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._noted = sockets

    def connect(self) -> None:
        super().connect()
        self._noted.append(self.sock)


class _SafeConnection(http.client.HTTPSConnection):
    def __init__(self, sockets: list[socket.socket], host: str, **options: Any) -> None:
        super().__init__(host, **options)
        self._noted = sockets

    def connect(self) -> None:
        super().connect()
        self._noted.append(self.sock)


def _near(address: str) -> bool:
    return is_loopback(urllib.parse.urlsplit(address).hostname or "")


def _head(answer: http.client.HTTPResponse) -> Head:
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise http.client.HTTPException("the server sends it packed, which was not asked for")
    tag = answer.headers.get("ETag", "")
    validator = tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")
    if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
        return Head(0, _whole(answer.headers.get("Content-Length", "")), validator)
    start, _, total = answer.headers.get("Content-Range", "").removeprefix("bytes ").replace("/", "-").partition("-")
    return Head(_whole(start) or 0, _whole(total.rpartition("-")[2]), validator)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
