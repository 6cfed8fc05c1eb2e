"""Jobs about models: measuring, checking, adding, fetching, and moving the gallery to another model."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from core.errors import Problem, Text
from core.types import Step
from gui.bridge import Job
from gui.kit import Kit
from gui.language import counted, tr

if TYPE_CHECKING:  # the window starts without them: jobs import them on their own threads
    from core.engines.choose import Measured
    from core.jobs import models as jobs
    from core.models.cards import Card
    from core.settings import Settings

Failed = Callable[[BaseException], None]
_MOVE, _FETCH = "move_gallery", "fetch_model"  # kinds of jobs that go on at the next start


class ModelWork(QObject):
    """Lives as long as the main window: its jobs go on when the models window is closed."""

    changed = Signal()  # models, measurements or findings are others now

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.measured: dict[str, list[Measured]] = {}  # model -> per engine and device, in this run of the program
        self.findings: dict[str, list[Text | Problem]] = {}  # model -> what the last check said
        kit.state.unfinished.know(_MOVE, self._move_again)
        kit.state.unfinished.know(_FETCH, self._fetch_again)

    def measure(self, names: list[str]) -> Job:
        """Milliseconds of each model in each engine and device; the best is taken from then on."""
        title = Text("Measure {model}", {"model": names[0]}) if len(names) == 1 else Text("Measure the models")
        for name in names:
            self.measured[name] = []

        return self._kit.bridge.run(title, partial(_measuring, names), steps=self._measured, done=self._all_measured)

    def check(self, name: str) -> Job:
        self.findings[name] = []

        def checked(found: list[Text | Problem]) -> None:
            self.findings[name] = found
            self.changed.emit()

        title = Text("Check {model}", {"model": name})
        return self._kit.bridge.run(title, partial(_checking, name), done=checked)

    def add(self, path: Path, *, card: Path | None = None, failed: Failed | None = None) -> Job:
        title = Text("Add the model {file}", {"file": path.name})
        return self._kit.bridge.run(title, partial(_adding, path, card), done=self._added, failed=failed)

    def fetch(self, name: str) -> Job:
        title = Text("Fetch {model}", {"model": name})
        again = {"kind": _FETCH, "model": name}
        job = self._kit.bridge.run(title, partial(_fetching, name), done=self._added, again=again)
        job.ended.connect(lambda _: self.changed.emit())  # also what has arrived of a cancelled one
        return job

    def move(self, folder: Path, name: str) -> Job:
        """The gallery's features with another model; undo takes the former one back."""
        settings = self._kit.state.settings
        title = Text("Move {gallery} to {model}", {"gallery": folder.name, "model": name})
        again = {"kind": _MOVE, "folder": str(folder), "model": name}
        return self._kit.bridge.run(title, partial(_moving, folder, name, settings), done=self._moved, again=again)

    def refreshed(self) -> None:
        """After models were added or removed: they are opened anew."""
        self._kit.state.bench.again()
        self.changed.emit()

    def _move_again(self, values: dict[str, Any]) -> None:
        self.move(Path(values["folder"]), values["model"])

    def _fetch_again(self, values: dict[str, Any]) -> None:
        self.fetch(values["model"])

    def _measured(self, steps: list[Step[jobs.Measurement]]) -> None:
        for step in steps:
            self.measured.setdefault(step.item.model, []).append(step.item.found)
        self.changed.emit()

    def _all_measured(self, found: dict[str, list[Measured]]) -> None:
        self.measured |= found
        self.refreshed()

    def _added(self, card: Card) -> None:
        self._kit.state.notices.info(tr("The model {name} is here now. Choose it with “Use”.", name=card.name))
        self.refreshed()

    def _moved(self, moved: jobs.Moved) -> None:
        state = self._kit.state
        state.desk.look_again()
        state.tell_done(moved.change)
        if moved.problems:
            one = "{count} face has no usable picture and is not found with the new model."
            many = "{count} faces have no usable picture and are not found with the new model."
            state.notices.warning(counted(one, many, len(moved.problems)), tr("The list of the job names them."))
        self.changed.emit()


def _measuring(names: list[str]) -> Generator[Step[jobs.Measurement], None, dict[str, list[Measured]]]:
    from core.jobs.models import measure_models
    from core.models.store import ModelStore

    store = ModelStore()
    return (yield from measure_models([store.card(name) for name in names]))


def _checking(name: str) -> Generator[Step[Text | Problem], None, list[Text | Problem]]:
    from core.jobs.models import check_model
    from core.models.store import ModelStore

    return (yield from check_model(ModelStore(), name))


def _adding(path: Path, card: Path | None) -> Generator[Step[None], None, Card]:
    from core.jobs.models import add_model
    from core.models.store import ModelStore

    return (yield from add_model(ModelStore(), path, card=card))


def _fetching(name: str) -> Generator[Step[str], None, Card]:
    from core.models.store import ModelStore

    return (yield from ModelStore().download(name))


def _moving(folder: Path, name: str, settings: Settings) -> Generator[Step[Any], None, jobs.Moved]:
    from core.gallery.gallery import Gallery
    from core.jobs.models import move_gallery
    from core.models.store import ModelStore

    with Gallery.open(folder) as gallery:
        return (yield from move_gallery(gallery, ModelStore().card(name), settings))
