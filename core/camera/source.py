"""What frames can come from, under names that give no password away."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SourceKind = Literal["camera", "video", "folder", "stream", "sample"]
_HIDDEN = "…"


@dataclass(frozen=True)
class Source:
    """Where frames come from. `place` is the device (index, path or name), file, folder or address of a stream.

    The name of a stream never holds its password, whatever was given; `place` does and is kept out of `repr`.
    """

    kind: SourceKind
    place: str = field(repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        name = self.name or self._named_after_place()
        if self.kind == "stream" and (self.place in name or "://" in name):
            name = shown_address(self.place)
        object.__setattr__(self, "name", name)

    @property
    def label(self) -> str:
        """What frames, results and faces enrolled from it say they come from: "camera:0", a path, "stream:..."."""
        if self.kind in ("video", "folder"):
            return self.place
        if self.kind == "sample":
            return "sample"
        return f"{self.kind}:{shown_address(self.place) if self.kind == 'stream' else self.place}"

    @property
    def lasting(self) -> bool:
        """Whether it goes on until it is stopped, so that silence is a fault and coming back is worth waiting for."""
        return self.kind in ("camera", "stream")

    def _named_after_place(self) -> str:
        if self.kind == "stream":
            return shown_address(self.place)
        if self.kind in ("video", "folder"):
            return Path(self.place).name or self.place
        if self.kind == "sample":
            return "Drawn people"
        return f"Camera {self.place}"


def sample() -> Source:
    """The drawn people, as an endless film."""
    return Source("sample", "")


def shown_address(address: str) -> str:
    """An address of a stream without user, password and parameters; little is shown where they cannot be told apart."""
    scheme, mark, rest = address.strip().partition("://")
    if not mark:
        return _HIDDEN
    head, *tail = re.split(r"[?#]", rest, maxsplit=1)
    if tail and "@" in tail[0]:  # the question mark may belong to a password
        return f"{scheme}://{_HIDDEN}"
    host, *steps = head.rpartition("@")[2].split("/")
    safe = _until_secret(steps)
    return f"{scheme}://{'/'.join([host, *safe])}{_HIDDEN if tail or safe != steps else ''}"


def _until_secret(steps: list[str]) -> list[str]:
    """Some cameras take user and password as a part of the path: "user=anna_password=..."."""
    for place, step in enumerate(steps):
        if re.search(r"=|%3d|passw|pwd|token|secret", step, re.IGNORECASE):
            return [*steps[:place], ""]
    return steps
