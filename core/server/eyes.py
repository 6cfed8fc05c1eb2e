"""How the service looks at pictures: as PaddleX does, or finding and aligning faces as galleries need it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.assembly import limits, open_bench
from core.decision import Limits
from core.errors import PhotoProblem
from core.gallery.records import NewFace
from core.jobs.enroll import choose, new_face
from core.models.cards import Card
from core.models.catalogue import own_space
from core.models.store import ModelStore
from core.paddlex.config import ModuleConfig, PipelineConfig
from core.paddlex.create import create_pipeline
from core.paddlex.index_data import IndexData
from core.paddlex.pages import decoded
from core.paddlex.pipeline import FaceRecognitionPipeline
from core.paddlex.runtime import runtime
from core.photos import Photo
from core.recognizer import Recognizer, Searcher, Sighting
from core.server.refusal import invalid
from core.settings import Settings
from core.types import Floats, Pixels

_SOURCE = "service"  # where a gallery says that a face came from


@dataclass(frozen=True)
class Asked:
    """What a request wants; None is as configured."""

    det_threshold: float | None = None
    rec_threshold: float | None = None
    topk: int | None = None
    picture: bool = False  # whether `Seen.pixels` will be needed
    index: str | None = None  # of a gallery, by its name


@dataclass(frozen=True, eq=False)
class Seen:
    """The faces of one picture, each a dict with PaddleX's labels, rec_scores, det_score and coordinate."""

    boxes: list[dict[str, Any]]
    pixels: Pixels | None = None  # (H, W, 3) BGR in full size


class Eyes(Protocol):
    """Looks at pictures with its models. Any thread may ask."""

    @property
    def space(self) -> str:
        """Features of equal spaces may be compared."""
        ...

    @property
    def length(self) -> int:
        """Of a feature."""
        ...

    def feature(self, photo: Photo) -> Floats:
        """(d,) of unit length, of the one person a picture shows. Raises PhotoProblem."""
        ...

    def infer(self, photo: Photo, index: IndexData, asked: Asked) -> Seen:
        """Whose faces of an index the faces of a picture are nearest to. Raises Problem."""
        ...

    def close(self) -> None: ...


class PaddleEyes:
    """PaddleX's way: pictures whole into the index, boxes cropped as they are."""

    def __init__(self, config: PipelineConfig) -> None:
        self._pipeline: FaceRecognitionPipeline = create_pipeline(config=replace(_quiet(config), index=None))
        # Both models run once: what cannot be opened shall not wait for the first client.
        grey = np.full((64, 64, 3), 128, np.uint8)
        self._pipeline.det_model.find([grey], 0.5)
        self.length = int(self._pipeline.rec_model.features([grey]).shape[1])
        self.space = own_space(self._pipeline.rec_model.card).space

    def feature(self, photo: Photo) -> Floats:
        model = self._pipeline.rec_model
        found: Floats = model.features([_pixels(photo)])[0]
        return found

    def infer(self, photo: Photo, index: IndexData, asked: Asked) -> Seen:
        pixels = _pixels(photo)
        [found] = self._pipeline.predict(
            pixels,
            index=index,
            det_threshold=asked.det_threshold,
            rec_threshold=asked.rec_threshold,
            rec_topk=asked.topk,
        )
        return Seen(found["boxes"], pixels if asked.picture else None)

    def close(self) -> None:
        self._pipeline.close()


