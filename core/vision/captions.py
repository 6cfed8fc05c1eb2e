"""Captions as small pictures, in whatever fonts the machine has for the names in them."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from core.opencv import cv2
from core.types import Pixels

if TYPE_CHECKING:
    from PIL import ImageFont

    Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Looked up by name in the machine's font folders, in this order, until one has the character wanted.
_FONTS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf", "segoeui.ttf", "LiberationSans-Regular.ttf", "Arial.ttf"),
    *("Arial Unicode.ttf", "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf"),
    *("msyh.ttc", "PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Medium.ttc", "wqy-microhei.ttc", "wqy-zenhei.ttc"),
    *("DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "simsun.ttc", "YuGothM.ttc", "meiryo.ttc", "malgun.ttf"),
    *("AppleSDGothicNeo.ttc", "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansThai-Regular.ttf"),
    *("NotoSansDevanagari-Regular.ttf", "Nirmala.ttf", "Nirmala.ttc", "leelawui.ttf", "unifont.ttf"),
)
_OPENCV = "opencv"  # OpenCV 5 brings a font with Chinese, Japanese and Korean
_one_at_a_time = Lock()
_NO_SUCH_CHARACTER = "\U0010fffe"
_ELLIPSIS = "…"
Colour = tuple[int, int, int]


def caption(text: str, *, size: int, widest: int, ink: Colour, ground: Colour) -> Pixels:
    """A picture (h, w, 3) BGR of one line of text in a font of `size` pixels, at most `widest` wide.

    Colours are BGR. A longer text is cut with an ellipsis; characters no font has become the font's empty box.
    """
    from PIL import Image, ImageDraw

    padding = max(size // 4, 2)
    runs = _cut(" ".join(text.split()), size, widest - 2 * padding)
    width = sum(_length(part, name, size) for name, part in runs) + 2 * padding
    tile = Image.new("RGB", (max(min(width, widest), 1), round(size * 1.25) + padding), ground[::-1])
    draw = ImageDraw.Draw(tile)
    x, baseline = padding, padding // 2 + size
    left: list[tuple[int, str]] = []
    for name, part in runs:
        if name == _OPENCV:
            left.append((x, part))
        else:
            draw.text((x, baseline), part, font=_font(name, size), fill=ink[::-1], anchor=_anchor(_font(name, size)))
        x += _length(part, name, size)
    pixels = np.ascontiguousarray(np.asarray(tile)[..., ::-1])
    for x, part in left:
        _put(pixels, part, (x, baseline), ink, size)
    return pixels


Run = tuple[str, str]  # name of a font, text


def _cut(text: str, size: int, widest: int) -> list[Run]:
    shown = text
    while True:
        runs = _runs(shown)
        if len(shown) <= 1 or sum(_length(part, name, size) for name, part in runs) <= widest:
            return runs
        shown = shown.removesuffix(_ELLIPSIS)[:-1].rstrip() + _ELLIPSIS


def _runs(text: str) -> list[Run]:
    """The text in pieces that one font can write. A space goes with what stands before it."""
    names: list[str] = []
    for character in text:
        names.append(names[-1] if character.isspace() and names else _font_for(character))
    paired = groupby(zip(names, text, strict=True), key=lambda pair: pair[0])
    return [(name, "".join(character for _, character in group)) for name, group in paired]


@cache
def _font_for(character: str) -> str:
    for name in _FONTS:
        font = _font(name, 20)
        if font is not None and _shape(font, character) != _shape(font, _NO_SUCH_CHARACTER):
            return name
    if hasattr(cv2, "FontFace"):
        return _OPENCV
    return next((name for name in _FONTS if _font(name, 20) is not None), "")


@cache
def _opencv_font() -> Any:
    return cv2.FontFace("uni")


def _put(pixels: Pixels, text: str, place: tuple[int, int], ink: Colour, size: int) -> int:
    """Writes with OpenCV's font and tells where the text ends."""
    with _one_at_a_time:  # the font keeps state while it draws, and OpenCV lets other threads run meanwhile
        (end, _), _ = cv2.putText(pixels, text, place, ink, _opencv_font(), size)
    return int(end)


def _shape(font: Any, character: str) -> bytes:
    mask = font.getmask(character)
    return bytes(mask) + repr(mask.size).encode()


@cache
def _font(name: str, size: int) -> Any:
    """The font, Pillow's own for an empty name, None where the machine has none of that name."""
    from PIL import ImageFont

    if not name:
        return ImageFont.load_default(size)
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _length(text: str, name: str, size: int) -> int:
    if name == _OPENCV:
        return _put(np.zeros((1, 1, 3), np.uint8), text, (0, 0), (0, 0, 0), size) + 1
    return int(np.ceil(_font(name, size).getlength(text)))


def _anchor(font: Any) -> str | None:
    return "ls" if hasattr(font, "getmetrics") else None  # the bitmap font of a Pillow without FreeType has no baseline
