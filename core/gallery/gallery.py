"""The one door to identities and their faces: every change is atomic, durable and can be undone."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

from core.errors import GalleryProblem, Problem, Text
from core.gallery import backup, erase, history, opening, rules
from core.gallery import verdicts as judging
from core.gallery.check import check
from core.gallery.enrolling import Enrollment, clear_abandoned
from core.gallery.features import encoded, register
from core.gallery.history import changing
from core.gallery.names import clean_name, clean_notes
from core.gallery.people import created, living, living_faces, named
from core.gallery.reading import GalleryReader
from core.gallery.records import Change, Erased, FeatureModel, IndexRule, NewFace, Verdict
from core.gallery.store import Store
from core.types import Ids


class Gallery(GalleryReader):
    """A gallery as one thread sees it; a context manager. Other threads and programs open their own.

    Every method may raise GalleryProblem; a change that raises has changed nothing.
    """

    @classmethod
    def create(cls, folder: Path, *, name: str = "") -> Gallery:
        """A new gallery in a folder that has none (made if need be), named after the folder unless told."""
        opening.create_file(folder, name=clean_name(name or folder.absolute().name or "gallery"))
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Gallery:
        """Refuses a damaged, foreign or newer file and leaves it untouched; `read_only` where it cannot write."""
        store = opening.open_file(Path(folder))
        try:
            if not store.read_only:
                _tidy(store)
            return cls(store)
        except BaseException:
            store.db.close()
            raise

    @classmethod
    def restore(cls, file: Path, folder: Path) -> Gallery:
        """A backup as a new gallery in an empty or new folder.

        It gets a uuid of its own, so that no index of the old one is taken for its.
        """
        backup.restore(file, folder)
        return cls.open(folder)

    def close(self) -> None:
        self._store.db.close()

    def __enter__(self) -> Gallery:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def enroll(
        self,
        faces: Iterable[tuple[int | str, NewFace]],
        *,
        model: FeatureModel,
        label: Text | None = None,
        once: bool = False,
    ) -> Change:
        """Enrolls faces of identities, or of names: of whom has that name, else of a new identity.

        Takes the faces one by one and holds few; may be slow as they come, nothing is locked meanwhile. All or none
        are enrolled, also when `faces` raises. The first model ever becomes the one in use.

        With `once`, faces that the same identity has already are left out, whoever enrolled them and be it just now:
        those from the same file (sha256, unless empty) with the same box, rounded to a pixel.
        """
        step = self.enrolling(faces, model=model, label=label, once=once)
        while True:
            try:
                next(step)
            except StopIteration as end:
                change: Change = end.value
                return change

    def enrolling(
        self,
        faces: Iterable[tuple[int | str, NewFace]],
        *,
        model: FeatureModel,
        label: Text | None = None,
        once: bool = False,
    ) -> Generator[int, None, Change]:
        """The same, yielding after each face how many were taken; closed before its end it enrolls nobody."""
        with Enrollment(self._store, model) as enrollment:
            for who, face in faces:
                enrollment.add(who, face)
                yield enrollment.count
            count = enrollment.count
            told = label or _enrolled(count)
            if not count:
                return Change(0, told, 0.0)
            with changing(self._store, told.template, **told.values) as step:
                added = enrollment.publish(step, once=once)
                if label is None and added != count:
                    step.template, step.values["count"] = _enrolled(added).template, added
        return step.change

    def add(self, name: str) -> Change:
        """A new identity without faces, also where others bear the name; the change holds its id."""
        name = clean_name(name)
        with changing(self._store, "New person {name}", name=name) as step:
            created(step, name)
        return step.change

    def rename(self, identity: int, name: str) -> Change:
        """Several may bear one name."""
        name = clean_name(name)
        with changing(self._store, "Rename {old} to {new}", new=name) as step:
            step.values["old"] = living(step.db, [identity])[0]
            step.set("identities", "name", [identity], name)
        return step.change

    def annotate(self, identity: int, notes: str) -> Change:
        notes = clean_notes(notes)
        with changing(self._store, "Notes about {name}") as step:
            step.values["name"] = living(step.db, [identity])[0]
            step.set("identities", "notes", [identity], notes)
        return step.change

    def set_cover(self, identity: int, face: int) -> Change:
        """Shows this face for the identity as long as it is among its living ones."""
        with changing(self._store, "Change the picture of {name}") as step:
            step.values["name"] = living(step.db, [identity])[0]
            if living_faces(step.db, [face]) != [identity]:
                raise GalleryProblem(
                    "Face #{face} is not one of {name}.", "Nothing was changed.", face=face, name=step.values["name"]
                )
            step.set("identities", "cover", [identity], int(face))
        return step.change

    def merge(self, into: int, others: Sequence[int]) -> Change:
        """All faces of `others` become those of `into`. Which named indexes hold `into` does not change."""
        others = [other for other in dict.fromkeys(others) if other != into]
        with changing(self._store, "Merge {others} into {name}") as step:
            step.values["name"], *names = living(step.db, [into, *others])
            step.values["others"] = _listed(names)
            step.set("faces", "identity", _faces_of(step, others), int(into))
            step.set("identities", "merged", others, int(into))
            step.set("identities", "alive", others, 0)
        return step.change

    def move(self, faces: Sequence[int], identity: int | str) -> Change:
        """Faces to another identity, or to a name: to whom has it, else to a new identity."""
        count = len(set(faces))
        template = "Move {count} faces to {name}" if count > 1 else "Move a face to {name}"
        with changing(self._store, template, count=count) as step:
            living_faces(step.db, faces)
            if len(faces) == 0:
                return step.change
            target = named(step, identity) if isinstance(identity, str) else int(identity)
            step.values["name"] = living(step.db, [target])[0]
            step.set("faces", "identity", faces, target)
            judging.overrule(step, faces)
        return step.change

    def remove(self, identities: Sequence[int]) -> Change:
        """Can be undone, and so keeps their pictures; `erase` does not."""
        with changing(self._store, "Remove {names}") as step:
            step.values["names"] = _listed(living(step.db, identities))
            step.set("faces", "alive", _faces_of(step, identities), 0)
            step.set("identities", "alive", identities, 0)
        return step.change

    def remove_faces(self, faces: Sequence[int]) -> Change:
        """The identity stays, even without faces."""
        count = len(set(faces))
        with changing(self._store, "Remove {count} faces" if count > 1 else "Remove a face", count=count) as step:
            living_faces(step.db, faces)
            step.set("faces", "alive", faces, 0)
        return step.change

    def judge(self, verdicts: Sequence[Verdict]) -> Change:
        """Keeps what a person said about faces of photos; it holds whenever these photos are recognized.

        A face that is enrolled as the one it is not, or that is no face, leaves the gallery with it.
        """
        with changing(self._store, "Say of {count} faces who they are not", count=len(verdicts)) as step:
            judging.write(step, verdicts)
        return step.change

    def take_back(self, verdicts: Sequence[int]) -> Change:
        """What was said no longer holds; `verdicts` are ids."""
        with changing(self._store, "Take back what was said of {count} faces", count=len(verdicts)) as step:
            judging.take_back(step, verdicts)
        return step.change

    def verdicts(self, sha256: str | None = None) -> list[Verdict]:
        """What people said about faces of all photos or of one, in the order they said it.

        Of merged people it is told of the one they are now; of removed ones nothing until they are back.
        """
        return judging.read(self._store, sha256)

    def merged(self) -> dict[int, int]:
        """Merged identities, and whose faces theirs are now."""
        return judging.merged(self._store)

    def use_model(self, model: FeatureModel) -> Change:
        """Makes it the model in use; features that are missing stay missing until they are added."""
        with changing(self._store, "Use the model {name}", name=model.name) as step:
            row = step.db.execute("SELECT id FROM settings WHERE name = 'model'").fetchone()[0]
            step.set("settings", "value", [row], register(step.db, model))
        return step.change

    def add_features(self, model: FeatureModel, ids: Ids, features: NDArray[Any]) -> None:
        """Keeps features (n, d) of faces (n,). Facts, not a change: cannot be undone, and what is there stays.

        Ids of faces that are no more are left out.
        """
        values = encoded(features, model)
        with self._store.write() as db:
            number = register(db, model)
            db.executemany(
                "INSERT OR IGNORE INTO features (face, model, value) SELECT id, ?, ? FROM faces WHERE id = ?",
                ((number, value, int(face)) for value, face in zip(values, ids, strict=True)),
            )

    def set_index(self, rule: IndexRule, *, label: Text | None = None) -> Change:
        """Adds a named index, or changes the one of that name."""
        rules.checked(rule)
        label = label or Text("Set the index {name}", {"name": rule.name})
        with changing(self._store, label.template, **label.values) as step:
            rules.write(step, rule)
        return step.change

    def remove_index(self, name: str) -> Change:
        """Any but `default`."""
        with changing(self._store, "Remove the index {name}", name=name) as step:
            rules.remove(step, self.index_rule(name).name)
        return step.change

    def undo(self, only: int | None = None) -> Change | None:
        """Takes back the newest change; None when there is none.

        `only` is the id of the change that is meant: raises GalleryProblem when another one is the newest by now.
        """
        return history.undo(self._store, only)

    def redo(self) -> Change | None:
        """Does again what was undone last; None when there is nothing."""
        return history.redo(self._store)

    def history(self, limit: int = 100) -> list[Change]:
        """The newest first, undone ones among them."""
        return history.history(self._store, limit)

    @property
    def next_undo(self) -> Change | None:
        return history.next_undo(self._store)

    @property
    def next_redo(self) -> Change | None:
        return history.next_redo(self._store)

    def stand_by(self) -> None:
        """Raises GalleryProblem when the gallery's folder or drive was taken away, which reading may not notice."""
        self._store.stand_by()

    def erase(self, identities: Sequence[int]) -> Erased:
        """Removes people for good, living or removed; see erase.py for what goes and what cannot be reached."""
        return erase.erase(self._store, identities)

    def backup(self, file: Path) -> None:
        """The whole gallery, history included, as one file; replaces an older backup there, whole or not at all.

        Refuses to replace anything else, and a place in the folder of any gallery.
        """
        backup.backup(self._store, file)

    def check(self) -> list[Problem]:
        """Reads everything; what is wrong, or nothing."""
        return check(self._store)


def _tidy(store: Store) -> None:
    # What others left undone can wait until the gallery is free or the disk has room; it must open all the same.
    with store.impatient(), contextlib.suppress(GalleryProblem):
        opening.clear_left(store.file.parent)
        clear_abandoned(store)
        erase.finish(store, seconds=0)


def _enrolled(count: int) -> Text:
    return Text("Enroll {count} faces" if count > 1 else "Enroll a face", {"count": count})


def _faces_of(step: history.Step, identities: Sequence[int]) -> list[int]:
    found: list[int] = []
    for identity in dict.fromkeys(identities):
        rows = step.db.execute("SELECT id FROM faces WHERE identity = ? AND alive = 1", (int(identity),))
        found += [face for (face,) in rows]
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" + {len(names) - 3}" if len(names) > 3 else "")
