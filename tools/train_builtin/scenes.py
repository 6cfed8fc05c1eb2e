"""Composes the detector's training scenes and lets the teacher label them; drawn heads bring their exact labels."""

import json
from itertools import pairwise
from multiprocessing.queues import Queue
from pathlib import Path

import cv2
import numpy as np

from backdrop import paste
from detection import KINDS, STRIDES, Detector
from geometry import MIRRORED_POINTS, mirror_landmarks
from producing import feed

# Scenes of several sizes with about the same number of pixels a batch: small ones see many faces soon, large ones
# hold the large faces that a 640 pixel input can hold. (side, pictures a batch, probability)
SIZES = ((256, 32, 0.45), (384, 14, 0.30), (512, 8, 0.25))
LONGEST = 900  # pictures are kept in memory at this size
# Faces (square root of the area, pixels) that each level answers for, as the teacher's levels do; they overlap.
LEVEL_RANGES = ((0, 44), (28, 130), (90, 9999))

Rng = np.random.Generator
Face = tuple[np.ndarray, np.ndarray]  # box x, y, w, h; landmarks (5, 2)


class Sources:
    """Pictures by path, kept in memory at a reasonable size, and the drawn heads."""

    def __init__(self, faces: list[Path], photos: list[Path], work: Path) -> None:
        self.faces, self.photos = faces, photos
        rarity = json.loads((work / "rarity.json").read_text(encoding="utf-8"))
        weights = np.array([rarity.get(path.name, 4.0) for path in faces])
        self.shares = np.cumsum(weights / weights.sum())
        stored = np.load(work / "heads.npz")
        self.heads, self.boxes, self.landmarks = stored["X"], stored["B"], stored["L"]
        self.kept: dict[Path, np.ndarray] = {}

    def load(self, path: Path) -> np.ndarray:
        if path not in self.kept:
            image = cv2.imread(str(path), cv2.IMREAD_COLOR)
            factor = LONGEST / max(image.shape[:2])
            if factor < 1:
                image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            self.kept[path] = image
        return self.kept[path]

    def face(self, rng: Rng) -> np.ndarray:
        row = min(int(np.searchsorted(self.shares, rng.random())), len(self.faces) - 1)
        return self.load(self.faces[row])

    def photo(self, rng: Rng) -> np.ndarray:
        return self.load(self.photos[rng.integers(len(self.photos))])


def cut(image: np.ndarray, width: int, height: int, scales: tuple[float, float], rng: Rng) -> np.ndarray:
    """A random part of the picture, turned, stretched and perhaps mirrored, at a random scale."""
    scale = float(np.exp(rng.uniform(*np.log(scales))))
    rows, columns = image.shape[:2]
    degrees = rng.normal(0, 22 if rng.random() < 0.25 else 7)
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, scale)
    matrix[0] *= rng.uniform(0.75, 1.2)
    place = rng.uniform(-0.35, 0.35, 2) * (columns, rows) * scale
    centre = matrix @ (columns / 2, rows / 2, 1)
    matrix[:, 2] += np.array([width / 2, height / 2]) - centre + place
    if rng.random() < 0.5:
        matrix = matrix @ np.array([[-1, 0, columns], [0, 1, 0], [0, 0, 1]])
    border = int(rng.choice([cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE]))
    colour = tuple(int(value) for value in rng.integers(0, 256, 3))
    mode = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(image, matrix, (width, height), flags=mode, borderMode=border, borderValue=colour)


def edges(side: int, count: int, rng: Rng) -> np.ndarray:
    """Borders of `count` cells of about the same width."""
    lines = np.linspace(0, side, count + 1).astype(int)
    if count > 1:
        reach = side // (4 * count)
        lines[1:-1] += rng.integers(-reach, reach + 1, count - 1)
    return lines


def mosaic(sources: Sources, side: int, rng: Rng) -> np.ndarray:
    """One to many pictures in a grid, most of them with one face: from the size of the scene to crowds."""
    most = side // 36
    count = int(rng.choice([1, 2, 3, 4, 6, most], p=[0.26, 0.24, 0.18, 0.12, 0.1, 0.1]))
    rows, columns = edges(side, count, rng), edges(side, count, rng)
    scene = np.empty((side, side, 3), np.uint8)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            image = sources.face(rng) if rng.random() < 0.75 else sources.photo(rng)
            base = max(right - left, bottom - top) / 250
            scene[top:bottom, left:right] = cut(image, right - left, bottom - top, (base * 0.5, base * 2.8), rng)
    return scene


def scene(sources: Sources, side: int, rng: Rng) -> np.ndarray:
    if rng.random() < 0.33:
        return cut(sources.photo(rng), side, side, (0.2 * side / 256, 1.6 * side / 256), rng)
    return mosaic(sources, side, rng)


