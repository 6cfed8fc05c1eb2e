"""The door: who may come in, how much a request may bring, and one line in the log for each."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import time
import traceback
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.server.answers import Visit, failure
from core.server.options import LOCAL_NAMES, Options
from core.server.refusal import Gone, Refusal
from core.server.request_log import RequestLog

_DRAINING = 5.0  # seconds
_OPEN = ("/health",)  # tells nothing about anybody


class Door:
    """The outermost layer of the service."""

    def __init__(self, inside: ASGIApp, options: Options, log: RequestLog) -> None:
        self._inside, self._options, self._log = inside, options, log
        self._held = 0  # bytes of bodies, of all requests
        self._token = _digest(options.token)
        names = {*LOCAL_NAMES, *options.allow_hosts} if options.local or options.allow_hosts else set()
        if names and not options.local:
            names.add(options.host)
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inside(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        visit = Visit.of(scope)
        intake = _Intake(self, receive, visit, waits="expect" in Headers(scope=scope))
        try:
            await self._answered(scope, intake, _Telling(send, visit, intake), visit)
        finally:
            self._held -= visit.bytes_in
            self._log.tell(scope, visit)

    async def _answered(self, scope: Scope, intake: _Intake, send: _Telling, visit: Visit) -> None:
        try:
            self._admit(scope)
            await self._inside(scope, intake.receive, send)
        except Gone:
            visit.fault = "the client left"
        except Refusal as refusal:
            if not visit.status:
                await failure(visit, refusal.status, refusal.message, refusal.headers)(scope, intake.receive, send)
        except Exception as error:  # a fault of ours: the client learns no more than that
            visit.fault = whereabouts(error)
            if not visit.status:
                await failure(visit, 500, "Internal server error")(scope, intake.receive, send)

    def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        self._check_origin(headers)
        preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if self._options.token and not preflight and scope["path"] not in _OPEN:
            self._check_token(headers)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.most_bytes:
            raise self.too_large()

    def _check_host(self, headers: Headers) -> None:
        """A web page can make its own name point to this machine; the browser then still sends that name."""
        if self._names and _without_port(headers.get("host", "")) not in self._names:
            raise Refusal(421, "This service is not called so. A name can be allowed with --allow-host.")

    def _check_origin(self, headers: Headers) -> None:
        """Other web pages may not even send, since a build or an addition needs no answer to do harm."""
        origin = headers.get("origin")
        allowed = self._options.allow_origins
        if origin is None or "*" in allowed or origin in allowed:
            return
        if origin.partition("://")[2].lower() == headers.get("host", "").lower():
            return
        raise Refusal(403, "Web pages of other origins may not use this service. See --allow-origin.")

    def _check_token(self, headers: Headers) -> None:
        kind, _, given = headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(_digest(given.strip()), self._token)
        if kind.lower() != "bearer" or not right:
            raise Refusal(401, "A right token is needed: Authorization: Bearer TOKEN.", headers=_CHALLENGE)

    def hold(self, count: int, visit: Visit) -> None:
        """Counts bytes of a body. Raises Refusal when there are too many, in it or in all."""
        limits = self._options.limits
        visit.bytes_in += count
        self._held += count
        if visit.bytes_in > self.most_bytes:
            raise self.too_large()
        if self._held > limits.held_bytes:
            raise Refusal(503, "The service holds too many requests; try again soon.", headers={"Retry-After": "1"})

    def too_large(self) -> Refusal:
        return Refusal(
            413, f"The request is larger than {self.most_bytes / (1 << 20):g} MB.", headers={"Connection": "close"}
        )

    @property
    def most_bytes(self) -> int:
        return self._options.limits.body_bytes

    @property
    def seconds(self) -> float:
        return self._options.limits.seconds


_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class _Intake:
    """What a request brings, counted and timed."""

    def __init__(self, door: Door, receive: Receive, visit: Visit, *, waits: bool) -> None:
        self._door, self._receive, self._visit = door, receive, visit
        self._whole = False
        self._waits = waits  # a client that asks before it sends; taking in anything tells it to go on

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        self._waits = False
        left = self._visit.began + self._door.seconds - time.monotonic()
        try:
            async with asyncio.timeout(max(left, 0.001)):  # unlike wait_for it never loses a cancellation
                message = await self._receive()
        except TimeoutError:
            raise Refusal(408, "The request did not arrive in time.", headers={"Connection": "close"}) from None
        if message["type"] == "http.request":
            self._whole = not message.get("more_body", False)
            self._door.hold(len(message.get("body", b"")), self._visit)
        return message

    async def drain(self) -> None:
        """Lets the rest go by: most clients look for the answer only when all is sent, and a line that is closed
        before takes the answer away with it."""
        left = 4 * self._door.most_bytes
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAINING):
                while not self._whole and not self._waits and left > 0:
                    message = await self._receive()
                    self._whole = not message.get("more_body", False)  # also when the client is gone
                    left -= len(message.get("body", b""))


class _Telling:
    """Sends, and keeps what the log tells of it."""

    def __init__(self, send: Send, visit: Visit, intake: _Intake) -> None:
        self._send, self._visit, self._intake = send, visit, intake

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._visit.status = message["status"]
            if message["status"] not in (200, 408):
                await self._intake.drain()
        elif message["type"] == "http.response.body":
            self._visit.bytes_out += len(message.get("body", b""))
        await self._send(message)


def whereabouts(error: BaseException) -> str:
    """The kind of an error and where it came from. Its words are left out: they may hold names."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places}"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _without_port(host: str) -> str:
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host
