"""Enrollment in two acts: `look` reads only and makes a plan; `accept` writes it as one undoable change."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import PhotoProblem, Problem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace
from core.jobs.enroll_plan import EnrollOptions, EnrollPlan, EnrollRow, FacesRule
from core.jobs.enroll_propose import ENROLLED_ALREADY, other_name, proposed
from core.jobs.enroll_strays import strays
from core.jobs.parallel import cores, ordered
from core.jobs.sources import Labelled
from core.jobs.spool import Spool
from core.photos import Photo
from core.recognizer import Recognizer, Sighting
from core.samples import sample_of
from core.types import Floats, Match, Quality, Step

__all__ = [
    "EnrollOptions",
    "EnrollPlan",
    "EnrollRow",
    "FacesRule",
    "accept",
    "choose",
    "enrolled_names",
    "look",
    "new_face",
]

# The command line says these in its own words: see core/cli/enroll.py.
SEVERAL_FACES = "Cut the picture so that it shows one person."
LOW_QUALITY = "Choose a better picture, or lower the setting min_quality."


def look(
    sources: Sequence[Labelled],
    recognizer: Recognizer,
    *,
    enrolled: Mapping[str, set[str]],
    options: EnrollOptions,
    plan: EnrollPlan | None = None,
) -> Generator[Step[EnrollRow], None, EnrollPlan]:
    """Looks at labelled photos and plans their enrollment; writes nothing to the gallery.

    `enrolled` maps the sha256 of photos to the names already enrolled from them. Yields a Step per face or
    failed photo; `done` counts photos. The plan's file goes with the job when it is cancelled, unless the plan is
    one that was given to be filled: that stays as far as it came.
    """
    made = plan or EnrollPlan(Spool())
    try:
        card = recognizer.extractor.card
        made.model = FeatureModel.of(card)
        made.known = recognizer.limits.known
        looker = _Looker(recognizer, enrolled, options, made.spool)
        seen: set[tuple[str, str]] = set()
        for done, (digest, rows) in enumerate(ordered(looker.rows, sources, workers=cores(options.threads)), 1):
            for row in _once(rows, digest, seen):
                made.rows.append(replace(row, photo=done))
                yield Step(done, len(sources), made.rows[-1])
        made.rows = strays(made, choosing=options.faces == "each", known=recognizer.limits.known)
    except BaseException:
        if plan is None:
            made.close()
        raise
    return made


def accept(
    gallery: Gallery, plan: EnrollPlan, model: FeatureModel, *, people: Mapping[str, int] | None = None
) -> Change | None:
    """Writes the plan's accepted rows as one change; None when there is nothing to write.

    `people` tells which identity a name means, where several have it.
    """
    rows = plan.accepted()
    if not rows:
        return None
    label = label_of(len(rows), {row.name for row in rows})
    return gallery.enroll(_faces(plan, rows, people or {}), model=model, label=label, once=True)


def label_of(faces: int, names: Collection[str]) -> Text:
    """What the enrollment of that many faces is called in the history."""
    if len(names) > 1:
        return Text("Enroll {faces} faces of {people} people", {"faces": faces, "people": len(names)})
    name = next(iter(names))
    if faces == 1:
        return Text("Enroll a face of {name}", {"name": name})
    return Text("Enroll {faces} faces of {name}", {"faces": faces, "name": name})


def enrolled_names(gallery: Gallery, names: Mapping[int, str] | None = None) -> dict[str, set[str]]:
    """Which names each photo (by sha256) is already enrolled under; `names` says what people are called here."""
    names = names or {person.id: person.name for person in gallery.identities()}
    return {digest: {names[person] for person in people} for digest, people in gallery.sources().items()}


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
        whole = EnrollRow(source.path, source.name, given=source.name, picture=source.data)
        if source.problem is not None:
            return "", [replace(whole, problem=source.problem)]
        try:
            photo = source.opened(max_megapixels=self.options.max_megapixels)
            if source.name in self.enrolled.get(photo.sha256, ()):
                return photo.sha256, [replace(whole, skipped=ENROLLED_ALREADY)]
            seen = self.recognizer.look_at_photo(photo)
            chosen = choose(seen, self.options.faces, source.path)
            rows = [self._row(replace(whole, count=len(seen.faces)), photo, seen, index) for index in chosen]
            if self.options.faces == "each":
                here = self.enrolled.get(photo.sha256, set())
                rows = proposed(rows, self.recognizer.name(seen), here, least=self.options.min_quality)
            return photo.sha256, rows
        except Problem as problem:
            return "", [replace(whole, problem=problem)]

    def _row(self, row: EnrollRow, photo: Photo, seen: Sighting, index: int) -> EnrollRow:
        quality = seen.qualities[index]
        row = replace(row, quality=quality)
        choosing = self.options.faces == "each"
        if quality.score < self.options.min_quality and not choosing:
            return replace(row, problem=_refusal(row.path, quality, self.options.min_quality))
        source = str(row.path) if row.picture is not None else ""
        face = new_face(photo, seen, index, self.recognizer.extractor.card.space, source=source)
        row = replace(row, face=self.spool.put(face), box=face.box, frame_size=face.frame_size)
        if choosing:
            return replace(row, warnings=quality.reasons)
        nearest = self._nearest(seen.features[index])
        other = other_name(nearest, row.name, self.recognizer.limits.known)
        return replace(row, nearest=nearest, warnings=quality.reasons + other)

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
    if rule in ("all", "each") or count == 1:
        return list(range(count))
    if rule == "one":
        message = "{path}: {count} faces found, so it is not clear whom to enroll."
        raise PhotoProblem(message, SEVERAL_FACES, path=path, count=count)
    boxes = seen.faces.boxes
    return [int(np.argmax((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])))]


def _refusal(path: Path, quality: Quality, least: float) -> PhotoProblem:
    reasons = " ".join(str(reason) for reason in quality.reasons)
    return PhotoProblem(
        "{path}: the face is of too low quality ({score} of {least}). {reasons}",
        LOW_QUALITY,
        path=path,
        score=round(quality.score, 2),
        least=least,
        reasons=reasons,
    )


def new_face(photo: Photo, seen: Sighting, index: int, space: str, *, source: str = "") -> NewFace:
    """Everything a gallery keeps of one face; boxes and landmarks in pixels of the upright photo.

    `source` says where the picture comes from when it is no file.
    """
    size, source = (photo.width, photo.height), source or str(photo.path.absolute())
    return sample_of(seen, index, space).encoded(source, sha256=photo.sha256, frame_size=size)


def _once(rows: list[EnrollRow], digest: str, seen: set[tuple[str, str]]) -> Iterator[EnrollRow]:
    """The rows, or a skipped one where the same picture came before under the same name."""
    if digest and rows and (digest, rows[0].given) in seen:
        note = Text("The same picture came before in this enrollment.")
        yield EnrollRow(rows[0].path, rows[0].given, given=rows[0].given, skipped=note, picture=rows[0].picture)
        return
    if digest and rows:
        seen.add((digest, rows[0].given))
    yield from rows
