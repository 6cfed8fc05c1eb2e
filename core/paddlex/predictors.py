"""One model used alone, as PaddleX's create_model gives it: a detector or a face feature model."""

from __future__ import annotations

import dataclasses
import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np

from core.engines import Session, open_session
from core.errors import SettingsProblem
from core.models.cards import Card
from core.paddlex.arguments import number, tell_unknown, tell_unused, whole
from core.paddlex.inputs import Sample
from core.paddlex.model_cards import find_card, label_of
from core.paddlex.results import FaceDetectionResult, FaceFeatureResult
from core.paddlex.runtime import Runtime, runtime
from core.paddlex.work import Told, work_through
from core.types import Faces, Floats, Pixels
from core.vision.detector import Detector
from core.vision.feature import FeatureExtractor
from core.vision.preprocess import plan, resized

_log = logging.getLogger(__name__)


class Model:
    """What both kinds of model share: the session, opened when first needed, and the way over the inputs."""

    def __init__(self, card: Card, opening: Runtime, *, batch_size: int = 1) -> None:
        self.card, self._opening = card, opening
        self.batch_size = whole("batch_size", batch_size)
        self._lock = threading.Lock()
        self._last: Session | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def model_name(self) -> str:
        return self.card.name

    def close(self) -> None:
        """Gives the model's memory back; it is opened again when it is used again."""
        with self._lock:
            if self._last is not None:
                self._last.close()
            self._last = None

    def _opened(self) -> Session:
        with self._lock:
            if self._last is None:
                wanted = self._opening
                self._last = open_session(self.card, engine=wanted.engine, device=wanted.device, threads=wanted.threads)
                if self._last.note:
                    _log.warning("%s: %s", self.card.name, self._last.note)
            return self._last


class FaceDetectionModel(Model):
    """Finds faces."""

    def __init__(
        self, card: Card, opening: Runtime, *, batch_size: int = 1, threshold: float | None = None, img_size: Any = None
    ) -> None:
        super().__init__(_resized(card, img_size), opening, batch_size=batch_size)
        self._asked_size = img_size is not None
        self.threshold = None if threshold is None else number("threshold", threshold)
        self.label = label_of(card)
        self._detector: Detector | None = None

    def predict(
        self,
        input: Any,
        batch_size: int | None = None,
        threshold: float | None = None,
        *,
        problems: Told | None = None,
        **unknown: Any,
    ) -> Iterator[FaceDetectionResult]:
        """Results picture by picture. Raises Problem as `work_through` tells."""
        tell_unknown(unknown)
        score = self.threshold if threshold is None else number("threshold", threshold)
        return work_through(
            input,
            lambda samples: self._results(samples, score),
            batch_size=self.batch_size if batch_size is None else whole("batch_size", batch_size),
            problems=problems,
        )

    __call__ = predict

    def close(self) -> None:
        self._detector = None
        super().close()

    def find(self, frames: Sequence[Pixels], threshold: float | None) -> list[Faces]:
        """Faces of frames (H, W, 3) BGR, scores above `threshold`, in the order of the model."""
        detector = self._detector
        if detector is None:
            if self._asked_size:
                _check_size(self.card, self._opened())
            detector = self._detector = Detector(self.card, self._opened())
        return detector.find_many(frames, threshold=self.threshold if threshold is None else threshold)

    def _results(self, samples: Sequence[Sample], threshold: float | None) -> Iterator[FaceDetectionResult]:
        found = self.find([sample.pixels for sample in samples], threshold)
        for sample, faces in zip(samples, found, strict=True):
            boxes = [
                {"cls_id": 0, "label": self.label, "score": score, "coordinate": box}
                for score, box in zip(faces.scores.tolist(), faces.boxes.tolist(), strict=True)
            ]
            values = {"input_path": sample.path, "page_index": sample.page, "input_img": sample.pixels, "boxes": boxes}
            yield FaceDetectionResult(values, name=sample.name)


