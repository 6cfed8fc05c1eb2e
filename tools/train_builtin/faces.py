"""Composes the feature model's training faces.

The teacher sees the composed face, the student a worse copy of it: blurred, small, badly aligned, partly covered. New
people come from mixing two faces, all over or here and there, exchanging parts or fine lines of them and bending their
shape.
"""

from pathlib import Path

import cv2
import numpy as np

from warp import displace

SIZE = 112
FEW_SHARE = 0.33  # of the real faces: those of the 24 people, about in proportion to the number of pictures
DRAWN_SHARE = 0.12
ALIKE_SHARE = 0.6  # of the mixed faces: with one of the 16 most alike ones of other people, a natural looking new one


class Pool:
    """Aligned faces of 128x128 on disk: many people with few pictures, few people with many, drawn people."""

    def __init__(self, work: Path) -> None:
        self.people, self.drawn = (np.load(work / name, mmap_mode="r") for name in ("people.npy", "drawn.npy"))
        alike = np.load(work / "alike.npz")
        self.near, many = alike["near"], int(np.load(work / "labels.npz")["lfw"])
        weights = alike["weight"]
        weights = weights + weights.mean() / 3  # a quarter of the draws are without regard to them
        weights[:many] *= (1 - FEW_SHARE) / weights[:many].sum()
        weights[many:] *= FEW_SHARE / weights[many:].sum()
        self.shares = np.cumsum(weights)

    def faces(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """A face, the difficult ones more often, and another to mix with it, often one alike."""
        if rng.random() < DRAWN_SHARE:
            return tuple(self.drawn[rng.integers(len(self.drawn), size=2)])
        row = min(int(np.searchsorted(self.shares, rng.random())), len(self.people) - 1)
        other = rng.choice(self.near[row]) if rng.random() < ALIKE_SHARE else rng.integers(len(self.people))
        return self.people[row], self.people[other]


def turn(image: np.ndarray, rng: np.random.Generator, degrees: float, scale: float, shift: float) -> np.ndarray:
    """A small random similarity transform; cuts the middle SIZE x SIZE pixels out."""
    edge, rest = image.shape[0], (image.shape[0] - SIZE) / 2
    matrix = cv2.getRotationMatrix2D(((edge - 1) / 2,) * 2, rng.normal(0, degrees), 1 + rng.normal(0, scale))
    matrix[:, 2] += rng.normal(0, shift, 2) - rest
    return cv2.warpAffine(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT_101)


def placed(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut out about where it belongs, every other one mirrored."""
    image = turn(image, rng, 3.0, 0.03, 1.2)
    return image[:, ::-1] if rng.random() < 0.5 else image


def bend(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A smooth random displacement of up to some pixels: a face of another shape, so another person to the teacher."""
    coarse = rng.normal(0, rng.uniform(0.7, 2.8), (5, 5, 2)).astype(np.float32)
    ramp = np.linspace(-1, 1, 5, dtype=np.float32)
    coarse[..., 0] += rng.normal(0, 2) * ramp  # wider or narrower
    coarse[..., 1] += rng.normal(0, 2) * ramp[:, None]  # longer or shorter
    hollow = ramp**2 - 0.5
    coarse[..., 0] += rng.normal(0, 2.5) * hollow  # one side narrower and the other wider, as if looking aside
    coarse[..., 1] += rng.normal(0, 2) * hollow[:, None]  # the same up or down
    return displace(image, coarse)


def mix(image: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Both faces, in a share that differs softly from place to place."""
    coarse = rng.normal(rng.normal(0, 0.5), 1, (4, 4)).astype(np.float32) * rng.uniform(0.5, 4)
    share = 1 / (1 + np.exp(-cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)))[..., None]
    return (image * share + other * (1 - share)).astype(np.uint8)


def redraw(image: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The light and colours of one face under the fine lines of the other."""
    width = float(rng.uniform(1.5, 6))
    image, other = image.astype(np.float32), other.astype(np.float32)
    lines = image - cv2.GaussianBlur(image, (0, 0), width)
    return np.clip(cv2.GaussianBlur(other, (0, 0), width) + lines, 0, 255).astype(np.uint8)


def exchange(image: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A part of the other face, with a soft border, on the first."""
    mask = np.zeros((SIZE, SIZE), np.float32)
    cut = int(rng.integers(35, 78))
    if rng.random() < 0.5:
        mask[cut:] = 1
    else:
        mask[:, cut:] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.5, 5)))[..., None]
    return (image * (1 - mask) + other * mask).astype(np.uint8)


def cover(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random patch, dark glasses or a mask over mouth and nose, in one colour."""
    image = np.ascontiguousarray(image)
    colour = tuple(int(c) for c in rng.integers(0, 256, 3))
    kind = rng.random()
    if kind < 0.4:
        x, y, w, h = rng.integers([0, 0, 12, 12], [90, 90, 50, 50])
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    elif kind < 0.6:
        radius = int(rng.integers(10, 17))
        for centre in ((38, 52), (74, 52)):
            cv2.ellipse(image, centre, (radius + 3, radius), 0, 0, 360, tuple(c // 4 for c in colour), -1)
    else:
        top = int(rng.integers(60, 78))
        outline = [(8, top + 6), (56, top - 6), (104, top + 6), (96, 111), (16, 111)]
        cv2.fillPoly(image, [np.array(outline)], colour)
    return image


def light(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast, gamma, tint, sometimes grey."""
    values = np.arange(256, dtype=np.float32)
    if rng.random() < 0.25:
        values = 255 * (values / 255) ** rng.uniform(0.5, 1.7)
    values = values * rng.uniform(0.6, 1.35) + rng.uniform(-25, 25)
    tint = rng.uniform(0.85, 1.15, 3) if rng.random() < 0.3 else np.ones(3)
    table = np.clip(values[:, None] * tint, 0, 255).astype(np.uint8)
    image = cv2.LUT(image, table[None])
    if rng.random() < 0.1:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return image


def shade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Darker, more so on one side, and noisy as dark pictures are."""
    across, down = rng.normal(0, 0.22, 2)
    ramp = np.linspace(-1, 1, SIZE, dtype=np.float32)
    share = np.clip(rng.uniform(0.25, 0.85) + across * ramp + down * ramp[:, None], 0.05, 1)
    noise = rng.normal(0, rng.uniform(0, 5), image.shape)
    return np.clip(image * share[..., None] + noise, 0, 255).astype(np.uint8)


def degrade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What only the student sees: a badly aligned, blurred, small, noisy or covered copy."""
    if rng.random() < 0.5:
        image = turn(image, rng, 2.0, 0.02, 1.0)
    if rng.random() < 0.55:
        image = worsen(image, rng)
    return cover(image, rng) if rng.random() < 0.05 else image


def worsen(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blurred, small, coded, noisy or dark."""
    kind = rng.uniform(0, 0.55)
    if kind < 0.12:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 1.8)))
    elif kind < 0.27:
        small = cv2.resize(image, (int(rng.integers(22, 80)),) * 2, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    elif kind < 0.37:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 80))])[1]
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    elif kind < 0.45:
        noise = rng.integers(-40, 41, image.shape, np.int16) * rng.uniform(0.05, 0.5)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    else:
        image = shade(image, rng)
    return image


def compose(pool: Pool, rng: np.random.Generator) -> np.ndarray:
    """One face for the teacher."""
    image, other = (placed(face, rng) for face in pool.faces(rng))
    kind = rng.random()
    if kind < 0.15:
        share = rng.uniform(0, 1)
        image = cv2.addWeighted(np.ascontiguousarray(image), share, np.ascontiguousarray(other), 1 - share, 0)
    elif kind < 0.37:
        image = mix(image, other, rng)
    elif kind < 0.45:
        image = redraw(image, other, rng)
    elif kind < 0.52:
        image = exchange(image, other, rng)
    image = np.ascontiguousarray(image)
    if rng.random() < 0.45:
        image = bend(image, rng)
    if rng.random() < 0.04:
        image = cover(image, rng)
    return light(image, rng)
