"""Whatever is done to a gallery and its index, every covered face finds itself first and no other face is returned."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.index import body, face_index
from core.index.shelf import Shelf

MODEL = FeatureModel("space", "Model", 12)
RANDOM = np.random.default_rng(1).normal(size=(4000, MODEL.length))
ROWS = (RANDOM / np.linalg.norm(RANDOM, axis=1, keepdims=True)).astype(np.float32)
NAMES = ["Anna", "Ben", "Carl", "Dora", "Eve", "李雷"]
some = st.lists(st.integers(0, 20), min_size=1, max_size=3)


def run(job):
    for _ in job:
        pass


class IndexMachine(RuleBasedStateMachine):
    """A real gallery on disk; `features` remembers what each face was enrolled with."""

    kind, metric = "Flat", "IP"

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.gallery = Gallery.create(self.root / "gallery")
        self.shelf = Shelf(self.gallery, exact_below=0)  # so that the structure itself answers
        self.features: dict[int, int] = {}
        self.used = 0

    def teardown(self) -> None:
        self.gallery.close()
        shutil.rmtree(self.root)

    def people(self, numbers):
        """The living whom the numbers choose; nobody when nobody lives."""
        ids = sorted(identity.id for identity in self.gallery.identities())
        return sorted({ids[number % len(ids)] for number in numbers}) if ids else []

    @initialize()
    def start(self):
        self.enroll("Anna", 5)
        self.enroll("Ben", 3)
        run(self.shelf.build("named", kind=self.kind, metric=self.metric))

    @rule(name=st.sampled_from(NAMES), count=st.integers(1, 12))
    def enroll(self, name, count):
        rows = range(self.used, self.used + count)
        box = (0.0, 0.0, 1.0, 1.0)
        known = set(self.gallery.owners()[0].tolist())
        self.gallery.enroll(
            ((name, NewFace(box, None, 1, 1, "", "", (1, 1), features={"space": ROWS[row]})) for row in rows),
            model=MODEL,
        )
        fresh = [face for face in self.gallery.owners()[0].tolist() if face not in known]
        self.features |= dict(zip(fresh, rows, strict=True))
        self.used += count

    @rule(chosen=st.none() | some)
    def build(self, chosen):
        run(
            self.shelf.build(
                "named",
                kind=self.kind,
                metric=self.metric,
                identities=None if chosen is None else self.people(chosen),
            )
        )

    @precondition(lambda self: "named" in self.shelf.names())
    @rule(chosen=some)
    def append(self, chosen):
        self.shelf.append("named", self.people(chosen))

    @precondition(lambda self: "named" in self.shelf.names())
    @rule(chosen=some)
    def remove_from_index(self, chosen):
        self.shelf.remove("named", self.people(chosen))

    @rule(chosen=some)
    def remove(self, chosen):
        self.refresh(self.gallery.remove(self.people(chosen)))

    @rule(number=st.integers(0, 50))
    def remove_face(self, number):
        faces = self.gallery.owners()[0].tolist()
        if faces:
            self.refresh(self.gallery.remove_faces([faces[number % len(faces)]]))

    @rule(number=st.integers(0, 20), name=st.sampled_from(NAMES))
    def rename(self, number, name):
        for identity in self.people([number]):
            self.refresh(self.gallery.rename(identity, f"{name} {number}"))

    @rule(chosen=some)
    def merge(self, chosen):
        people = self.people(chosen)
        if len(people) > 1:
            self.refresh(self.gallery.merge(people[0], people[1:]))

    @rule()
    def undo(self):
        self.refresh(self.gallery.undo())

    @rule()
    def redo(self):
        self.refresh(self.gallery.redo())

    @precondition(lambda self: "named" in self.shelf.names())
    @rule()
    def save(self):
        self.shelf.save("named")

    @rule()
    def load(self):
        self.gallery.close()
        self.gallery = Gallery.open(self.root / "gallery")
        self.shelf = Shelf(self.gallery, exact_below=0)

    def refresh(self, change):
        self.shelf.refresh(change)

    @invariant()
    def every_covered_face_finds_itself_and_no_other_is_returned(self):
        self.shelf.refresh()
        if "named" not in self.shelf.names():
            return
        index = self.shelf.open("named")
        rule = self.gallery.index_rule("named")
        owners = dict(zip(*(ids.tolist() for ids in self.gallery.owners()), strict=True))
        covered = {face: identity for face, identity in owners.items() if rule.holds(identity)}
        rows = [self.features[face] for face in covered]
        queries = ROWS[[*rows, *range(self.used)]]
        results = index.search(queries, 10, space="space")
        for (face, identity), matches in zip(covered.items(), results, strict=False):
            first = matches[0]
            assert (first.face, first.identity) == (face, identity)
            assert first.similarity > 0.99999
            assert first.name == self.gallery.identity(identity).name
        for matches in results:
            assert len(matches) == min(10, len(set(covered.values())))
            for match in matches:
                assert covered[match.face] == match.identity


KINDS = [(kind, metric) for kind in ("Flat", "HNSW32", "IVF") for metric in ("IP", "L2")]


@pytest.mark.parametrize(("kind", "metric"), KINDS)
def test_any_sequence_of_changes(kind, metric, monkeypatch):
    # Small limits, so that masks, late faces, graphs and lists all take part with a few dozen faces.
    monkeypatch.setattr(face_index, "_QUICK", 40)
    monkeypatch.setattr(body, "EXACT_BELOW", 4)
    case = type("Case", (IndexMachine,), {"kind": kind, "metric": metric}).TestCase
    case.settings = settings(
        max_examples=15,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    case().runTest()
