"""Enrollment in two acts: `look` reads only and makes a plan; `accept` writes it as one undoable change."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from core.errors import PhotoProblem, Problem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace
from core.jobs.parallel import cores, ordered
from core.jobs.sources import Labelled
from core.jobs.spool import Place, Spool
from core.photos import Photo, open_photo
from core.pictures import encode_picture
from core.recognizer import Recognizer, Sighting
from core.types import Floats, Ids, Match, Quality, Step
from core.vision.align import view_of

FacesRule = Literal["one", "largest", "all"]
CROP_QUALITY = 95  # JPEG keeps features nearer than WebP does; other models' features are made from these pictures
VIEW_QUALITY = 90


@dataclass(frozen=True)
class EnrollRow:
    """What was seen for one face of one photo, or why the photo gives none."""

    path: Path
    name: str
    face: Place | None = None
    quality: Quality | None = None
    nearest: Match | None = None  # who in the gallery it resembles most
    warnings: tuple[Text, ...] = ()
    problem: Problem | None = None
    skipped: Text | None = None  # nothing is wrong, but there is nothing to do


@dataclass
class EnrollPlan:
    """Rows to look at before anything is written. Close it when done: the faces wait in a temporary file."""

    spool: Spool
    rows: list[EnrollRow] = field(default_factory=list)

    def accepted(self) -> list[EnrollRow]:
        return [row for row in self.rows if row.face is not None and row.problem is None]

    def problems(self) -> list[EnrollRow]:
        return [row for row in self.rows if row.problem is not None]

    def close(self) -> None:
        self.spool.close()


@dataclass(frozen=True)
class EnrollOptions:
    faces: FacesRule = "one"
    min_quality: float = 0.2
    max_megapixels: float = 250.0
    threads: int = 0


def look(
    sources: Sequence[Labelled], recognizer: Recognizer, *, enrolled: Mapping[str, set[str]], options: EnrollOptions
) -> Generator[Step[EnrollRow], None, EnrollPlan]:
    """Looks at labelled photos and plans their enrollment; writes nothing to the gallery.

    `enrolled` maps the sha256 of photos to the names already enrolled from them. Yields a Step per face or
    failed photo; `done` counts photos. The plan's file goes with the job when it is cancelled.
    """
    plan = EnrollPlan(Spool())
    try:
        looker = _Looker(recognizer, enrolled, options, plan.spool)
        seen: set[tuple[str, str]] = set()
        for done, (digest, rows) in enumerate(ordered(looker.rows, sources, workers=cores(options.threads)), 1):
            for row in _once(rows, digest, seen):
                plan.rows.append(row)
                yield Step(done, len(sources), row)
        plan.rows = list(_with_strays(plan, recognizer.extractor.card.space, recognizer.limits.known))
    except BaseException:
        plan.close()
        raise
    return plan


def accept(
    gallery: Gallery, plan: EnrollPlan, model: FeatureModel, *, people: Mapping[str, int] | None = None
) -> Change | None:
    """Writes the plan's accepted rows as one change; None when there is nothing to write.

    `people` tells which identity a name means, where several have it.
    """
    rows = plan.accepted()
    if not rows:
        return None
    names = {row.name for row in rows}
    label = Text("Enroll {faces} faces of {people} people", {"faces": len(rows), "people": len(names)})
    if len(names) == 1:
        label = Text("Enroll {faces} faces of {name}", {"faces": len(rows), "name": rows[0].name})
    return gallery.enroll(_faces(plan, rows, people or {}), model=model, label=label, once=True)


def _faces(
    plan: EnrollPlan, rows: Iterable[EnrollRow], people: Mapping[str, int]
) -> Iterator[tuple[int | str, NewFace]]:
    for row in rows:
        assert row.face is not None
        yield people.get(row.name, row.name), plan.spool.get(row.face)


@dataclass(frozen=True)
class _Looker:
    """Looks at one photo; called on worker threads."""

    recognizer: Recognizer
    enrolled: Mapping[str, set[str]]
    options: EnrollOptions
    spool: Spool

    def rows(self, source: Labelled) -> tuple[str, list[EnrollRow]]:
        """The checksum of the photo and its rows."""
        if source.problem is not None:
            return "", [EnrollRow(source.path, source.name, problem=source.problem)]
        try:
            photo = open_photo(source.path, max_megapixels=self.options.max_megapixels)
            if source.name in self.enrolled.get(photo.sha256, ()):
                note = Text("Already enrolled from this picture.")
                return photo.sha256, [EnrollRow(source.path, source.name, skipped=note)]
            seen = self.recognizer.look_at_photo(photo)
            chosen = choose(seen, self.options.faces, source.path)
            return photo.sha256, [self._row(source, photo, seen, index) for index in chosen]
        except Problem as problem:
            return "", [EnrollRow(source.path, source.name, problem=problem)]

    def _row(self, source: Labelled, photo: Photo, seen: Sighting, index: int) -> EnrollRow:
        quality = seen.qualities[index]
        row = EnrollRow(source.path, source.name, quality=quality)
        if quality.score < self.options.min_quality:
            return replace(row, problem=_refusal(source.path, quality, self.options.min_quality))
        nearest = self._nearest(seen.features[index])
        warnings = quality.reasons
        if nearest and nearest.name != source.name and nearest.similarity >= self.recognizer.limits.known:
            values = {"name": nearest.name, "similarity": round(nearest.similarity, 3)}
            warnings += (Text("Already enrolled under another name? Very near to {name} ({similarity}).", values),)
        face = new_face(photo, seen, index, self.recognizer.extractor.card.space)
        return replace(row, face=self.spool.put(face), nearest=nearest, warnings=warnings)

    def _nearest(self, feature: Floats) -> Match | None:
        if self.recognizer.searcher is None:
            return None
        space = self.recognizer.extractor.card.space
        found = self.recognizer.searcher.search(feature[None], 1, space=space)[0]
        return found[0] if found else None


def choose(seen: Sighting, rule: FacesRule, path: Path) -> list[int]:
    """The positions of the faces to enroll. Raises PhotoProblem when the rule finds none or too many."""
    count = len(seen.faces)
    if count == 0:
        raise PhotoProblem("{path}: no face found.", "Use a picture in which the face is larger or clearer.", path=path)
    if rule == "all" or count == 1:
        return list(range(count))
    if rule == "one":
        raise PhotoProblem(
            "{path}: {count} faces found, so it is not clear whom to enroll.",
            "Cut the picture, or enroll the largest face with --faces largest.",
            path=path,
            count=count,
        )
    boxes = seen.faces.boxes
    return [int(np.argmax((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))]


def _refusal(path: Path, quality: Quality, least: float) -> PhotoProblem:
    reasons = " ".join(str(reason) for reason in quality.reasons)
    return PhotoProblem(
        "{path}: the face is of too low quality ({score} of {least}). {reasons}",
        "Choose a better picture, or lower --min-quality.",
        path=path,
        score=round(quality.score, 2),
        least=least,
        reasons=reasons,
    )


def new_face(photo: Photo, seen: Sighting, index: int, space: str) -> NewFace:
    """Everything a gallery keeps of one face; boxes and landmarks in pixels of the upright photo."""
    factor = photo.width / seen.frame.pixels.shape[1]
    faces = seen.faces[index : index + 1]
    full = faces.scaled(factor)
    view = view_of(seen.frame.pixels, faces.boxes[0])
    return NewFace(
        box=tuple(full.boxes[0].tolist()),
        landmarks=None if full.landmarks is None else tuple((x, y) for x, y in full.landmarks[0].tolist()),
        score=float(faces.scores[0]),
        quality=seen.qualities[index].score,
        source=str(photo.path.absolute()),
        sha256=photo.sha256,
        frame_size=(photo.width, photo.height),
        crop=encode_picture(seen.standard[index], kind="jpeg", quality=CROP_QUALITY),
        view=encode_picture(view.pixels, kind="jpeg", quality=VIEW_QUALITY),
        view_origin=(view.origin[0] * factor, view.origin[1] * factor),
        view_scale=view.scale / factor,
        features={space: seen.features[index]},
    )


def _once(rows: list[EnrollRow], digest: str, seen: set[tuple[str, str]]) -> Iterator[EnrollRow]:
    """The rows, or a skipped one where the same picture came before under the same name."""
    if digest and rows and (digest, rows[0].name) in seen:
        note = Text("The same picture came before in this enrollment.")
        yield EnrollRow(rows[0].path, rows[0].name, skipped=note)
        return
    if digest and rows:
        seen.add((digest, rows[0].name))
    yield from rows


def _with_strays(plan: EnrollPlan, space: str, known: float) -> Iterator[EnrollRow]:
    """The rows, with a warning on each face that is nearer to another person of the plan than to its own."""
    rows = plan.accepted()
    names = sorted({row.name for row in rows})
    if len(names) < 2:
        yield from plan.rows
        return
    features = np.stack([plan.spool.get(row.face).features[space] for row in rows if row.face is not None])
    own = _positions(names, rows)
    strays = _strays(features, own, len(names), known)
    warned = {id(row): names[strays[index]] for index, row in enumerate(rows) if strays[index] >= 0}
    for row in plan.rows:
        yield _warned(row, warned[id(row)]) if id(row) in warned else row


def _warned(row: EnrollRow, other: str) -> EnrollRow:
    note = Text("Looks more like {other} than {name}.", {"other": other, "name": row.name})
    return replace(row, warnings=(*row.warnings, note))


def _positions(names: list[str], rows: list[EnrollRow]) -> Ids:
    place = {name: position for position, name in enumerate(names)}
    return np.array([place[row.name] for row in rows])


def _strays(features: Floats, own: Ids, people: int, known: float) -> Ids:
    """(n,) the other person each face is certainly nearer to, or -1. A face does not vouch for itself."""
    sums = np.zeros((people, features.shape[1]), np.float32)
    np.add.at(sums, own, features)
    other = np.full(len(features), -1)
    for start in range(0, len(features), 1024):
        part, mine = features[start : start + 1024], own[start : start + 1024]
        scores = part @ _unit(sums).T
        rest = np.einsum("nd,nd->n", part, _unit(sums[mine] - part))
        scores[np.arange(len(part)), mine] = -1
        best = scores.argmax(1)
        certain = (scores[np.arange(len(part)), best] >= known) & (scores[np.arange(len(part)), best] > rest)
        other[start : start + 1024][certain] = best[certain]
    return other


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-6), np.float32)
