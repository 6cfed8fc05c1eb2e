"""What the service does, without a word of HTTP: build, add, remove, delete, infer. Called on worker threads."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import Problem, SettingsProblem
from core.gallery.records import NewFace
from core.paddlex.config import PipelineConfig
from core.paddlex.create import configuration
from core.paddlex.drawing import draw_boxes
from core.paddlex.index_data import IndexData
from core.paths import data_folder, galleries_folder
from core.photos import Photo
from core.server.eyes import Asked, Eyes, PaddleEyes, Seen
from core.server.galleries import Galleries, ServedGallery
from core.server.gate import Ticket
from core.server.options import Options
from core.server.pictures import Sent, opened
from core.server.refusal import Place, Refusal, invalid, refused
from core.server.stored import StoredIndexes, is_key
from core.settings import Settings
from core.types import Floats

_KEY: Place = ("body", "indexKey")
_NAME: Place = ("body", "indexName")


@dataclass(frozen=True)
class Pair:
    """A picture and whose face it shows."""

    sent: Sent
    label: str


class Service:
    """Opened models, galleries and indexes. A context manager; every method may raise Refusal or Problem."""

    def __init__(self, options: Options, settings: Settings) -> None:
        self.options = options
        with ExitStack() as opened_so_far:
            everything = galleries_folder() if options.all_galleries else None
            self._galleries = Galleries(options.galleries, settings, everything=everything)
            opened_so_far.callback(self._galleries.close)
            for folder in options.galleries:
                self._galleries.get(folder.absolute().name).check_index(options.index)
            config = None if options.pipeline is None else configuration(options.pipeline)
            self._eyes: Eyes = self._own_eyes() if config is None else PaddleEyes(config)
            if config is not None:
                opened_so_far.callback(self._eyes.close)
            self._index = None if config is None or config.index is None else IndexData.load(_index_folder(config))
            if self._index is not None:
                self._index.check_length(self._eyes.length)
            serving = {} if config is None or config.serving is None else config.serving
            self.visualize = serving.get("visualize", True) is not False
            self._stored = StoredIndexes(self._place(serving), options.limits)
            opened_so_far.callback(self._stored.close)
            self._close = opened_so_far.pop_all()

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *error: object) -> None:
        self._close.close()

    def build(self, pairs: Sequence[Pair], ticket: Ticket) -> dict[str, Any]:
        features = self._features(pairs, ticket)
        index = IndexData.build(features, [pair.label for pair in pairs], kind="Flat", metric="IP")
        ticket.write()
        return {"indexKey": self._stored.add(index), "imageCount": len(index)}

    def add(self, key: str, pairs: Sequence[Pair], ticket: Ticket) -> dict[str, Any]:
        if not is_key(key):
            return self._enrolled(self._galleries.get(key), pairs, ticket)
        self._stored.get(key).check_length(self._eyes.length)
        features, labels = self._features(pairs, ticket), [pair.label for pair in pairs]

        def append(index: IndexData) -> None:
            ticket.write()
            index.append(features, labels)

        return {"imageCount": len(self._stored.change(key, append))}

    def remove(self, key: str, ids: Sequence[int], ticket: Ticket) -> dict[str, Any]:
        if not is_key(key):
            gallery = self._writable(self._galleries.get(key))
            gallery.remove(ids, ticket.write)
            return {"imageCount": gallery.counted().faces}

        def take_out(index: IndexData) -> None:
            ticket.write()
            there = index.id_map.keys() & set(ids)
            if there:
                index.remove(there)

        return {"imageCount": len(self._stored.change(key, take_out))}

    def delete(self, key: str, ticket: Ticket) -> dict[str, Any]:
        if not is_key(key):
            raise Refusal(403, "Only an index that index-build made can be deleted here.")
        self._stored.delete(key, ticket.write)
        return {"indexKey": key}

    def infer(self, sent: Sent, key: str | None, asked: Asked, ticket: Ticket) -> dict[str, Any]:
        photo = opened(sent, megapixels=self.options.limits.megapixels)
        ticket.go_on()
        try:
            seen = self._seen(photo, key, asked)
        except Problem as problem:
            raise refused(problem, sent.place) from problem
        faces = [_face(box) for box in seen.boxes]
        if seen.pixels is None:
            return {"faces": faces}
        ticket.go_on()
        return {"faces": faces, "image": _drawn(seen)}

    def galleries(self) -> list[dict[str, Any]]:
        """What is told of those that may be named."""
        told = []
        for name in self._galleries.names():
            found = self._galleries.get(name).counted()
            writable = found.writable and self.options.writable
            told.append(
                {
                    "name": name,
                    "people": found.people,
                    "faces": found.faces,
                    "indexes": list(found.indexes),
                    "writable": writable,
                }
            )
        return told

    def _seen(self, photo: Photo, key: str | None, asked: Asked) -> Seen:
        if key is None and self.options.pipeline is None and self.options.galleries:
            key = self.options.galleries[0].absolute().name
        if asked.index is not None and (key is None or is_key(key)):
            raise invalid(_NAME, "value_error", "Only a gallery has indexes of several names: name it as indexKey")
        if key is not None and is_key(key):
            return self._eyes.infer(photo, self._stored.get(key), asked)
        if key is None and self._index is not None:
            return self._eyes.infer(photo, self._index, asked)
        if key is None:
            raise invalid(_KEY, "missing", "The service has no index of its own: give the key of one")
        name = self.options.index if asked.index is None else asked.index
        index, model = self._galleries.get(key).index(name)
        return self._galleries.eyes(model).recognize(photo, index, asked)

    def _features(self, pairs: Sequence[Pair], ticket: Ticket) -> Floats:
        """(n, d)"""
        found = []
        for pair in pairs:
            ticket.go_on()
            photo = opened(pair.sent, megapixels=self.options.limits.megapixels)
            try:
                found.append(self._eyes.feature(photo))
            except Problem as problem:
                raise refused(problem, pair.sent.place) from problem
        return np.stack(found)

    def _enrolled(self, gallery: ServedGallery, pairs: Sequence[Pair], ticket: Ticket) -> dict[str, Any]:
        eyes = self._galleries.eyes(self._writable(gallery).model())
        faces: list[tuple[str, NewFace]] = []
        for pair in pairs:
            ticket.go_on()
            photo = opened(pair.sent, megapixels=self.options.limits.megapixels)
            try:
                faces.append((pair.label, eyes.new_face(photo)))
            except Problem as problem:
                raise refused(problem, pair.sent.place) from problem
        ids = gallery.enroll(faces, eyes.model, ticket.write)
        return {"imageCount": gallery.counted().faces, "ids": ids}

    def _writable(self, gallery: ServedGallery) -> ServedGallery:
        if not self.options.writable:
            raise Refusal(403, "The service does not change galleries. It would if started with --writable.")
        return gallery

    def _own_eyes(self) -> Eyes:
        folders = self.options.galleries
        model = self._galleries.get(folders[0].absolute().name).model() if folders else None
        return self._galleries.eyes(model)

    def _place(self, serving: dict[str, Any]) -> Path | None:
        """Where indexes of keys are kept: apart for every model, unless somebody says where."""
        if self.options.store is not None:
            return self.options.store
        storage = (serving.get("extra") or {}).get("index_storage") or {}
        kind = storage.get("type", "file_system")
        if kind == "memory":
            return None
        if kind != "file_system":
            raise SettingsProblem(
                "{file}: Serving.extra.index_storage.type must be file_system or memory, not {kind!r}.",
                "The service was not started.",
                file=self.options.pipeline,
                kind=kind,
            )
        if storage.get("directory"):
            return Path(str(storage["directory"]))
        way = "whole" if isinstance(self._eyes, PaddleEyes) else "aligned"
        mark = hashlib.sha256(f"{way}:{self._eyes.space}".encode()).hexdigest()[:16]
        return data_folder() / "served" / mark


def _index_folder(config: PipelineConfig) -> Path:
    assert config.index is not None
    return config.located(config.index)


def _face(box: dict[str, Any]) -> dict[str, Any]:
    named = zip(box["labels"] or (), box["rec_scores"] or (), strict=True)
    results = [{"label": label, "score": float(score)} for label, score in named]
    return {"bbox": box["coordinate"], "recResults": results, "score": box["det_score"]}


def _drawn(seen: Seen) -> str:
    """Base64 of a JPEG with boxes and names."""
    assert seen.pixels is not None
    boxes = [
        (box["labels"][0], box["rec_scores"][0], box["coordinate"])
        if box["labels"]
        else ("Unknown", 0.0, box["coordinate"])
        for box in seen.boxes
    ]
    file = BytesIO()
    draw_boxes(seen.pixels, boxes).save(file, format="JPEG")
    return base64.b64encode(file.getvalue()).decode("ascii")
