"""Random sequences of everything a gallery can do, beside a model in plain Python that keeps whole states."""

from __future__ import annotations

import copy
import itertools
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.gallery import enrolling
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, IndexRule, NewFace

MODELS = [FeatureModel("one", "one", 2), FeatureModel("two", "two", 3)]
NAMES = st.sampled_from(["Anna", "Bob", "Carla", "Dora"])
PICK = st.integers(0, 1000)
PICKS = st.lists(PICK, min_size=1, max_size=4)


@dataclass
class Person:
    name: str
    notes: str = ""
    cover: int | None = None
    alive: bool = True
    merged: int | None = None


@dataclass
class State:
    people: dict[int, Person] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)  # of living faces
    dead: dict[int, int] = field(default_factory=dict)  # removed faces, and whose they were
    rules: dict[str, tuple[str, str, frozenset[int]]] = field(
        default_factory=lambda: {"default": ("Flat", "all", set())}
    )
    model: FeatureModel | None = None

    def living(self):
        return sorted(number for number, person in self.people.items() if person.alive)

    def remove(self, faces):
        self.dead |= {face: self.owners.pop(face) for face in faces}

    def of(self, people):
        return {face for face, owner in (self.owners | self.dead).items() if owner in people}

    def without(self, erased, faces):
        other = copy.deepcopy(self)
        faces = faces | self.of(erased)
        other.dead = {face: owner for face, owner in other.dead.items() if face not in faces}
        other.people = {number: person for number, person in other.people.items() if number not in erased}
        other.owners = {face: owner for face, owner in other.owners.items() if face not in faces}
        other.rules = {name: (kind, covers, held - erased) for name, (kind, covers, held) in other.rules.items()}
        return other