def soften(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Loses detail as a picture does that was made smaller and larger again, differently in both directions."""
    side = image.shape[0]
    size = (int(side * rng.uniform(0.4, 1)), int(side * rng.uniform(0.4, 1)))
    return cv2.resize(cv2.resize(image, size, interpolation=cv2.INTER_AREA), (side, side))


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
    return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 1.6)))


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


def overlaps(box: np.ndarray, others: list[Face], gap: float = 6) -> bool:
    return any(
        min(box[0] + box[2], b[0] + b[2]) > max(box[0], b[0]) - gap
        and min(box[1] + box[3], b[1] + b[3]) > max(box[1], b[1]) - gap
        for b, _ in others
    )


def drawn_head(sources: Sources, side: int, rng: Rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A drawn head at a random scale: BGRA, box, landmarks."""
    row = rng.integers(len(sources.heads))
    factor = float(np.exp(rng.uniform(np.log(0.15), np.log(min(1.5 * side / 256, 3)))))
    size = int(160 * factor)
    mode = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    head = cv2.resize(sources.heads[row], (size, size), interpolation=mode)
    box, landmarks = sources.boxes[row] * factor, sources.landmarks[row] * factor
    if rng.random() < 0.5:
        box = np.array([size - box[0] - box[2], *box[1:]])
        head, landmarks = head[:, ::-1], mirror_landmarks(landmarks, size)
    return head, box, landmarks


def add_drawn(image: np.ndarray, sources: Sources, rng: Rng) -> list[Face]:
    """Lays up to six drawn heads apart from each other on the scene; their faces are wholly inside."""
    side, placed = image.shape[0], []
    for _ in range(int(rng.integers(1, 7))):
        head, box, landmarks = drawn_head(sources, side, rng)
        if max(box[2:]) >= side:
            continue
        low = -box[:2].astype(int)
        offset = rng.integers(low, np.maximum(low + 1, (side - box[:2] - box[2:]).astype(int)))
        moved = np.concatenate([box[:2] + offset, box[2:]])
        if not overlaps(moved, placed):
            paste(image, head, int(offset[0]), int(offset[1]))
            placed.append((moved, landmarks + offset))
    return placed


def write_exact(targets: list[np.ndarray], picture: int, face: Face, side: int) -> None:
    """Puts a face with known box and landmarks into the dense targets, the score falling from its centre."""
    (x, y, w, h), landmarks = face
    size, centre = np.sqrt(w * h), np.array([x + w / 2, y + h / 2])
    for target, stride, (low, high) in zip(targets, STRIDES, LEVEL_RANGES, strict=True):
        if not low <= size < high:
            continue
        radius = max(0.22 * size, 0.6 * stride)
        grid = np.stack(np.meshgrid(np.arange(side // stride), np.arange(side // stride)), -1).reshape(-1, 2)
        away = (grid + 0.5) * stride - centre
        cells = np.nonzero((np.abs(away) < radius).all(1))[0]
        place = grid[cells]
        rows = target[picture]
        rows[cells, 0] = 1
        rows[cells, 1] = np.clip(1 - 0.5 * np.linalg.norm(away[cells], axis=1) / radius, 0.55, 1)
        rows[cells, 2:4] = centre / stride - place
        rows[cells, 4:6] = np.log([w / stride, h / stride])
        rows[cells, 6:] = (landmarks[None] / stride - place[:, None]).reshape(len(cells), 10)


def batch(sources: Sources, teacher: Detector, rng: Rng) -> tuple[np.ndarray, list[np.ndarray]]:
    """Pictures (n, side, side, 3) and for each stride targets (n, cells, 16) = cls, obj, box 4, landmarks 10."""
    sides, counts, shares = zip(*SIZES, strict=True)
    size = rng.choice(len(SIZES), p=shares)
    images = [np.ascontiguousarray(scene(sources, sides[size], rng)) for _ in range(counts[size])]
    for image in images:
        if rng.random() < 0.35:
            clutter(image, rng)
    known = [add_drawn(image, sources, rng) if rng.random() < 0.18 else [] for image in images]
    images = [soften(image, rng) if rng.random() < 0.35 else image for image in images]
    seen = np.stack([light(image, rng) for image in images])
    dense = teacher.dense(seen)
    targets = [np.concatenate([dense[f"{kind}_{stride}"] for kind in KINDS], 2) for stride in STRIDES]
    for picture, faces in enumerate(known):
        for face in faces:
            write_exact(targets, picture, face, sides[size])
    shown = np.stack([grain(image, rng) if rng.random() < 0.25 else image for image in seen])
    return shown, targets


def mirrored(images: np.ndarray, targets: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The same batch seen in a mirror: a second use of what was composed and labelled."""
    flipped = []
    for target, stride in zip(targets, STRIDES, strict=True):
        cells = images.shape[1] // stride
        grid = target.reshape(len(images), cells, cells, 16)[:, :, ::-1].copy()
        grid[..., 2] = 1 - grid[..., 2]  # offsets count from the left edge of the cell
        grid[..., 6::2] = 1 - grid[..., 6::2]
        order = [6 + 2 * point + axis for point in MIRRORED_POINTS for axis in (0, 1)]
        grid[..., 6:] = grid[..., order]
        flipped.append(grid.reshape(target.shape))
    return images[:, :, ::-1], flipped


def pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})


def produce(queue: Queue, data: Path, work: Path, seed: int) -> None:
    """Endless batches; the body of a process of its own."""
    cv2.setNumThreads(1)
    sources = Sources(pictures(data / "lfw" / "train"), pictures(data / "photos"), work)
    teacher = Detector(data / "models" / "yunet_n_dynamic.onnx", raw=True)
    rng = np.random.default_rng(seed)
    again: list[tuple[np.ndarray, list[np.ndarray]]] = []

    def make() -> tuple[np.ndarray, list[np.ndarray]]:
        if again:
            return again.pop()
        images, targets = batch(sources, teacher, rng)
        again.append(mirrored(images, targets))
        return images, targets

    feed(queue, make)
