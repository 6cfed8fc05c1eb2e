"""Faces as pictures of one size: aligned crops for models, and views with a margin for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.models.cards import Alignment
from core.opencv import cv2
from core.types import Faces, Floats, Pixels

Matrix = NDArray[np.float64]  # (2, 3) frame pixels -> crop pixels
Crops = NDArray[np.uint8]  # (n, S, S, 3) BGR

TEMPLATE = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
STANDARD = Alignment(kind="landmarks", template=TEMPLATE, size=112)
WITHOUT_LANDMARKS = 0.03  # margin of the square taken in place of landmarks: as much as the template shows of a face


@dataclass(frozen=True, eq=False)
class View:
    """A cut-out of a frame for people to look at: view pixel = (frame pixel - origin) * scale."""

    pixels: Pixels
    origin: tuple[float, float]  # x, y
    scale: float


def similarity(source: ArrayLike, target: ArrayLike) -> Matrix | None:
    """The turn, scale and shift (2, 3) that take points (n, 2) nearest to others, by least squares (Umeyama 1991).

    Never mirrors. None when the source points fall together or are not finite: no scale can be told from them.
    """
    a, b = _complex(source), _complex(target)
    centre, goal = a.mean(), b.mean()
    spread = float(np.sum(np.abs(a - centre) ** 2))
    if not np.isfinite(spread) or spread < 1e-6:
        return None
    # In the plane a turn with scale is one complex number, and its least-squares value needs no decomposition.
    turn = complex(np.sum(np.conj(a - centre) * (b - goal)) / spread)
    if abs(turn) < 1e-6:
        return None
    shift = complex(goal - turn * centre)
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def crop_faces(pixels: Pixels, faces: Faces, alignment: Alignment) -> Crops:
    """Aligned pictures (n, S, S, 3) of faces given in pixels of the frame; black where they reach outside it."""
    crops = np.zeros((len(faces), alignment.size, alignment.size, 3), np.uint8)
    for index, box in enumerate(faces.boxes):
        if alignment.kind == "stretch":
            _stretch(pixels, box, crops[index])
        else:
            points = None if faces.landmarks is None else faces.landmarks[index]
            _warp(pixels, matrix_of(box, points, alignment), crops[index])
    return crops


def crop_from_view(view: Pixels, box: Floats, landmarks: Floats | None, alignment: Alignment) -> Pixels:
    """The crop (S, S, 3) of a face from a stored view; box (4,) and landmarks (5, 2) or None in pixels of the view."""
    points = None if landmarks is None else np.asarray(landmarks, np.float32)[None]
    face = Faces(np.asarray(box, np.float32)[None], np.ones(1, np.float32), points)
    return cast(Pixels, crop_faces(view, face, alignment)[0])


def view_of(pixels: Pixels, box: Floats, *, margin: float = 0.35, side: int = 256) -> View:
    """A square around a box (4,) with `margin` of its longer side, cut at the frame's edges, at most `side` pixels."""
    height, width = pixels.shape[:2]
    x1, y1, x2, y2 = np.nan_to_num(np.asarray(box, np.float64)).tolist()
    half = max(x2 - x1, y2 - y1, 1.0) * (0.5 + margin)
    left, right = _within((x1 + x2) / 2 - half, (x1 + x2) / 2 + half, width)
    top, bottom = _within((y1 + y2) / 2 - half, (y1 + y2) / 2 + half, height)
    region = pixels[top:bottom, left:right]
    scale = min(1.0, side / max(region.shape[:2]))
    if scale == 1.0:
        return View(np.ascontiguousarray(region), (float(left), float(top)), 1.0)
    size = (max(round(region.shape[1] * scale), 1), max(round(region.shape[0] * scale), 1))
    small = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
    half_pixel = 0.5 / scale - 0.5  # resizing keeps the outer edges, so the centre of the first pixel moves
    return View(small.astype(np.uint8, copy=False), (left + half_pixel, top + half_pixel), scale)


