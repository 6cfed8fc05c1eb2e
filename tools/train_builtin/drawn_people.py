"""The project's drawn people for training: licence-free faces without end, with exact boxes and landmarks."""

import numpy as np

from project import DrawnPerson, draw_person, imagine_person

person = imagine_person


def draw(who: DrawnPerson, rng: np.random.Generator, size: int = 160) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """-> BGRA (size, size, 4) with the head in the middle, box x, y, w, h, landmarks (5, 2)."""
    drawing = draw_person(who, rng, size)
    low, high = np.array(drawing.box[:2]), np.array(drawing.box[2:])
    return drawing.pixels, np.concatenate([low, high - low]), drawing.landmarks.astype(float)
