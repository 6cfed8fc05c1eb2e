"""How a service is started: where it listens, what it serves, and how much it takes."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import SettingsProblem

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_NOT_STARTED = "The service was not started. "
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one request, and all of them together, may take."""

    body_bytes: int = 64 * MEGABYTE  # of one request
    held_bytes: int = 512 * MEGABYTE  # of all bodies that are held at once
    megapixels: float = 50.0  # of one picture
    images: int = 1000  # of one request
    faces_asked: int = 1000  # largest topk
    seconds: float = 60.0  # from the first byte to the answer
    runs: int = field(default_factory=lambda: os.cpu_count() or 1)  # requests worked on at once
    waiting: int = 64  # requests that wait for their turn
    wait_seconds: float = 20.0  # until a waiting request is sent away
    indexes: int = 1000  # stored by key
    index_bytes: int = 256 * MEGABYTE  # of one of them
    stored_bytes: int = 4096 * MEGABYTE  # of all of them
    cached_bytes: int = 512 * MEGABYTE  # of those kept in memory


@dataclass(frozen=True)
class Options:
    """Checked by `check`."""

    galleries: tuple[Path, ...] = ()  # folders; the first answers requests that name no index
    all_galleries: bool = False  # every gallery of the user may be named
    index: str = "default"  # of a gallery; searched where a request names none
    pipeline: Path | None = None  # a face_recognition.yaml, which then answers those
    host: str = "127.0.0.1"
    port: int = 8080
    token: str = field(default="", repr=False)
    writable: bool = False  # whether galleries may be changed
    allow_urls: bool = False
    allow_origins: tuple[str, ...] = ()
    allow_hosts: tuple[str, ...] = ()  # names by which the service may be called, beside this machine's own
    store: Path | None = None  # folder of the indexes built through the service
    limits: Limits = Limits()
    grace: float = 10.0  # seconds for what runs when the service is stopped
    log_file: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None

    @property
    def local(self) -> bool:
        """Whether only programs on this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check(options: Options) -> None:
    """Raises SettingsProblem for what would be unsafe or can do nothing."""
    if not options.galleries and options.pipeline is None and not options.all_galleries:
        raise SettingsProblem(
            "There is nothing to serve.", _NOT_STARTED + "Give a gallery, or a configuration with --pipeline FILE."
        )
    if options.index != "default" and not options.galleries and not options.all_galleries:
        raise SettingsProblem(
            "{index} would be the index of a gallery, and no gallery is served.",
            _NOT_STARTED + "Give a gallery, or leave out --index.",
            index=options.index,
        )
    if not options.local and not options.token:
        raise SettingsProblem(
            "{host} can be reached from other machines, and no token is set.",
            _NOT_STARTED + "Set one with --token-file FILE or the variable FACEFOLIO_TOKEN, or leave out --host.",
            host=options.host or "An empty host",
        )
    if not all("!" <= character <= "~" for character in options.token):
        raise SettingsProblem(
            "The token holds characters that no header can carry.",
            _NOT_STARTED + "Use letters, digits and signs of ASCII, without blanks.",
        )
    if "*" in options.allow_origins and not options.token:
        raise SettingsProblem(
            "With --allow-origin * every web page could ask this service.",
            _NOT_STARTED + "Name the origins, or set a token.",
        )
    if (options.certificate is None) != (options.private_key is None):
        raise SettingsProblem("A certificate and its key belong together.", _NOT_STARTED + "Give both, or neither.")
    for file in (options.certificate, options.private_key):
        if file is not None and not file.is_file():
            raise SettingsProblem("{file} is not there.", _NOT_STARTED, file=file)
