"""How usable a face is, with the reasons in words.

The limits were set on portraits and on blurred, shrunk and darkened copies of them: nine in ten portraits score above
0.7, blurred over four crop pixels 0.16, darkened to a fifth 0.1, forty pixels wide 0.27.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Text
from core.opencv import cv2
from core.types import Floats, Pixels, Quality

_NOSE_DEPTH = 0.55  # how far the tip of the nose stands before the eyes, in eye distances
_LEVEL_NOSE = 0.57  # where between eyes (0) and mouth (1) it lies in a level face, as detectors put it
_NOSE_DROP = 0.40  # how much lower it lies per radian of looking down
_COMMON_CONTRAST = 45.0**2  # variance of the grey of a face in plain light


@dataclass(frozen=True)
class _Light:
    mean: float  # of the face, 0..255
    highlight: float  # the grey that 95 % of the face stays below: skin may be dark, its highlights are not
    clipped: float  # share of the face that is plain white
    backlight: float  # how much brighter the ground beside the face is
    variance: float


def assess(crop: Pixels, box: Floats, landmarks: Floats | None) -> Quality:
    """Quality of a face from its standard crop (112, 112, 3), its box (4,) and landmarks (5, 2) in frame pixels.

    Without landmarks the pose counts as frontal. Roll lowers nothing: alignment takes it out.
    """
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    face = _middle(grey)
    light = _light(grey, face)
    size = float(min(box[2] - box[0], box[3] - box[1]))
    sharpness = _sharpness(face, light.variance)
    yaw, pitch, roll = (0.0, 0.0, 0.0) if landmarks is None else pose(landmarks)
    grades = [*_picture_grades(size, sharpness), *_light_grades(light), *_pose_grades(yaw, pitch)]
    score = math.prod(grade for grade, _ in grades)
    worst = min(grade for grade, _ in grades)
    # what is bad is told; and of a low score without anything bad, what lowered it most
    reasons = tuple(text for grade, text in grades if grade < 0.5 or (score < 0.35 and grade == worst))
    return Quality(score, size, sharpness, light.mean, yaw, pitch, roll, reasons)


def pose(landmarks: Floats) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, roughly, from five landmarks (5, 2).

    Positive yaw looks to the image's right, positive pitch looks down, positive roll is turned clockwise.
    """
    left, right, nose, mouth_left, mouth_right = np.asarray(landmarks, np.float64)
    eyes, mouth = (left + right) / 2, (mouth_left + mouth_right) / 2
    along = right - left
    distance = math.hypot(*along)
    if not math.isfinite(distance) or distance < 1e-6:
        return 0.0, 0.0, 0.0
    along /= distance
    down = np.array([-along[1], along[0]])
    yaw = math.atan2(float((nose - eyes) @ along), _NOSE_DEPTH * distance)
    drop = float((mouth - eyes) @ down)
    pitch = (float((nose - eyes) @ down) / drop - _LEVEL_NOSE) / _NOSE_DROP if abs(drop) > 1e-6 else 0.0
    pitch = max(min(pitch, math.pi / 2), -math.pi / 2)
    return math.degrees(yaw), math.degrees(pitch), math.degrees(math.atan2(along[1], along[0]))


def _middle(grey: NDArray[Any]) -> NDArray[Any]:
    """The part of a standard crop that shows the face from brow to chin."""
    height, width = grey.shape
    return grey[height * 20 // 112 : height * 104 // 112, width * 16 // 112 : width * 96 // 112]


def _sharpness(face: NDArray[Any], variance: float) -> float:
    # Smoothing keeps grain from passing for detail; dividing by the contrast keeps dim light from passing for blur.
    smooth = cv2.GaussianBlur(face, (5, 5), 1.0)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(smooth, cv2.CV_16S))
    return float(deviation.item()) ** 2 * _COMMON_CONTRAST / max(variance, 60.0)


def _light(grey: NDArray[Any], face: NDArray[Any]) -> _Light:
    mean, deviation = cv2.meanStdDev(face)
    shares = np.cumsum(cv2.calcHist([face], [0], None, [256], [0, 256]).reshape(-1)) / face.size
    width, top = max(grey.shape[1] // 8, 1), max(grey.shape[0] // 2, 1)
    ground = min(cv2.mean(grey[:top, :width])[0], cv2.mean(grey[:top, -width:])[0])
    level = float(mean.item())
    highlight = float(np.searchsorted(shares, 0.95))
    return _Light(level, highlight, float(1 - shares[249]), ground - level, float(deviation.item()) ** 2)


def _picture_grades(size: float, sharpness: float) -> list[tuple[float, Text]]:
    return [
        (
            _rise(math.log(max(size, 1.0)), math.log(16), math.log(140)),
            Text("The face is small: {pixels} pixels.", {"pixels": round(size)}),
        ),
        (_rise(math.log(max(sharpness, 0.1)), math.log(3), math.log(80)), Text("The face is blurred.")),
    ]


def _light_grades(light: _Light) -> list[tuple[float, Text]]:
    bright = (1 - _rise(light.mean, 190, 245)) * (1 - _rise(light.clipped, 0.15, 0.6))
    return [
        (_rise(light.highlight, 25, 95), Text("The picture is too dark here.")),
        (bright, Text("The picture is too bright here.")),
        (1 - 0.7 * _rise(light.backlight, 60, 180), Text("The light comes from behind the face.")),
    ]


def _pose_grades(yaw: float, pitch: float) -> list[tuple[float, Text]]:
    turned = Text("The face is turned away: about {degrees}°.", {"degrees": round(abs(yaw))})
    tilted = Text(
        "The face looks down: about {degrees}°." if pitch > 0 else "The face looks up: about {degrees}°.",
        {"degrees": round(abs(pitch))},
    )
    return [(1 - _rise(abs(yaw), 10, 65), turned), (1 - 0.8 * _rise(abs(pitch), 25, 60), tilted)]


def _rise(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, smooth between."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)
