"""What the tracker gives, and how steady it is."""

from __future__ import annotations

from dataclasses import dataclass

from core.types import Decision, Floats, Match, Quality

Box = tuple[float, float, float, float]  # x1 y1 x2 y2, frame pixels
_FURTHEST = 0.25  # seconds that a movement is believed to go on


@dataclass(frozen=True)
class Steadiness:
    """How the tracker weighs. Times in seconds; "sights" are features computed anew."""

    gap: float = 0.7  # a face gone for longer is another track when it comes back
    shown_gap: float = 0.3  # a face not found for so long is shown where it must be
    confirm: int = 3  # sights in a row that must agree before a name is given
    change: int = 5  # sights in a row before a name is changed, taken over or dropped
    memory: int = 12  # sights that count
    half_life: float = 1.0  # age at which a sight counts half
    settle: float = 1.0  # age at which a face without a name counts as seen
    reuse: float = 1.0  # most age of a feature that is used again; 0 computes each
    same_picture: float = 6.0  # mean difference of grey levels up to which a crop has not changed
    samples: int = 8  # kept of each track for enrolling
    least_quality: float = 0.2  # of a sample


@dataclass(frozen=True, eq=False)
class Tracked:
    """One face followed over frames."""

    track: int  # never used again
    face: int | None  # its position in the Recognition; None while it is missed for a moment
    box: Box  # in the analysed frame; where it must be while it is missed
    landmarks: Floats | None  # (5, 2) frame pixels
    match: Match | None  # the steady name, its similarity averaged over the last sights; None = no name
    decision: Decision  # "known" exactly when there is a match
    quality: Quality  # of the newest sight
    age: float  # seconds since it was first seen
    is_new_sighting: bool  # once for each steady name of a track, and once for a track that stays without
    seconds: float  # of the analysed frame, monotonic
    velocity: tuple[float, float] = (0.0, 0.0)  # x, y of the middle, pixels a second
    ranked: tuple[Match, ...] = ()  # who is near on average over the last sights, best first

    def box_at(self, seconds: float) -> Box:
        """Where the face must be in a frame of another time: for painting over newer frames."""
        ahead = min(max(seconds - self.seconds, 0.0), _FURTHEST)
        x, y = self.velocity[0] * ahead, self.velocity[1] * ahead
        x1, y1, x2, y2 = self.box
        return x1 + x, y1 + y, x2 + x, y2 + y
