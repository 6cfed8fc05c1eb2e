"""The indexes of one gallery: opened, kept in step with it, built, changed and saved."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from types import TracebackType

import numpy as np

from core.errors import IndexProblem, Text
from core.gallery.gallery import Gallery
from core.gallery.records import Change, IndexRule
from core.index import catalogue, folder, kinds
from core.index.body import EXACT_BELOW, Body, build
from core.index.catalogue import Catalogue
from core.index.face_index import FaceIndex
from core.index.named import NamedIndex, View
from core.index.state import IndexState, look
from core.types import Ids, Step

_log = logging.getLogger(__name__)
_SAMPLE = 32  # vectors of a loaded index that are compared with the gallery's
_FEW = 500  # touched people and faces up to which only these are read again
_MANY = 1000  # changed faces from which closing saves


class Shelf:
    """The indexes of a gallery, on the gallery's thread; what `open` returns may be searched from any thread.

    The gallery is the truth; the folders are caches. Nothing here changes a person or a face.
    """

    def __init__(self, gallery: Gallery, *, exact_below: int = EXACT_BELOW) -> None:
        self.gallery = gallery
        self._exact_below = exact_below
        self._open: dict[str, NamedIndex] = {}
        self._saved: dict[str, Ids] = {}
        self._stamps: dict[str, int] = {}  # of the folders that were loaded or saved here, as files tell time
        self._seen: Catalogue | None = None
        self.generation = 0  # counts what `refresh` has taken up, whoever called it

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def names(self) -> list[str]:
        return list(self._catalogue().rules)

    def open(self, name: str = "default") -> NamedIndex:
        """Loads the index, or makes it from the gallery where its folder is missing, stale or damaged.

        Quick even where a large graph is to be made: until `compact` has made it, the search is exact. Raises
        IndexProblem for a name that is not there.
        """
        self.refresh()
        if name not in self._open:
            named = NamedIndex(self._rule(name))
            self._stamps[name] = self._stamp(name)
            self._load(named)
            self._follow(named)
            self._open[name] = named
        return self._open[name]

    def refresh(self, change: Change | None = None) -> bool:
        """Brings the open indexes in step with the gallery; True when it had changed. Costs little when not.

        `change`: the one that the caller has just made on this gallery object; it saves reading everything.
        """
        if self._seen is not None and self.gallery.version() == self._seen.version:
            taken = self._take_up_all()
            self.generation += taken
            return taken
        small = change is not None and len(change.faces) + len(change.identities) <= _FEW
        if self._seen is not None and change is not None and small and self._alone(self._seen):
            self._seen = catalogue.after(self.gallery, self._seen, change)
        else:
            self._seen = catalogue.read(self.gallery)
        self._follow_all()
        self._take_up_all()
        self.generation += 1
        return True

    def build(
        self,
        name: str,
        *,
        kind: str = "Flat",
        metric: str = "IP",
        parameters: Mapping[str, int] | None = None,
        identities: Iterable[int] | None = None,
    ) -> Generator[Step[str], None, Change]:
        """A new index over `identities` (None = everyone), or another shape for the one of that name.

        Closing the generator early leaves everything as it was. Returns the change of its rule.
        """
        kinds.check(kind, metric, parameters or {})
        covers, chosen = ("all", frozenset[int]()) if identities is None else ("chosen", frozenset(identities))
        rule = IndexRule(name, kind, metric, dict(parameters or {}), covers, chosen)
        seen = self._catalogue()
        for identity in chosen:
            self.gallery.identity(identity)
        body = yield from self._body(seen.view(rule), rule)
        change = self.gallery.set_index(rule, label=Text("Build the index {name}", {"name": name}))
        self.refresh()
        self._adopt(rule, body, seen)
        yield from self.compact(name)
        return change

    def rebuild(self, name: str) -> Generator[Step[str], None, None]:
        """Makes the structure anew from the gallery, whatever was held or saved, and saves it."""
        seen, rule = self._catalogue(), self._rule(name)
        body = yield from self._body(seen.view(rule), rule)
        self._adopt(self._rule(name), body, seen)
        yield from self.compact(name, again=True)

    def append(self, name: str, identities: Iterable[int]) -> Change:
        """Identities that the index shall hold from now on. Quick; `save` writes its folder."""
        return self._cover(name, frozenset(identities), held=True)

    def remove(self, name: str, identities: Iterable[int]) -> Change:
        """Identities that the index shall not hold any more; they stay in the gallery. Quick, as `append`."""
        return self._cover(name, frozenset(identities), held=False)

    def delete(self, name: str) -> Change:
        """Removes the index and its folder; undoing brings it back. Raises GalleryProblem for `default`."""
        change = self.gallery.remove_index(name)
        self.refresh()
        folder.drop(self.folder(name))
        return change

    def compact(self, name: str, *, again: bool = False) -> Generator[Step[str], None, None]:
        """Makes the structure anew without dead faces and saves it; the old one serves until then.

        `again` writes the folder also where it looks right already.
        """
        named = self.open(name)
        while named.faces is not None and named.faces.whole is None and len(named):
            yield from named.faces.compact()
            self.refresh()
            self._follow(named)
        self._write(named, again=again)

    def save(self, name: str) -> None:
        """Writes the index's folder, compacted; does nothing when it is up to date. Raises IndexProblem."""
        for _ in self.compact(name):
            pass

    def state(self, name: str) -> IndexState:
        """What there is of an index in memory and on disk; opens nothing."""
        seen = self._catalogue()
        rule = self._rule(name)
        view = seen.view(rule)
        held = np.setdiff1d(view.faces, self.gallery.without_feature(view.space), assume_unique=True)
        return look(self.folder(name), rule, view, uuid=self.gallery.uuid, held=held, named=self._open.get(name))

    def view(self, name: str) -> View:
        """The faces that the index covers, with or without a feature, and whose they are."""
        return self._catalogue().view(self._rule(name))

    def folder(self, name: str) -> Path:
        return self.gallery.folder / "indexes" / name

    def close(self) -> None:
        """Saves what would be slow to make again; what cannot be saved is made again at the next opening."""
        if self.gallery.read_only:
            return
        for name, named in list(self._open.items()):
            saved = self._saved.get(name, np.zeros(0, np.int64))
            if len(named) and len(np.setxor1d(saved, self._held(named))) > max(_MANY, len(saved) // 10):
                with contextlib.suppress(IndexProblem):
                    self.save(name)

    def _catalogue(self) -> Catalogue:
        self.refresh()
        assert self._seen is not None
        return self._seen

    def _alone(self, before: Catalogue) -> bool:
        """Whether at most one commit was made since, and by this gallery object."""
        foreign, own = self.gallery.version()
        return foreign == before.version[0] and own - before.version[1] <= 1

    def _rule(self, name: str) -> IndexRule:
        rules = self._catalogue().rules
        if name not in rules:
            raise IndexProblem(
                "There is no index called {name} in {folder}.",
                "There are: {known}.",
                name=name,
                folder=self.gallery.folder,
                known=", ".join(rules),
            )
        return rules[name]

    def _cover(self, name: str, identities: frozenset[int], *, held: bool) -> Change:
        rule = self._rule(name)
        if held:
            for identity in identities:
                self.gallery.identity(identity)
        more = held == (rule.covers == "chosen")
        marked = rule.identities | identities if more else rule.identities - identities
        before = self._catalogue()
        template = "Append {people} to the index {name}" if held else "Remove {people} from the index {name}"
        label = Text(template, {"people": self._names(identities), "name": name})
        change = self.gallery.set_index(dataclasses.replace(rule, identities=marked), label=label)
        self._seen = catalogue.read(self.gallery, before, rules_only=self._alone(before))
        self.generation += 1
        self._follow_all()
        return change

    def _names(self, identities: Iterable[int]) -> str:
        names = self._catalogue().names
        return ", ".join(sorted(names.get(identity, f"#{identity}") for identity in identities))

    def _follow_all(self) -> None:
        assert self._seen is not None
        for name, named in list(self._open.items()):
            if name in self._seen.rules:
                self._follow(named)
            else:
                del self._open[name]
                named.hide(deleted=True)

    def _follow(self, named: NamedIndex) -> None:
        """One rule for every change: hold the covered faces, whatever happened."""
        seen = self._catalogue()
        rule = named.rule = seen.rules[named.name]
        view = seen.view(rule)
        if not view.length:
            named.hide()
            return
        if named.faces is None or (named.view is not None and named.view.space != view.space):
            named.faces = self._fresh(rule, view)
        index = named.faces
        index.become(rule.kind, rule.metric, rule.parameters)
        index.reconcile(view.faces, lambda ids: catalogue.features(self.gallery, view.space, ids, len(seen.faces)))
        named.show(view)

    def _fresh(self, rule: IndexRule, view: View) -> FaceIndex:
        return FaceIndex(view.length, rule.kind, rule.metric, rule.parameters, exact_below=self._exact_below)

    def _body(self, view: View, rule: IndexRule) -> Generator[Step[str], None, Body | None]:
        if not view.length:
            return None
        ids, vectors = catalogue.features(self.gallery, view.space, view.faces, len(self._catalogue().faces))
        body = yield from build(rule.kind, rule.metric, rule.parameters, ids, vectors)
        return body

    def _adopt(self, rule: IndexRule, body: Body | None, seen: Catalogue) -> None:
        """Searches go on with `body`, made from `seen`, unless the gallery has another model by now."""
        named = self._open.setdefault(rule.name, NamedIndex(rule))
        view = self._catalogue().view(rule)
        if body is not None and (body.length, seen.model) == (view.length, self._catalogue().model):
            named.faces = self._fresh(rule, view)
            named.faces.load(body)
        self._follow(named)

    def _take_up_all(self) -> bool:
        """Loads what a job or another program has saved since; whether there was any."""
        taken = [name for name, named in self._open.items() if self._take_up(named)]
        return bool(taken)

    def _take_up(self, named: NamedIndex) -> bool:
        stamp = self._stamp(named.name)
        if named.faces is None or not stamp or self._stamps.get(named.name) == stamp:
            return False
        self._stamps[named.name] = stamp
        before = named.faces
        self._load(named, right_only=True)
        if named.faces is before:
            return False
        self._follow(named)
        return True

    def _stamp(self, name: str) -> int:
        with contextlib.suppress(OSError):
            return (self.folder(name) / folder.SIDECAR).stat().st_mtime_ns
        return 0

    def _load(self, named: NamedIndex, *, right_only: bool = False) -> None:
        place, view = self.folder(named.name), self._catalogue().view(named.rule)
        if not view.length:
            return
        try:
            folder.recover(place)
            sidecar = folder.read_sidecar(place)
            fits = sidecar and (sidecar.gallery, sidecar.space) == (self.gallery.uuid, view.space)
            if sidecar is None or not fits or sidecar.length != view.length:
                return
            rule = named.rule
            shape = (sidecar.kind, sidecar.metric, sidecar.parameters)
            if right_only and shape != (rule.kind, rule.metric, rule.parameters):
                return
            body = folder.load(place, sidecar)
            self._compare(body, view.space, place)
        except IndexProblem as problem:
            _log.info("%s", problem)
            return
        named.faces = self._fresh(named.rule, view)
        named.faces.load(body)
        self._saved[named.name] = body.ids

    def _compare(self, body: Body, space: str, place: Path) -> None:
        # A gallery file put in place of another, with the same faces' numbers, shows here.
        order = np.argsort(body.ids)
        chosen = np.unique(np.concatenate([order[-_SAMPLE:], order[:: len(order) // _SAMPLE + 1]]))
        ids, vectors = self.gallery.features(space, body.ids[chosen])
        places = chosen[np.isin(body.ids[chosen], ids)]
        places = places[np.argsort(body.ids[places])]
        if len(places) and np.abs(body.vectors(places) - vectors).max() > 1e-5:
            raise IndexProblem("{folder} holds features of other faces.", "It is made anew.", folder=place)

    def _held(self, named: NamedIndex) -> Ids:
        return named.faces.held if named.faces is not None else np.zeros(0, np.int64)

    def _write(self, named: NamedIndex, *, again: bool = False) -> None:
        place, view = self.folder(named.name), named.view
        if named.faces is None or view is None:
            return
        body = named.faces.whole
        if body is None:  # nobody is in it: PaddleX reads an empty index too
            rule = named.rule
            made = build(rule.kind, rule.metric, rule.parameters, *named.faces.now.vectors(view.length))
            body = _result(made)
        content = catalogue.content(view, body.ids)
        with contextlib.suppress(IndexProblem):
            old = folder.read_sidecar(place)
            facts = (body.kind, body.metric, body.parameters, self.gallery.uuid, view.space, content)
            same = old and (old.kind, old.metric, old.parameters, old.gallery, old.space, old.content) == facts
            if old and same and not again and not folder.faults(place, old):
                return
        sidecar = folder.Sidecar(
            gallery=self.gallery.uuid,
            space=view.space,
            length=view.length,
            kind=body.kind,
            metric=body.metric,
            parameters=body.parameters,
            count=len(body),
            content=content,
        )
        folder.save(place, body, catalogue.labels(view, body.ids), sidecar)
        self._saved[named.name] = body.ids
        self._stamps[named.name] = self._stamp(named.name)


def _result(made: Generator[Step[str], None, Body]) -> Body:
    while True:
        try:
            next(made)
        except StopIteration as end:
            body: Body = end.value
            return body
