"""Boxes and names on a picture, laid out as PaddleX lays them out, in the machine's fonts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.types import Pixels
from core.vision.captions import caption

if TYPE_CHECKING:
    from PIL import Image

# A label keeps the colour that the number of its first box gives it.
_COLOURS = (
    *((255, 0, 0), (204, 255, 0), (0, 255, 102), (0, 102, 255), (204, 0, 255), (255, 77, 0), (128, 255, 0)),
    *((0, 255, 178), (0, 26, 255), (255, 0, 229), (255, 153, 0), (51, 255, 0), (0, 255, 255), (51, 0, 255)),
    *((255, 0, 153), (255, 229, 0), (0, 255, 26), (0, 178, 255), (128, 0, 255), (255, 0, 77)),
)
_WHITE_ON = frozenset({0, 3, 4, 8, 9, 13, 14, 18, 19})
_WHITE, _DARK = (255, 255, 255), (20, 14, 53)


def draw_boxes(pixels: Pixels, boxes: Sequence[tuple[str, float, Sequence[float]]]) -> Image.Image:
    """A picture (RGB, of the size of `pixels` (H, W, 3) BGR) with (label, score, x1 y1 x2 y2) drawn into it."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(pixels[..., ::-1].copy())
    draw = ImageDraw.Draw(image)
    size = int(0.018 * image.width) + 2
    width = max(int(0.002 * max(image.size)), 1)  # a line of no width, as small pictures get there, shows nothing
    numbers: dict[str, int] = {}
    for position, (label, score, (x1, y1, x2, y2)) in enumerate(boxes):
        number = numbers.setdefault(label, position % len(_COLOURS))
        colour, ink = _COLOURS[number], _WHITE if number in _WHITE_ON else _DARK
        draw.line([(x1, y1), (x1, y2), (x2, y2), (x2, y1), (x1, y1)], fill=colour, width=width)
        text = f"{label} {score:.2f}"
        tile = caption(text, size=max(size, 8), widest=image.width, ink=ink[::-1], ground=colour[::-1])
        top = int(y1) + 1 if y1 < tile.shape[0] else int(y1) - tile.shape[0] + 1
        image.paste(Image.fromarray(tile[..., ::-1].copy()), (int(x1), top))
    return image
