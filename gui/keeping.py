"""People and the gallery as a whole: what the File and Gallery menus do with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDate, QObject

from core.errors import Problem, Text
from core.gallery.finding import called
from core.gallery.records import Change, Erased, Identity
from core.jobs import keeping as jobs
from core.paths import galleries_folder
from gui.dialogs.history import HistoryDialog
from gui.dialogs.merge import MergeDialog
from gui.dialogs.name import ask_name
from gui.dialogs.notes import NotesDialog
from gui.kit import Kit
from gui.language import counted, tr
from gui.own_limits import compare_people

_NAMED = 5  # names told in a question; the rest is counted
_TOLD = 3  # faults of a gallery told one by one


class Keeping(QObject):
    """Answers the actions about people and about the gallery; whom they mean stands in `state.chosen`."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        actions, state = kit.actions, kit.state
        for name, slot in (
            ("new_person", self._new_person),
            ("merge", self._merge),
            ("notes", self._notes),
            ("remove_person", self._remove),
            ("erase_person", self._erase),
            ("history", self._history),
            ("backup", self._backup),
            ("restore", self._restore),
            ("own_limits", partial(compare_people, kit)),
            ("check_gallery", self._check),
        ):
            actions.on(name, slot)
        state.people_chosen.connect(self._enable)
        state.desk.opened.connect(self._enable)
        state.desk.changed.connect(self._enable)
        state.language_changed.connect(self._enable)
        self._enable()

    def _enable(self) -> None:
        actions, state = self._kit.actions, self._kit.state
        chosen = self._chosen()
        for name in ("backup", "own_limits", "check_gallery", "history"):
            actions.enable(name, state.gallery is not None, tr("No gallery is open."))
        reason = why_not_written(self._kit)
        actions.enable("new_person", not reason, reason)
        reason = reason or ("" if chosen else tr("Choose a person first."))
        for name in ("merge", "remove_person", "erase_person"):
            actions.enable(name, not reason, reason)
        reason = reason or ("" if len(chosen) == 1 else tr("Choose one person."))
        for name in ("rename", "notes"):
            actions.enable(name, not reason, reason)

    def _chosen(self) -> list[Identity]:
        wanted = set(self._kit.state.chosen)
        return [person for person in self._kit.state.people if person.id in wanted] if wanted else []

    # --- people ----------------------------------------------------------------------------------------------------

    def _new_person(self) -> None:
        kit = self._kit
        name = kit.ask.text(tr("New person"), tr("Name:"))
        if name is None:
            return
        same = called(kit.state.people, name)
        if same:
            text = tr("There is already a person called {name}.", name=name)
            answer = kit.ask.choice(tr("New person"), text, [tr("Show that person"), tr("Make another one")])
            if answer != 1:
                if answer == 0:
                    self._show(same[0].id)
                return

        def made(change: Change | None) -> None:
            kit.state.tell_done(change)
            for identity in change.identities if change else ():
                self._show(identity)

        kit.state.desk.change(lambda gallery: gallery.add(name), made)

    def _show(self, identity: int) -> None:
        self._kit.state.people_wanted.emit((identity,))

    def _notes(self) -> None:
        person = next(iter(self._chosen()), None)
        if person is None:
            return
        dialog, identity, state = NotesDialog(self._kit, person), person.id, self._kit.state
        if self._kit.ask.dialog(dialog):
            words = dialog.words()
            state.desk.change(lambda gallery: gallery.annotate(identity, words), state.tell_done)
        dialog.deleteLater()

    def _merge(self) -> None:
        people = self._chosen()
        if len(people) == 1:
            title = tr("Merge {name} with…", name=people[0].name)
            text, first = tr("Who is the same person?"), people[0].id
            other = ask_name(self._kit, title, text, may_create=False, without=[first])
            if isinstance(other, int):
                merge_people(self._kit, [first, other])
        elif people:
            merge_people(self._kit, [person.id for person in people])

    def _remove(self) -> None:
        ids, state = [person.id for person in self._chosen()], self._kit.state
        if ids:
            state.desk.change(lambda gallery: gallery.remove(ids), state.tell_done)

    def _erase(self) -> None:
        people, facts = self._chosen(), self._kit.state.gallery
        if not people or facts is None:
            return
        gone = tr(
            "Names, pictures, features and their history leave the gallery, and the freed bytes are written over. "
            "This cannot be undone."
        )
        kept = tr("The photos themselves, backups and exports are not touched: remove them where you keep them.")
        text = "\n\n".join([_listed(people), gone, kept])
        action = counted("Erase {count} person for good", "Erase {count} people for good", len(people))
        if not self._kit.ask.sure(tr("Erase for good?"), text, action):
            return
        job = partial(jobs.erase, facts.folder, [person.id for person in people])
        title = Text("Erase {count} people for good", {"count": len(people)})
        done = partial(self._erased, [person.id for person in people])
        self._kit.bridge.run(title, job, done=done, ended=self._kit.state.desk.look_again)

    def _erased(self, identities: list[int], erased: Erased) -> None:
        self._kit.state.pictures.forget()
        self._kit.state.results.forget(identities)
        faces = counted("{count} face", "{count} faces", erased.faces)
        self._kit.state.notices.info(
            counted(
                "{count} person with {faces} is erased for good.",
                "{count} people with {faces} are erased for good.",
                erased.identities,
                faces=faces,
            )
        )

    # --- the gallery -----------------------------------------------------------------------------------------------

    def _history(self) -> None:
        dialog = HistoryDialog(self._kit)
        self._kit.ask.dialog(dialog)
        dialog.deleteLater()

    def _backup(self) -> None:
        facts = self._kit.state.gallery
        if facts is None:
            return
        today = QDate.currentDate().toString("yyyy-MM-dd")
        start = facts.folder.parent / f"{facts.name} {today}.backup"
        file = self._kit.ask.save_file(tr("Back up the gallery"), _backups(), start)
        if file is None:
            return

        def done(_: Path) -> None:
            self._kit.state.notices.info(tr("Backed up {name} to {file}.", name=facts.name, file=file))

        title = Text("Back up {name}", {"name": facts.name})
        self._kit.bridge.run(title, partial(jobs.backup, facts.folder, file), done=done)

    def _restore(self) -> None:
        kit = self._kit
        file = kit.ask.file(tr("Restore a backup: choose its file"), _backups())
        if file is None:
            return
        folder = kit.ask.save_file(tr("Restore: name a new folder"), start=galleries_folder() / file.stem)
        if folder is None:
            return

        def done(made: Path) -> None:
            kit.state.notices.info(tr("Restored to {folder}.", folder=made))
            kit.state.desk.open(made)

        title = Text("Restore {file}", {"file": file.name})
        kit.bridge.run(title, partial(jobs.restore, file, folder), done=done)

    def _check(self) -> None:
        facts = self._kit.state.gallery
        if facts is None:
            return

        def done(problems: list[Problem]) -> None:
            if not problems:
                self._kit.state.notices.info(tr("The gallery {name} is in order.", name=facts.name))
            for problem in problems[:_TOLD]:
                self._kit.state.notices.problem(problem)

        title = Text("Check {name}", {"name": facts.name})
        self._kit.bridge.run(title, partial(jobs.check, facts.folder), done=done)


