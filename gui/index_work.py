"""What can be done with the indexes of the open gallery: quick acts on the desk, the rest as jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from core.errors import Text
from core.gallery.records import Change, FeatureModel
from core.types import Step
from gui.bridge import Job
from gui.kit import Kit
from gui.language import counted, said, tr

What = Literal["build", "append", "remove", "rebuild", "compact", "verify", "export"]
_KIND = "index"  # of the jobs that go on at the next start


class IndexWork(QObject):
    """One job at a time on each index; the one that was there serves until the new one is whole."""

    busy_changed = Signal(str)  # name of an index: what is done with it, or how far it is
    ended = Signal(str)  # name of the index a job has ended with, well or not

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self._busy: dict[str, tuple[What, Job]] = {}
        self.reports: dict[str, Any] = {}  # name -> core.index.checks.Report of the last verifying
        kit.state.desk.opened.connect(self._gallery_opened)
        kit.state.settings_changed.connect(self._settings_changed)
        kit.state.unfinished.know(_KIND, self._take_up)

    def doing(self, name: str) -> str:
        """What a job does with the index at this moment, in words; "" when none does."""
        if name not in self._busy:
            return ""
        what, job = self._busy[name]
        if job.state == "paused":
            return tr("paused")
        percent = f"{100 * job.done // job.total} %" if job.total else ""
        return f"{_doing(what)} {percent}".strip()

    def new_names(self) -> list[str]:
        """Indexes that are being built."""
        return [name for name, (what, _) in self._busy.items() if what == "build"]

    @property
    def used(self) -> str:
        """The index that recognition searches."""
        desk = self._kit.state.desk
        return desk.searcher.name if desk.searcher is not None else "default"

    # --- jobs ------------------------------------------------------------------------------------------------------

    def start(self, what: What, name: str, **values: Any) -> None:
        """`values` are plain: what core.jobs.indexing takes beside the folder and the name."""
        facts = self._kit.state.gallery
        if facts is None or name in self._busy:
            return
        self._run(what, facts.folder, name, values)

    def import_folder(self, source: Path, model: FeatureModel) -> None:
        facts = self._kit.state.gallery
        if facts is None:
            return
        folder = facts.folder

        def job() -> Generator[Step[str], None, Change | None]:
            from core.jobs import indexing

            return indexing.take_in(folder, source, model=model)

        self._kit.bridge.run(
            Text("Import people from {folder}", {"folder": source.name}), job, done=self._imported, ended=self._look
        )

    def cancel(self, name: str) -> None:
        if name in self._busy:
            self._busy[name][1].cancel()

    def _run(self, what: What, folder: Path, name: str, values: dict[str, Any]) -> None:
        job = self._kit.bridge.run(
            _title(what, name),
            partial(_job, what, folder, name, values),
            done=partial(self._done, what, name, values),
            ended=partial(self._ended, name),
            again={"kind": _KIND, "what": what, "folder": str(folder), "name": name, "values": values},
        )
        self._busy[name] = (what, job)
        job.changed.connect(lambda: self.busy_changed.emit(name))
        if what in ("append", "remove"):  # searches follow from the first step on
            job.stepped.connect(self._look)
        self.reports.pop(name, None)
        self.busy_changed.emit(name)

    def _done(self, what: What, name: str, values: dict[str, Any], result: Any) -> None:
        state = self._kit.state
        if isinstance(result, Change):
            state.tell_done(result)
        elif what == "verify":
            self._verified(name, result.report)
        elif what == "export":
            words = counted("Exported {count} face of {name}.", "Exported {count} faces of {name}.", result, name=name)
            state.notices.info(words, action=tr("Open folder"), act=partial(_open, values["to"]))
        else:
            state.notices.info(tr("The index {name} is made anew and saved.", name=name))

    def _ended(self, name: str) -> None:
        self._busy.pop(name, None)
        self._look()
        self.busy_changed.emit(name)
        self.ended.emit(name)

    def _verified(self, name: str, report: Any) -> None:
        self.reports[name] = report
        if report.sound:
            self._kit.state.notices.info(verdict(report))
            return
        problem = report.problems[0]
        self._kit.state.notices.warning(said(problem.message), said(problem.hint))

    def _imported(self, change: Change | None) -> None:
        if change is None:
            self._kit.state.notices.info(tr("Everyone of that folder is there already; nothing was imported."))
        self._kit.state.tell_done(change)

    def _look(self, *_: object) -> None:
        self._kit.state.desk.look_again()

    def _take_up(self, values: dict[str, Any]) -> None:
        """Goes on with a job of the last session: from the start, since half a structure is none."""
        if values["name"] not in self._busy:
            self._run(values["what"], Path(values["folder"]), values["name"], values["values"])

    # --- quick acts ------------------------------------------------------------------------------------------------

    def use(self, name: str) -> None:
        """Recognition searches this index from now on, and again whenever this gallery is opened."""

        def used() -> None:
            self._remember(name)
            self._kit.state.notices.info(tr("Recognition now searches the index {name}.", name=name))

        self._kit.state.desk.use_index(name, used)

    def delete(self, name: str) -> None:
        """Undoing brings it back; its folder goes at once, since it can be made anew."""

        def told(change: Change | None) -> None:
            self._kit.state.tell_done(change)
            self._kit.state.desk.ask(lambda _, shelf: _drop(shelf, name))

        self._kit.state.desk.change(lambda gallery: gallery.remove_index(name), told)

    def _remember(self, name: str) -> None:
        if self._kit.state.gallery is not None:
            self._kit.state.memory.setValue(_memory_key(self._kit.state.gallery.folder), name)

    def _gallery_opened(self) -> None:
        self.reports.clear()
        facts = self._kit.state.gallery
        if facts is None:
            return
        name = self._kit.state.memory.value(_memory_key(facts.folder))
        if isinstance(name, str) and name in facts.indexes:
            self._kit.state.desk.use_index(name)

    def _settings_changed(self, names: frozenset[str]) -> None:
        if "index" in names:  # chosen anew for all galleries: it holds for this one, too
            self._remember(self._kit.state.settings.index)


def verdict(report: Any) -> str:
    """What verifying found, in a sentence or two."""
    from gui.models.indexes import recall_said, time_said

    faces = counted("{count} face", "{count} faces", report.faces)
    if not report.sound:
        return "\n".join(f"{said(problem.message)} {said(problem.hint)}" for problem in report.problems)
    if report.recall_at_1 is None or report.median_ms is None:
        return tr("The index {name} is sound: {faces}.", name=report.name, faces=faces)
    return tr(
        "The index {name} is sound: {faces}, all as in the gallery. It finds {share} of the nearest faces first; "
        "a search takes {time}.",
        name=report.name,
        faces=faces,
        share=recall_said(report.recall_at_1),
        time=time_said(report.median_ms),
    )


def _job(what: What, folder: Path, name: str, values: dict[str, Any]) -> Generator[Step[str], None, Any]:
    """Called on the job's thread: the index room and faiss are imported there."""
    from core.jobs import indexing

    if what == "export":
        return indexing.export(folder, name, Path(values["to"]))
    jobs: dict[str, Callable[..., Generator[Step[str], None, Any]]] = {
        "build": indexing.build,
        "append": indexing.append,
        "remove": indexing.remove,
        "rebuild": indexing.rebuild,
        "compact": indexing.compact,
        "verify": indexing.verify,
    }
    return jobs[what](folder, name, **values)


def _open(folder: str) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


def _drop(shelf: Any, name: str) -> None:
    from core.index.folder import drop

    if name not in shelf.names():
        drop(shelf.folder(name))


def _title(what: What, name: str) -> Text:
    values = {"name": name}
    return {
        "build": Text("Build the index {name}", values),
        "append": Text("Append people to the index {name}", values),
        "remove": Text("Remove people from the index {name}", values),
        "rebuild": Text("Rebuild the index {name}", values),
        "compact": Text("Compact the index {name}", values),
        "verify": Text("Verify the index {name}", values),
        "export": Text("Export the index {name}", values),
    }[what]


def _doing(what: What) -> str:
    if what == "verify":
        return tr("verifying")
    if what == "export":
        return tr("exporting")
    return tr("building")


def _memory_key(folder: Path) -> str:
    return "index_used/" + hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]
