"""Finding faces in frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines.session import Port, Session
from core.errors import ModelProblem
from core.models.cards import Card
from core.opencv import cv2
from core.types import Faces, Floats, Pixels
from core.vision.decoders import DECODERS, Limits, suppress
from core.vision.preprocess import Geometry, plan, resized, tensor

BATCH = 8
# Measured on group pictures made smaller: enlarging finds more faces up to about this, and beyond it more false ones.
_MOST_ENLARGED = 3.5
# A pass is asked for faces a little beyond its own sizes too: the same face measures differently in each.
_OVERLAP = 2**0.5
_MEANINGS = ("im_shape", "scale_factor")
_CLEARLY = 0.06  # a score greater by less than this is no reason to turn a picture: one of 1,284 portraits was, wrongly
_DIMMER = 0.1  # so much less than a full look may see in a turned picture a glance shows of it
_GLIMPSE = 0.3  # score at a glance from which a turn is worth a full look
_QUARTER_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Detector:
    """A face detector. It may be called from several threads at once."""

    def __init__(self, card: Card, session: Session) -> None:
        if card.decoder not in DECODERS:
            raise ModelProblem(
                "The card of {name} names the decoder {decoder!r}, which is not known here.",
                "Known are: {known}.",
                name=card.name,
                decoder=card.decoder,
                known=", ".join(sorted(DECODERS)),
            )
        self.card = card
        self.session = session
        self._decode = DECODERS[card.decoder]
        image, self._further = _ports(card, session.inputs)
        self._image = image.name
        self._fixed = _fixed_size(image) if card.preprocess.resize != "native" else None
        self._names = [port.name for port in session.outputs]

    @property
    def longest_side(self) -> int | None:
        """The longer side of the largest input: more pixels than that show no further face. None = native size."""
        rules = self.card.preprocess
        if self._fixed:
            return max(self._fixed)
        if self.card.passes:
            return max(self.card.passes)
        return max(rules.size) if rules.size and rules.resize != "native" else None

    def find(self, pixels: Pixels, *, threshold: float | None = None, turned: bool = False) -> Faces:
        """Faces of a frame (H, W, 3) BGR in its pixels, boxes cut at its edges; best first, or in the order of a graph.

        With `turned`, and nothing found that surely stands upright (`Card.upright`), quarter turns are tried; landmarks
        then keep their meaning for the upright face. Most portraits lying on a side show some doubtful face as they
        lie, so that waiting for nothing at all would leave them so. Raises ModelProblem, EngineProblem.
        """
        faces = self.find_many([pixels], threshold=threshold)[0]
        if not turned or _best_score(faces) >= self.card.upright:
            return faces
        turns = self._promising(pixels, _best_score(faces) - _DIMMER)
        best = max((self._find_turned(pixels, turn, threshold) for turn in turns), key=_best_score, default=faces)
        clearly = max((1 - self.card.upright) / 2, _CLEARLY)
        return best if _best_score(best) > _best_score(faces) + clearly else faces

    def find_many(self, frames: Sequence[Pixels], *, threshold: float | None = None) -> list[Faces]:
        """The same for several frames, run together where their sizes allow."""
        score = self.card.thresholds.detect if threshold is None else threshold
        return self._look(frames, Limits(score, self.card.nms_iou), self.card.passes)

    def _look(self, frames: Sequence[Pixels], limits: Limits, passes: Sequence[int]) -> list[Faces]:
        found: list[list[tuple[Geometry, Faces]]] = [[] for _ in frames]
        shrunk: dict[int, Pixels] = {}
        for indexes, geometries in self._batches(frames, passes):
            faces = self._run(self._prepared(frames, indexes, geometries, shrunk), geometries, limits)
            for index, geometry, each in zip(indexes, geometries, faces, strict=True):
                found[index].append((geometry, each))
        return [self._merged(passes) for passes in found]

    def _batches(self, frames: Sequence[Pixels], passes: Sequence[int]) -> list[tuple[list[int], list[Geometry]]]:
        alike: dict[tuple[int, int], list[tuple[int, Geometry]]] = defaultdict(list)
        for index, frame in enumerate(frames):
            for geometry in self._geometries(frame, passes):
                alike[geometry.outer].append((index, geometry))
        runs = [run[start : start + BATCH] for run in alike.values() for start in range(0, len(run), BATCH)]
        return [([index for index, _ in run], [geometry for _, geometry in run]) for run in runs]

    def _geometries(self, frame: Pixels, passes: Sequence[int]) -> list[Geometry]:
        height, width = frame.shape[:2]
        if not height or not width:
            raise ValueError("a frame without pixels")
        place = partial(plan, self.card.preprocess, width=width, height=height)
        if self._fixed or not passes:
            return [place(outer=self._fixed)]
        return [place(side=side) for side in _sides(passes, max(height, width))]

    def _prepared(
        self, frames: Sequence[Pixels], indexes: list[int], geometries: list[Geometry], shrunk: dict[int, Pixels]
    ) -> Floats:
        """The input (n, 3, h, w). `shrunk` keeps frames made smaller, from which a smaller pass is made sooner."""
        rules = self.card.preprocess
        image = np.empty((len(indexes), 3, *geometries[0].outer), np.float32)
        for index, geometry, out in zip(indexes, geometries, image, strict=True):
            source = shrunk.get(index, frames[index])
            if source.shape[0] < geometry.inner[0] or source.shape[1] < geometry.inner[1]:
                source = frames[index]
            small = resized(source, rules, geometry)
            if small.size < source.size:
                shrunk[index] = small
            tensor(small, rules, geometry, out)
        return image

    def _run(self, image: Floats, geometries: list[Geometry], limits: Limits) -> list[Faces]:
        feeds: dict[str, NDArray[Any]] = {self._image: image}
        for name, meaning in self._further.items():
            feeds[name] = _further_input(meaning, geometries)
        outputs = dict(zip(self._names, self.session.run(feeds), strict=True))
        return self._decode(outputs, geometries, limits)

    def _merged(self, passes: list[tuple[Geometry, Faces]]) -> Faces:
        if len(passes) == 1:
            return passes[0][1]
        smallest = min(geometry.scale_x for geometry, _ in passes)
        faces = _joined([each for _, each in passes])
        from_smallest = np.concatenate([np.full(len(each), geometry.scale_x == smallest) for geometry, each in passes])
        sides = np.maximum(faces.boxes[:, 2] - faces.boxes[:, 0], faces.boxes[:, 3] - faces.boxes[:, 1])
        largeness = sides * np.float32(smallest / max(self.card.large_face, 1e-6))
        fit = np.where(from_smallest, largeness > 1 / _OVERLAP, largeness < _OVERLAP)
        # each face is believed first from the pass that sees its size well
        order = np.lexsort((-faces.scores, (largeness > 1) != from_smallest))
        kept = faces[suppress(faces.boxes, order[fit[order]], self.card.nms_iou)]
        return kept[np.argsort(-kept.scores, kind="stable")]

    def _promising(self, pixels: Pixels, least: float) -> list[int]:
        """The quarter turns worth a full look: with several passes the best at a glance, if it scores over `least`."""
        if len(self.card.passes) < 2 or self._fixed:
            return list(_QUARTER_TURNS)
        frames = [_rotated(pixels, turns) for turns in _QUARTER_TURNS]
        glances = self._look(frames, Limits(_GLIMPSE, self.card.nms_iou), [min(self.card.passes)])
        scores = dict(zip(_QUARTER_TURNS, map(_best_score, glances), strict=True))
        best = max(scores, key=scores.__getitem__)
        return [best] if scores[best] > max(least, 0) else []

    def _find_turned(self, pixels: Pixels, turns: int, threshold: float | None) -> Faces:
        faces = self.find_many([_rotated(pixels, turns)], threshold=threshold)[0]
        return _turned_back(faces, turns, width=pixels.shape[1], height=pixels.shape[0])


def _sides(passes: Sequence[int], longest: int) -> list[int]:
    """Passes for a frame: always the smallest, and each to which the frame need not be enlarged too much."""
    return [side for side in passes if side == min(passes) or side <= longest * _MOST_ENLARGED]


def _rotated(pixels: Pixels, turns: int) -> Pixels:
    return cv2.rotate(pixels, _QUARTER_TURNS[turns]).astype(np.uint8, copy=False)


def _best_score(faces: Faces) -> float:
    return float(faces.scores.max(initial=0))


def _turned_back(faces: Faces, turns: int, *, width: int, height: int) -> Faces:
    """Faces of a frame turned clockwise `turns` quarters, in pixels of the frame as it was (width x height)."""
    corners = _points_back(faces.boxes.reshape(-1, 2, 2), turns, width=width, height=height)
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1)
    points = None if faces.landmarks is None else _points_back(faces.landmarks, turns, width=width, height=height)
    return Faces(boxes, faces.scores, points)


def _points_back(points: Floats, turns: int, *, width: int, height: int) -> Floats:
    x, y = points[..., 0], points[..., 1]
    back = {1: (y, height - x), 2: (width - x, height - y), 3: (width - y, x)}[turns]
    return np.stack(back, -1).astype(np.float32)


def _joined(parts: list[Faces]) -> Faces:
    points = [each.landmarks for each in parts if each.landmarks is not None]
    landmarks = np.concatenate(points) if len(points) == len(parts) else None
    boxes, scores = np.concatenate([each.boxes for each in parts]), np.concatenate([each.scores for each in parts])
    return Faces(boxes, scores, landmarks)


def _further_input(meaning: str, geometries: list[Geometry]) -> Floats:
    """(n, 2) float32, height first, as PaddleDetection's graphs want them."""
    if meaning == "im_shape":
        return np.array([each.inner for each in geometries], np.float32)
    return np.array([(each.scale_y, each.scale_x) for each in geometries], np.float32)


def _fixed_size(port: Port) -> tuple[int, int] | None:
    """Height and width of an input that takes only one size."""
    height, width = port.shape[2:] if len(port.shape) == 4 else (None, None)
    return (height, width) if height and width else None


def _ports(card: Card, ports: tuple[Port, ...]) -> tuple[Port, dict[str, str]]:
    """The picture's input, and what each further input means."""
    images = [port for port in ports if len(port.shape) == 4] or [ports[0]]
    others = [port.name for port in ports if port is not images[0]]
    meanings = {name: name for name in others if name in _MEANINGS}
    left = [meaning for meaning in card.inputs if meaning in _MEANINGS and meaning not in meanings.values()]
    meanings |= dict(zip((name for name in others if name not in meanings), left, strict=False))
    if len(meanings) != len(others):
        raise ModelProblem(
            "The detector {name} has inputs whose meaning its card does not tell: {inputs}.",
            "Name them in the card's `inputs` as im_shape or scale_factor.",
            name=card.name,
            inputs=", ".join(name for name in others if name not in meanings),
        )
    return images[0], meanings
