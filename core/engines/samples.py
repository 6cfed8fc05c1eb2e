"""Tensors to try a model with: the right names, shapes and kinds, whatever the values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engines.session import Port
from core.models.cards import Card

_ANY_SIDE = 320  # pixels, where neither the model nor its card names a size


def input_size(card: Card) -> tuple[int, int]:
    """(height, width) of a picture as the card's model takes it; the smallest look of a detector with several."""
    multiple = card.preprocess.multiple
    if card.preprocess.size and card.preprocess.resize != "native":
        height, width = card.preprocess.size
    elif card.task == "feature":
        height = width = card.alignment.size
    else:
        height = width = min(card.passes, default=_ANY_SIDE)
    if card.preprocess.canvas:
        height, width = max(height, card.preprocess.canvas[0]), max(width, card.preprocess.canvas[1])
    return -(-height // multiple) * multiple, -(-width // multiple) * multiple


def sample_feeds(inputs: tuple[Port, ...], *, size: tuple[int, int], batch: int) -> dict[str, NDArray[Any]]:
    """A picture batch of zeros for the input with four sides, im_shape = `size` and ones for every other input.

    Fixed sides of the model win over `size` and `batch`.
    """
    return {port.name: _sample(port, size=size, batch=batch) for port in inputs}


def noise_feeds(card: Card, inputs: tuple[Port, ...], *, batch: int, grain: int = 1) -> dict[str, NDArray[Any]]:
    """The same of noise in squares of `grain` pixels, in the range in which the model gets pixels; equal at each call.

    Beyond that range rounding alone can make engines differ.
    """
    feeds, rules = sample_feeds(inputs, size=input_size(card), batch=batch), card.preprocess
    for name, array in feeds.items():
        if array.ndim == 4:
            height, width = array.shape[2] // grain + 1, array.shape[3] // grain + 1
            noise = np.random.default_rng(grain).uniform(0, 255, (*array.shape[:2], height, width))
            pixels = noise.repeat(grain, 2).repeat(grain, 3)[:, :, : array.shape[2], : array.shape[3]]
            mean, std = (np.reshape(three, (3, 1, 1)) for three in (rules.mean, rules.std))
            feeds[name] = ((pixels * rules.scale - mean) / std).astype(array.dtype)
    return feeds


def _sample(port: Port, *, size: tuple[int, int], batch: int) -> NDArray[Any]:
    wanted = (batch, 3, *size) if len(port.shape) == 4 else (batch, *[2] * (len(port.shape) - 1))
    shape = tuple(one if side is None else side for side, one in zip(port.shape, wanted, strict=True))
    if len(port.shape) == 4:
        return np.zeros(shape, port.dtype)
    if port.name == "im_shape" and shape[1:] == (2,):
        return np.full(shape, size, port.dtype)
    return np.ones(shape, port.dtype)