class AlignedEyes:
    """Our own way: faces are found, aligned and judged, when they are put in as when they are looked up."""

    def __init__(self, settings: Settings, store: ModelStore, card: Card) -> None:
        self._settings, self.card = settings, card
        self._close = ExitStack()
        # As many requests at once as there are cores: each model runs on one thread.
        bench = self._close.enter_context(open_bench(settings, store, feature=card, threads=1))
        self.model = bench.model
        self._recognizer = bench.recognizer(settings)

    @property
    def space(self) -> str:
        return self.card.space

    @property
    def length(self) -> int:
        return self.card.length

    def feature(self, photo: Photo) -> Floats:
        seen, place = self._one(photo)
        found: Floats = seen.features[place]
        return found

    def new_face(self, photo: Photo) -> NewFace:
        """What a gallery keeps of the one person a picture shows. Raises PhotoProblem."""
        seen, place = self._one(photo)
        return new_face(photo, seen, place, self.space, source=_SOURCE)

    def infer(self, photo: Photo, index: IndexData, asked: Asked) -> Seen:
        seen = self._eager(asked).look_at_photo(photo)
        least = self._limits(asked).known
        answers = index.search(seen.features, asked.topk or self._settings.top_k, least)
        return _seen(photo, seen, answers, picture=asked.picture)

    def recognize(self, photo: Photo, searcher: Searcher, asked: Asked) -> Seen:
        """Who of a gallery the faces of a picture are: people instead of faces, and none where it is not sure."""
        recognizer = replace(self._eager(asked), searcher=searcher, limits=self._limits(asked))
        recognizer = replace(recognizer, top_k=asked.topk or self._settings.top_k)
        sight = recognizer.look_at_photo(photo)
        told = recognizer.name(sight)
        answers: list[Answer] = [
            ([match.name for match in matches], [match.similarity for match in matches])
            if decision.kind == "known"
            else (None, None)
            for matches, decision in zip(told.matches, told.decisions, strict=True)
        ]
        return _seen(photo, sight, answers, picture=asked.picture)

    def close(self) -> None:
        self._close.close()

    def _one(self, photo: Photo) -> tuple[Sighting, int]:
        seen = self._recognizer.look_at_photo(photo)
        [place] = choose(seen, "largest", photo.path)
        quality, least = seen.qualities[place], self._settings.min_quality
        if quality.score < least:
            raise PhotoProblem(
                "{path}: the face is of too low quality ({score} of {least}).",
                "Send a better picture.",
                path=photo.path,
                score=round(quality.score, 2),
                least=least,
            )
        return seen, place

    def _eager(self, asked: Asked) -> Recognizer:
        if asked.det_threshold is None:
            return self._recognizer
        return replace(self._recognizer, det_threshold=asked.det_threshold)

    def _limits(self, asked: Asked) -> Limits:
        advised = limits(self._settings, self.card)
        if asked.rec_threshold is None:
            return advised
        return replace(advised, known=asked.rec_threshold, unsure=min(advised.unsure, asked.rec_threshold))


Answer = tuple[list[str] | None, list[float] | None]


def _seen(photo: Photo, sight: Sighting, answers: list[Answer], *, picture: bool) -> Seen:
    pixels = sight.frame.pixels
    faces = sight.faces.scaled(photo.width / pixels.shape[1])
    boxes = [
        {"labels": labels, "rec_scores": scores, "det_score": score, "coordinate": box}
        for (labels, scores), score, box in zip(answers, faces.scores.tolist(), faces.boxes.tolist(), strict=True)
    ]
    if not picture:
        return Seen(boxes)
    return Seen(boxes, pixels if pixels.shape[1] == photo.width else photo.decode())


def _pixels(photo: Photo) -> Pixels:
    """As PaddleX decodes it; of several pages the first."""
    _, pixels = next(decoded(Path(photo.path.name), photo.data))
    return pixels


def _quiet(config: PipelineConfig) -> PipelineConfig:
    """The configuration with one thread per model, unless it says how many: requests share the cores."""
    detection, recognition = (_one_thread(config, module) for module in (config.detection, config.recognition))
    return replace(config, detection=detection, recognition=recognition)


def _one_thread(config: PipelineConfig, module: ModuleConfig) -> ModuleConfig:
    options = {
        name: getattr(config, name) if getattr(module, name) is None else getattr(module, name)
        for name in ("engine", "engine_config", "use_hpip", "hpi_config")
    }
    given = dict(options["engine_config"] or {})
    nested = isinstance(given.get(options["engine"] or ""), dict)
    name = "intra_op_num_threads" if (options["engine"] or _named(options)) == "onnxruntime" else "cpu_threads"
    inner = dict(given[options["engine"]]) if nested else given
    if "cpu_threads" in inner or "intra_op_num_threads" in inner:
        return module
    inner[name] = 1
    return replace(module, engine_config={**given, options["engine"]: inner} if nested else inner)


def _named(options: dict[str, Any]) -> str:
    """The engine that a configuration comes to. Raises SettingsProblem."""
    return runtime(**{**options, "engine_config": None}).engine


def checked(asked: Asked, *, most: int) -> Asked:
    """Raises Refusal for more neighbours than the service looks up."""
    if asked.topk is not None and asked.topk > most:
        raise invalid(("body", "topk"), "less_than_equal", f"Input should be less than or equal to {most}")
    return asked
