"""Saying who a face of the results is: at once on the screen, then in the gallery, in the order it was said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from core.errors import Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace
from core.renewing import without
from core.result_row import Answer, ResultRow
from core.worker import Lane, Outcome
from gui.language import counted, tr

if TYPE_CHECKING:
    from core.jobs.correcting import Named
    from gui.state import State

Looked = tuple[list[NewFace], FeatureModel]


class Correcting(QObject):
    """What the user says of rows, by their numbers. A row shows it before it is saved, and takes it back on failure."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._lane: Lane | None = None
        state.bench.changed.connect(self._models_changed)
        state.settings_changed.connect(lambda _: self._models_changed())

    def name(self, numbers: Sequence[int], who: int | str) -> None:
        """The faces are this person, or a new one of that name: they join the gallery."""
        self._name(dict.fromkeys(numbers, who))

    def confirm(self, numbers: Sequence[int]) -> None:
        """The proposed names are right; rows without one are passed over."""
        rows = {number: row for number in numbers if (row := self._row(number)) is not None and row.match is not None}
        proposed = {number: row.match.identity for number, row in rows.items() if row.match is not None}
        self._name({number: who for number, who in proposed.items() if self._state.person(who) is not None})

    def deny(self, numbers: Sequence[int]) -> None:
        """They are not whom the rows name; rows without a name are passed over."""
        denied = {number: row for number in numbers if (row := self._row(number)) is not None and row.identity}
        limits = self._state.results.limits
        self._state.results.put({number: without(row, row.identity, limits) for number, row in denied.items()})
        photos = {number: row for number, row in denied.items() if row.origin == "photo"}
        self._change(photos, lambda gallery: _acts().deny(gallery, [(row, row.identity) for row in photos.values()]))
        self._take_out(denied)

    def reject(self, numbers: Sequence[int]) -> None:
        """There are no faces."""
        wrong = {number: row for number in numbers if (row := self._row(number)) is not None and row.kind != "no face"}
        for number, row in wrong.items():
            self._show(number, Answer("no face", saved=row.origin == "live"))
        photos = {number: row for number, row in wrong.items() if row.origin == "photo"}
        self._change(photos, lambda gallery: _acts().reject(gallery, list(photos.values())))
        self._take_out(wrong)

    def restore(self, numbers: Sequence[int]) -> None:
        """They are faces after all."""
        right = {number: row for number in numbers if (row := self._row(number)) is not None and row.kind == "no face"}
        for number in right:
            self._show(number, None)
        photos = {number: row for number, row in right.items() if row.origin == "photo"}
        self._change(photos, lambda gallery: _acts().restore(gallery, list(photos.values())))

    def close(self) -> bool:
        """Ends the thread after what was said; whether it has ended."""
        return self._lane is None or self._lane.close(wait=5.0)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _row(self, number: int) -> ResultRow | None:
        book = self._state.results.book
        row = book.row(number) if number in book else None
        return None if row is None or (row.answer is not None and not row.answer.saved) else row

    def _show(self, number: int, answer: Answer | None) -> None:
        """The row and all that show the same face."""
        book = self._state.results.book
        numbers = [number, *book.same_face(number)]
        self._state.results.put({each: replace(book.row(each), answer=answer) for each in numbers})

    # --- names -----------------------------------------------------------------------------------------------------

    def _name(self, said: dict[int, int | str]) -> None:
        """One face is looked at and saved beside everything else; many are a job that can be followed and cancelled."""
        rows: dict[int, ResultRow] = {}
        for number, who in said.items():
            row = self._row(number)  # None also where the same face, said before, is shown as not saved yet
            if row is not None:
                rows[number] = row
                person = self._state.person(who) if isinstance(who, int) else None
                name = who if isinstance(who, str) else person.name if person else ""
                self._show(number, Answer("person", who if isinstance(who, int) else 0, name, saved=False))
        if len(rows) == 1:
            ((number, row),) = rows.items()
            self._name_one(number, row, said[number])
        elif rows:
            self._name_many(rows, said)

    def _name_one(self, number: int, row: ResultRow, who: int | str) -> None:
        settings = self._state.settings

        def look() -> Looked:
            with self._state.bench.lend() as bench:
                recognizer = bench.recognizer(settings, None)
                faces: list[NewFace] = _acts().faces_of(row, recognizer, max_megapixels=settings.max_megapixels)
                return faces, bench.model

        def looked(outcome: Outcome[Looked]) -> None:
            if outcome.result is None:
                self._failed({number: row}, outcome.error or RuntimeError("nothing was looked at"))
                return
            faces, model = outcome.result
            self._change({number: row}, lambda gallery: _acts().name_face(gallery, row, who, faces, model))

        self._work(look, looked)

    def _name_many(self, rows: dict[int, ResultRow], said: dict[int, int | str]) -> None:
        gallery, settings = self._state.gallery, self._state.settings
        if gallery is None:
            return
        folder, namings = gallery.folder, [(row, said[number]) for number, row in rows.items()]
        lend = partial(self._state.bench.lend_recognizer, settings, None)
        job = self._state.bridge.run(
            Text("Name {count} faces", {"count": len(rows)}),
            lambda: _acts().name_faces(folder, namings, lend, max_megapixels=settings.max_megapixels),
            done=lambda named: self._many_named(rows, named),
            failed=lambda error: self._failed(rows, error),
            ended=lambda: self._put_back(rows) if job.state == "cancelled" else None,
        )

    def _many_named(self, rows: dict[int, ResultRow], named: Named) -> None:
        kept_out: dict[int, ResultRow] = {}
        for (number, row), faces, identity in zip(rows.items(), named.faces, named.identities, strict=True):
            if not faces:
                kept_out[number] = row
            elif number in self._state.results.book and (answer := self._state.results.book.row(number).answer):
                self._show(number, replace(answer, saved=True, faces=faces, identity=identity))
        self._put_back(kept_out)
        self._state.desk.look_again()
        for change in named.changes[-1:]:
            self._state.tell_done(change)
        self._state.results.look_again()
        if kept_out:
            self._state.notices.warning(
                counted("{count} face could not be added.", "{count} faces could not be added.", len(kept_out)),
                tr("The Jobs panel tells why, photo by photo."),
            )

    # --- other changes ---------------------------------------------------------------------------------------------

    def _take_out(self, rows: dict[int, ResultRow]) -> None:
        """What was enrolled of faces seen live leaves the gallery again."""
        live = {number: row for number, row in rows.items() if row.origin == "live"}
        faces = [face for row in live.values() if row.answer is not None for face in row.answer.faces]
        if faces:
            self._change(live, lambda gallery: gallery.remove_faces(faces))

    def _change(self, rows: dict[int, ResultRow], work: Callable[[Gallery], Change | None]) -> None:
        if rows:
            self._state.desk.change(work, partial(self._done, rows), partial(self._failed, rows))

    def _done(self, rows: dict[int, ResultRow], change: Change | None) -> None:
        book = self._state.results.book
        for number in rows:
            if number in book and (answer := book.row(number).answer) is not None and not answer.saved:
                faces = tuple(sorted(change.faces)) if change is not None and answer.kind == "person" else ()
                identity = answer.identity or next(iter(change.identities if change else ()), 0)
                self._show(number, replace(answer, saved=True, faces=faces, identity=identity))
        self._state.tell_done(change)
        self._state.results.look_again()

    def _failed(self, rows: dict[int, ResultRow], error: BaseException) -> None:
        self._put_back(rows)
        self._state.notices.problem(error)

    def _put_back(self, rows: dict[int, ResultRow]) -> None:
        for number, row in rows.items():
            if number in self._state.results.book:
                self._state.results.put({number: row})
                self._show(number, row.answer)

    def _work(self, look: Callable[[], Looked], looked: Callable[[Outcome[Looked]], None]) -> None:
        if self._lane is None:
            self._lane = Lane("corrections")
        post = self._state.bridge.post
        self._lane.submit(look, lambda outcome: post(lambda: looked(outcome), self))

    def _models_changed(self) -> None:
        """Rows are decided anew with the limits of the models in use."""
        state = self._state
        if state.bench.status != "ready":
            return
        if self._lane is None:
            self._lane = Lane("corrections")

        def limits() -> object:
            with state.bench.lend_recognizer(state.settings, None) as recognizer:
                return recognizer.limits

        def known(outcome: Outcome[object]) -> None:
            if outcome.result is not None:
                state.bridge.post(partial(setattr, state.results, "limits", outcome.result), self)

        self._lane.submit(limits, known)


def _acts() -> Any:
    from core.jobs import correcting  # the models' libraries come with it: the window comes first

    return correcting
