"""Fetching a picture by its address for a stranger: never from this machine or its own network.

A name is resolved once, every address it has is judged, and the connection goes to the address that was judged; the
same for each place that an answer points on to. So no name can change its meaning between the look and the step.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from core.server.refusal import Place, Refusal, invalid

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_HOPS = 3
_STALLED = 10.0  # seconds without a byte
_BLOCK = 1 << 16
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_address(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))


@dataclass(frozen=True)
class Fetcher:
    """Bounded in size and time, all redirects together."""

    most_bytes: int
    seconds: float

    def fetch(self, address: str, place: Place) -> bytes:
        """The bytes behind an http(s) address. Raises Refusal naming `place`; says nothing of what lies inside."""
        end = time.monotonic() + self.seconds
        for _ in range(_MOST_HOPS + 1):
            found = self._step(address, place, end)
            if isinstance(found, bytes):
                return found
            address = found
        raise invalid(place, "address", "The address leads on too often.")

    def _step(self, address: str, place: Place, end: float) -> bytes | str:
        """The bytes, or the address that the answer points to."""
        parts = _parts(address, place)
        connection = _Connection(parts, _judged(parts, place), timeout=_left(end, place))
        # A server that sends a byte now and then must not hold the thread: at the end the line is cut.
        cut = threading.Timer(_left(end, place), connection.cut)
        cut.start()
        try:
            return self._answer(connection, address, parts, place)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise invalid(place, "address", "The address cannot be fetched.") from error
        finally:
            cut.cancel()
            connection.close()
            cut.join()

    def _answer(self, connection: _Connection, address: str, parts: SplitResult, place: Place) -> bytes | str:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"User-Agent": "facefolio", "Accept": "image/*"})
        with closing(connection.getresponse()) as answer:
            if answer.status in _REDIRECTS and (onward := answer.getheader("Location")):
                return urljoin(address, onward)
            if answer.status != 200:
                raise invalid(place, "address", f"The address answers with the status {answer.status}.")
            return self._read(answer, place)

    def _read(self, answer: http.client.HTTPResponse, place: Place) -> bytes:
        found = bytearray()
        while block := answer.read1(_BLOCK):
            found += block
            if len(found) > self.most_bytes:
                raise invalid(place, "address", "The picture behind the address is too large.")
        if answer.length:
            raise invalid(place, "address", "The picture behind the address came only in part.")
        return bytes(found)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, also when it is wrapped into another kind."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        teredo = address.teredo
        if address.is_site_local:
            return False
        wrapped = [address.ipv4_mapped, address.sixtofour, *(teredo or ())]
        if any(each is not None and not is_public(each) for each in wrapped):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not (address.is_multicast or address.is_reserved)


class _Connection(http.client.HTTPConnection):
    """Goes to an address that was judged, under the name that was asked for; no proxy is between."""

    def __init__(self, parts: SplitResult, judged: str, *, timeout: float) -> None:
        secure = parts.scheme.lower() == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if secure else 80), timeout=min(timeout, _STALLED))
        if parts.port is None:
            self.default_port = self.port
        self._judged, self._secure = judged, secure
        self._line: socket.socket | None = None  # also when the answer has taken it over

    def connect(self) -> None:
        self.sock = socket.create_connection((self._judged, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        self._line = self.sock

    def cut(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                self._line.shutdown(socket.SHUT_RDWR)


def _parts(address: str, place: Place) -> SplitResult:
    try:
        parts = urlsplit(address)
        good = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username is not None or any(not "!" <= each <= "~" for each in address):
        raise invalid(place, "address", "The address is not one of http or https that can be fetched.")
    return parts


def _judged(parts: SplitResult, place: Place) -> str:
    """The first address of the host, when all it has are public."""
    try:
        rows = socket.getaddrinfo(parts.hostname, parts.port or 0, type=socket.SOCK_STREAM)
        found = [str(row[4][0]).partition("%")[0] for row in rows]
        public = bool(found) and all(is_public(ipaddress.ip_address(each)) for each in found)
    except (OSError, ValueError) as error:
        raise invalid(place, "address", "The host of the address is not known.") from error
    if not public:
        raise Refusal(403, "The address does not lie on the open internet, so it is not fetched.")
    return found[0]


def _left(end: float, place: Place) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise invalid(place, "address", "The address took too long.")
    return left
