"""Tensors to try a model with: the right names, shapes and kinds, whatever the values."""

from __future__ import annotations

from typing import Any, Literal

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


def sample_feeds(
    inputs: tuple[Port, ...], *, size: tuple[int, int], batch: int, values: Literal["zeros", "noise"] = "zeros"
) -> dict[str, NDArray[Any]]:
    """A picture batch for the input with four sides, im_shape = `size` and ones for every other input.

    Fixed sides of the model win over `size` and `batch`; noise is the same at every call, 0..255.
    """
    return {port.name: _sample(port, size=size, batch=batch, values=values) for port in inputs}


def _sample(port: Port, *, size: tuple[int, int], batch: int, values: str) -> NDArray[Any]:
    wanted = (batch, 3, *size) if len(port.shape) == 4 else (batch, *[2] * (len(port.shape) - 1))
    shape = tuple(one if side is None else side for side, one in zip(port.shape, wanted, strict=True))
    if len(port.shape) == 4:
        picture = np.zeros(shape) if values == "zeros" else np.random.default_rng(1).uniform(0, 255, shape)
        return picture.astype(port.dtype)
    if port.name == "im_shape" and shape[1:] == (2,):
        return np.full(shape, size, port.dtype)
    return np.ones(shape, port.dtype)
