"""Saying who a face of the results is: at once on the screen, then in the gallery, in the order it was said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace
from core.renewing import without
from core.result_row import Answer, ResultRow
from core.worker import Lane, Outcome

if TYPE_CHECKING:
    from gui.state import State

Looked = tuple[list[NewFace], FeatureModel]


class Correcting(QObject):
    """What the user says of a row, by its number. A row shows it before it is saved, and takes it back on failure."""

    def __init__(self, state: State) -> None:
        super().__init__()
        self._state = state
        self._lane: Lane | None = None
        state.bench.changed.connect(self._models_changed)
        state.settings_changed.connect(lambda _: self._models_changed())

    def name(self, number: int, who: int | str) -> None:
        """The face is this person, or a new one of that name: it joins the gallery."""
        row = self._row(number)
        if row is None:
            return
        person = self._state.person(who) if isinstance(who, int) else None
        name = who if isinstance(who, str) else person.name if person else ""
        self._show(number, Answer("person", who if isinstance(who, int) else 0, name, saved=False))
        settings = self._state.settings

        def look() -> Looked:
            with self._state.bench.lend() as bench:
                recognizer = bench.recognizer(settings, None)
                faces: list[NewFace] = _acts().faces_of(row, recognizer, max_megapixels=settings.max_megapixels)
                return faces, bench.model

        def looked(outcome: Outcome[Looked]) -> None:
            if outcome.result is None:
                self._failed(number, row, outcome.error or RuntimeError("nothing was looked at"))
                return
            faces, model = outcome.result
            self._change(number, row, lambda gallery: _acts().name_face(gallery, row, who, faces, model))

        self._work(look, looked)

    def confirm(self, number: int) -> bool:
        """The proposed name is right; whether there is one."""
        row = self._row(number)
        if row is None or row.match is None or self._state.person(row.match.identity) is None:
            return False
        self.name(number, row.match.identity)
        return True

    def deny(self, number: int) -> bool:
        """It is not whom the row names; whether it names anybody."""
        row = self._row(number)
        if row is None or not row.identity:
            return False
        identity = row.identity
        self._state.results.put({number: without(row, identity, self._state.results.limits)})
        if row.origin == "photo":
            self._change(number, row, lambda gallery: _acts().deny(gallery, row, identity))
        elif row.answer is not None and row.answer.faces:
            faces = row.answer.faces
            self._change(number, row, lambda gallery: gallery.remove_faces(faces))
        return True

    def reject(self, number: int) -> None:
        """There is no face."""
        row = self._row(number)
        if row is None or row.kind == "no face":
            return
        self._show(number, Answer("no face", saved=row.origin == "live"))
        if row.origin == "photo":
            self._change(number, row, lambda gallery: _acts().reject(gallery, row))
        elif row.answer is not None and row.answer.faces:
            faces = row.answer.faces
            self._change(number, row, lambda gallery: gallery.remove_faces(faces))

    def restore(self, number: int) -> None:
        """It is a face after all."""
        row = self._row(number)
        if row is None or row.kind != "no face":
            return
        self._show(number, None)
        if row.origin == "photo":
            self._change(number, row, lambda gallery: _acts().restore(gallery, row))

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

    def _change(self, number: int, row: ResultRow, work: Callable[[Gallery], Change | None]) -> None:
        self._state.desk.change(work, partial(self._done, number), partial(self._failed, number, row))

    def _done(self, number: int, change: Change | None) -> None:
        book, results = self._state.results.book, self._state.results
        if number in book and (answer := book.row(number).answer) is not None and not answer.saved:
            faces = tuple(sorted(change.faces)) if change is not None and answer.kind == "person" else ()
            identity = answer.identity or next(iter(change.identities if change else ()), 0)
            self._show(number, replace(answer, saved=True, faces=faces, identity=identity))
        self._state.tell_done(change)
        results.look_again()

    def _failed(self, number: int, row: ResultRow, error: BaseException) -> None:
        if number in self._state.results.book:
            self._state.results.put({number: row})
            self._show(number, row.answer)
        self._state.notices.problem(error)

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
            with state.bench.lend() as bench:
                return bench.recognizer(state.settings, None).limits

        def known(outcome: Outcome[object]) -> None:
            if outcome.result is not None:
                state.bridge.post(partial(setattr, state.results, "limits", outcome.result), self)

        self._lane.submit(limits, known)


def _acts() -> Any:
    from core.jobs import correcting  # the models' libraries come with it: the window comes first

    return correcting
