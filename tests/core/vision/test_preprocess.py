from __future__ import annotations

import numpy as np
import pytest

from core.models.cards import Preprocess
from core.opencv import cv2
from core.vision.preprocess import plan, resized, tensor

FIT = Preprocess(resize="fit", size=(640, 640), multiple=32, mean=(127.5,) * 3, std=(127.5,) * 3)


def test_fit_keeps_the_ratio_and_pads_right_and_below() -> None:
    geometry = plan(FIT, width=1280, height=720)
    assert geometry.inner == (360, 640)
    assert geometry.outer == (384, 640)
    assert (geometry.scale_x, geometry.scale_y) == (0.5, 0.5)
    assert plan(FIT, width=720, height=1280).outer == (640, 384)
    assert plan(FIT, width=100, height=50).inner == (320, 640)
    assert plan(FIT, width=10_000, height=3).inner == (1, 640)


def test_side_and_fixed_size_replace_the_size_of_the_card() -> None:
    assert plan(FIT, width=1280, height=720, side=320).outer == (192, 320)
    fixed = plan(FIT, width=1280, height=720, outer=(480, 640))
    assert (fixed.inner, fixed.outer) == ((360, 640), (480, 640))
    assert plan(FIT, width=300, height=900, outer=(480, 640)).inner == (480, 160)


def test_stretch_and_native() -> None:
    stretched = plan(Preprocess(resize="stretch", size=(640, 320)), width=100, height=200)
    assert stretched.outer == (640, 320)
    assert (stretched.scale_x, stretched.scale_y) == (3.2, 3.2)
    assert plan(Preprocess(resize="native"), width=101, height=33).outer == (33, 101)


@pytest.mark.parametrize("order", ["BGR", "RGB"])
def test_values_are_scaled_shifted_and_ordered(order: str) -> None:
    rules = Preprocess(
        resize="native", multiple=4, order=order, scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    )
    pixels = np.random.default_rng(0).integers(0, 256, (6, 7, 3), np.uint8)
    geometry = plan(rules, width=7, height=6)
    out = np.full((3, *geometry.outer), np.nan, np.float32)
    tensor(pixels, rules, geometry, out)
    source = pixels if order == "BGR" else pixels[..., ::-1]
    expected = ((source / 255 - rules.mean) / rules.std).transpose(2, 0, 1)
    assert np.allclose(out[:, :6, :7], expected, atol=1e-5)
    black = (-np.array(rules.mean) / rules.std)[:, None]
    assert np.allclose(out[:, 6:].reshape(3, -1), black, atol=1e-5)
    assert np.allclose(out[:, :6, 7:].reshape(3, -1), black, atol=1e-5)


def test_shrinking_much_leaves_no_pixel_out() -> None:
    lines = np.zeros((900, 1600, 3), np.uint8)
    lines[:, ::10] = 255
    geometry = plan(FIT, width=1600, height=900, side=160)
    small = resized(lines, FIT, geometry)
    assert small.shape == (90, 160, 3)
    assert small.min() > 0  # one line in every new pixel; bilinear sampling alone would miss most of them
    assert small.max() < 64
    assert abs(float(small.mean()) - 25.5) < 2


def test_stretch_is_exactly_as_opencv_does() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (300, 500, 3), np.uint8)
    rules = Preprocess(resize="stretch", size=(64, 48), interpolation="cubic")
    expected = cv2.resize(pixels, (48, 64), interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(resized(pixels, rules, plan(rules, width=500, height=300)), expected)


def test_the_frame_is_left_as_it_was() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    before = pixels.copy()
    rules = Preprocess(resize="native")
    geometry = plan(rules, width=64, height=64)
    tensor(pixels, rules, geometry, np.empty((3, 64, 64), np.float32))
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize(("size", "wanted"), [((720, 1280), (450, 800)), ((1280, 720), (800, 450))])
def test_ratio_lets_the_picture_lie_either_way(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    rules = Preprocess(resize="ratio", size=(480, 800), interpolation="cubic")
    geometry = plan(rules, width=size[1], height=size[0])
    assert geometry.inner == geometry.outer == wanted
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    exact = cv2.resize(pixels, wanted[::-1], interpolation=cv2.INTER_CUBIC)
    assert np.array_equal(resized(pixels, rules, geometry), exact)


def test_padding_has_the_colour_and_the_size_that_the_card_says() -> None:
    rules = Preprocess(
        resize="ratio", size=(40, 40), order="RGB", canvas=(48, 64), fill=(10, 20, 30), scale=0.5, mean=(1, 2, 3)
    )
    geometry = plan(rules, width=80, height=40)
    assert (geometry.inner, geometry.outer) == ((20, 40), (48, 64))
    out = np.full((3, 48, 64), np.nan, np.float32)
    tensor(np.zeros((40, 80, 3), np.uint8), rules, geometry, out)
    assert np.allclose(out[:, 20:].reshape(3, -1), np.array([[4], [8], [12]]))
    assert np.allclose(out[:, :20, 40:].reshape(3, -1), np.array([[4], [8], [12]]))
    assert np.allclose(out[:, :20, :40].reshape(3, -1), -np.array([[1], [2], [3]]))
    assert plan(rules, width=80, height=40, outer=(48, 64)) == geometry


def test_padding_to_a_stride_of_normalized_zeros() -> None:
    mean = (0.485, 0.456, 0.406)
    fill = tuple(each * 255 for each in mean)
    rules = Preprocess(resize="native", multiple=32, scale=1 / 255, mean=mean, std=(0.229, 0.224, 0.225), fill=fill)
    geometry = plan(rules, width=40, height=30)
    out = np.full((3, *geometry.outer), np.nan, np.float32)
    tensor(np.full((30, 40, 3), 255, np.uint8), rules, geometry, out)
    assert np.abs(out[:, 30:]).max() < 1e-6
    assert out[:, :30, :40].min() > 1
