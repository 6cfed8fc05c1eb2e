from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engines.session import Port
from core.errors import ModelProblem
from core.models.cards import Preprocess
from core.vision.feature import BATCH, FeatureExtractor

INPUT = Port("image", (None, 3, None, None), "float32")
RULES = Preprocess(resize="stretch", size=(112, 112), mean=(127.5,) * 3, std=(127.5,) * 3)


def left_and_right(feeds: dict[str, Any]) -> list[np.ndarray]:
    """A "model" whose feature is the brightness of the left and of the right half."""
    image = next(iter(feeds.values())) + 1
    return [np.stack([image[..., :56].mean((1, 2, 3)), image[..., 56:].mean((1, 2, 3))], 1).astype(np.float32)]


@pytest.fixture
def make_extractor(fake_session: Any, make_card: Any) -> Any:
    def make(answer: Any = left_and_right, **fields: Any) -> FeatureExtractor:
        card = make_card(task="feature", **{"preprocess": RULES, "length": 2, **fields})
        return FeatureExtractor(card, fake_session(answer, (INPUT,), ("feature",)))

    return make


def lopsided(count: int = 1) -> np.ndarray:
    crops = np.zeros((count, 112, 112, 3), np.uint8)
    crops[:, :, :56] = 200
    return crops


def test_features_have_unit_length(make_extractor: Any) -> None:
    crops = np.random.default_rng(0).integers(1, 256, (5, 112, 112, 3), np.uint8)
    features = make_extractor().features(crops)
    assert features.dtype == np.float32
    assert np.allclose(np.linalg.norm(features, axis=1), 1, atol=1e-6)


def test_batches_are_bounded_and_change_nothing(make_extractor: Any) -> None:
    extractor = make_extractor()
    crops = np.random.default_rng(0).integers(0, 256, (2 * BATCH + 3, 112, 112, 3), np.uint8)
    features = extractor.features(crops)
    assert [len(feeds["image"]) for feeds in extractor.session.feeds] == [BATCH, BATCH, 3]
    assert np.allclose(features[BATCH + 1], extractor.features(crops[BATCH + 1 : BATCH + 2])[0])


def test_no_crops_give_no_features_and_no_run(make_extractor: Any) -> None:
    extractor = make_extractor()
    assert extractor.features(np.zeros((0, 112, 112, 3), np.uint8)).shape == (0, 2)
    assert extractor.session.feeds == []


def test_flip_adds_the_mirrored_crop_before_normalizing(make_extractor: Any) -> None:
    assert np.allclose(make_extractor().features(lopsided()), [[1, 0]], atol=1e-6)
    assert np.allclose(make_extractor(flip=True).features(lopsided()), [[0.5**0.5] * 2], atol=1e-6)


def test_crops_of_another_size_are_stretched(make_extractor: Any) -> None:
    extractor = make_extractor(preprocess=Preprocess(resize="stretch", size=(128, 128)))
    extractor.features(lopsided())
    assert extractor.session.feeds[0]["image"].shape == (1, 3, 128, 128)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_an_unusable_feature_is_a_problem(make_extractor: Any, value: float) -> None:
    extractor = make_extractor(lambda feeds: [np.full((len(feeds["image"]), 2), value, np.float32)])
    with pytest.raises(ModelProblem, match="no usable feature"):
        extractor.features(lopsided())


def test_a_length_unlike_the_cards_is_a_problem(make_extractor: Any) -> None:
    extractor = make_extractor(lambda feeds: [np.ones((len(feeds["image"]), 3), np.float32)])
    with pytest.raises(ModelProblem, match="length 2"):
        extractor.features(lopsided())


def test_the_built_in_model_knows_a_face_again(
    extractor: FeatureExtractor, crop: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    picture = crop[0]
    dimmed = (picture * 0.8).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    same, other = extractor.features(np.stack([picture, dimmed, noise]))[1:] @ extractor.features(picture[None])[0]
    assert same > 0.9
    assert other < 0.5
    assert extractor.features(picture[None]).shape == (1, extractor.card.length)


@pytest.mark.slow
@pytest.mark.parametrize("flip", [False, True])
def test_paddlex_features_are_what_paddlex_gave(shared_data: Path, flip: bool) -> None:
    pytest.importorskip("paddle")
    import json
    from dataclasses import replace

    from core.engines import open_session
    from core.models.folder import read_folder
    from core.photos import open_photo
    from core.types import Faces
    from core.vision.align import crop_faces

    root = shared_data / "paddlex"
    files = {"paddle": ("inference.json", "inference.pdiparams")}
    card = replace(read_folder(root / "models" / "MobileFaceNet" / "inference.yml", files=files), flip=flip)
    extractor = FeatureExtractor(card, open_session(card, engine="paddle", threads=1))
    for file in sorted((root / "reference" / ("feature_flip" if flip else "feature")).glob("*.json")):
        expected = json.loads(file.read_text(encoding="utf-8"))
        pixels = open_photo(root / expected["input_path"]).decode()
        whole = Faces(np.array([[0, 0, pixels.shape[1], pixels.shape[0]]], np.float32), np.ones(1, np.float32))
        found = extractor.features(crop_faces(pixels, whole, card.alignment))[0]
        assert np.allclose(found, np.array(expected["feature"]).reshape(-1), atol=1e-5)
    extractor.session.close()
