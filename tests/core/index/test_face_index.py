import threading

import numpy as np
import pytest

from core.errors import IndexProblem
from core.index import body as bodies
from core.index.face_index import FaceIndex

KINDS = [(kind, metric) for kind in ("Flat", "HNSW32", "IVF") for metric in ("IP", "L2")]
every_kind = pytest.mark.parametrize(("kind", "metric"), KINDS)


@pytest.fixture
def rows(units):
    return units(600)


@pytest.fixture
def fetch(rows):
    return lambda ids: (ids, rows[ids])


def compact(index):
    for _ in index.compact():
        pass


def finds_itself(index, rows, ids):
    similarities, found = index.search(rows[ids], 1)
    assert found[:, 0].tolist() == list(ids)
    assert similarities[:, 0] == pytest.approx(1, abs=1e-6)


@every_kind
@pytest.mark.parametrize("exact_below", [0, 2000])
def test_it_follows_the_wanted_faces(kind, metric, exact_below, rows, fetch):
    index = FaceIndex(16, kind, metric, exact_below=exact_below)
    for wanted in (np.arange(500), np.arange(100, 600), np.arange(590, 600), np.arange(0, 600, 3), np.arange(2)):
        assert index.reconcile(wanted, fetch)
        assert not index.reconcile(wanted, fetch)
        assert index.held.tolist() == wanted.tolist()
        finds_itself(index, rows, wanted)
        _, found = index.search(rows, 5)
        assert found.shape == (600, min(5, len(wanted)))
        assert np.isin(found, wanted).all()
        compact(index)
        assert index.whole is not None
        finds_itself(index, rows, wanted)


@every_kind
def test_every_kind_gives_the_same_cosines(kind, metric, rows, fetch):
    index = FaceIndex(16, kind, metric)
    index.reconcile(np.arange(600), fetch)
    similarities, _ = index.search(rows[:20], 4)
    expected = np.sort(rows[:20].astype(np.float64) @ rows.T.astype(np.float64), axis=1)[:, ::-1][:, :4]
    assert similarities == pytest.approx(expected, abs=1e-6)
    assert (np.diff(similarities, axis=1) <= 0).all()


@every_kind
def test_exact_ties_come_by_id(kind, metric, rows):
    twins = np.repeat(rows[:1], 6, axis=0)
    index = FaceIndex(16, kind, metric)
    index.reconcile(np.array([3, 5, 8]), lambda ids: (ids, twins[: len(ids)]))
    index.reconcile(np.array([1, 3, 4, 5, 8]), lambda ids: (ids, twins[: len(ids)]))
    assert index.search(rows[:1], 5)[1].tolist() == [[1, 3, 4, 5, 8]]


def test_removing_works_on_a_graph_without_building_it_anew(rows, fetch):
    index = FaceIndex(16, "HNSW32", exact_below=0)
    index.reconcile(np.arange(600), fetch)
    compact(index)
    graph = index.now.main.body
    index.reconcile(np.arange(5, 600), fetch)
    assert index.now.main.body is graph
    assert index.now.dead == 5
    assert not np.isin(index.search(rows[:5], 10)[1], np.arange(5)).any()
    index.reconcile(np.arange(600), lambda ids: pytest.fail("a face that comes back need not be fetched"))
    finds_itself(index, rows, np.arange(600))


def test_many_dead_are_swept_away(rows, fetch):
    index = FaceIndex(16, "HNSW32")
    index.reconcile(np.arange(600), fetch)
    index.reconcile(np.arange(10), fetch)
    assert index.now.dead == 0
    assert index.whole.kind == "HNSW32"


def test_a_few_late_faces_are_linked_into_the_graph(rows, fetch):
    index = FaceIndex(16, "HNSW32", exact_below=0)
    index.reconcile(np.arange(500), fetch)
    index.reconcile(np.arange(600), fetch)
    assert index.now.late is not None
    compact(index)
    assert index.whole.ids.tolist() == list(range(600))
    finds_itself(index, rows, np.arange(600))


def test_what_the_graph_loses_is_always_looked_at(rows, fetch, monkeypatch):
    monkeypatch.setattr(bodies, "EXACT_BELOW", 10)
    index = FaceIndex(16, "IVF", parameters={"lists": 60, "probes": 1}, exact_below=0)
    look = bodies.Body._look

    def forgetful(self, queries, k, alive, *, exact, **more):
        found = look(self, queries, k, alive, exact=exact, **more)
        return found if exact else np.where(found == 7, np.where(found == 8, 9, 8), found)

    monkeypatch.setattr(bodies.Body, "_look", forgetful)
    index.reconcile(np.arange(600), fetch)
    compact(index)
    assert 7 in index.whole.strays
    assert index.search(rows[7:8], 1)[1].tolist() == [[7]]


def test_an_approximate_search_that_finds_too_few_is_done_exactly(rows, fetch):
    index = FaceIndex(16, "IVF", parameters={"lists": 200, "probes": 1}, exact_below=0)
    index.reconcile(np.arange(600), fetch)
    compact(index)
    _, found = index.search(rows[:10], 50)
    assert found.shape == (10, 50)
    assert (found >= 0).all()


def test_features_of_a_wrong_length_are_refused(rows):
    index = FaceIndex(8)
    with pytest.raises(IndexProblem, match="8"):
        index.reconcile(np.arange(3), lambda ids: (ids, rows[ids]))
    assert not len(index.held)


def test_a_compaction_given_up_leaves_the_old_structure(rows, fetch):
    index = FaceIndex(16, "HNSW32")
    index.reconcile(np.arange(600), fetch)
    index.become("IVF", "L2", {})
    before = index.now
    job = index.compact()
    next(job)
    job.close()
    assert index.now is before


def test_faces_that_change_during_a_compaction_are_not_lost(rows, fetch):
    index = FaceIndex(16, "HNSW32", exact_below=0)
    index.reconcile(np.arange(300), fetch)
    index.become("HNSW32", "L2", {})
    job = index.compact()
    next(job)
    index.reconcile(np.arange(100, 400), fetch)
    for _ in job:
        pass
    assert index.held.tolist() == list(range(100, 400))
    finds_itself(index, rows, np.arange(100, 400))
    assert not np.isin(index.search(rows, 5)[1], np.arange(100)).any()


@every_kind
def test_threads_search_while_another_reconciles(kind, metric, rows, fetch):
    index = FaceIndex(16, kind, metric, exact_below=50)
    always = np.arange(300)
    index.reconcile(always, fetch)
    wrong: list[object] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            _, found = index.search(rows[:40], 3)
            if found[:, 0].tolist() != list(range(40)) or not (found[:, 1:] != found[:, :1]).all():
                wrong.append(found)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(30):
            extra = np.arange(300 + turn * 5, 600 - turn * 5)
            index.reconcile(np.concatenate([always, extra]), fetch)
            if turn % 10 == 5:
                compact(index)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not wrong


def test_a_vector_that_many_faces_share_makes_no_strays(rows, monkeypatch):
    monkeypatch.setattr(bodies, "EXACT_BELOW", 10)
    twins = np.repeat(rows[:60], 10, axis=0)
    index = FaceIndex(16, "HNSW32", exact_below=0)
    index.reconcile(np.arange(600), lambda ids: (ids, twins[ids]))
    compact(index)
    assert not len(index.whole.strays)
