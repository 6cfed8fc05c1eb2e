"""Putting models, a gallery and its index together as the settings say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.decision import Limits
from core.engines import open_session
from core.engines.giving_way import GivingWay
from core.errors import GalleryProblem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.index.shelf import Shelf
from core.models.cards import Card
from core.models.store import ModelStore
from core.recognizer import Recognizer, Searcher
from core.settings import Settings
from core.vision.detector import Detector
from core.vision.feature import FeatureExtractor


@dataclass(frozen=True)
class Bench:
    """Opened models."""

    detector: Detector
    extractor: FeatureExtractor

    @property
    def model(self) -> FeatureModel:
        return FeatureModel.of(self.extractor.card)

    def giving_way(self, give_way: Callable[[], None]) -> Bench:
        """The same models for work that can wait; `give_way` is called before each run."""
        detector = Detector(self.detector.card, GivingWay(self.detector.session, give_way))
        return Bench(detector, FeatureExtractor(self.extractor.card, GivingWay(self.extractor.session, give_way)))

    def recognizer(self, settings: Settings, searcher: Searcher | None = None) -> Recognizer:
        return Recognizer(
            self.detector,
            self.extractor,
            limits(settings, self.extractor.card),
            searcher=searcher,
            top_k=settings.top_k,
            det_threshold=settings.det_threshold,
            try_turned=settings.try_turned,
        )


def limits(settings: Settings, card: Card) -> Limits:
    """The settings' limits, and the card's where the settings leave them to it."""
    advised = card.thresholds
    known = advised.known if settings.rec_threshold is None else settings.rec_threshold
    unsure = advised.unsure if settings.unsure_threshold is None else settings.unsure_threshold
    margin = advised.margin if settings.margin is None else settings.margin
    return Limits(known=known, unsure=min(unsure, known), margin=margin, once_per_photo=settings.once_per_photo)


def limits_for(folder: Path, settings: Settings, store: ModelStore) -> tuple[Limits, float]:
    """The limits that hold in the gallery in `folder`, and what its model's card says of known."""
    with Gallery.open(folder) as gallery:
        card = card_for(gallery.model, settings, store)
    return limits(settings, card), card.thresholds.known


def advised(settings: Settings, store: ModelStore, model: FeatureModel | None = None) -> dict[str, float]:
    """What the cards say for the settings that leave it to them; for the gallery's `model` where there is one.

    Raises ModelProblem, GalleryProblem when a model that is asked for is not at hand.
    """
    detector = store.card(settings.detector) if settings.detector else store.default_card("detect")
    feature = card_for(model, settings, store).thresholds
    return {
        "det_threshold": detector.thresholds.detect,
        "rec_threshold": feature.known,
        "unsure_threshold": feature.unsure,
        "margin": feature.margin,
    }


@contextmanager
def open_bench(settings: Settings, store: ModelStore, *, feature: Card | None = None, threads: int) -> Iterator[Bench]:
    """The settings' detector, and the given or the settings' feature model; closed at the end."""
    detector_card = store.card(settings.detector) if settings.detector else store.default_card("detect")
    feature_card = feature or feature_card_of(settings, store)
    opening = partial(open_session, engine=settings.engine, device=settings.device, threads=threads)
    detector = opening(detector_card)
    try:
        extractor = opening(feature_card)
        try:
            yield Bench(Detector(detector_card, detector), FeatureExtractor(feature_card, extractor))
        finally:
            extractor.close()
    finally:
        detector.close()


def feature_card_of(settings: Settings, store: ModelStore, gallery: Gallery | None = None) -> Card:
    """The card of the model that a gallery uses; the settings' one for a gallery without features."""
    return card_for(gallery.model if gallery else None, settings, store)


def card_for(model: FeatureModel | None, settings: Settings, store: ModelStore) -> Card:
    """The installed card whose features may be compared with those of `model`; None takes the settings' one.

    Raises GalleryProblem when there is none.
    """
    if model is None:
        return store.card(settings.feature) if settings.feature else store.default_card("feature")
    cards = store.cards()
    for card in cards:
        if card.space == model.space:
            return card
    if any(card.name == model.name for card in cards):
        raise GalleryProblem(
            "The gallery was made with another version of the face feature model {model}.",
            "Nothing was changed. Its features can be made anew from its own pictures: "
            "`facefolio models use {model} --gallery FOLDER`, or choose the model for the gallery in the window.",
            model=model.name,
        )
    raise GalleryProblem(
        "The gallery uses the face feature model {model}, which is not installed here.",
        "Nothing was changed. Add that model, or choose another for the gallery: in the window, or with "
        "`facefolio models use NAME --gallery FOLDER`.",
        model=model.name,
    )


@contextmanager
def open_shelf(gallery: Gallery) -> Iterator[Shelf]:
    shelf = Shelf(gallery)
    try:
        yield shelf
    finally:
        shelf.close()
