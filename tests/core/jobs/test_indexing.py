"""Jobs on indexes: each with a gallery of its own, beside a shelf that serves meanwhile."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import GalleryProblem, IndexProblem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.index import folder as saved
from core.index.foreign import read_paddlex_index, write_paddlex_index
from core.index.measures import FILE
from core.index.shelf import Shelf
from core.jobs import indexing

SPACE, LENGTH, PEOPLE, EACH = "test-space", 16, 30, 3
MODEL = FeatureModel(SPACE, "Test model", LENGTH)


def rows(count, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, LENGTH))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def face(feature):
    return NewFace((0, 0, 9, 9), None, 0.9, 0.9, "p.jpg", "", (20, 20), features={SPACE: feature})


@pytest.fixture
def place(tmp_path):
    features = rows(PEOPLE * EACH)
    with Gallery.create(tmp_path / "people") as gallery:
        gallery.enroll(((f"P{n // EACH:02}", face(row)) for n, row in enumerate(features)), model=MODEL)
    return tmp_path / "people"


@pytest.fixture
def window(place):
    """The gallery and shelf of a window that is open all the while."""
    with Gallery.open(place) as gallery, Shelf(gallery) as shelf:
        yield shelf


def names(index):
    return {match.name for found in index.search(rows(PEOPLE * EACH), PEOPLE, space=SPACE) for match in found}


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
def test_an_index_built_beside_is_found_by_who_looks_again(place, window, finish, kind):
    window.open("default")
    steps, change = finish(indexing.build(place, "fast", kind=kind))
    assert change.id
    assert steps
    assert window.refresh()
    assert "fast" in window.names()
    assert window.open("fast").faces.whole.kind == kind
    assert window.state("fast").condition == "current"


def test_the_index_in_use_gets_the_new_structure_and_serves_until_then(place, window, finish):
    used = window.open("default")
    everyone = names(used)
    job = indexing.build(place, "default", kind="HNSW32")
    for _ in job:
        window.refresh()
        assert names(used) == everyone
    window.refresh()
    assert used is window.open("default")
    assert used.faces.whole.kind == "HNSW32"
    assert names(used) == everyone


def test_a_structure_saved_after_the_rule_was_seen_is_taken_up(place, window):
    """The rule is committed before the folder is written: a window that looks in between must look again."""
    window._exact_below = 0
    used = window.open("default")
    window.save("default")
    with Gallery.open(place) as gallery:
        other = Shelf(gallery)
        finish_all(other.build("default", kind="IVF", parameters={"lists": 3}))
        stamp = window.folder("default") / saved.SIDECAR
        assert window.refresh()
        before = window.generation
        finish_all(other.rebuild("default"))
        assert stamp.exists()
    body = used.faces.whole
    assert window.refresh()
    assert window.generation > before
    assert used.faces.whole is not body
    assert used.faces.whole.parameters == {"lists": 3}
    assert not window.refresh()


def finish_all(job):
    for _ in job:
        pass


def test_a_folder_of_another_shape_is_not_taken_up(place, window, finish):
    used = window.open("default")
    window.save("default")
    with Gallery.open(place) as gallery:
        old = Shelf(gallery)
        old.open("default")
        window.gallery.set_index(window.gallery.index_rule("default").__class__("default", "HNSW32", "L2"))
        window.refresh()
        body = old.open("default").faces
        assert body is not None
    (window.folder("default") / saved.SIDECAR).touch()
    window.refresh()
    assert (used.faces.kind, used.faces.metric) == ("HNSW32", "L2")
    assert len(names(used)) == PEOPLE


def test_building_cancelled_leaves_everything(place, window):
    window.open("default")
    before = window.gallery.version()
    job = indexing.build(place, "fast", kind="HNSW32")
    next(job)
    job.close()
    assert window.gallery.version() == before
    assert window.names() == ["default"]
    assert not window.folder("fast").exists()


def test_chosen_people_only(place, window, finish):
    chosen = [person.id for person in window.gallery.identities()[:4]]
    finish(indexing.build(place, "few", kind="Flat", identities=chosen))
    assert names(window.open("few")) == {"P00", "P01", "P02", "P03"}


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
def test_people_leave_and_come_back(place, window, finish, kind):
    finish(indexing.build(place, "some", kind=kind))
    some = window.open("some")
    people = [person.id for person in window.gallery.identities()[:2]]
    _, change = finish(indexing.remove(place, "some", people))
    window.refresh()
    assert names(some).isdisjoint({"P00", "P01"})
    assert change.indexes == {"some"}
    assert window.state("some").condition == "current"
    finish(indexing.append(place, "some", people[:1]))
    window.refresh()
    assert "P00" in names(some)
    assert "P01" not in names(some)


def test_removing_cancelled_after_the_first_step_has_removed(place, window):
    used = window.open("default")
    person = window.gallery.identities()[0].id
    job = indexing.remove(place, "default", [person])
    next(job)
    job.close()
    window.refresh()
    assert "P00" not in names(used)
    assert window.gallery.undo() is not None
    window.refresh()
    assert "P00" in names(used)


def test_rebuilding_writes_the_folder_again(place, window, finish):
    window.open("default")
    window.save("default")
    sidecar = window.folder("default") / saved.SIDECAR
    before = sidecar.stat().st_ino
    finish(indexing.compact(place, "default"))
    assert sidecar.stat().st_ino == before, "compacting what is right writes nothing"
    finish(indexing.rebuild(place, "default"))
    assert sidecar.stat().st_ino != before
    assert window.state("default").condition == "current"


def test_rebuilding_keeps_who_is_left_out(place, window, finish):
    person = window.gallery.identities()[0].id
    finish(indexing.remove(place, "default", [person]))
    finish(indexing.rebuild(place, "default"))
    window.refresh()
    assert "P00" not in names(window.open("default"))


def test_verifying_measures_and_the_figures_stay_with_the_structure(place, window, finish):
    _, verified = finish(indexing.verify(place, "default"))
    assert verified.refreshed
    assert verified.report.sound
    measured = window.state("default").measured
    assert measured is not None
    assert measured.recall_at_1 == 1.0
    assert (measured.faces, measured.sample) == (PEOPLE * EACH, PEOPLE * EACH)
    assert 0 < measured.median_ms <= measured.p99_ms
    _, again = finish(indexing.verify(place, "default"))
    assert not again.refreshed
    finish(indexing.rebuild(place, "default"))
    assert window.state("default").measured is None, "another structure was not measured"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"of": 1}', '{"recall_at_1": 1.0}'])
def test_damaged_figures_are_as_good_as_none(place, window, finish, text):
    finish(indexing.verify(place, "default"))
    path = window.folder("default") / FILE
    path.write_text(text)
    assert window.state("default").measured is None
    assert window.state("default").condition == "current"


def test_figures_of_another_structure_are_not_shown(place, window, finish):
    finish(indexing.verify(place, "default"))
    path = window.folder("default") / FILE
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "of": "0" * 64}))
    assert window.state("default").measured is None


def test_verifying_names_the_damage(place, window, finish):
    finish(indexing.compact(place, "default"))
    vectors = window.folder("default") / saved.VECTORS
    data = bytearray(vectors.read_bytes())
    data[len(data) // 2] ^= 1
    vectors.write_bytes(data)
    _, verified = finish(indexing.verify(place, "default"))
    assert not verified.report.sound
    assert verified.report.measured is None
    finish(indexing.rebuild(place, "default"))
    assert finish(indexing.verify(place, "default"))[1].report.sound


def test_out_to_paddlex_and_in_again(place, window, finish, tmp_path):
    _, count = finish(indexing.export(place, "default", tmp_path / "out"))
    assert count == PEOPLE * EACH
    assert len(set(read_paddlex_index(tmp_path / "out").labels)) == PEOPLE
    with Gallery.create(tmp_path / "other") as other:
        folder = other.folder
    _, change = finish(indexing.take_in(folder, tmp_path / "out", model=MODEL))
    assert len(change.faces) == count
    assert finish(indexing.take_in(folder, tmp_path / "out", model=MODEL))[1] is None
    with Gallery.open(folder) as other:
        assert len(other.identities()) == PEOPLE


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
@pytest.mark.parametrize("metric", ["IP", "L2"])
def test_a_folder_comes_back_to_the_byte(finish, tmp_path, kind, metric):
    came, went, labels = tmp_path / "came", tmp_path / "went", [f"P{row % 7}" for row in range(60)]
    write_paddlex_index(came, ids=np.arange(60), labels=labels, features=rows(60), kind=kind, metric=metric)
    with Gallery.create(tmp_path / "other") as other:
        folder = other.folder
    finish(indexing.take_in(folder, came, model=MODEL))
    finish(indexing.build(folder, "back", kind=kind, metric=metric))
    finish(indexing.export(folder, "back", went))
    for name in ("vector.index", "id_map.yaml"):
        assert (went / name).read_bytes() == (came / name).read_bytes()


def test_exporting_cancelled_writes_nothing(place, tmp_path):
    job = indexing.export(place, "default", tmp_path / "out")
    next(job)
    job.close()
    assert not (tmp_path / "out").exists()


def test_importing_another_model_is_refused_and_nothing_changed(place, window, finish, tmp_path):
    write_paddlex_index(
        tmp_path / "in", ids=np.arange(3), labels=["a", "b", "c"], features=rows(3), kind="Flat", metric="IP"
    )
    before = window.gallery.version()
    with pytest.raises(IndexProblem, match="would never be found"):
        finish(indexing.take_in(place, tmp_path / "in", model=FeatureModel("else", "Else", LENGTH)))
    assert window.gallery.version() == before


def test_importing_with_features_of_another_length_says_what_to_do(place, finish, tmp_path):
    write_paddlex_index(
        tmp_path / "in", ids=np.arange(3), labels=["a", "b", "c"], features=rows(3), kind="Flat", metric="IP"
    )
    longer = FeatureModel("else", "Else", LENGTH + 1)
    with pytest.raises(IndexProblem, match="Take a gallery without faces"):
        finish(indexing.take_in(place, tmp_path / "in", model=longer))
    with Gallery.create(tmp_path / "empty") as empty:
        folder = empty.folder
    with pytest.raises(IndexProblem, match=r"Choose the model that made the index") as caught:
        finish(indexing.take_in(folder, tmp_path / "in", model=longer))
    assert "--" not in str(caught.value)  # the window says it too
    assert "facefolio" not in str(caught.value)
    with Gallery.open(folder) as empty:
        assert empty.model is None


def test_features_of_any_length_but_none_are_taken_in(finish, tmp_path):
    features = rows(4) * np.array([[1], [1e30], [1e-30], [1]], np.float32)
    with Gallery.create(tmp_path / "other") as other:
        folder = other.folder
    shape = {"ids": np.arange(4), "labels": list("abcd"), "kind": "Flat", "metric": "IP"}
    write_paddlex_index(tmp_path / "in", features=features * [[1], [1], [1], [0]], **shape)
    with pytest.raises(IndexProblem, match="zeros alone, under id 3"):
        finish(indexing.take_in(folder, tmp_path / "in", model=MODEL))
    write_paddlex_index(tmp_path / "in", features=features, **shape)
    _, change = finish(indexing.take_in(folder, tmp_path / "in", model=MODEL))
    with Gallery.open(folder) as other:
        assert np.allclose(other.features(SPACE, sorted(change.faces))[1], rows(4), atol=1e-6)


def test_problems_come_out_of_the_job(place, finish, tmp_path):
    with pytest.raises(IndexProblem, match="no index called"):
        finish(indexing.compact(place, "nobody"))
    with pytest.raises(GalleryProblem):
        finish(indexing.compact(tmp_path / "nowhere", "default"))
    with pytest.raises(IndexProblem, match="whole number"):
        finish(indexing.build(place, "x", kind="HNSW32", parameters={"m": 1}))
