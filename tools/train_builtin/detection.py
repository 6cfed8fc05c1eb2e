"""Runs a detector with the outputs cls, obj, bbox, kps at strides 8, 16, 32 (ours and YuNet) and decodes its faces."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import onnxruntime as ort

from geometry import iou

STRIDES = (8, 16, 32)
KINDS = ("cls", "obj", "bbox", "kps")
OUTPUT_NAMES = [f"{kind}_{stride}" for kind in KINDS for stride in STRIDES]
NMS_IOU = 0.4
SAME_FACE_IOU = 0.6  # as in the application


class Faces(NamedTuple):
    """Faces found in one picture, in its pixels."""

    boxes: np.ndarray  # (n, 4) x, y, width, height
    scores: np.ndarray  # (n,)
    landmarks: np.ndarray  # (n, 5, 2)


def open_session(model: Path | str | bytes, threads: int = 1) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def suppress(faces: Faces, threshold: float = 0.0) -> Faces:
    """Non-maximum suppression; the faces come back by falling score, with the landmarks that their cells agree on."""
    if not len(faces.scores):
        return faces
    keep = cv2.dnn.NMSBoxes(faces.boxes.tolist(), faces.scores.tolist(), threshold, NMS_IOU)
    rows = np.array(keep, int).reshape(-1)
    weights = np.stack([iou(faces.boxes[row], faces.boxes) > SAME_FACE_IOU for row in rows]) * faces.scores**4
    landmarks = np.einsum("kn,npx->kpx", weights / weights.sum(1, keepdims=True), faces.landmarks)
    return Faces(faces.boxes[rows], faces.scores[rows], landmarks)


def decode(outputs: dict[str, np.ndarray], width: int, threshold: float) -> Faces:
    """All cells above the threshold of one picture whose padded width is `width`; no suppression yet."""
    boxes, scores, landmarks = [], [], []
    for stride in STRIDES:
        score = np.sqrt(np.clip(outputs[f"cls_{stride}"][:, 0] * outputs[f"obj_{stride}"][:, 0], 0, 1))
        cells = np.nonzero(score > threshold)[0]
        grid = np.stack([cells % (width // stride), cells // (width // stride)], 1)
        box = outputs[f"bbox_{stride}"][cells]
        size = np.exp(box[:, 2:]) * stride
        boxes.append(np.hstack([(grid + box[:, :2]) * stride - size / 2, size]))
        landmarks.append((outputs[f"kps_{stride}"][cells].reshape(-1, 5, 2) + grid[:, None]) * stride)
        scores.append(score[cells])
    return Faces(np.concatenate(boxes), np.concatenate(scores), np.concatenate(landmarks))


def fit(image: np.ndarray, side: int, enlarge: bool) -> tuple[np.ndarray, float]:
    """The picture with its longer side at most (enlarged: exactly) `side`, padded to multiples of 32; the factor."""
    height, width = image.shape[:2]
    factor = side / max(height, width)
    factor = factor if enlarge or factor < 1 else 1.0
    height, width = round(height * factor), round(width * factor)
    mode = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(image, (width, height), interpolation=mode) if factor != 1 else image
    padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.float32)
    padded[:height, :width] = resized
    return padded, factor


class Detector:
    """A detector on one thread. `raw` models take 0..255, ours take (x - 127.5) / 127.5; both BGR."""

    def __init__(self, path: Path | str | bytes, raw: bool = False) -> None:
        self.session, self.raw = open_session(path), raw
        self.input = self.session.get_inputs()[0].name
        self.names = [output.name for output in self.session.get_outputs()]

    def dense(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Raw outputs by name for (n, h, w, 3) BGR 0..255."""
        x = images.astype(np.float32)
        x = x if self.raw else (x - 127.5) / 127.5
        return dict(zip(self.names, self.session.run(None, {self.input: x.transpose(0, 3, 1, 2)}), strict=True))

    def __call__(self, image: np.ndarray, side: int = 640, threshold: float = 0.5, enlarge: bool = False) -> Faces:
        padded, factor = fit(image, side, enlarge)
        outputs = {name: value[0] for name, value in self.dense(padded[None]).items()}
        faces = suppress(decode(outputs, padded.shape[1], threshold), threshold)
        return Faces(faces.boxes / factor, faces.scores, faces.landmarks / factor)