def enlargements(faces: Faces, alignment: Alignment) -> Floats:
    """(n,) how many crop pixels one frame pixel becomes; above 1 a crop is enlarged and a finer frame would help."""
    found = np.zeros(len(faces), np.float32)
    for index, box in enumerate(faces.boxes):
        if alignment.kind == "stretch":
            found[index] = alignment.size / max(min(box[2] - box[0], box[3] - box[1]), 1e-3)
        else:
            points = None if faces.landmarks is None else faces.landmarks[index]
            found[index] = _scale(matrix_of(box, points, alignment))
    return found


def matrix_of(box: Floats, landmarks: Floats | None, alignment: Alignment) -> Matrix:
    """(2, 3) frame pixels -> crop pixels. Without usable landmarks a square around the box is taken."""
    if alignment.kind == "landmarks":
        found = None if landmarks is None else similarity(landmarks, alignment.template or TEMPLATE)
        return _square(box, WITHOUT_LANDMARKS, alignment.size) if found is None else found
    return _square(box, alignment.margin, alignment.size)


def _square(box: Floats, margin: float, size: int) -> Matrix:
    x1, y1, x2, y2 = np.nan_to_num(np.asarray(box, np.float64)).tolist()
    side = max(x2 - x1, y2 - y1, 1e-3) * (1 + 2 * margin)
    scale = size / side
    left, top = (x1 + x2) / 2 - side / 2, (y1 + y2) / 2 - side / 2
    half_pixel = 0.5 * scale - 0.5
    return np.array([[scale, 0, half_pixel - left * scale], [0, scale, half_pixel - top * scale]])


def _warp(pixels: Pixels, matrix: Matrix, crop: Pixels) -> None:
    factor = int(1 / max(_scale(matrix), 1e-6))
    if factor >= 2:  # bilinear sampling would skip pixels of a large face
        pixels, matrix = _smaller(pixels, matrix, factor, len(crop))
    if pixels.size:
        size = (crop.shape[1], crop.shape[0])
        crop[:] = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def _smaller(pixels: Pixels, matrix: Matrix, factor: int, size: int) -> tuple[Pixels, Matrix]:
    """The part of the frame that the crop shows, each side divided by `factor`, and the matrix that fits it."""
    height, width = pixels.shape[:2]
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[-1, -1, 1], [size, -1, 1], [-1, size, 1], [size, size, 1]]) @ back.T
    left, right = _within(float(corners[:, 0].min()), float(corners[:, 0].max()), width)
    top, bottom = _within(float(corners[:, 1].min()), float(corners[:, 1].max()), height)
    columns, rows = (right - left) // factor, (bottom - top) // factor
    if not columns or not rows:
        return pixels, matrix
    region = pixels[top : top + rows * factor, left : left + columns * factor]
    small = cv2.resize(region, (columns, rows), interpolation=cv2.INTER_AREA)
    turn = matrix[:, :2] * factor
    # frame = small * factor + corner + the distance between the centres of the first large and small pixel
    shift = matrix[:, :2] @ np.array([left + (factor - 1) / 2, top + (factor - 1) / 2]) + matrix[:, 2]
    return small.astype(np.uint8, copy=False), np.hstack([turn, shift[:, None]])


def _stretch(pixels: Pixels, box: Floats, crop: Pixels) -> None:
    height, width = pixels.shape[:2]
    limits = np.array([width, height, width, height])
    x1, y1, x2, y2 = np.clip(np.nan_to_num(box), 0, limits).astype(int)  # cut off, not rounded: as PaddleX does
    region = pixels[y1:y2, x1:x2]
    if region.size:
        crop[:] = cv2.resize(region, (crop.shape[1], crop.shape[0]), interpolation=cv2.INTER_LINEAR)


def _within(low: float, high: float, length: int) -> tuple[int, int]:
    """Whole pixels from low to high inside 0..length, at least one."""
    first = min(max(int(np.floor(low)), 0), length - 1)
    return first, min(max(int(np.ceil(high)), first + 1), length)


def _scale(matrix: Matrix) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _complex(points: ArrayLike) -> NDArray[np.complex128]:
    pairs = np.asarray(points, np.float64)
    return pairs[:, 0] + 1j * pairs[:, 1]
