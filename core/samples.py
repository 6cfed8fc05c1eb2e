"""Faces cut out of their frames with all that a gallery keeps of them; encoded only when they are enrolled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.gallery.records import NewFace
from core.pictures import encode_picture
from core.recognizer import Sighting
from core.types import Faces, Floats, Pixels, Quality
from core.vision.align import View, view_of

CROP_QUALITY = 95  # JPEG keeps features nearer than WebP does; other models' features are made from these pictures
VIEW_QUALITY = 90


@dataclass(frozen=True, eq=False)
class Sample:
    """One face of one frame, holding no part of the frame but the cut-outs."""

    face: Faces  # of length 1, frame pixels
    frame_size: tuple[int, int]  # width, height
    quality: Quality
    crop: Pixels  # (112, 112, 3) standard
    view: View
    feature: Floats  # (d,) unit length
    space: str  # of the feature
    source: str = ""  # of the frame
    seconds: float = 0.0  # of the frame

    def encoded(self, source: str = "", *, sha256: str = "", frame_size: tuple[int, int] | None = None) -> NewFace:
        """What a gallery takes. `frame_size` tells the size of the photo that the frame is a reduced decode of.

        Raises PhotoProblem when a cut-out cannot be encoded.
        """
        size = frame_size or self.frame_size
        factor = size[0] / self.frame_size[0]
        full = self.face.scaled(factor)
        x1, y1, x2, y2 = full.boxes[0].tolist()
        return NewFace(
            box=(x1, y1, x2, y2),
            landmarks=None if full.landmarks is None else tuple((x, y) for x, y in full.landmarks[0].tolist()),
            score=float(self.face.scores[0]),
            quality=self.quality.score,
            source=source or self.source,
            sha256=sha256,
            frame_size=size,
            crop=encode_picture(self.crop, kind="jpeg", quality=CROP_QUALITY),
            view=encode_picture(self.view.pixels, kind="jpeg", quality=VIEW_QUALITY),
            view_origin=(self.view.origin[0] * factor, self.view.origin[1] * factor),
            view_scale=self.view.scale / factor,
            features={self.space: self.feature},
        )


def sample_of(seen: Sighting, index: int, space: str) -> Sample:
    """The face at a position of a sighting; `space` is that of its feature."""
    pixels = seen.frame.pixels
    view = view_of(pixels, seen.faces.boxes[index])
    if view.pixels.base is not None:  # the whole frame would stay in memory behind it
        view = View(view.pixels.copy(), view.origin, view.scale)
    return Sample(
        face=seen.faces[np.array([index])],
        frame_size=(pixels.shape[1], pixels.shape[0]),
        quality=seen.qualities[index],
        crop=seen.standard[index].copy(),
        view=view,
        feature=seen.features[index].copy(),
        space=space,
        source=seen.frame.source,
        seconds=seen.frame.seconds,
    )
