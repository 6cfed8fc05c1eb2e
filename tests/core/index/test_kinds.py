import faiss
import numpy as np
import pytest

from core.errors import IndexProblem
from core.index import kinds
from core.index.body import build


@pytest.mark.parametrize("count", [1, 2, 7, 8, 100, 100_000])
def test_automatic_numbers_of_ivf_fit_any_count(count):
    numbers = kinds.numbers_for("IVF", {}, count)
    assert 1 <= numbers["probes"] <= numbers["lists"] <= count
    assert kinds.paddlex_numbers("IVF", count)["lists"] >= 1


def test_paddlex_numbers_are_its_defaults():
    assert kinds.paddlex_numbers("HNSW32", 50) == {"m": 32, "ef_construction": 40, "ef_search": 16}
    assert kinds.paddlex_numbers("IVF", 800) == {"lists": 100, "probes": 1}


@pytest.mark.parametrize(
    ("kind", "metric", "parameters", "word"),
    [
        ("LSH", "IP", {}, "LSH"),
        ("Flat", "hamming", {}, "hamming"),
        ("Flat", "IP", {"lists": 3}, "lists"),
        ("HNSW32", "IP", {"m": 2}, "m"),
        ("HNSW32", "L2", {"ef_search": 0}, "ef_search"),
        ("IVF", "L2", {"probes": True}, "probes"),
    ],
)
def test_what_does_not_fit_is_named(kind, metric, parameters, word):
    with pytest.raises(IndexProblem, match=word):
        kinds.check(kind, metric, parameters)


def test_every_parameter_explains_itself():
    for kind in kinds.KINDS.values():
        assert kind.note.endswith(".")
        for rule in kind.parameters.values():
            assert rule.label
            assert rule.note.endswith(".")
            assert rule.low <= rule.default <= rule.high


@pytest.mark.parametrize("kind", kinds.KINDS)
@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_few_faces_build_every_kind_in_silence(kind, count, units, capfd):
    body = finish(build(kind, "L2", {}, np.arange(count), units(9)[:count]))
    assert len(body) == count
    assert isinstance(body.outer, faiss.IndexIDMap2)
    assert capfd.readouterr() == ("", "")


def test_the_number_of_threads_is_put_back():
    before = faiss.omp_get_max_threads()
    with kinds.threads(1):
        assert faiss.omp_get_max_threads() == 1
    assert faiss.omp_get_max_threads() == before


def finish(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value
