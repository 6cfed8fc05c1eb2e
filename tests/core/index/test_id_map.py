import tracemalloc

import pytest
import yaml

from core.errors import IndexProblem
from core.gallery.paddlex import id_map_text
from core.index.id_map import LARGEST, read_id_map

END = "index_type: Flat\nmetric_type: IP\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "id_map.yaml"


def test_what_is_written_is_read_back(path):
    labels = {0: "Anna", 7: "007", 12: "yes", 100_000: "李 雷", 3: "a: b", 5: "two\nlines", 6: "x" * 300}
    path.write_text("".join(id_map_text(labels, index_type="IVF", metric_type="L2")), encoding="utf-8", newline="")
    read = read_id_map(path)
    assert (read.labels, read.index_type, read.metric_type) == (labels, "IVF", "L2")


def test_quoted_ids_and_plain_words_are_taken(path):
    path.write_text("id_map:\n  '0': 12\n  1: true\n" + END, encoding="utf-8")
    assert read_id_map(path).labels == {0: "12", 1: "true"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "begin"),
        ("- a\n", "begin"),
        ("&a {id_map: {}}", "begin"),
        ("id_map: {}\nindex_type: Flat\n", "metric_type is missing"),
        (END, "id_map is missing"),
        ("id_map: {}\nmore: 1\n" + END, "more"),
        ("id_map: {}\nid_map: {}\n" + END, "twice"),
        ("id_map: []\n" + END, "not a mapping"),
        ("id_map:\n  x: Anna\n" + END, "'x'"),
        ("id_map:\n  -1: Anna\n" + END, "'-1'"),
        ("id_map:\n  99999999999999999999: Anna\n" + END, "9999"),
        ("id_map:\n  1: Anna\n  1: Ben\n" + END, "twice"),
        ("id_map:\n  1: Anna\n  01: Ben\n" + END, "twice"),
        ("id_map:\n  1:\n" + END, "no text"),
        ("id_map:\n  1: null\n" + END, "no text"),
        ("id_map:\n  1: '  '\n" + END, "no text"),
        ("id_map:\n  1: [Anna]\n" + END, "line 2"),
        ("id_map:\n  1: &a Anna\n  2: *a\n" + END, "line 2"),
        ("id_map:\n  1: !!python/object/apply:os.system ['false']\n" + END, "line 2"),
        ("id_map:\n  1: !!binary aGFsbG8=\n" + END, "line 2"),
        ("id_map: {}\n" + END + "---\nid_map: {}\n", "follows"),
        ("id_map: {1: Anna\n" + END, "YAML"),
        ("\x00\x01", "YAML"),
        ("id_map: {0: " + "[" * 200_000, "line 1"),
        ("[" * 200_000, "begin"),
        ("- " * 200_000, "begin"),
        ("? " * 200_000, "line 1"),
    ],
)
def test_hostile_maps_are_refused_by_name(path, text, word):
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(IndexProblem, match=word) as caught:
        read_id_map(path)
    assert str(path) in str(caught.value)


def test_a_bomb_of_aliases_costs_nothing(path):
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    path.write_text("id_map: &a0 {}\n" + levels, encoding="utf-8")
    tracemalloc.start()
    with pytest.raises(IndexProblem):
        read_id_map(path)
    assert tracemalloc.get_traced_memory()[1] < 10 << 20
    tracemalloc.stop()


def test_a_file_too_large_is_not_read(path):
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(IndexProblem, match="larger"):
        read_id_map(path)


def test_bytes_that_are_no_text_are_refused(path):
    path.write_bytes("id_map:\n  0: 李\n".encode("gbk"))
    with pytest.raises(IndexProblem, match="YAML"):
        read_id_map(path)


def test_an_absent_file_is_named(path):
    with pytest.raises(IndexProblem, match="cannot be read"):
        read_id_map(path)


def test_pyyaml_agrees(path):
    labels = {number: f"Person {number}" for number in range(50)}
    text = "".join(id_map_text(labels, index_type="Flat", metric_type="IP"))
    assert yaml.safe_load(text) == {"id_map": labels, "index_type": "Flat", "metric_type": "IP"}
