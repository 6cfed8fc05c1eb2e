"""What a running camera tells of each face: a row to show now, and a row for the results when there is news."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.camera import Source
from core.decision import Limits
from core.gallery.records import FeatureModel, NewFace
from core.live import LiveResult
from core.models.cards import Card
from core.result_row import Points, ResultRow, better
from core.tracker import Tracked
from core.types import Decision, Match, Pixels, Recognition
from core.vision.align import STANDARD, crop_faces

Samples = Callable[[int], list[NewFace]]
_REMEMBERED = 256  # tracks


@dataclass(frozen=True, eq=False)
class LiveFace:
    """A face that is before the camera now."""

    tracked: Tracked
    row: ResultRow  # what is known of it, without pictures


@dataclass(frozen=True, eq=False)
class Look:
    """One analysed frame."""

    seconds: float  # of the frame, monotonic
    faces: tuple[LiveFace, ...]
    fresh: tuple[ResultRow, ...]  # for the results: seen for the first time, or better than told before
    limits: Limits
    model: FeatureModel  # of the features that the samples of these faces hold
    age: float  # milliseconds from capture until the result
    rate: float | None  # analyses a second

    def after(self, earlier: Look) -> Look:
        """This look with the news of an earlier one that nobody took."""
        return replace(self, fresh=(*earlier.fresh, *self.fresh))


class Sightings:
    """Belongs to the thread of a live lane, from one start of a camera to its stop."""

    def __init__(self, source: Source, run: int, samples: Samples) -> None:
        self._source, self._run, self._samples = source, run, samples
        self._told: OrderedDict[int, Decision] = OrderedDict()

    def look(self, result: LiveResult, limits: Limits, card: Card) -> Look:
        recognition = result.recognition
        faces = tuple(LiveFace(each, self._row(each, recognition)) for each in result.tracked)
        return Look(
            seconds=recognition.frame.seconds,
            faces=faces,
            fresh=tuple(self._kept(face, recognition) for face in faces if self._is_news(face.tracked)),
            limits=limits,
            model=FeatureModel.of(card),
            age=result.age,
            rate=result.rate,
        )

    def _row(self, tracked: Tracked, recognition: Recognition) -> ResultRow:
        frame = recognition.frame
        here = tracked.face is not None
        return ResultRow(
            origin="live",
            source=frame.source if self._source.kind in ("video", "folder") else self._source.name,
            when=time.time() - (time.monotonic() - frame.seconds),
            box=tracked.box,
            frame_size=(frame.pixels.shape[1], frame.pixels.shape[0]),
            decision=tracked.decision,
            matches=_steady_first(tracked),
            quality=tracked.quality,
            score=float(recognition.faces.scores[tracked.face]) if here else 0.0,
            landmarks=_points(tracked),
            track=tracked.track,
            run=self._run,
        )

    def _is_news(self, tracked: Tracked) -> bool:
        if tracked.face is None:
            return False
        before = self._told.get(tracked.track)
        news = tracked.is_new_sighting or (before is not None and not better(before, tracked.decision))
        if news:
            self._told[tracked.track] = tracked.decision
            self._told.move_to_end(tracked.track)
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return news

    def _kept(self, face: LiveFace, recognition: Recognition) -> ResultRow:
        """The row with what outlives the frame; one sample at least stays when the lane has forgotten the face."""
        track, samples = face.tracked.track, self._samples
        first = samples(track)[:1]
        assert face.tracked.face is not None
        return replace(face.row, crop=_crop(recognition, face.tracked.face), samples=lambda: samples(track) or first)


def foremost(faces: Sequence[LiveFace]) -> LiveFace | None:
    """Whom a person most likely means who asks "who is this?": the largest face without a sure name."""
    return max(faces, key=lambda face: (face.row.kind != "known", _size(face)), default=None)


def _steady_first(tracked: Tracked) -> tuple[Match, ...]:
    steady = tracked.match
    if steady is None:
        return tracked.ranked
    return (steady, *(each for each in tracked.ranked if each.identity != steady.identity))


def _size(face: LiveFace) -> float:
    x1, y1, x2, y2 = face.tracked.box
    return (x2 - x1) * (y2 - y1)


def _points(tracked: Tracked) -> Points | None:
    if tracked.landmarks is None:
        return None
    return tuple((x, y) for x, y in tracked.landmarks.tolist())


def _crop(recognition: Recognition, position: int) -> Pixels:
    """(112, 112, 3) standard, with memory of its own."""
    crops = crop_faces(recognition.frame.pixels, recognition.faces[np.array([position])], STANDARD)
    crop: Pixels = crops[0]
    return crop