class FaceFeatureModel(Model):
    """Makes the feature of a picture that is taken for a face as a whole, without looking for one."""

    def __init__(self, card: Card, opening: Runtime, *, batch_size: int = 1, flip: bool | None = None) -> None:
        rules = card.preprocess
        rules = dataclasses.replace(rules, resize="stretch", size=rules.size or (card.alignment.size,) * 2)
        card = dataclasses.replace(card, preprocess=rules, flip=card.flip if flip is None else bool(flip))
        super().__init__(card, opening, batch_size=batch_size)
        self._extractor: FeatureExtractor | None = None

    def predict(
        self, input: Any, batch_size: int | None = None, *, problems: Told | None = None, **unknown: Any
    ) -> Iterator[FaceFeatureResult]:
        """Results picture by picture. Raises Problem as `work_through` tells."""
        tell_unknown(unknown)
        return work_through(
            input,
            self._results,
            batch_size=self.batch_size if batch_size is None else whole("batch_size", batch_size),
            problems=problems,
        )

    __call__ = predict

    def close(self) -> None:
        self._extractor = None
        super().close()

    def shrunk(self, pixels: Pixels) -> Pixels:
        """A picture (H, W, 3) at the size the model takes, its ratio not kept."""
        rules = self.card.preprocess
        return resized(pixels, rules, plan(rules, width=pixels.shape[1], height=pixels.shape[0]))

    def features(self, pictures: Sequence[Pixels]) -> Floats:
        """(n, d) float32 of unit length, of pictures of any sizes (each at least one pixel)."""
        if not pictures:
            return np.zeros((0, self.card.length), np.float32)
        extractor = self._extractor or FeatureExtractor(self.card, self._opened())
        self._extractor = extractor
        return extractor.features(np.stack([self.shrunk(each) for each in pictures]))

    def _results(self, samples: Sequence[Sample]) -> Iterator[FaceFeatureResult]:
        features = self.features([sample.pixels for sample in samples])
        for sample, feature in zip(samples, features, strict=True):
            values = {"input_path": sample.path, "page_index": sample.page, "input_img": sample.pixels}
            yield FaceFeatureResult({**values, "feature": feature}, name=sample.name)


def create_model(  # noqa: PLR0917 - the order is PaddleX's
    model_name: str | None = None,
    model_dir: str | os.PathLike[str] | None = None,
    device: str | None = None,
    pp_option: Any = None,
    use_hpip: bool = False,
    hpi_config: Mapping[str, Any] | None = None,
    *,
    engine: str | None = None,
    engine_config: Mapping[str, Any] | None = None,
    batch_size: int = 1,
    threshold: float | None = None,
    img_size: int | Sequence[int] | None = None,
    flip: bool | None = None,
    **unknown: Any,
) -> FaceDetectionModel | FaceFeatureModel:
    """A model by its name (in the store, or downloaded by PaddleX) or by its folder.

    `threshold` and `img_size` (a side, or height and width) are a detector's, `flip` a feature model's (the feature of
    the mirrored picture is added). Raises ModelProblem, SettingsProblem.
    """
    tell_unknown(unknown if pp_option is None else {**unknown, "pp_option": pp_option})
    card = find_card(model_name, model_dir)
    opening = runtime(
        device=device, engine=engine, engine_config=engine_config, use_hpip=use_hpip, hpi_config=hpi_config
    )
    if card.task == "feature":
        tell_unused(card, threshold=threshold, img_size=img_size)
        return FaceFeatureModel(card, opening, batch_size=batch_size, flip=flip)
    tell_unused(card, flip=flip)
    return FaceDetectionModel(card, opening, batch_size=batch_size, threshold=threshold, img_size=img_size)


def _resized(card: Card, size: Any) -> Card:
    """The card with another size of its input. Two numbers are height and width: so PaddleX takes them, whatever its
    documents say."""
    if size is None:
        return card
    pair = size if isinstance(size, list | tuple) else (size, size)
    if len(pair) != 2:
        raise SettingsProblem(
            "img_size must be a side, or height and width, not {size!r}.", "Nothing was opened.", size=size
        )
    height, width = map(partial(whole, "img_size"), pair)
    rules = dataclasses.replace(card.preprocess, resize="stretch", size=(height, width), interpolation="cubic")
    return dataclasses.replace(card, preprocess=rules)


def _check_size(card: Card, session: Session) -> None:
    """Raises SettingsProblem where a model takes pictures of another size alone than the one asked for."""
    taken = next((port.shape[2:] for port in session.inputs if len(port.shape) == 4), ())
    if None not in taken and taken and taken != card.preprocess.size:
        raise SettingsProblem(
            "{name} takes pictures of {height} x {width} alone (height x width).",
            "Leave img_size out, or use a model with a free size.",
            name=card.name,
            height=taken[0],
            width=taken[1],
        )
