"""Pictures as they are sent: base64, an uploaded file, or an address that was fetched; read within limits."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import PhotoProblem
from core.photo_formats import read_header
from core.photos import Photo
from core.server.refusal import Place, invalid, refused

_NAME = Path("The picture")  # of which a problem tells
_DATA_ADDRESS = re.compile(r"data:[\w.+-]*/[\w.+-]*;base64,", re.ASCII)
_BLANKS = str.maketrans("", "", " \t\r\n")


@dataclass(frozen=True)
class Sent:
    """One picture of a request and where it stands there. `content` is base64, a file, or bytes that were fetched."""

    content: str | bytes | BinaryIO
    place: Place


def opened(sent: Sent, *, megapixels: float) -> Photo:
    """The picture with its header known and nothing decoded. Raises Refusal for what is none, or too large."""
    data = _bytes(sent)
    try:
        header = read_header(_NAME, data)
    except PhotoProblem as problem:
        raise refused(problem, sent.place) from problem
    if header.width * header.height > megapixels * 1e6:
        size = f"The picture has {header.width} x {header.height} pixels; at most {megapixels:g} megapixels are taken."
        raise invalid(sent.place, "picture", size)
    return Photo(_NAME, data, header)


def _bytes(sent: Sent) -> bytes:
    content = sent.content
    if isinstance(content, bytes):
        data = content
    elif isinstance(content, str):
        data = _decoded(content, sent.place)
    else:
        content.seek(0)
        data = content.read()
    if not data:
        raise invalid(sent.place, "picture", "The picture is empty.")
    return data


def _decoded(text: str, place: Place) -> bytes:
    head = _DATA_ADDRESS.match(text[:120])
    try:
        try:
            return base64.b64decode(text if head is None else text[head.end() :], validate=True)
        except binascii.Error:
            # Broken into lines, as mail does it.
            return base64.b64decode((text if head is None else text[head.end() :]).translate(_BLANKS), validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise invalid(place, "base64", "The picture is not base64.") from error
