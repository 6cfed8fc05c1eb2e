"""Galleries that are served by name. Each has a thread of its own, on which alone its file is touched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.assembly import card_for
from core.errors import SettingsProblem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.gallery.store import FILE
from core.index.named import NamedIndex
from core.index.shelf import Shelf
from core.jobs.enroll import label_of
from core.models.store import ModelStore
from core.server.eyes import AlignedEyes
from core.server.refusal import Refusal
from core.settings import Settings
from core.worker import Lane, Outcome

Result = TypeVar("Result")
_SUFFIX = ".gallery"


@dataclass(frozen=True)
class Counted:
    """What is told of a gallery."""

    people: int
    faces: int
    indexes: tuple[str, ...]
    writable: bool


class ServedGallery:
    """One gallery. Any thread may ask; every method may raise GalleryProblem, and IndexProblem."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lane = Lane(f"service gallery {folder.name}")
        self._shelf: Shelf | None = None
        try:
            self.ask(lambda shelf: None)
        except BaseException:
            self.close()
            raise

    def ask(self, call: Callable[[Shelf], Result]) -> Result:
        """The result of a call on the gallery's thread, its indexes being in step with it."""
        answer: Future[Result] = Future()

        def ended(outcome: Outcome[Result]) -> None:
            if outcome.error is not None:
                answer.set_exception(outcome.error)
            else:
                answer.set_result(outcome.result)  # type: ignore[arg-type]  # a result may be None

        self._lane.submit(lambda: call(self._refreshed()), ended)
        return answer.result()

    def index(self, name: str) -> tuple[NamedIndex, FeatureModel | None]:
        """The index of that name, and the model of the features in it. Raises Refusal where there is none."""

        def opened(shelf: Shelf) -> tuple[NamedIndex, FeatureModel | None]:
            names = shelf.names()
            if name not in names:
                raise Refusal(404, f"The gallery has no index of this name. It has: {', '.join(names)}.")
            return shelf.open(name), shelf.gallery.model

        return self.ask(opened)

    def check_index(self, name: str) -> None:
        """Raises IndexProblem where the gallery has no index of that name."""
        self.ask(lambda shelf: shelf.view(name))

    def model(self) -> FeatureModel | None:
        """Of the features in it."""
        return self.ask(lambda shelf: shelf.gallery.model)

    def counted(self) -> Counted:
        def count(shelf: Shelf) -> Counted:
            people = shelf.gallery.identities()
            faces = sum(each.faces for each in people)
            return Counted(len(people), faces, tuple(shelf.names()), not shelf.gallery.read_only)

        return self.ask(count)

    def enroll(self, faces: list[tuple[str, NewFace]], model: FeatureModel, sure: Callable[[], object]) -> list[int]:
        """The ids of the faces that are new; `sure` is called before anything is written, and may raise."""

        def write(shelf: Shelf) -> list[int]:
            sure()
            label = label_of(len(faces), {name for name, _ in faces})
            change = shelf.gallery.enroll(faces, model=model, label=label, once=True)
            shelf.refresh(change)
            return sorted(change.faces)

        return self.ask(write)

    def remove(self, ids: Iterable[int], sure: Callable[[], object]) -> None:
        """Takes faces out, as a change that can be undone; ids that are not there are passed over."""
        wanted = set(ids)

        def write(shelf: Shelf) -> None:
            owned, _ = shelf.gallery.owners()
            there = sorted(wanted & set(owned.tolist()))
            sure()
            if there:
                shelf.refresh(shelf.gallery.remove_faces(there))

        self.ask(write)

    def close(self) -> None:
        self._lane.close(self._leave)

    def _refreshed(self) -> Shelf:
        if self._shelf is None:
            self._shelf = Shelf(Gallery.open(self._folder))
        self._shelf.refresh()
        return self._shelf

    def _leave(self) -> None:
        if self._shelf is not None:
            self._shelf.close()
            self._shelf.gallery.close()


class Galleries:
    """The galleries that may be named, opened when they are first asked for, and the models for them."""

    def __init__(self, folders: Iterable[Path], settings: Settings, *, everything: Path | None = None) -> None:
        """`everything` is a folder of which every gallery may be named."""
        self._settings, self._everything = settings, everything
        self._store = ModelStore()
        self._folders: dict[str, Path] = {}
        for folder in folders:
            for name in _names(folder):
                if self._folders.setdefault(name, folder) != folder:
                    raise SettingsProblem(
                        "Two galleries would be called {name}.", "The service was not started.", name=name
                    )
        self._guard = threading.Lock()
        self._open: dict[Path, ServedGallery] = {}
        self._eyes: dict[str, AlignedEyes] = {}

    def get(self, name: str) -> ServedGallery:
        """Raises Refusal for a name that is not served; a name is only ever compared, never taken for a path."""
        folder = self._known().get(name)
        if folder is None:
            raise Refusal(404, "There is no index of this key, and no gallery of this name is served.")
        with self._guard:
            if folder not in self._open:
                self._open[folder] = ServedGallery(folder)
            return self._open[folder]

    def names(self) -> list[str]:
        """One name for each."""
        return [folder.name for folder in dict.fromkeys(self._known().values())]

    def eyes(self, model: FeatureModel | None) -> AlignedEyes:
        """Those whose features compare with a gallery's. Raises Problem where the model is not installed."""
        with self._guard:
            card = card_for(model, self._settings, self._store)
            if card.space not in self._eyes:
                self._eyes[card.space] = AlignedEyes(self._settings, self._store, card)
            return self._eyes[card.space]

    def close(self) -> None:
        for gallery in self._open.values():
            gallery.close()
        for eyes in self._eyes.values():
            eyes.close()

    def _known(self) -> dict[str, Path]:
        if self._everything is None or not self._everything.is_dir():
            return self._folders
        own = [each for each in sorted(self._everything.iterdir()) if (each / FILE).is_file()]
        return {name: folder for folder in own for name in _names(folder)} | self._folders


def _names(folder: Path) -> list[str]:
    name = folder.absolute().name
    return [name, name.removesuffix(_SUFFIX)]
