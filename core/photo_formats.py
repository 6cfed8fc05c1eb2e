"""Picture formats: what a header tells, and pixels from bytes. JPEG by OpenCV, everything else by Pillow."""

from __future__ import annotations

import contextlib
import importlib
import io
import struct
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from core.errors import PhotoProblem
from core.opencv import cv2
from core.types import Pixels

if TYPE_CHECKING:
    from PIL import Image

_PLUGINS = ("Jpeg", "Png", "WebP", "Bmp", "Tiff", "Gif", "Ppm", "Jpeg2K", "Avif")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "JPEG2000", "AVIF", "HEIF")
_ORIENTATION = 0x0112
# What each EXIF orientation asks for: mirrored left to right first, then turned.
_TURNS: dict[int, tuple[bool, int | None]] = {
    1: (False, None),
    2: (True, None),
    3: (False, cv2.ROTATE_180),
    4: (True, cv2.ROTATE_180),
    5: (True, cv2.ROTATE_90_COUNTERCLOCKWISE),
    6: (False, cv2.ROTATE_90_CLOCKWISE),
    7: (True, cv2.ROTATE_90_CLOCKWISE),
    8: (False, cv2.ROTATE_90_COUNTERCLOCKWISE),
}
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_DAMAGED = (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, EOFError, OverflowError, struct.error)


@dataclass(frozen=True)
class Header:
    """What the first bytes of a picture tell."""

    kind: str  # Pillow's name of the format; "JPEG" is what OpenCV decodes itself
    width: int  # stored, before turning
    height: int
    orientation: int = 1  # EXIF, 1..8

    @property
    def sideways(self) -> bool:
        return self.orientation >= 5


def read_header(path: Path, data: bytes) -> Header:
    """Format, size and orientation without decoding. Raises PhotoProblem for what is no whole picture."""
    with _opened(path, data) as image:
        jpeg = image.format in {"JPEG", "MPO"}
        kind = str(image.format)
        if jpeg:  # OpenCV does not know which four-colour pictures are stored inverted
            kind = "JPEG" if image.mode in {"RGB", "L"} else "CMYK JPEG"
        header = _turned_by_pillow(image) if kind == "TIFF" else Header(kind, *image.size, _orientation(image))
    if jpeg and not _jpeg_is_complete(data):
        raise _truncated(path)
    return header


def decode(path: Path, data: bytes, header: Header, reduction: int) -> Pixels:
    """Pixels (H, W, 3) uint8 BGR, upright, sides divided by `reduction` and rounded up. Raises PhotoProblem."""
    try:
        jpeg = header.kind == "JPEG"
        pixels = _jpeg(path, data, reduction) if jpeg else _shrunk(_other(path, data), reduction)
        return _upright(pixels, header.orientation)
    except cv2.error as error:
        raise _damaged(path, error) from error
    except MemoryError as error:
        raise PhotoProblem(
            "{path} does not fit into memory.", "Make it smaller, or lower the setting max_megapixels.", path=path
        ) from error


def _jpeg(path: Path, data: bytes, reduction: int) -> Pixels:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[reduction] | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise _damaged(path)
    return cast(Pixels, pixels)


def _other(path: Path, data: bytes) -> Pixels:
    with _opened(path, data) as image:
        try:
            image.load()
            return _bgr(image)
        except (*_DAMAGED, Warning) as error:
            raise _truncated(path) if "truncated" in str(error).lower() else _damaged(path, error) from error


def _bgr(image: Image.Image) -> Pixels:
    from PIL import Image as Pillow

    if image.mode in {"I;16", "I;16L", "I;16B", "I;16N"}:
        grey = np.asarray(image).astype(np.uint16) >> 8
        return cast(Pixels, cv2.cvtColor(grey.astype(np.uint8), cv2.COLOR_GRAY2BGR))
    if image.mode in {"I", "F"}:
        return cast(Pixels, cv2.cvtColor(_stretched(np.asarray(image, np.float64)), cv2.COLOR_GRAY2BGR))
    if image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info:
        ground = Pillow.new("RGBA", image.size, (255, 255, 255, 255))
        image = Pillow.alpha_composite(ground, image.convert("RGBA"))
    return cast(Pixels, cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR))


