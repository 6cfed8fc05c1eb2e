"""Keeps a name steady over frames, and features from being computed for faces that have not changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from core.decision import Limits
from core.errors import Text
from core.gallery.records import NewFace
from core.recognizer import Crops, Sighting
from core.samples import Sample, sample_of
from core.tracker.naming import Naming, Sight
from core.tracker.pairing import overlaps, pair
from core.tracker.records import Box, Steadiness, Tracked
from core.tracker.track import Thumbnail, Track
from core.types import Faces, Floats, Frame, Recognition

_STILL = 0.6  # overlap with the expected place from which a face can be the same without looking
_APART = 0.15  # overlap with another face up to which it is clear who is who
_STRANGER = 0.7  # part of the limit "unsure" below which two good sights are of different people
_GOOD = 0.4  # quality from which a look counts against a place
_MOST_TRACKS = 32  # followed at once
_MOST_GONE = 24  # whose samples wait after they left
_KEPT_OF_GONE = 4
_PATIENCE = 2.5  # times the pause between frames that a face may be gone, when frames are rare


@dataclass(eq=False)
class _Glance:
    """The faces of one frame against the tracks there were."""

    faces: Faces
    tracks: list[Track]
    expected: Floats  # (tracks, 4)
    alike: Floats  # (tracks, faces)
    thumbnails: Sequence[Thumbnail] = ()


class Tracker:
    """Pure: its clock is the frames'. It belongs to one thread, but for `kept` and `samples`.

    For each frame `recall` may be asked first, which features need not be computed; then `update`.
    """

    def __init__(self, steadiness: Steadiness | None = None) -> None:
        self._steadiness = steadiness or Steadiness()
        self._ids = count(1)
        self._tracks: list[Track] = []
        self._gone: OrderedDict[int, tuple[Sample, ...]] = OrderedDict()
        self._space = ""
        self._seconds: float | None = None
        self._pause = 0.0  # seconds between two frames, smoothed
        self._glance: _Glance | None = None

    def recall(self, frame: Frame, faces: Faces, standard: Crops) -> list[Floats | None]:
        """Per face the feature it had, when it is surely the same face and has not changed; else None."""
        known: list[Floats | None] = [None] * len(faces)
        if not any(track.naming.match for track in self._tracks) or not self._steadiness.reuse or not len(faces):
            return known
        glance = self._glance = self._glanced(frame.seconds, faces)
        glance.thumbnails = _thumbnails(standard)
        sure = (glance.alike >= _STILL) & ((glance.alike > _APART).sum(0) == 1)
        sure &= (glance.alike > _APART).sum(1, keepdims=True) == 1
        for row, column in zip(*(each.tolist() for each in np.nonzero(sure)), strict=True):
            if self._unchanged(self._tracks[row], glance.thumbnails[column], frame.seconds):
                known[column] = self._tracks[row].feature
        return known

    def update(self, seen: Sighting, recognition: Recognition, *, limits: Limits, space: str) -> tuple[Tracked, ...]:
        """The faces of a frame in their order, then those missed for a moment. `space` is that of the features."""
        self._look_up(seen.frame.seconds, space)
        now = seen.frame.seconds
        tracks = self._assigned(seen, limits)
        fresh = [True] * len(tracks) if seen.fresh is None else seen.fresh.tolist()
        clear = self._clear(seen.faces)
        for index, track in enumerate(tracks):
            if fresh[index]:
                self._see(track, seen, recognition, index, limits, keep=clear[index])
        self._name([track for track, new in zip(tracks, fresh, strict=True) if new], limits)
        missed = self._without_gone(tracks, now, seen.frame)
        return (
            *(self._told(track, index, now) for index, track in enumerate(tracks)),
            *(self._told(track, None, now) for track in missed),
        )

    def forget_names(self) -> None:
        """Thinks anew about everybody, as when another gallery is searched. Tracks and samples stay."""
        for track in self._tracks:
            track.naming.forget()
            track.feature_seconds = float("-inf")

    def kept(self, track: int) -> tuple[Sample, ...]:
        """The best sights of a track, also of one that left not long ago; the best first, empty when there are none."""
        for each in tuple(self._tracks):
            if each.id == track:
                return each.kept.best(self._steadiness.samples)
        return self._gone.get(track, ())

    def samples(self, track: int) -> list[NewFace]:
        """The same, encoded for enrolling. Raises PhotoProblem when a picture cannot be encoded."""
        return [each.encoded() for each in self.kept(track)]

    def _look_up(self, now: float, space: str) -> None:
        if space != self._space:
            self._space = space
            self._gone.clear()
            self.forget_names()
            for track in self._tracks:
                track.forget_looks()
        if self._seconds is not None and now > self._seconds:
            pause = min(now - self._seconds, 5.0)
            self._pause = pause if not self._pause else self._pause + 0.3 * (pause - self._pause)
        self._seconds = now
        self._leave([track for track in self._tracks if now - track.seen > self._gap])

    @property
    def _gap(self) -> float:
        return max(self._steadiness.gap, _PATIENCE * self._pause)

    def _glanced(self, now: float, faces: Faces) -> _Glance:
        """Where the faces of a frame lie; what `recall` found out is not computed again."""
        last = self._glance
        if last is not None and last.faces is faces and last.tracks == self._tracks:
            return last
        boxes = [track.expected(now, furthest=self._gap) for track in self._tracks]
        expected = np.array(boxes, np.float32).reshape(-1, 4)
        return _Glance(faces, [*self._tracks], expected, overlaps(expected, faces.boxes))

    def _unchanged(self, track: Track, thumbnail: Thumbnail, now: float) -> bool:
        if track.naming.match is None or track.feature is None or track.thumbnail is None:
            return False
        if now - track.seen > self._gap or track.naming.doubted:
            return False
        if now - track.feature_seconds > self._steadiness.reuse:
            return False
        return _difference(thumbnail, track.thumbnail) <= self._steadiness.same_picture

    def _assigned(self, seen: Sighting, limits: Limits) -> list[Track]:
        """A track for each face of the frame: one that goes on, or a new one."""
        now, boxes = seen.frame.seconds, seen.faces.boxes
        landmarks = seen.faces.landmarks
        looks, refused = self._looks(seen, limits)
        glance = self._glanced(now, seen.faces)
        assigned: dict[int, Track] = {}
        for row, column in pair(glance.expected, boxes, glance.alike, looks=looks, refused=refused):
            assigned[column] = self._tracks[row]
        for index, (quality, box) in enumerate(zip(seen.qualities, map(_box, boxes.tolist()), strict=True)):
            points = None if landmarks is None else landmarks[index]
            if index in assigned:
                assigned[index].move(box, points, now, quality)
            else:
                assigned[index] = Track.begun(next(self._ids), box, now, quality, self._steadiness)
                assigned[index].landmarks = points
                self._tracks.append(assigned[index])
        return [assigned[index] for index in range(len(boxes))]

    def _looks(self, seen: Sighting, limits: Limits) -> tuple[Floats | None, np.ndarray | None]:
        """(tracks, faces) cosines, and which cannot be the same person whatever the place says."""
        if not self._tracks or not len(seen.faces):
            return None, None
        none = np.zeros(seen.features.shape[1], np.float32)
        last = np.array([none if track.feature is None else track.feature for track in self._tracks])
        mean = np.array([none if track.mean is None else track.mean for track in self._tracks])
        looks = np.maximum(last @ seen.features.T, mean @ seen.features.T)
        good = np.array([track.feature is not None and track.quality.score >= _GOOD for track in self._tracks])
        clear = np.array([quality.score >= _GOOD for quality in seen.qualities])
        return looks, (looks < _STRANGER * limits.unsure) & good[:, None] & clear[None]

    def _clear(self, faces: Faces) -> Sequence[bool]:
        """Per face whether no other lies over it."""
        if not len(faces):
            return ()
        answer: list[bool] = ((overlaps(faces.boxes, faces.boxes) > _APART).sum(1) == 1).tolist()
        return answer

    def _see(
        self, track: Track, seen: Sighting, recognition: Recognition, index: int, limits: Limits, *, keep: bool
    ) -> None:
        now, quality = seen.frame.seconds, seen.qualities[index]
        glance = self._glance
        thumbnail = glance.thumbnails[index] if glance is not None and glance.faces is seen.faces else None
        track.learn(seen.features[index], thumbnail, now)
        if keep:
            track.kept.offer(quality, now, lambda: sample_of(seen, index, self._space))
        matches = recognition.matches[index] if recognition.matches else ()
        track.naming.see(Sight(now, quality.score, matches), limits, self._steadiness)

    def _name(self, tracks: list[Track], limits: Limits) -> None:
        """Gives names that are wanted for long enough; the nearest face first, nobody twice."""
        wanting = [(track, match) for track in tracks if (match := track.naming.wanted) and _changes(track.naming)]
        for track, match in sorted(wanting, key=lambda each: (-each[1].similarity, each[0].id)):
            self._decide(track, match.identity, match.name, limits)

    def _decide(self, track: Track, identity: int, name: str, limits: Limits) -> None:
        naming, steadiness = track.naming, self._steadiness
        holder = self._holder(identity, other_than=track) if limits.once_per_photo else None
        enough = steadiness.confirm if naming.match is None and holder is None else steadiness.change
        nearer = holder is None or naming.similarity(identity) >= holder.naming.similarity(identity) + limits.margin
        if naming.agreeing >= enough and nearer:
            taken = Text("{name} is already in this picture with a nearer face.", {"name": name})
            if holder is not None:
                holder.naming.lose(taken)
            if naming.match is not None:
                track.kept.samples = ()  # they were of somebody else, or it is not sure of whom
            naming.give()
        elif naming.match is None and holder is not None:
            naming.wait(Text("{name} is already in this picture with a nearer face.", {"name": name}))
        elif naming.match is None:
            naming.wait(Text("{name} is likely; a moment longer.", {"name": name}))

    def _holder(self, identity: int, *, other_than: Track) -> Track | None:
        for track in self._tracks:
            if track is not other_than and track.naming.match and track.naming.match.identity == identity:
                return track
        return None

    def _without_gone(self, seen: list[Track], now: float, frame: Frame) -> list[Track]:
        """Lets the oldest missed tracks go when there are too many, and gives those to be shown all the same."""
        here = set(map(id, seen))
        missed = sorted((track for track in self._tracks if id(track) not in here), key=lambda track: -track.seen)
        self._leave(missed[max(_MOST_TRACKS - len(seen), 0) :])
        limit = max(self._steadiness.shown_gap, 1.5 * self._pause)
        shown = [track for track in missed[: max(_MOST_TRACKS - len(seen), 0)] if track.found > 2]
        return [track for track in shown if now - track.seen <= limit and _inside(track, now, frame)]

    def _leave(self, tracks: list[Track]) -> None:
        for track in tracks:
            self._tracks.remove(track)
            if track.kept.samples:
                self._gone[track.id] = track.kept.best(_KEPT_OF_GONE)
        while len(self._gone) > _MOST_GONE:
            self._gone.popitem(last=False)

    def _told(self, track: Track, index: int | None, now: float) -> Tracked:
        naming = track.naming
        return Tracked(
            track=track.id,
            face=index,
            box=track.box if index is not None else track.expected(now, furthest=self._gap),
            landmarks=track.landmarks if index is not None else None,
            match=naming.match,
            decision=naming.decision,
            quality=track.quality,
            age=now - track.born,
            is_new_sighting=index is not None and self._newly(track, now),
            seconds=now,
            velocity=track.velocity,
            ranked=naming.ranked,
        )

    def _newly(self, track: Track, now: float) -> bool:
        match = track.naming.match
        settled = now - track.born >= self._steadiness.settle and track.naming.count > self._steadiness.confirm
        key = match.identity if match else 0
        if key in track.told or not (match or settled):
            return False
        track.told.add(key)
        return True


def _changes(naming: Naming) -> bool:
    """Whether the wanted name is another than the steady one."""
    return naming.match is None or naming.wanted is None or naming.wanted.identity != naming.match.identity


def _thumbnails(crops: Crops) -> list[Thumbnail]:
    """Small grey pictures, all crops at once: a call for each would cost more than the work."""
    from core.opencv import cv2

    count, side = len(crops), crops.shape[1]
    grey = cv2.cvtColor(crops.reshape(count * side, side, 3), cv2.COLOR_BGR2GRAY)
    return list(cv2.resize(grey, (16, 16 * count), interpolation=cv2.INTER_AREA).reshape(count, 16, 16))


def _difference(first: Thumbnail, second: Thumbnail) -> float:
    """Mean over the pixels, grey levels."""
    from core.opencv import cv2

    return cv2.norm(first, second, cv2.NORM_L1) / first.size


def _box(row: list[float]) -> Box:
    x1, y1, x2, y2 = row
    return x1, y1, x2, y2


def _inside(track: Track, now: float, frame: Frame) -> bool:
    """Whether its middle must still be in the picture."""
    x1, y1, x2, y2 = track.expected(now, furthest=1.0)
    height, width = frame.pixels.shape[:2]
    return bool(0 <= (x1 + x2) / 2 < width and 0 <= (y1 + y2) / 2 < height)
