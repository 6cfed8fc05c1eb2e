"""Results of photos seen in the light of what a gallery knows now: who is there, and what people said of faces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from core.decision import Limits, decide_all
from core.errors import Text
from core.export.records import PhotoResult
from core.gallery.gallery import Gallery
from core.gallery.records import EnrolledFace, Verdict
from core.gallery.verdicts import same_place
from core.types import Decision, Match

Box = tuple[float, float, float, float]  # x1 y1 x2 y2, pixels of the upright photo
_NOBODY = Text("You said that it is nobody of those who resemble it.")


@dataclass(frozen=True)
class Standing:
    """A gallery at one moment. May be asked from any thread."""

    names: dict[int, str] = field(default_factory=dict)  # of the living
    merged: dict[int, int] = field(default_factory=dict)  # identity -> whose faces its faces are now
    verdicts: dict[str, tuple[Verdict, ...]] = field(default_factory=dict)  # by photo
    enrolled: dict[str, tuple[EnrolledFace, ...]] = field(default_factory=dict)  # by photo, of those asked for
    owners: dict[int, int] = field(default_factory=dict)  # identities of the faces asked for

    @staticmethod
    def of(gallery: Gallery, *, photos: Iterable[str] = (), faces: Iterable[int] = ()) -> Standing:
        """`photos` (sha256) and `faces` are those of which the enrolled faces and the owners will be asked."""
        verdicts: dict[str, list[Verdict]] = {}
        for verdict in gallery.verdicts():
            verdicts.setdefault(verdict.sha256, []).append(verdict)
        names = {person.id: person.name for person in gallery.identities()}
        told = {sha256: tuple(each) for sha256, each in verdicts.items()}
        enrolled: dict[str, list[EnrolledFace]] = {}
        for face in gallery.enrolled_from(photos):
            enrolled.setdefault(face.sha256, []).append(face)
        owned = gallery.owners_of(faces) if (faces := tuple(faces)) else {}
        kept = {sha256: tuple(each) for sha256, each in enrolled.items()}
        return Standing(names, gallery.merged(), told, kept, owned)

    def present(self, identity: int) -> int | None:
        """Who an identity is now; None when it is gone."""
        found = self.merged.get(identity, identity)
        return found if found in self.names else None

    def not_a_face(self, sha256: str, box: Box) -> Verdict | None:
        return next((each for each in self._about(sha256, box) if each.identity is None), None)

    def excluded(self, sha256: str, box: Box) -> frozenset[int]:
        """Who this face is not."""
        return frozenset(each.identity for each in self._about(sha256, box) if each.identity is not None)

    def left_out(self, sha256: str) -> list[Verdict]:
        """What is no face in a photo."""
        return [each for each in self.verdicts.get(sha256, ()) if each.identity is None]

    def enrolled_as(self, sha256: str, box: Box) -> EnrolledFace | None:
        """The gallery's own face that was made from this one; only for photos asked for."""
        return next((face for face in self.enrolled.get(sha256, ()) if same_place(face.box, box)), None)

    def matches(self, matches: Iterable[Match], without: frozenset[int]) -> tuple[Match, ...]:
        """The matches that still hold, under today's names, each identity once."""
        found: dict[int, Match] = {}
        for match in matches:
            identity = self.present(match.identity)
            if identity is not None and identity not in without and identity not in found:
                name = self.names[identity]
                same = identity == match.identity and name == match.name
                found[identity] = match if same else replace(match, identity=identity, name=name)
        return tuple(found.values())

    def settle(self, result: PhotoResult, limits: Limits, *, fresh: bool = False) -> PhotoResult:
        """The result as it is today: judged faces and people left out, decisions made anew with these limits.

        A `fresh` one was recognized just now, so that nothing but verdicts can speak against it.
        """
        if result.problem is not None or (fresh and result.sha256 not in self.verdicts):
            return result
        boxes = [_box(edges) for edges in result.faces.boxes.tolist()]
        kept = [at for at, box in enumerate(boxes) if self.not_a_face(result.sha256, box) is None]
        excluded = [self.excluded(result.sha256, boxes[at]) for at in kept]
        before = [result.matches[at] for at in kept]
        matches = tuple(self.matches(*each) for each in zip(before, excluded, strict=True))
        decisions = decide_all(matches, limits)
        return replace(
            result,
            faces=result.faces[np.array(kept, np.int64)],
            qualities=tuple(result.qualities[at] for at in kept) if result.qualities else (),
            matches=matches,
            decisions=tuple(
                Decision("unknown", _NOBODY) if out and had and not has else decision
                for decision, out, had, has in zip(decisions, excluded, before, matches, strict=True)
            ),
        )

    def _about(self, sha256: str, box: Box) -> list[Verdict]:
        return [each for each in self.verdicts.get(sha256, ()) if same_place(each.box, box)]


def _box(edges: list[float]) -> Box:
    x1, y1, x2, y2 = edges
    return x1, y1, x2, y2
