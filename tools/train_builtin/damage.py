"""Ways in which pictures of faces are worse than one would like; for the robustness table."""

from collections.abc import Callable

import cv2
import numpy as np

Damage = Callable[[np.ndarray, np.ndarray], np.ndarray]  # picture, landmarks (5, 2) -> picture


def eye_distance(landmarks: np.ndarray) -> float:
    return float(np.linalg.norm(landmarks[1] - landmarks[0]))


def turned(quarters: int) -> Damage:
    return lambda image, _: np.ascontiguousarray(np.rot90(image, quarters))


def dark_glasses(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    radius = int(0.36 * eye_distance(landmarks))
    for eye in landmarks[:2]:
        cv2.circle(image, tuple(int(v) for v in eye), radius, (25, 20, 20), -1, cv2.LINE_AA)
    start, end = (tuple(int(v) for v in eye) for eye in landmarks[:2])
    cv2.line(image, start, end, (25, 20, 20), max(radius // 5, 1), cv2.LINE_AA)
    return image


def face_mask(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """From under the eyes over the nose to below the chin."""
    left, right, nose, mouth_left, mouth_right = landmarks
    down = (mouth_left + mouth_right) / 2 - (left + right) / 2
    across = (right - left) * 0.45
    outline = [left + 0.45 * down - across, nose - 0.1 * down, right + 0.45 * down + across]
    outline += [mouth_right + 0.75 * down + across * 0.3, mouth_left + 0.75 * down - across * 0.3]
    cv2.fillPoly(image, [np.array(outline, int)], (205, 190, 160), cv2.LINE_AA)
    return image


def grey(image: np.ndarray, _: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def strong_jpeg(image: np.ndarray, _: np.ndarray) -> np.ndarray:
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


def small(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A face about 24 pixels wide: 2.2 eye distances."""
    factor = 24 / (2.2 * eye_distance(landmarks))
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def backlight(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """A dark face before a glaring background."""
    shade = np.zeros(image.shape[:2], np.float32)
    reach = eye_distance(landmarks)
    centre = tuple(int(v) for v in landmarks.mean(0))
    cv2.ellipse(shade, centre, (int(1.3 * reach), int(1.7 * reach)), 0, 0, 360, 1.0, -1)
    shade = cv2.GaussianBlur(shade, (0, 0), reach * 0.2)[..., None]
    lit = image * (0.3 * shade + 1.5 * (1 - shade)) + 60 * (1 - shade)
    return np.clip(lit, 0, 255).astype(np.uint8)


DAMAGES: dict[str, Damage] = {
    "none": lambda image, _: image,
    "turned 90": turned(1),
    "turned 180": turned(2),
    "turned 270": turned(3),
    "dark glasses": dark_glasses,
    "mask": face_mask,
    "grey": grey,
    "JPEG quality 20": strong_jpeg,
    "face of 24 pixels": small,
    "backlight": backlight,
}
