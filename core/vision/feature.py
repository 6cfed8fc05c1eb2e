"""Aligned crops to unit-length features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.engines.session import Session
from core.errors import ModelProblem
from core.models.cards import Card
from core.types import Floats
from core.vision.align import Crops
from core.vision.preprocess import plan, tensor

BATCH = 32


class FeatureExtractor:
    """A face feature model. It may be called from several threads at once."""

    def __init__(self, card: Card, session: Session) -> None:
        self.card = card
        self.session = session
        self._input = session.inputs[0].name

    def features(self, crops: Crops) -> Floats:
        """(n, d) float32 unit-length features of aligned crops (n, S, S, 3) BGR; comparable by their dot product.

        Raises ModelProblem when the model answers with nothing usable, EngineProblem when it cannot run.
        """
        if not len(crops):
            return np.zeros((0, self.card.length), np.float32)
        parts = [self._batch(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _batch(self, crops: Crops) -> Floats:
        feeds = self._tensors(crops)
        raw = self._run(feeds)
        if self.card.flip:
            raw = raw + self._run(np.ascontiguousarray(feeds[..., ::-1]))
        if raw.ndim != 2 or raw.shape != (len(crops), self.card.length or raw.shape[1]):
            raise ModelProblem(
                "The model {name} gave features of shape {shape} for {count} faces of length {length}.",
                "Its card does not fit it; check it with `facefolio models check`.",
                name=self.card.name,
                shape=str(raw.shape),
                count=len(crops),
                length=self.card.length,
            )
        return self._normalized(raw)

    def _tensors(self, crops: Crops) -> Floats:
        rules = self.card.preprocess
        geometry = plan(rules, width=crops.shape[2], height=crops.shape[1])
        feeds = np.empty((len(crops), 3, *geometry.outer), np.float32)
        for crop, out in zip(crops, feeds, strict=True):
            tensor(crop, rules, geometry, out)
        return feeds

    def _run(self, feeds: Floats) -> NDArray[np.float64]:
        found = self.session.run({self._input: feeds})[0]
        return found.reshape(len(feeds), -1).astype(np.float64)

    def _normalized(self, raw: NDArray[np.float64]) -> Floats:
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not (lengths > 1e-9).all():
            raise ModelProblem(
                "The model {name} gave no usable feature for a face.",
                "Check it with `facefolio models check`, or use another model.",
                name=self.card.name,
            )
        unit: Floats = (raw / lengths).astype(np.float32)
        return unit
