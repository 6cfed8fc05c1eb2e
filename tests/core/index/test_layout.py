"""A hostile vector.index: every byte of small files turned, cut and blown up, and none reaches faiss unsound."""

from pathlib import Path

import faiss
import numpy as np
import pytest

from core.errors import IndexProblem
from core.index import kinds
from core.index.layout import examine, peek

PATH = Path("vector.index")


def built(factory, metric, rows):
    index = faiss.IndexIDMap2(faiss.index_factory(rows.shape[1], factory, metric))
    if factory.startswith("IVF"):
        faiss.downcast_index(index.index).cp.min_points_per_centroid = 1
        index.train(rows)
    if len(rows):
        index.add_with_ids(rows, np.arange(len(rows)) * 7)
    return index


SHAPES = [
    (factory, metric, count)
    for factory in ("Flat", "HNSW32", "IVF3,Flat")
    for metric in (faiss.METRIC_INNER_PRODUCT, faiss.METRIC_L2)
    for count in (0, 3, 150)
    if count or factory != "IVF3,Flat"
]
every_shape = pytest.mark.parametrize(("factory", "metric", "count"), SHAPES)


@pytest.fixture
def rows(units):
    return lambda count: units(count, length=4)


@pytest.fixture
def one_thread():
    with kinds.threads(1):
        yield


@every_shape
def test_what_faiss_writes_is_read_without_it(factory, metric, count, rows):
    layout = examine(faiss.serialize_index(built(factory, metric, rows(count))), PATH)
    assert layout.ids.tolist() == [7 * number for number in range(count)]
    assert np.array_equal(layout.vectors, rows(count))
    assert layout.kind == {"Flat": "Flat", "HNSW32": "HNSW32", "IVF3,Flat": "IVF"}[factory]
    assert layout.metric == ("IP" if metric == faiss.METRIC_INNER_PRODUCT else "L2")


@every_shape
def test_every_cut_is_refused(factory, metric, count, rows):
    data = faiss.serialize_index(built(factory, metric, rows(min(count, 3))))
    for size in {*range(0, len(data), max(1, len(data) // 300)), len(data) - 1}:
        with pytest.raises(IndexProblem):
            examine(data[:size], PATH)
    with pytest.raises(IndexProblem, match="follows"):
        examine(np.append(data, np.uint8(0)), PATH)


@pytest.mark.parametrize("factory", ["Flat", "HNSW32", "IVF3,Flat"])
@pytest.mark.parametrize("value", [0x00, 0x7F, 0x80, 0xFF])
def test_what_passes_with_a_changed_byte_is_harmless_to_faiss(factory, value, rows, one_thread):
    data = faiss.serialize_index(built(factory, 0, rows(8)))
    passed = 0
    for place in range(len(data)):
        harmed = data.copy()
        if harmed[place] == value:
            continue
        harmed[place] = value
        try:
            examine(harmed, PATH)
        except IndexProblem:
            continue
        index = faiss.deserialize_index(harmed)
        _, found = index.search(rows(4), 3)
        assert found.shape == (4, 3)
        passed += 1
    assert passed < len(data)


@pytest.mark.parametrize("factory", ["Flat", "HNSW32", "IVF3,Flat"])
def test_impossible_sizes_are_refused_at_once(factory, rows):
    data = faiss.serialize_index(built(factory, 0, rows(3)))
    refused = 0
    for place in range(4, len(data) - 8):
        harmed = data.copy()
        harmed[place : place + 8] = np.frombuffer(np.int64(1 << 62).tobytes(), np.uint8)
        try:
            layout = examine(harmed, PATH)
        except IndexProblem:
            refused += 1
        else:  # a number of a vector, or an id
            assert layout.vectors.nbytes == 3 * 4 * 4
    assert refused > 40


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_must_be_numbers(value, rows):
    bad = rows(3)
    bad[1, 2] = value
    with pytest.raises(IndexProblem, match="no number"):
        examine(faiss.serialize_index(built("Flat", 0, bad)), PATH)


def test_ids_must_be_single_and_not_negative(rows):
    for ids in ([1, 1, 2], [-1, 0, 1]):
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(4))
        index.add_with_ids(rows(3), np.array(ids))
        with pytest.raises(IndexProblem, match="id"):
            examine(faiss.serialize_index(index), PATH)


@pytest.mark.parametrize("factory", ["PQ2x4", "SQ8", "LSH", "PCA2,Flat"])
def test_other_indexes_are_refused(factory, units):
    index = faiss.IndexIDMap2(faiss.index_factory(4, factory))
    index.train(units(100, length=4))
    with pytest.raises(IndexProblem, match="no index of faces"):
        examine(faiss.serialize_index(index), PATH)


def test_an_index_without_ids_is_refused(rows):
    index = faiss.IndexFlatIP(4)
    index.add(rows(3))
    with pytest.raises(IndexProblem, match="IxFI"):
        examine(faiss.serialize_index(index), PATH)


def test_a_link_to_a_lower_node_on_a_higher_level_is_refused(units):
    # faiss would read links of that level behind the end of the lower node's links.
    index = built("HNSW32", 0, units(400, length=4))
    hnsw = faiss.downcast_index(index.index).hnsw
    levels = faiss.vector_to_array(hnsw.levels)
    high, low = int(np.flatnonzero(levels > 1)[0]), int(np.flatnonzero(levels == 1)[-1])
    offset = int(faiss.vector_to_array(hnsw.offsets)[high]) + 64
    links = faiss.vector_to_array(hnsw.neighbors)
    links[offset] = low
    faiss.copy_array_to_vector(links, hnsw.neighbors)
    with pytest.raises(IndexProblem, match="level"):
        examine(faiss.serialize_index(index), PATH)


def test_the_fault_of_faiss_in_removing_from_ivf_is_repaired(rows):
    index = built("IVF3,Flat", 0, rows(9))
    index.remove_ids(np.array([7, 28]))
    data = faiss.serialize_index(index)
    with pytest.raises(IndexProblem):
        examine(data, PATH)
    layout = examine(data, PATH, repair=True)
    assert layout.ids.tolist() == [0, 14, 21, 35, 42, 49, 56]
    assert np.array_equal(layout.vectors, rows(9)[layout.ids // 7])
    index.add_with_ids(rows(10)[9:], np.array([63]))
    with pytest.raises(IndexProblem):
        examine(faiss.serialize_index(index), PATH, repair=True)


def test_a_peek_reads_only_the_head(tmp_path, rows):
    path = tmp_path / "vector.index"
    path.write_bytes(faiss.serialize_index(built("Flat", 0, rows(3))).tobytes()[:50])
    assert peek(path) == (4, 3)
    path.write_bytes(b"IxM2")
    with pytest.raises(IndexProblem):
        peek(path)
