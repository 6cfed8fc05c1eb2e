"""Looking at what somebody pointed at, for a person to choose from: names of the gallery, pictures and models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import InputProblem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, Identity, NewFace
from core.jobs.enroll import enrolled_names, look
from core.jobs.enroll_plan import EnrollOptions, EnrollPlan, EnrollRow
from core.jobs.sources import Labelled, labelled
from core.recognizer import Recognizer, Searcher
from core.types import Floats, Match, Quality, Step

Lend = Callable[[], AbstractContextManager[Recognizer]]


class Called:
    """What the people of a gallery are called where everybody needs a name of his own: "Anna", or "Anna (#12)"."""

    def __init__(self, people: Iterable[Identity] = ()) -> None:
        people = list(people)
        counts = Counter(person.name for person in people)
        self.shared = frozenset(name for name, count in counts.items() if count > 1)
        self.names = {
            person.id: f"{person.name} (#{person.id})" if person.name in self.shared else person.name
            for person in people
        }
        self.ids = {name: number for number, name in self.names.items()}
        self.faces = {self.names[person.id]: person.faces for person in people}

    def who(self, name: str) -> int | str:
        """The identity of that name, or the name of somebody new."""
        return self.ids.get(name, name)


@dataclass
class Choosing:
    """A plan with the people among whom is chosen; both are filled while the look runs."""

    plan: EnrollPlan
    called: Called


@dataclass(frozen=True)
class LookRequest:
    """What to look at, and for which gallery."""

    gallery: Path
    sources: tuple[Path, ...] = ()
    pictures: tuple[Labelled, ...] = ()  # without files
    name: str | None = None  # all of it shows this person
    person: int | None = None  # or this identity
    one_person: bool = True  # a folder of pictures alone shows one person, after whom it is called


def look_into(
    request: LookRequest, lend: Lend, choosing: Choosing, options: EnrollOptions
) -> Generator[Step[EnrollRow], None, EnrollPlan]:
    """Looks at all that was asked for and gives every face, doubtful ones too; writes nothing to the gallery.

    Cancelled, it leaves `choosing` as far as it came. Raises InputProblem when there is nothing to look at, and
    GalleryProblem.
    """
    with Gallery.open(request.gallery) as gallery:
        called = choosing.called = Called(gallery.identities())
        name = called.names[gallery.identity(request.person).id] if request.person is not None else request.name
        known = enrolled_names(gallery, called.names)
    photos = labelled(request.sources, name=name, unnamed=True, one_person=request.one_person)
    photos += [replace(picture, name=name or picture.name) for picture in request.pictures]
    if not photos:
        places = ", ".join(str(source) for source in request.sources)
        raise InputProblem(
            "No pictures found in {sources}.",
            "Nothing was enrolled. Choose photos, or a folder that holds a folder of photos for each person.",
            sources=places,
        )
    options = replace(options, faces="each")
    with lend() as lent:
        recognizer = replace(lent, searcher=lent.searcher and _Renaming(lent.searcher, called))
        return (yield from look(photos, recognizer, enrolled=known, options=options, plan=choosing.plan))


@dataclass(frozen=True)
class _Renaming:
    """A searcher that gives everybody the name of his own."""

    searcher: Searcher
    called: Called

    def search(self, features: Floats, top_k: int, *, space: str) -> tuple[tuple[Match, ...], ...]:
        found = self.searcher.search(features, top_k, space=space)
        return tuple(tuple(self._renamed(match) for match in each) for each in found)

    def _renamed(self, match: Match) -> Match:
        return replace(match, name=self.called.names.get(match.identity, match.name))


def take_faces(
    faces: Sequence[NewFace], request: LookRequest, lend: Lend, choosing: Choosing
) -> Generator[Step[EnrollRow], None, EnrollPlan]:
    """The same for faces of one person that are there already, as a camera gives them.

    Raises InputProblem when they were seen by another model than the one in use, and GalleryProblem.
    """
    with Gallery.open(request.gallery) as gallery:
        called = choosing.called = Called(gallery.identities())
        name = called.names[gallery.identity(request.person).id] if request.person is not None else request.name or ""
    plan = choosing.plan
    with lend() as recognizer:
        card = recognizer.extractor.card
        plan.model = FeatureModel.of(card)
        plan.known = recognizer.limits.known
        searcher = recognizer.searcher and _Renaming(recognizer.searcher, called)
        for done, face in enumerate(faces, 1):
            if card.space not in face.features:
                message = "The faces were seen by another model than {model}."
                raise InputProblem(message, "Nothing was enrolled; look at them again.", model=card.name)
            plan.rows.append(_taken(face, done, name, _nearest(face, searcher, card.space), plan))
            yield Step(done, len(faces), plan.rows[-1])
    return plan


def _taken(face: NewFace, number: int, name: str, nearest: Match | None, plan: EnrollPlan) -> EnrollRow:
    known = nearest.name if nearest and nearest.similarity >= plan.known else ""
    return EnrollRow(
        Path(face.source),
        name or known,
        face=plan.spool.put(face),
        quality=_quality_of(face),
        nearest=nearest,
        given=name,
        photo=number,
        picture=face.view,
        box=_in_view(face),
    )


def _nearest(face: NewFace, searcher: Searcher | None, space: str) -> Match | None:
    if searcher is None:
        return None
    found = searcher.search(face.features[space][None], 1, space=space)[0]
    return found[0] if found else None


def _in_view(face: NewFace) -> tuple[float, float, float, float]:
    """The box in pixels of the face's view, which is all of its picture that there is."""
    (x1, y1, x2, y2), (x, y), scale = face.box, face.view_origin, face.view_scale
    return (x1 - x) * scale, (y1 - y) * scale, (x2 - x) * scale, (y2 - y) * scale


def _quality_of(face: NewFace) -> Quality:
    x1, y1, x2, y2 = face.box
    return Quality(face.quality, min(x2 - x1, y2 - y1), 0.0, 0.0)