def _stretched(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Wide greys as 8 bits: 0..1 and 0..255 and 0..65535 are taken as such, anything else by its extremes."""
    values = np.nan_to_num(values)
    low, high = float(values.min()), float(values.max())
    for whole in (1.0, 255.0, 65535.0):
        if low >= 0 and high <= whole:
            return (values * (255.0 / whole)).astype(np.uint8)
    return ((values - low) * (255.0 / max(high - low, 1e-9))).astype(np.uint8)


def _shrunk(pixels: Pixels, reduction: int) -> Pixels:
    if reduction == 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (-(-width // reduction), -(-height // reduction))
    return cast(Pixels, cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    mirrored, turn = _TURNS[orientation]
    turned = cv2.flip(pixels, 1) if mirrored else pixels
    return cast(Pixels, turned if turn is None else cv2.rotate(turned, turn))


@cache
def _pillow() -> Any:
    """Pillow with the formats wanted here alone, and without its own limit: ours is checked at the header."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    warnings.filterwarnings("ignore", module=r"PIL\.")  # what matters is told by a PhotoProblem
    for plugin in _PLUGINS:
        with contextlib.suppress(ImportError):  # Pillow before 11.3 has no AVIF
            importlib.import_module(f"PIL.{plugin}ImagePlugin")
    with contextlib.suppress(ImportError):  # an extra
        importlib.import_module("pi_heif").register_heif_opener()
    Image.preinit()
    return Image


def _opened(path: Path, data: bytes) -> Image.Image:
    pillow = _pillow()
    formats = [name for name in _FORMATS if name in pillow.OPEN]
    try:
        image: Image.Image = pillow.open(io.BytesIO(data), formats=formats)
    except (*_DAMAGED, Warning) as error:
        raise _not_a_picture(path, data) from error
    return image


def _turned_by_pillow(image: Image.Image) -> Header:
    """A TIFF's header: Pillow turns its pixels when it loads them, and some versions tell the turned size before."""
    tags: dict[int, Any] = getattr(image, "tag_v2", {})
    width, height = tags.get(256, image.width), tags.get(257, image.height)
    return Header("TIFF", height, width) if tags.get(_ORIENTATION, 1) in {5, 6, 7, 8} else Header("TIFF", width, height)


def _orientation(image: Image.Image) -> int:
    try:
        # PNG's own getexif would decode the picture to find EXIF data behind it
        exif = image.getexif() if image.format != "PNG" or "exif" in image.info else {}
        value = exif.get(_ORIENTATION, 1)
    except (*_DAMAGED, Warning):
        return 1
    return value if value in _TURNS else 1


def _jpeg_is_complete(data: bytes) -> bool:
    """Whether an end mark follows the start of the pixels. Inside them no such pair of bytes can stand."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == 0xDA:
            return data.rfind(b"\xff\xd9", place) >= 0
        place += 1 if marker == 0xFF else 2 + length
    return data.rfind(b"\xff\xd9", place) >= 0


def _not_a_picture(path: Path, data: bytes) -> PhotoProblem:
    brand = data[4:12]
    if brand[:4] == b"ftyp" and brand[4:] in {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}:
        if "HEIF" not in _pillow().OPEN:
            return PhotoProblem(
                "{path} is a HEIC picture, for which a package is missing.",
                "Install it: pip install facefolio[heif]",
                path=path,
            )
        return _damaged(path)
    if brand == b"ftypavif" and "AVIF" not in _pillow().OPEN:
        return PhotoProblem(
            "{path} is an AVIF picture, which this Pillow cannot read.", "Update it: pip install -U pillow", path=path
        )
    return PhotoProblem(
        "{path} is not a picture, or its beginning is damaged.",
        "Open it in another program to see what it is.",
        path=path,
    )


def _truncated(path: Path) -> PhotoProblem:
    return PhotoProblem("{path} is not complete: its end is missing.", "Copy it again from where it came.", path=path)


def _damaged(path: Path, error: Exception | None = None) -> PhotoProblem:
    return PhotoProblem("{path} is damaged and cannot be decoded.", "Copy it again from where it came.", path=path)
