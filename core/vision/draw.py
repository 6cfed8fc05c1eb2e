"""Pictures with boxes and names on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.opencv import cv2
from core.types import DecisionKind, Faces, Floats, Pixels
from core.vision.captions import Colour, caption

Box = tuple[int, int, int, int]
Point = tuple[int, int]


@dataclass(frozen=True)
class _Style:
    """How a kind of decision looks: the line tells it without its colour."""

    colour: Colour  # BGR, dark enough for white writing
    dash: float  # length of dashes in line widths; 0 = a full line
    share: float  # of a dash that is drawn


_STYLES: dict[DecisionKind, _Style] = {
    "known": _Style((60, 130, 20), 0, 1),
    "unsure": _Style((0, 85, 180), 10, 0.65),
    "unknown": _Style((110, 80, 80), 6, 0.3),
}
_WHITE: Colour = (255, 255, 255)


def draw_faces(pixels: Pixels, faces: Faces, captions: Sequence[str], kinds: Sequence[DecisionKind]) -> Pixels:
    """A copy of a frame with a box and a caption per face (known: full line; unsure: dashes; unknown: dots).

    An empty caption is replaced by the kind in a word, so that no kind is told by its look alone.
    """
    out = pixels.copy()
    height, width = out.shape[:2]
    thickness = max(round(max(height, width) / 450), 1 if max(height, width) < 240 else 2)
    boxes = [_whole(box, width=width, height=height) for box in faces.boxes]
    for box, kind in zip(boxes, kinds, strict=True):
        _outline(out, box, _STYLES[kind], thickness)
    size = min(max(round(max(height, width) * 0.021), 13), max(height // 5, 8))
    taken: list[Box] = []
    for box, text, kind in zip(boxes, captions, kinds, strict=True):
        tile = caption(text.strip() or kind, size=size, widest=width, ink=_WHITE, ground=_STYLES[kind].colour)
        taken.append(_lay(out, tile, _best_place(box, tile.shape[:2], taken, boxes, width=width, height=height)))
    return out


def _outline(out: Pixels, box: Box, style: _Style, thickness: int) -> None:
    x1, y1, x2, y2 = box
    corners = [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        for first, last in _dashes(start, end, style, thickness):
            # white beside the colour keeps the line visible on any ground
            cv2.line(out, first, last, _WHITE, thickness + 2)
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        for first, last in _dashes(start, end, style, thickness):
            cv2.line(out, first, last, style.colour, thickness)


def _dashes(start: Point, end: Point, style: _Style, thickness: int) -> list[tuple[Point, Point]]:
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    count = max(round(length / (style.dash * thickness)), 1) if style.dash else 1
    steps = np.arange(count) / count
    way = np.array(end) - np.array(start)
    firsts = (np.array(start) + steps[:, None] * way).round().astype(int)
    lasts = (np.array(start) + (steps[:, None] + style.share / count) * way).round().astype(int)
    pairs = zip(firsts.tolist(), lasts.tolist(), strict=True)
    return [((first[0], first[1]), (last[0], last[1])) for first, last in pairs]


def _best_place(
    box: Box, tile: tuple[int, int], taken: Sequence[Box], boxes: Sequence[Box], *, width: int, height: int
) -> Point:
    """Left upper corner for a caption: inside the picture, covering captions least, then other faces, then its own."""
    rows, columns = tile
    x1, y1, x2, y2 = box
    wanted = [(x, y) for y in (y1 - rows, y2 + 1, y1 + 1) for x in (x1, x2 - columns, (x1 + x2 - columns) // 2)]
    places = [(_between(x, width - columns), _between(y, height - rows)) for x, y in wanted]

    def cost(place: Point) -> float:
        area = (*place, place[0] + columns, place[1] + rows)
        return 4.0 * sum(_shared(area, each) for each in taken) + sum(_shared(area, each) for each in boxes)

    return min(places, key=cost)  # the first of equals: above, at the left


def _lay(out: Pixels, tile: Pixels, place: Point) -> Box:
    x, y = place
    target = out[y : y + tile.shape[0], x : x + tile.shape[1]]
    target[:] = tile[: target.shape[0], : target.shape[1]]
    return x, y, x + tile.shape[1], y + tile.shape[0]


def _whole(box: Floats, *, width: int, height: int) -> Box:
    x1, y1, x2, y2 = np.nan_to_num(box).round().astype(int).tolist()
    return _between(x1, width - 1), _between(y1, height - 1), _between(x2, width - 1), _between(y2, height - 1)


def _between(value: int, high: int) -> int:
    return max(min(value, high), 0)


def _shared(a: Box, b: Box) -> int:
    return max(min(a[2], b[2]) - max(a[0], b[0]), 0) * max(min(a[3], b[3]) - max(a[1], b[1]), 0)
