"""One frame or photo from pixels to names, with models that are painted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.decision import Limits
from core.models.cards import Card
from core.photos import open_photo
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.types import Faces, Floats, Frame, Match, Pixels
from core.vision.align import STANDARD


class OneFace:
    """Finds one face at a fixed share of the frame, whatever its size."""

    longest_side = 640

    def __init__(self, share: float) -> None:
        self.share = share
        self.widths: list[int] = []

    def find(self, pixels: Pixels, *, threshold: float | None = None, turned: bool = False) -> Faces:
        self.widths.append(pixels.shape[1])
        side = pixels.shape[1] * self.share
        box = np.array([[side, side, 2 * side, 2 * side]], np.float32)
        return Faces(box, np.ones(1, np.float32))


class Remembering:
    """Keeps the crops it was given; every feature points the same way."""

    card = Card("any", "feature", {}, {}, Path(), length=2, space="any", alignment=STANDARD)

    def __init__(self) -> None:
        self.crops: list[Any] = []

    def features(self, crops: Any) -> Floats:
        self.crops.append(crops.copy())
        return np.tile(np.float32([1, 0]), (len(crops), 1))


class Anna:
    def search(self, features: Floats, top_k: int, *, space: str) -> tuple[tuple[Match, ...], ...]:
        return tuple((Match(1, "Anna", 0.8, 7),) for _ in features)


def recognizer(share: float) -> Recognizer:
    eyes: Any = OneFace(share)
    features: Any = Remembering()
    return Recognizer(eyes, features, Limits(0.4, 0.3, 0.05), Anna())


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A 2560-pixel JPEG whose fine pattern is lost when it is decoded smaller."""
    rng = np.random.default_rng(0)
    pattern = np.kron(rng.integers(0, 2, (240, 320)) * 200 + 20, np.ones((8, 8))).astype(np.uint8)
    write_picture(tmp_path / "large.jpg", np.repeat(pattern[..., None], 3, 2), quality=98)
    return tmp_path / "large.jpg"


def test_a_frame_gives_parallel_answers() -> None:
    found = recognizer(0.2).recognize(Frame(np.zeros((480, 640, 3), np.uint8)))
    lengths = {len(each) for each in (found.faces, found.features, found.qualities, found.matches, found.decisions)}
    assert lengths == {1}
    assert found.decisions[0].kind == "known"
    assert set(found.milliseconds) >= {"detect", "align", "quality", "feature", "search"}


def test_without_an_index_everyone_is_unknown() -> None:
    found = replace(recognizer(0.2), searcher=None).recognize(Frame(np.zeros((480, 640, 3), np.uint8)))
    assert found.matches == ((),)
    assert found.decisions[0].kind == "unknown"


def test_a_large_photo_is_decoded_no_larger_than_the_detector_sees(large: Path) -> None:
    maker = recognizer(0.4)
    found = maker.recognize_photo(open_photo(large))
    assert maker.detector.widths == [640]  # type: ignore[attr-defined]
    assert found.frame.pixels.shape[1] == 640


def test_a_small_face_is_cut_from_a_finer_decode(large: Path) -> None:
    maker = recognizer(0.04)  # 26 of 640 pixels: the crop of 112 needs the photo in full
    maker.recognize_photo(open_photo(large))
    crop = maker.extractor.crops[0][0]  # type: ignore[attr-defined]
    blurred = recognizer(0.04)
    blurred.recognize(Frame(open_photo(large).decode(4)))
    coarse = blurred.extractor.crops[0][0]  # type: ignore[attr-defined]
    assert np.diff(crop.astype(int), axis=1).std() > 1.5 * np.diff(coarse.astype(int), axis=1).std()


def test_the_size_of_a_face_is_told_in_pixels_of_the_whole_photo(large: Path) -> None:
    found = recognizer(0.04).recognize_photo(open_photo(large))
    assert found.qualities[0].size == pytest.approx(2560 * 0.04, rel=0.02)


class TwoFaces(OneFace):
    def find(self, pixels: Pixels, *, threshold: float | None = None, turned: bool = False) -> Faces:
        one = super().find(pixels).boxes
        return Faces(np.concatenate([one, one / 2]), np.ones(2, np.float32))


@pytest.mark.parametrize("recalled", [(), (0,), (1,), (0, 1)])
def test_features_that_are_recalled_are_not_computed(recalled: tuple[int, ...]) -> None:
    old = np.float32([0, 1])
    asked: list[Any] = []

    def recall(*given: Any) -> list[Floats | None]:
        asked.append(given)
        return [old if place in recalled else None for place in range(2)]

    eyes: Any = TwoFaces(0.2)
    maker = replace(recognizer(0.2), detector=eyes)
    frame = Frame(np.zeros((480, 640, 3), np.uint8))
    seen = maker.look(frame, recall=recall)
    assert seen.features.tolist() == [[0, 1] if place in recalled else [1, 0] for place in range(2)]
    assert seen.fresh is not None
    assert seen.fresh.tolist() == [place not in recalled for place in range(2)]
    assert sum(len(crops) for crops in maker.extractor.crops) == 2 - len(recalled)  # type: ignore[attr-defined]
    assert asked[0][0] is frame
    assert asked[0][2].shape == (2, 112, 112, 3)
    assert len(maker.name(seen).decisions) == 2
