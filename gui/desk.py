"""The open gallery and its indexes on a thread of their own; the GUI thread asks and hears."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import GalleryProblem, Problem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, FeatureModel, Identity
from core.worker import Lane, Outcome
from gui.bridge import Bridge

Answer = TypeVar("Answer")
LOOK_AGAIN = 1000  # milliseconds between two looks for changes by other programs
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GalleryFacts:
    """What the screen needs to know of the open gallery without asking it."""

    folder: Path
    name: str
    read_only: bool
    model: FeatureModel | None
    people: tuple[Identity, ...]
    faces: int
    indexes: tuple[str, ...]
    next_undo: Text | None
    next_redo: Text | None


class Desk(QObject):
    """At most one open gallery. Everything that reads or writes it runs on the desk's thread, in order."""

    opened = Signal()  # another gallery, or none: `facts` tells
    changed = Signal(object)  # Change, or None when anything may have changed; `facts` is up to date
    failed = Signal(object)  # an error that no asker took

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.facts: GalleryFacts | None = None
        self.searcher: Any = None  # NamedIndex of recognition, searched from any thread; None without features
        self._bridge = bridge
        self._lane = Lane("gallery desk")
        self._gallery: Gallery | None = None  # these three belong to the lane's thread
        self._shelf: Any = None
        self._index = "default"
        self._told = 0  # generation of the shelf that `facts` are of
        self._looking = False
        self._timer = QTimer(self, interval=LOOK_AGAIN)
        self._timer.timeout.connect(self.look_again)

    # --- asked on the GUI thread -----------------------------------------------------------------------------------

    def open(
        self,
        folder: Path,
        *,
        create: bool = False,
        done: Callable[[], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Opens (or makes) a gallery in place of the open one, which stays when that fails."""

        def opened(facts: GalleryFacts) -> None:
            self._show(facts)
            self._timer.start()
            self.opened.emit()
            if done is not None:
                done()

        self._submit(lambda: self._swap(folder, create=create), opened, failed, None)

    def shut(self, done: Callable[[], None] | None = None) -> None:
        """No gallery is open any more."""

        def shut(_: None) -> None:
            self._timer.stop()
            self.facts = None
            self.opened.emit()
            if done is not None:
                done()

        self._submit(self._put_away, shut, None, None)

    def ask(
        self,
        work: Callable[[Gallery, Any], Answer],
        done: Callable[[Answer], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        *,
        owner: QObject | None = None,
    ) -> None:
        """`work(gallery, shelf)` on the desk's thread, then `done(answer)` here unless `owner` is gone.

        For reading. Whatever takes more than a moment is a job with a gallery handle of its own.
        """
        self._submit(lambda: work(*self._both()), done, failed, owner)

    def change(
        self,
        work: Callable[[Gallery], Change | None],
        done: Callable[[Change | None], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """One quick change of the gallery; indexes follow and `changed` tells every view before `done`."""

        def made() -> tuple[Change | None, GalleryFacts, bool]:
            gallery, shelf = self._both()
            shelf.refresh()
            others = shelf.generation != self._told  # what jobs and other programs did meanwhile is told with it
            change = work(gallery)
            shelf.refresh(change)
            return change, self._read(), others

        def told(answer: tuple[Change | None, GalleryFacts, bool]) -> None:
            change, facts, others = answer
            self._show(facts)
            if others:
                self.changed.emit(None)
            elif change is not None and change.id:
                self.changed.emit(change)
            if done is not None:
                done(change)

        self._submit(made, told, failed, None)

    def undo(self, done: Callable[[Change | None], None] | None = None, *, only: int | None = None) -> None:
        """Takes back the newest change; with `only`, the id of a change, nothing but that one."""
        self.change(lambda gallery: gallery.undo(only), done)

    def redo(self, done: Callable[[Change | None], None] | None = None) -> None:
        self.change(lambda gallery: gallery.redo(), done)

    def use_index(self, name: str, done: Callable[[], None] | None = None) -> None:
        """Recognition searches this named index from now on."""

        def used() -> GalleryFacts:
            self._both()
            before, self._index = self._index, name
            try:
                return self._read()
            except Problem:
                self._index = before
                raise

        def told(facts: GalleryFacts) -> None:
            self._show(facts)
            self.changed.emit(None)
            if done is not None:
                done()

        self._submit(used, told, None, None)

    def look_again(self) -> None:
        """Takes up what jobs and other programs have changed; costs little when nothing has."""
        if self._looking or self.facts is None:
            return
        self._looking = True

        def looked(facts: GalleryFacts | None) -> None:
            self._looking = False
            if facts is not None:
                self._show(facts)
                self.changed.emit(None)

        def failed(error: BaseException) -> None:
            self._looking = False
            if self._timer.isActive():  # said once: until the gallery answers again only gestures speak
                self._timer.setInterval(LOOK_AGAIN * 10)
                self.failed.emit(error)

        self._submit(self._news, looked, failed, None)

    def close(self, seconds: float = 5.0) -> bool:
        """Puts the gallery away and ends the thread; whether it has ended."""
        self._timer.stop()
        return self._lane.close(self._put_away, wait=seconds)

    # --- on the desk's thread --------------------------------------------------------------------------------------

    def _swap(self, folder: Path, *, create: bool) -> GalleryFacts:
        from core.index.shelf import Shelf  # faiss is slow to import: the window comes first

        gallery = Gallery.create(folder) if create else Gallery.open(folder)
        shelf = Shelf(gallery)
        before = (self._gallery, self._shelf, self._index, self.searcher, self._told)
        self._gallery, self._shelf, self._index = gallery, shelf, "default"
        try:
            facts = self._read()
        except BaseException:
            self._gallery, self._shelf, self._index, self.searcher, self._told = before
            shelf.close()
            gallery.close()
            raise
        _put_away(*before[:2])
        return facts

    def _put_away(self) -> None:
        gallery, shelf, self._gallery, self._shelf, self.searcher = self._gallery, self._shelf, None, None, None
        _put_away(gallery, shelf)

    def _both(self) -> tuple[Gallery, Any]:
        if self._gallery is None:
            raise GalleryProblem("No gallery is open.", "Make a new one or open one from the File menu.")
        return self._gallery, self._shelf

    def _news(self) -> GalleryFacts | None:
        if self._gallery is None:
            return None
        self._gallery.stand_by()
        self._shelf.refresh()
        return self._read() if self._shelf.generation != self._told else None

    def _read(self) -> GalleryFacts:
        gallery, shelf = self._both()
        names = tuple(shelf.names())
        if self._index not in names:
            self._index = "default"
        self.searcher = shelf.open(self._index) if gallery.model else None
        self._told = shelf.generation
        people = tuple(gallery.identities())
        undo, redo = gallery.next_undo, gallery.next_redo
        return GalleryFacts(
            folder=gallery.folder,
            name=gallery.name,
            read_only=gallery.read_only,
            model=gallery.model,
            people=people,
            faces=sum(person.faces for person in people),
            indexes=names,
            next_undo=undo.label if undo else None,
            next_redo=redo.label if redo else None,
        )

    # --- between them ----------------------------------------------------------------------------------------------

    def _show(self, facts: GalleryFacts) -> None:
        self._timer.setInterval(LOOK_AGAIN)
        self.facts = facts

    def _submit(
        self,
        call: Callable[[], Answer],
        done: Callable[[Answer], None] | None,
        failed: Callable[[BaseException], None] | None,
        owner: QObject | None,
    ) -> None:
        def ended(outcome: Outcome[Answer]) -> None:
            if outcome.error is not None:
                error = outcome.error
                self._bridge.post(lambda: (failed or self.failed.emit)(error), owner)
            elif done is not None:
                answer = outcome.result
                self._bridge.post(lambda: done(answer), owner)  # type: ignore[arg-type]

        self._lane.submit(call, ended)


def _put_away(gallery: Gallery | None, shelf: Any) -> None:
    if gallery is not None:
        shelf.close()
        gallery.close()