def why_not_written(kit: Kit) -> str:
    """Why the gallery cannot be changed, in words; empty when it can."""
    gallery = kit.state.gallery
    if gallery is None:
        return tr("No gallery is open.")
    return tr("This gallery can only be read: its folder cannot be written.") if gallery.read_only else ""


def rename_person(kit: Kit, identity: int, name: str) -> None:
    """Renames; where somebody has that very name, asks whether they are one person."""
    same = [person for person in called(kit.state.people, name) if person.id != identity]
    if same:
        text = tr("There is already a person called {name}. Are they one person?", name=name)
        answer = kit.ask.choice(tr("Rename"), text, [tr("Merge the two…"), tr("Keep both")])
        if answer is None:
            return
        if answer == 0:
            merge_people(kit, [same[0].id, identity], preferred=same[0].id)
            return
    kit.state.desk.change(lambda gallery: gallery.rename(identity, name), kit.state.tell_done)


def merge_people(kit: Kit, identities: Sequence[int], *, preferred: int | None = None) -> None:
    """Shows all of them, and makes them one if the user agrees."""
    wanted = set(identities)
    people = [person for person in kit.state.people if person.id in wanted]
    if len(people) < 2:
        return
    dialog = MergeDialog(kit, people, preferred=preferred)
    if kit.ask.dialog(dialog):
        into = dialog.into()
        others = [person.id for person in people if person.id != into]

        def merged(change: Change | None) -> None:
            kit.state.people_wanted.emit((into,))
            kit.state.tell_done(change)

        kit.state.desk.change(lambda gallery: gallery.merge(into, others), merged)
    dialog.deleteLater()


def _listed(people: Sequence[Identity]) -> str:
    lines = [
        tr("{name} · {faces}", name=person.name, faces=counted("{count} face", "{count} faces", person.faces))
        for person in people[:_NAMED]
    ]
    rest = len(people) - _NAMED
    if rest > 0:
        lines.append(counted("and {count} other", "and {count} others", rest))
    return "\n".join(lines)


def _backups() -> str:
    return tr("Backups (*.backup);;All files (*)")
