"""What every panel may see and ask: settings, the open gallery, models, small pictures, notices."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

from core import settings as stored
from core.errors import Problem
from core.gallery.records import Change, Identity
from core.paths import data_folder, settings_file
from core.settings import Settings
from gui.bridge import Bridge
from gui.correcting import Correcting
from gui.desk import Desk, GalleryFacts
from gui.language import choose, said, tr
from gui.models.results import Results
from gui.notices import Notices
from gui.pictures import Pictures
from gui.unfinished import Unfinished
from gui.workbench import Workbench

_RECENT = 10


class State(QObject):
    """Handed to every panel; owns nothing that is painted."""

    settings_changed = Signal(object)  # frozenset of the names that changed
    language_changed = Signal()
    person_chosen = Signal(int)  # identity the gallery panel has chosen; 0 for all
    people_chosen = Signal(tuple)  # identities chosen in the gallery panel; () for all
    people_wanted = Signal(tuple)  # identities that the gallery panel shall choose; () for all
    kinds_wanted = Signal(object)  # frozenset of RowKinds: the results panel shows only these
    tab_wanted = Signal(str)  # "people", "camera", "batch", "indexes"
    dock_wanted = Signal(str)  # "gallery", "results", "jobs", "log"
    enroll_wanted = Signal(object)  # gui.enrolling.EnrollRequest: look at photos and propose whom to enroll
    index_wanted = Signal(object)  # Path of a PaddleX index folder whose people shall be taken in
    pipeline_wanted = Signal(object)  # Path of a PaddleX pipeline file to look at
    tag_wanted = Signal(object)  # Path of a folder to tag
    sighted = Signal(list)  # new core.result_row.ResultRow: live sightings and faces of photos

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.bridge = bridge
        self.chosen: tuple[int, ...] = ()  # identities chosen in the gallery panel; () for all
        self.notices = Notices()
        self.unfinished = Unfinished()
        self.desk = Desk(bridge)
        self.bench = Workbench(bridge)
        self.pictures = Pictures(self.desk, bridge)
        self.results = Results(self.desk)
        self.sighted.connect(self.results.add)
        # Geometry and the like; values a person sets on purpose are in `settings`.
        self.memory = QSettings(str(data_folder() / "window.ini"), QSettings.Format.IniFormat)
        self.settings = self._loaded()
        self.correcting = Correcting(self)
        bridge.failed.connect(self.notices.problem)
        self.desk.failed.connect(self.notices.problem)
        self.desk.opened.connect(self._gallery_opened)
        self.desk.changed.connect(lambda _: self._want_models())

    # --- the open gallery ------------------------------------------------------------------------------------------

    @property
    def gallery(self) -> GalleryFacts | None:
        return self.desk.facts

    @property
    def people(self) -> tuple[Identity, ...]:
        return self.desk.facts.people if self.desk.facts else ()

    def person(self, identity: int) -> Identity | None:
        return next((person for person in self.people if person.id == identity), None)

    def recent(self) -> list[Path]:
        """Galleries opened before, the newest first."""
        value: Any = self.memory.value("recent", [])
        paths = [value] if isinstance(value, str) else value or []
        return [Path(path) for path in paths]

    def remember(self, folder: Path) -> None:
        paths = [folder, *(path for path in self.recent() if path != folder)]
        self.memory.setValue("recent", [str(path) for path in paths[:_RECENT]])

    def choose_people(self, identities: tuple[int, ...]) -> None:
        """For the gallery panel, which tells all others; who wants people chosen uses `people_wanted`."""
        self.chosen = identities
        self.people_chosen.emit(identities)
        self.person_chosen.emit(identities[0] if len(identities) == 1 else 0)

    # --- settings --------------------------------------------------------------------------------------------------

    def change_settings(self, **values: Any) -> None:
        """Checks, applies and saves; a bad value or a disk that refuses is told and nothing changes."""
        try:
            changed = self.settings.changed(**values)
            stored.save(changed, settings_file())
        except (Problem, OSError) as error:
            self.notices.problem(error)
            return
        self.apply_settings(changed)

    def apply_settings(self, changed: Settings) -> None:
        before, self.settings = self.settings, changed
        names = [field.name for field in dataclasses.fields(Settings)]
        different = frozenset(name for name in names if getattr(before, name) != getattr(changed, name))
        if not different:
            return
        if "language" in different:
            choose(changed.language)
            self.language_changed.emit()
        if "index" in different and self.gallery:
            self.desk.use_index(changed.index)
        self._want_models()
        self.settings_changed.emit(different)

    # --- undo, with its notice -------------------------------------------------------------------------------------

    def undo(self, only: int | None = None) -> None:
        """The newest change, or with `only` the change of that id and no other."""
        self.desk.undo(lambda change: self._tell(tr("Undone: {what}"), change), only=only)

    def redo(self) -> None:
        self.desk.redo(lambda change: self._tell(tr("Done again: {what}"), change))

    def _tell(self, words: str, change: Change | None) -> None:
        if change is not None:
            self.notices.info(words.format(what=said(change.label)))

    def tell_done(self, change: Change | None) -> None:
        """Says what was done, with a button that undoes it; give it to `desk.change` as `done`."""
        if change is not None and change.id:
            done = tr("Done: {what}", what=said(change.label))
            self.notices.info(done, action=tr("Undo"), act=lambda: self.undo(change.id))

    def close(self) -> bool:
        """Ends all threads; whether they have ended."""
        self.memory.sync()
        self.pictures.close()
        # Jobs hold models and galleries of their own: they go first.
        ended = [self.bridge.close(), self.correcting.close(), self.desk.close(), self.bench.close()]
        return all(ended)

    def _gallery_opened(self) -> None:
        if self.gallery:
            self.remember(self.gallery.folder)
            if self.settings.index in self.gallery.indexes[1:]:
                self.desk.use_index(self.settings.index)
        self._want_models()

    def _want_models(self) -> None:
        self.bench.want(self.settings, self.gallery.model if self.gallery else None)

    def _loaded(self) -> Settings:
        try:
            return stored.load(settings_file())
        except Problem as problem:
            self.bridge.post(partial(self.notices.problem, problem))
            return Settings()
