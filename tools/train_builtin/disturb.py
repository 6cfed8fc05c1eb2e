"""Makes scenes worse: bent, covered with shapes, softened, in other light, noisy, shaken."""

import cv2
import numpy as np

from warp import displace

Rng = np.random.Generator


def bend(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Smooth displacements as wide as small or large faces: other heads, other poses."""
    spacing = float(np.exp(rng.uniform(np.log(20), np.log(160))))
    points = max(3, round(image.shape[0] / spacing))
    return displace(image, rng.normal(0, spacing * rng.uniform(0.03, 0.17), (points, points, 2)).astype(np.float32))


def clutter(image: np.ndarray, rng: Rng) -> None:
    """Lays discs, rings, bars and lines over the scene: they cover parts of faces, and round things are no faces."""
    side = image.shape[0]
    most = side * float(np.exp(rng.uniform(np.log(0.02), np.log(0.2))))
    for _ in range(int(rng.integers(2, 16))):
        paint = tuple(int(value) for value in rng.integers(0, 256, 3))
        place = tuple(int(value) for value in rng.integers(0, side, 2))
        axes = tuple(int(value) + 1 for value in rng.uniform(0.3, 1, 2) * most)
        turn, kind = float(rng.uniform(0, 180)), rng.random()
        if kind < 0.4:
            cv2.ellipse(image, place, axes, turn, 0, 360, paint, -1, cv2.LINE_AA)
        elif kind < 0.6:
            cv2.ellipse(image, place, axes, turn, 0, 360, paint, int(rng.integers(1, 2 + axes[0] // 3)), cv2.LINE_AA)
        elif kind < 0.85:
            corners = cv2.boxPoints((place, (axes[0] * 2, axes[1]), turn))
            cv2.fillPoly(image, [corners.astype(int)], paint, cv2.LINE_AA)
        else:
            end = tuple(int(value) for value in np.array(place) + rng.normal(0, 3 * most, 2))
            cv2.line(image, place, end, paint, int(rng.integers(1, 2 + axes[0] // 2)), cv2.LINE_AA)


def soften(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Loses detail as a picture does that was made smaller and larger again, differently in both directions."""
    side = image.shape[0]
    size = (int(side * rng.uniform(0.4, 1)), int(side * rng.uniform(0.4, 1)))
    return cv2.resize(cv2.resize(image, size, interpolation=cv2.INTER_AREA), (side, side))


def sharpen(image: np.ndarray, rng: Rng) -> np.ndarray:
    """As cameras do, and as pictures look that were made much smaller."""
    blurred = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 1.5)))
    share = float(rng.uniform(0.3, 2.5))
    return cv2.addWeighted(image, 1 + share, blurred, -share, 0)


def light(image: np.ndarray, rng: Rng) -> np.ndarray:
    values = np.arange(256, dtype=np.float32)
    if rng.random() < 0.25:
        values = 255 * (values / 255) ** rng.uniform(0.5, 2.0)
    if rng.random() < 0.7:
        values = values * rng.uniform(0.45, 1.4) + rng.uniform(-25, 25)
    tint = rng.uniform(0.8, 1.2, 3) if rng.random() < 0.3 else np.ones(3)
    image = cv2.LUT(image, np.clip(values[:, None] * tint, 0, 255).astype(np.uint8)[None])
    if rng.random() < 0.12:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return image


def grain(image: np.ndarray, rng: Rng) -> np.ndarray:
    kind = rng.random()
    if kind < 0.35:
        noise = rng.integers(-40, 41, image.shape, np.int16) * rng.uniform(0.05, 0.6)
        return np.clip(image + noise, 0, 255).astype(np.uint8)
    if kind < 0.7:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 75))])[1]
        return cv2.imdecode(coded, cv2.IMREAD_COLOR)
    if kind < 0.85:
        return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 2.0)))
    return smear(image, rng)


def smear(image: np.ndarray, rng: Rng) -> np.ndarray:
    """As by a shaking camera."""
    length = int(rng.integers(3, 10))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    spun = cv2.warpAffine(
        line, cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, float(rng.uniform(0, 180)), 1), (length, length)
    )
    return cv2.filter2D(image, -1, spun / max(float(spun.sum()), 1e-3))
