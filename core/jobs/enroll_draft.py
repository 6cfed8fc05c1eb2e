"""What somebody has chosen so far of the faces that were found: whose they are and which will be added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import Text
from core.gallery.names import clean_name
from core.gallery.records import NewFace
from core.jobs.enroll_look import Choosing
from core.jobs.enroll_plan import EnrollPlan, EnrollRow
from core.jobs.enroll_propose import other_name
from core.types import Ids, Match

Showing = Literal["all", "doubtful", "problems"]
Order = Literal["", "person", "quality"]
NAMELESS = -1
_FACE, _SKIPPED, _PROBLEM = range(3)


@dataclass(frozen=True)
class Counts:
    """What will happen, in numbers."""

    faces: int = 0  # that will be added
    people: int = 0  # whose they are
    new_people: int = 0
    left_out: int = 0  # faces found and not ticked, and pictures that failed
    skipped: int = 0  # pictures of which nothing is to be done
    doubtful: int = 0
    problems: int = 0
    rows: int = 0


class EnrollDraft:
    """Rows by number, in the order they were found. A hundred thousand of them are counted and shown at once."""

    def __init__(self, choosing: Choosing) -> None:
        self._choosing = choosing
        self.rows: list[EnrollRow] = []
        self.names: list[str] = []  # those that occur; rows hold positions in it
        self._places: dict[str, int] = {}
        self._new = np.zeros(0, np.bool_)  # which of `names` the gallery does not know
        self._kind = _Column(np.int8)
        self._name = _Column(np.int32)
        self._near = _Column(np.int32)  # whom the gallery knows the face as
        self._photo = _Column(np.int32)
        self._quality = _Column(np.float32)
        self._doubted = _Column(np.bool_)
        self._ticked = _Column(np.bool_)
        self._touched = _Column(np.bool_)  # decided by the person who looks: proposals leave it alone

    @property
    def plan(self) -> EnrollPlan:
        return self._choosing.plan

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, rows: Sequence[EnrollRow]) -> None:
        first = len(self.rows)
        for row in rows:
            self.rows.append(row)
            self._kind.append(_PROBLEM if row.problem is not None else _SKIPPED if row.face is None else _FACE)
            self._name.append(self._place(row.name))
            self._near.append(self._known_as(row))
            self._photo.append(row.photo)
            self._quality.append(row.quality.score if row.quality else -1)
            self._doubted.append(bool(row.doubts))
            self._ticked.append(False)
            self._touched.append(False)
        self._propose(np.arange(first, len(self.rows)))

    def settle(self, rows: Sequence[EnrollRow]) -> None:
        """The rows as they are once all were compared with one another; what somebody has decided stays."""
        changed = [index for index, row in enumerate(rows[: len(self.rows)]) if row is not self.rows[index]]
        for index in changed:
            row = self.rows[index] = rows[index]
            self._doubted.values[index] = bool(row.doubts)
            if not self._touched.values[index]:
                self._name.values[index] = self._place(row.name)
        self._propose(np.array([index for index in changed if not self._touched.values[index]], np.int64))

    # --- what is there ---------------------------------------------------------------------------------------------

    def name(self, index: int) -> str:
        place = int(self._name.values[index])
        return self.names[place] if place >= 0 else ""

    def is_new(self, index: int) -> bool:
        """Whether the gallery has nobody of the row's name yet."""
        place = int(self._name.values[index])
        return place >= 0 and bool(self._new[place])

    def faces_of(self, name: str) -> int:
        """How many faces the gallery has of a person."""
        return self._choosing.called.faces.get(name, 0)

    @property
    def decided(self) -> bool:
        """Whether somebody has decided about any row."""
        return bool(self._touched.values.any())

    def is_ticked(self, index: int) -> bool:
        return bool(self._ticked.values[index])

    def is_doubtful(self, index: int) -> bool:
        return bool(self._doubtful(np.array([index]))[0])

    def is_face(self, index: int) -> bool:
        return bool(self._kind.values[index] == _FACE)

    def can_tick(self, index: int) -> bool:
        return self.is_face(index) and bool(self.name(index)) and not self.shared_name(index)

    def shared_name(self, index: int) -> bool:
        """Whether several people of the gallery have the row's name, so that it does not say who is meant."""
        return self.name(index) in self._choosing.called.shared

    def reasons(self, index: int) -> tuple[Text, ...]:
        """All there is to know about a row, what matters most first."""
        row = self.rows[index]
        if row.problem is not None:
            return (row.problem.message, row.problem.hint)
        if row.skipped is not None:
            return (row.skipped,)
        return (*self._open(index), *row.doubts, *self._other(index), *row.warnings)

    def of_photo(self, index: int) -> list[int]:
        """The faces of the same picture as a row, itself among them."""
        same = self._photo.values == self._photo.values[index]
        return [int(each) for each in np.flatnonzero(same & (self._kind.values == _FACE))]

    def shown(self, which: Showing = "all", *, text: str = "", order: Order = "", down: bool = False) -> Ids:
        """The numbers of the rows to show, ordered by "person", "quality", or as they were found."""
        kind = self._kind.values
        chosen = {
            "all": np.ones(len(self), np.bool_),
            "doubtful": self._doubtful(),
            "problems": kind == _PROBLEM,
        }[which]
        if text:
            chosen = chosen & self._holding(text.casefold())
        found = np.flatnonzero(chosen)
        if order:
            values = (self._ranks() if order == "person" else self._quality.values)[found]
            found = found[np.argsort(-values if down else values, kind="stable")]
        return found.astype(np.int64)

    def counts(self) -> Counts:
        kind, ticked = self._kind.values, self._ticked.values
        places = np.unique(self._name.values[ticked])
        faces, problems = int(ticked.sum()), int((kind == _PROBLEM).sum())
        return Counts(
            faces=faces,
            people=len(places),
            new_people=int(self._new[places].sum()),
            left_out=int((kind == _FACE).sum()) - faces + problems,
            skipped=int((kind == _SKIPPED).sum()),
            doubtful=int(self._doubtful().sum()),
            problems=problems,
            rows=len(self),
        )

    # --- what is decided -------------------------------------------------------------------------------------------

    def tick(self, rows: Ids | Sequence[int], on: bool) -> None:
        """Adds or leaves out rows; those without a face or a clear name stay out."""
        numbers = np.asarray(rows, np.int64)
        if on:
            names = self._name.values[numbers]
            numbers = numbers[(self._kind.values[numbers] == _FACE) & (names >= 0) & ~np.isin(names, self._shared())]
        self._ticked.values[numbers] = on
        self._touched.values[numbers] = True

    def rename(self, rows: Ids | Sequence[int], name: str) -> None:
        """Says whose the faces are, which adds them; an empty name leaves them out. Raises GalleryProblem."""
        place = self._place(clean_name(name)) if name.strip() else NAMELESS
        numbers = np.asarray(rows, np.int64)
        numbers = numbers[self._kind.values[numbers] == _FACE]
        self._name.values[numbers] = place
        self._ticked.values[numbers] = False
        self._touched.values[numbers] = True
        self.tick(numbers, place != NAMELESS)

    def choose(self, index: int) -> None:
        """Takes this face of a picture of several for the one that the picture is of, or leaves it out again."""
        given = self.rows[index].given
        if self.is_ticked(index):
            self.tick([index], False)
        elif given and self.name(index) != given:
            for other in self.of_photo(index):
                if self.name(other) == given:
                    self.rename([other], "")
            self.rename([index], given)
        else:
            self.tick([index], True)

    def accepted(self) -> Iterator[tuple[int | str, NewFace]]:
        """The faces that were chosen and whose they are, read one by one."""
        for index in np.flatnonzero(self._ticked.values).tolist():
            place = self.rows[index].face
            if place is not None:
                yield self._choosing.called.who(self.name(index)), self.plan.spool.get(place)

    def chosen_names(self) -> list[str]:
        return [self.names[place] for place in np.unique(self._name.values[self._ticked.values]).tolist()]

    # --- inside ----------------------------------------------------------------------------------------------------

    def _place(self, name: str) -> int:
        if not name:
            return NAMELESS
        if name not in self._places:
            self._places[name] = len(self.names)
            self.names.append(name)
            self._new = np.append(self._new, name not in self._choosing.called.ids)
        return self._places[name]

    def resembled(self, index: int) -> Match | None:
        """Who in the gallery it may be: nobody where the nearest is as unlike as strangers are."""
        near = self.rows[index].nearest
        return near if near is not None and near.similarity >= self.plan.known / 2 else None

    def _known_as(self, row: EnrollRow) -> int:
        near = row.nearest
        return self._place(near.name) if near and near.similarity >= self.plan.known else NAMELESS

    def _shared(self) -> list[int]:
        return [self._places[name] for name in self._choosing.called.shared if name in self._places]

    def _doubtful(self, numbers: Any = slice(None)) -> NDArray[np.bool_]:
        """Of rows: whether there is a doubt, nobody is named for sure, or the gallery knows another name."""
        names, near = self._name.values[numbers], self._near.values[numbers]
        doubts = self._doubted.values[numbers] | (names < 0) | np.isin(names, self._shared())
        doubts |= (near >= 0) & (near != names)
        return np.asarray(doubts & (self._kind.values[numbers] == _FACE))

    def _propose(self, numbers: Ids) -> None:
        self._ticked.values[numbers] = (self._kind.values[numbers] == _FACE) & ~self._doubtful(numbers)

    def _open(self, index: int) -> tuple[Text, ...]:
        if self.shared_name(index):
            return (Text("Several people are called {name}: choose which.", {"name": self.name(index)}),)
        return () if self.name(index) or self.rows[index].doubts else (Text("Nobody is named yet."),)

    def _other(self, index: int) -> tuple[Text, ...]:
        name = self.name(index)
        return other_name(self.rows[index].nearest, name, self.plan.known) if name else ()

    def _ranks(self) -> NDArray[Any]:
        ranks = np.full(len(self.names) + 1, len(self.names))  # the nameless come last
        order = sorted(range(len(self.names)), key=lambda place: self.names[place].casefold())
        ranks[order] = np.arange(len(order))
        return np.asarray(ranks[self._name.values])

    def _holding(self, text: str) -> NDArray[np.bool_]:
        names = np.array([text in name.casefold() for name in [*self.names, ""]], np.bool_)
        files = np.fromiter((text in row.path.name.casefold() for row in self.rows), np.bool_, len(self.rows))
        return np.asarray(names[self._name.values] | files)


class _Column:
    """A growing array."""

    def __init__(self, kind: type[np.generic]) -> None:
        self._room: NDArray[Any] = np.zeros(256, kind)
        self._length = 0

    @property
    def values(self) -> NDArray[Any]:
        return self._room[: self._length]

    def append(self, value: Any) -> None:
        if self._length == len(self._room):
            self._room = np.resize(self._room, 2 * self._length)
        self._room[self._length] = value
        self._length += 1
