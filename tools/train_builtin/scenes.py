"""Composes the detector's training scenes and lets the teacher label them; drawn heads bring their exact labels."""

import json
from itertools import pairwise
from multiprocessing.queues import Queue
from pathlib import Path

import cv2
import numpy as np

from backdrop import paste
from disturb import Rng, bend, clutter, grain, light, sharpen, soften
from geometry import mirror_landmarks
from labels import Batch, Face, Teacher, mirrored, seen_anew, write_exact
from producing import feed
from warp import roll

# Scenes of several sizes with about the same number of pixels a batch: small ones see many faces soon, large ones
# hold the large faces that a 640 pixel input can hold. (side, pictures a batch, probability)
SIZES = ((256, 32, 0.25), (384, 14, 0.25), (512, 8, 0.25), (640, 5, 0.25))
LONGEST = 900  # pictures are kept in memory at this size


class Sources:
    """Pictures by path, kept in memory at a reasonable size, and the drawn heads."""

    def __init__(self, faces: list[Path], photos: list[Path], work: Path) -> None:
        self.faces, self.photos = faces, photos
        self.scenery = pictures(work / "scenery") or photos
        self.things = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in pictures(work / "things")]
        rarity = json.loads((work / "rarity.json").read_text(encoding="utf-8"))
        weights = np.array([rarity.get(path.name, 1.0) for path in faces])
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
        """Of one person, in the middle of the picture, often made to look elsewhere."""
        row = min(int(np.searchsorted(self.shares, rng.random())), len(self.faces) - 1)
        image = self.load(self.faces[row])
        if rng.random() > 0.4:
            return image
        yaw, pitch = rng.normal(0, (0.6, 0.45)).clip(-1.1, 1.1)
        return roll(image, yaw, pitch, min(image.shape[:2]) * rng.uniform(0.42, 0.55))

    def photo(self, rng: Rng) -> np.ndarray:
        """Of the people's photos or, as often, of scenery."""
        paths = self.photos if rng.random() < 0.5 else self.scenery
        return self.load(paths[rng.integers(len(paths))])

    def head(self, size: int, rng: Rng) -> np.ndarray:
        """BGRA of a face with its surroundings fading out."""
        image = self.face(rng)
        rows, columns = image.shape[:2]
        scale = size / max(rows, columns) * rng.uniform(0.95, 1.25)
        matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), rng.normal(0, 12), scale)
        matrix[0] *= rng.uniform(0.75, 1.15)
        matrix[:, 2] += size / 2 - matrix @ (columns / 2, rows / 2, 1)
        turned = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT_101)
        mask = np.zeros((size, size), np.uint8)
        axes = tuple(int(size * share) for share in rng.uniform((0.33, 0.4), (0.46, 0.49)))
        cv2.ellipse(mask, (size // 2, size // 2), axes, 0, 0, 360, 255, -1)
        mask = cv2.GaussianBlur(mask, (0, 0), max(size * rng.uniform(0.005, 0.04), 0.3))
        return np.dstack([turned[:, :: rng.choice((-1, 1))], mask])

    def part(self, width: int, height: int, most: float, rng: Rng) -> np.ndarray:
        """BGRA of about that size to lay over a scene: a thing, or a piece of another picture, often round."""
        if self.things and rng.random() < 0.4:
            return cv2.resize(
                self.things[rng.integers(len(self.things))], (width, height), interpolation=cv2.INTER_AREA
            )
        source = self.face(rng) if rng.random() < 0.5 else self.photo(rng)
        mask = np.full((height, width), 255, np.uint8)
        if rng.random() < 0.6:
            mask[:] = 0
            cv2.ellipse(mask, (width // 2, height // 2), (width // 2, height // 2), 0, 0, 360, 255, -1, cv2.LINE_AA)
        return np.dstack([cut(source, width, height, (0.3 * most / 100, 2 * most / 100), rng), mask])


def cut(image: np.ndarray, width: int, height: int, scales: tuple[float, float], rng: Rng) -> np.ndarray:
    """A random part of the picture, turned, stretched and perhaps mirrored, at a random scale."""
    scale = float(np.exp(rng.uniform(*np.log(scales))))
    rows, columns = image.shape[:2]
    degrees = rng.normal(0, 22 if rng.random() < 0.25 else 7)
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, scale)
    matrix[0] *= rng.uniform(0.75, 1.2)
    if rng.random() < 0.4:  # as a face turned away: narrower, leaning
        matrix[:, :2] = np.array([[rng.uniform(0.6, 1.1), rng.normal(0, 0.15)], [0, 1]]) @ matrix[:, :2]
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
    count = int(rng.choice([1, 2, 3, 4, 6, most], p=[0.36, 0.22, 0.16, 0.1, 0.08, 0.08]))
    rows, columns = edges(side, count, rng), edges(side, count, rng)
    scene = np.empty((side, side, 3), np.uint8)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            image = sources.face(rng) if rng.random() < 0.75 else sources.photo(rng)
            base = max(right - left, bottom - top) / 250
            scene[top:bottom, left:right] = cut(image, right - left, bottom - top, (base * 0.5, base * 2.8), rng)
    return scene


def view(sources: Sources, side: int, rng: Rng) -> np.ndarray:
    """A part of one photo."""
    return cut(sources.photo(rng), side, side, (0.2 * side / 256, 1.6 * side / 256), rng)


def crowd(sources: Sources, side: int, rng: Rng) -> np.ndarray:
    """Few large to many small heads before a photo."""
    image = np.ascontiguousarray(view(sources, side, rng))
    usual = side * float(np.exp(rng.uniform(np.log(0.06), np.log(0.5))))
    for _ in range(int(rng.integers(1, 2 + min(40, (side / usual) ** 2 / 2)))):
        size = max(14, int(usual * np.exp(rng.normal(0, 0.25))))
        x, y = (int(value) for value in rng.integers(-size // 4, side - size // 2, 2))
        paste(image, sources.head(size, rng), x, y)
    return image


def scene(sources: Sources, side: int, rng: Rng) -> np.ndarray:
    kind = rng.random()
    if kind < 0.25:
        return view(sources, side, rng)
    if kind < 0.5:
        return crowd(sources, side, rng)
    return mosaic(sources, side, rng)


def hide(image: np.ndarray, sources: Sources, rng: Rng) -> None:
    """Lays parts of other pictures over the scene, as people and things in front of others."""
    side = image.shape[0]
    most = side * float(np.exp(rng.uniform(np.log(0.06), np.log(0.35))))
    for _ in range(int(rng.integers(1, 9))):
        width, height = (max(8, int(length)) for length in rng.uniform(0.3, 1, 2) * most)
        x, y = (int(value) for value in rng.integers(-most // 2, side, 2))
        paste(image, sources.part(width, height, most, rng), x, y)


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


def disturbed(sources: Sources, side: int, rng: Rng) -> np.ndarray:
    """A scene, bent, covered in parts, faint over another one: what LFW's pictures do not show of themselves."""
    image = np.ascontiguousarray(scene(sources, side, rng))
    if rng.random() < 0.06:
        share = rng.uniform(0.5, 0.9)
        image = cv2.addWeighted(image, share, np.ascontiguousarray(scene(sources, side, rng)), 1 - share, 0)
    if rng.random() < 0.35:
        image = bend(image, rng)
    if rng.random() < 0.3:
        hide(image, sources, rng)
    if rng.random() < 0.25:
        clutter(image, rng)
    return image


def focused(image: np.ndarray, rng: Rng) -> np.ndarray:
    """Softer, sharper or as it is."""
    kind = rng.random()
    return soften(image, rng) if kind < 0.2 else sharpen(image, rng) if kind < 0.65 else image


def batch(sources: Sources, teacher: Teacher, rng: Rng) -> Batch:
    sides, counts, shares = zip(*SIZES, strict=True)
    size = rng.choice(len(SIZES), p=shares)
    images = [disturbed(sources, sides[size], rng) for _ in range(counts[size])]
    known = [add_drawn(image, sources, rng) if rng.random() < 0.4 else [] for image in images]
    images = [focused(image, rng) for image in images]
    images = [light(image, rng) for image in images]
    seen = np.stack([grain(image, rng) if rng.random() < 0.25 else image for image in images])
    targets, maps = teacher.label(seen)
    for picture, faces in enumerate(known):
        for face in faces:
            write_exact(targets, picture, face, sides[size])
    return Batch(seen, targets, maps)


def relit(seen: Batch, teacher: Teacher, rng: Rng) -> Batch:
    """The same scenes in other light and sharpness, seen anew by the teacher; drawn heads keep their labels."""
    images = [focused(image, rng) for image in seen.images]
    images = np.stack([light(image, rng) for image in images])
    return seen_anew(images, seen.targets, teacher)


def pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg", ".png"})


def produce(queue: Queue, data: Path, work: Path, seed: int) -> None:
    """Endless batches; the body of a process of its own."""
    cv2.setNumThreads(1)
    faces = pictures(data / "lfw" / "train") + pictures(data / "train" / "glint24")
    sources = Sources(faces, pictures(data / "photos"), work)
    teacher, rng = Teacher(data / "models" / "yunet_n_dynamic.onnx"), np.random.default_rng(seed)
    again: list[Batch] = []

    def make() -> Batch:
        if again:
            return again.pop()
        new = batch(sources, teacher, rng)
        other = relit(new, teacher, rng)
        again.extend([mirrored(other, teacher), mirrored(new, teacher), other])
        return new

    feed(queue, make)