class Histories(RuleBasedStateMachine):
    """`states` are those that undo and redo move between; `at` is the present one."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.gallery = Gallery.create(self.folder / "gallery")
        self.states, self.at = [State()], 0
        self.faces, self.ids = itertools.count(1), set()

    def teardown(self):
        assert self.gallery.check() == []
        self.gallery.close()
        shutil.rmtree(self.folder)

    @property
    def now(self):
        return self.states[self.at]

    def person(self, pick):
        return self.now.living()[pick % len(self.now.living())]

    def became(self, change, state):
        """The gallery made `change`; the model says that it led to `state`."""
        assert (change.id == 0) == (state == self.now)
        if change.id:
            assert change == self.gallery.history(1)[0] == self.gallery.next_undo
            touched = {face for face in state.owners.keys() | self.now.owners if self.moved(face, state)}
            assert change.faces == touched
            self.states[self.at + 1 :] = [state]
            self.at += 1

    def moved(self, face, state):
        return state.owners.get(face) != self.now.owners.get(face)

    @initialize(names=st.lists(NAMES, min_size=2, max_size=5))
    def begin(self, names):
        self.enroll(names, 0)

    @rule(names=st.lists(NAMES, max_size=5), model=st.sampled_from([0, 1]))
    def enroll(self, names, model):
        state = copy.deepcopy(self.now)
        living = {state.people[number].name for number in state.living()}
        twice = [name for name in living if [state.people[n].name for n in state.living()].count(name) > 1]
        names = [name for name in names if name not in twice]
        kept = MODELS[model]
        faces = [self.face(kept) for _ in names]
        change = self.gallery.enroll(zip(names, faces, strict=True), model=kept)
        fresh = sorted(change.faces)
        assert not self.ids & set(fresh)
        self.ids |= set(fresh)
        known = {state.people[number].name: number for number in state.living()}
        new = iter(sorted(change.identities - state.people.keys()))
        for name, face in zip(names, fresh, strict=True):
            if name not in known:
                known[name] = next(new)
                state.people[known[name]] = Person(name)
            state.owners[face] = known[name]
        if names:
            state.model = state.model or kept
        self.became(change, state)

    def face(self, model):
        number = next(self.faces)
        feature = [0.0] * model.length
        feature[number % model.length] = 1.0
        return NewFace(
            (0, 0, 9, 9), None, 1, 0.5, f"{number}.jpg", f"{number}", (9, 9), features={model.space: feature}
        )

    @precondition(lambda self: self.now.living())
    @rule(pick=PICK, name=NAMES)
    def rename(self, pick, name):
        state = copy.deepcopy(self.now)
        state.people[self.person(pick)].name = name
        self.became(self.gallery.rename(self.person(pick), name), state)

    @precondition(lambda self: self.now.living())
    @rule(pick=PICK, notes=st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=5))
    def annotate(self, pick, notes):
        state = copy.deepcopy(self.now)
        change = self.gallery.annotate(self.person(pick), notes)
        state.people[self.person(pick)].notes = self.gallery.identity(self.person(pick)).notes
        self.became(change, state)

    @precondition(lambda self: self.now.owners)
    @rule(pick=PICK)
    def cover(self, pick):
        state = copy.deepcopy(self.now)
        face = sorted(state.owners)[pick % len(state.owners)]
        state.people[state.owners[face]].cover = face
        self.became(self.gallery.set_cover(state.owners[face], face), state)

    @precondition(lambda self: self.now.living())
    @rule(picks=PICKS)
    def merge(self, picks):
        into, *others = (self.person(pick) for pick in picks)
        state = copy.deepcopy(self.now)
        for other in set(others) - {into}:
            state.people[other].alive, state.people[other].merged = False, into
            state.owners = {face: into if owner == other else owner for face, owner in state.owners.items()}
        self.became(self.gallery.merge(into, others), state)

    @precondition(lambda self: self.now.owners)
    @rule(picks=PICKS, to=PICK)
    def move(self, picks, to):
        state, faces = copy.deepcopy(self.now), sorted(self.now.owners)
        chosen = {faces[pick % len(faces)] for pick in picks}
        state.owners.update(dict.fromkeys(chosen, self.person(to)))
        self.became(self.gallery.move(sorted(chosen), self.person(to)), state)

    @precondition(lambda self: self.now.owners)
    @rule(pick=PICK)
    def split(self, pick):
        state = copy.deepcopy(self.now)
        face = sorted(state.owners)[pick % len(state.owners)]
        change = self.gallery.move([face], f"New {len(self.ids)} {face}")
        if change.identities - state.people.keys():
            (made,) = change.identities - state.people.keys()
            state.people[made] = Person(f"New {len(self.ids)} {face}")
        state.owners[face] = self.gallery.face(face).identity
        self.became(change, state)

    @precondition(lambda self: self.now.living())
    @rule(picks=PICKS)
    def remove(self, picks):
        state, gone = copy.deepcopy(self.now), {self.person(pick) for pick in picks}
        for person in gone:
            state.people[person].alive = False
        state.remove([face for face, owner in state.owners.items() if owner in gone])
        self.became(self.gallery.remove(sorted(gone)), state)

    @precondition(lambda self: self.now.owners)
    @rule(picks=PICKS)
    def remove_faces(self, picks):
        state, faces = copy.deepcopy(self.now), sorted(self.now.owners)
        gone = {faces[pick % len(faces)] for pick in picks}
        state.remove(gone)
        self.became(self.gallery.remove_faces(sorted(gone)), state)

    @rule(model=st.sampled_from(MODELS))
    def use_model(self, model):
        state = copy.deepcopy(self.now)
        state.model = model
        self.became(self.gallery.use_model(model), state)

    @precondition(lambda self: self.now.living())
    @rule(
        name=st.sampled_from(["default", "x", "y"]),
        kind=st.sampled_from(["Flat", "IVF"]),
        covers=st.sampled_from(["all", "chosen"]),
        picks=st.lists(PICK, max_size=3),
    )
    def set_index(self, name, kind, covers, picks):
        covers = "all" if name == "default" else covers
        state, chosen = copy.deepcopy(self.now), frozenset(self.person(pick) for pick in picks)
        asleep = {one for one in state.rules.get(name, ("", "", set()))[2] if not state.people[one].alive}
        state.rules[name] = (kind, covers, set(chosen | asleep))
        self.became(self.gallery.set_index(IndexRule(name, kind, covers=covers, identities=chosen)), state)

    @rule(name=st.sampled_from(["x", "y"]))
    def remove_index(self, name):
        if name in self.now.rules:
            state = copy.deepcopy(self.now)
            del state.rules[name]
            self.became(self.gallery.remove_index(name), state)

    @rule(times=st.integers(1, 5))
    def undo(self, times):
        for _ in range(times):
            change = self.gallery.undo()
            assert (change is None) == (self.at == 0)
            self.at = max(self.at - 1, 0)

    @rule(times=st.integers(1, 5))
    def redo(self, times):
        for _ in range(times):
            change = self.gallery.redo()
            assert (change is None) == (self.at == len(self.states) - 1)
            self.at = min(self.at + 1, len(self.states) - 1)

    @precondition(lambda self: self.now.people)
    @rule(pick=PICK)
    def erase(self, pick):
        erased = {sorted(self.now.people)[pick % len(self.now.people)]}
        while more := {n for n, p in self.now.people.items() if not p.alive and p.merged in erased} - erased:
            erased |= more
        assert self.gallery.erase(sorted(erased)).identities == len(erased)
        faces = self.now.of(erased)
        states = [state.without(erased, faces) for state in self.states[: self.at + 1]]
        self.states = [state for state, before in zip(states, [None, *states], strict=False) if state != before]
        self.at = len(self.states) - 1

    @rule()
    def reopen(self):
        self.gallery.close()
        self.gallery = Gallery.open(self.folder / "gallery")

    @rule()
    def restore(self):
        self.gallery.backup(self.folder / "backup")
        self.gallery.close()
        shutil.rmtree(self.folder / "gallery")
        self.gallery = Gallery.restore(self.folder / "backup", self.folder / "gallery")

    @invariant()
    def is_as_the_model_says(self):
        state, gallery = self.now, self.gallery
        faces, owners = gallery.owners()
        assert dict(zip(faces.tolist(), owners.tolist(), strict=True)) == state.owners
        assert [face.id for face in gallery.faces()] == sorted(state.owners)
        for one in gallery.identities():
            mine = [face for face, owner in state.owners.items() if owner == one.id]
            person = state.people[one.id]
            assert (one.name, one.notes, one.faces) == (person.name, person.notes, len(mine))
            assert one.cover == (person.cover if person.cover in mine else one.cover)
            assert one.cover in mine or (one.cover is None and not mine)
            assert gallery.identity(one.id) == one
        assert sorted(one.id for one in gallery.identities()) == state.living()
        rules = {rule.name: (rule.kind, rule.covers, rule.identities) for rule in gallery.index_rules()}
        living = set(state.living())
        assert rules == {name: (kind, covers, held & living) for name, (kind, covers, held) in state.rules.items()}
        assert gallery.model == state.model
        kept = sorted(face for model in MODELS for face in gallery.features(model.space)[0].tolist())
        assert kept == sorted(state.owners)
        history = gallery.history(1000)
        assert [change.undone for change in history] == [n > self.at for n in range(len(self.states) - 1, 0, -1)]

    @invariant()
    def dead_rows_are_all_within_reach_of_the_history(self):
        row = self.gallery._store.row(
            "SELECT count(*) FROM faces WHERE alive = 0 AND NOT EXISTS (SELECT 1 FROM edits WHERE row = faces.id)"
        )
        assert row == (0,)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(enrolling, "BATCH_FACES", 3)


Histories.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=30,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestHistories = Histories.TestCase
