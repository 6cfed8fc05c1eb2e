"""Pictures without people for the detector's scenes, from any folder: landscapes, rooms, and cut-out things.

    python scenery.py --from FOLDER --work WORK

What is between faces was mostly unknown to the first detectors: LFW's training pictures end beside the ears. Packages
of desktop backgrounds and of drawing programs' stamps hold free pictures of everything else. Writes WORK/scenery/*.jpg
and, of pictures that are transparent around something, WORK/things/*.png; each motif once.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

LONGEST, THING = 1400, 220
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def shrunk(image: np.ndarray, longest: int) -> np.ndarray:
    factor = longest / max(image.shape[:2])
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else image


def motif(image: np.ndarray) -> bytes:
    """Equal for one picture in several sizes."""
    grey = cv2.cvtColor(image[..., :3], cv2.COLOR_BGR2GRAY)
    return (cv2.resize(grey, (8, 8), interpolation=cv2.INTER_AREA) // 24).tobytes()


def is_thing(image: np.ndarray) -> bool:
    """Whether much of it is transparent and much is not."""
    return image.ndim == 3 and image.shape[2] == 4 and 0.1 < float((image[..., 3] > 128).mean()) < 0.95


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    seen: set[bytes] = set()
    for kind in ("scenery", "things"):
        (options.work / kind).mkdir(parents=True, exist_ok=True)
    for path in sorted(path for path in options.source.rglob("*") if path.suffix.lower() in SUFFIXES):
        image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if image is None or image.ndim != 3 or image.dtype != np.uint8 or min(image.shape[:2]) < 48:
            continue
        if motif(image) in seen:
            continue
        seen.add(motif(image))
        if is_thing(image):
            cv2.imwrite(str(options.work / "things" / f"{len(seen):04}.png"), shrunk(image, THING))
        elif min(image.shape[:2]) >= 400:
            cv2.imwrite(str(options.work / "scenery" / f"{len(seen):04}.jpg"), shrunk(image[..., :3], LONGEST))
    print({kind: len(list((options.work / kind).iterdir())) for kind in ("scenery", "things")})


if __name__ == "__main__":
    main()
