"""Naming a face that is before the camera: the question, the enrollment, and the name at once on the face."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, NewFace
from core.result_row import Answer
from gui.dialogs.who_is_this import WhoIsThisDialog
from gui.kit import Kit
from gui.language import tr
from gui.live import Live

if TYPE_CHECKING:
    from core.sightings import LiveFace

_SAID = 4.0  # seconds that a name just given is shown, until the camera finds out by itself


class NamingLive(QObject):
    given = Signal()  # a name: the faces say something else now

    def __init__(self, kit: Kit, live: Live) -> None:
        super().__init__()
        self.model: FeatureModel | None = None  # of the features in the samples of the faces that are shown
        self._kit, self._live = kit, live
        self._said: dict[int, tuple[Answer, float]] = {}  # track -> what the user said, and until when it is shown

    def ask(self, face: LiveFace) -> None:
        """Who it is; the best sights of it are enrolled as one change."""
        track = face.tracked.track
        dialog = WhoIsThisDialog(self._kit, face.row.matches, partial(self._live.samples, track))
        try:
            if self._kit.ask.dialog(dialog) and dialog.answer is not None:
                self._enroll(track, dialog.answer, dialog.faces)
        finally:
            dialog.deleteLater()

    def as_said(self, face: LiveFace) -> LiveFace:
        """With the name that was given just now, until the camera finds out by itself."""
        track = face.tracked.track
        answer, until = self._said.get(track, (None, 0.0))
        if answer is None:
            return face
        found = face.tracked.match is not None and face.tracked.match.identity == answer.identity
        if found or time.monotonic() > until:
            del self._said[track]
            return face
        return replace(face, row=replace(face.row, answer=answer))

    def forget(self) -> None:
        """Another camera begins; its faces are others."""
        self._said.clear()

    def _enroll(self, track: int, who: int | str, faces: list[NewFace]) -> None:
        model = self.model
        if model is None or not all(model.space in face.features for face in faces):
            hint = tr("Nothing was enrolled. Ask once more.")
            self._kit.state.notices.warning(tr("The face feature model was changed meanwhile."), hint)
            return

        def enrolled(gallery: Gallery) -> Change:
            from core.jobs.correcting import enroll_named

            return enroll_named(gallery, [(who, face) for face in faces], model)

        self._kit.state.desk.change(enrolled, lambda change: self._told(track, who, change))

    def _told(self, track: int, who: int | str, change: Change | None) -> None:
        self._kit.state.tell_done(change)
        people = change.identities if change is not None else frozenset()
        person = self._kit.state.person(min(people)) if people else None
        if person is not None:
            self._said[track] = (Answer("person", person.id, person.name), time.monotonic() + _SAID)
            self.given.emit()
