"""Galleries, labels and ids as scripts give them: the forms of PaddleX, each of its traps, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.errors import IndexProblem, InputProblem, PhotoProblem, Problem
from core.paddlex.enrolling import gallery, ids_of
from core.paddlex.index_data import IndexData


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b.png", "李.png"):
        Image.new("RGB", (8, 8), (len(name), 9, 9)).save(tmp_path / name)
    return tmp_path


def listed(folder, data):
    file = folder / "gallery.txt"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    pictures, labels = gallery(str(folder), str(file))
    return [picture.removeprefix(str(folder))[1:] for picture in pictures], labels


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        ("a.png Anna\nb.png Ben\n", ["Anna", "Ben"]),
        ("a.png Anna\r\nb.png 007", ["Anna", "007"]),
        ("a.png Anna\na.png Anna\na.png Ben\n", ["Anna", "Anna", "Ben"]),  # all of them are vectors
        ("\ufeffa.png Zoë-Ann\n", ["Zoë-Ann"]),
        ("a.png Anna Maria\n\nb.png\tBen\n", ["Anna Maria", "Ben"]),
        ("李.png  李雷", ["李雷"]),
    ],
)
def test_lists_that_are_read(folder, data, labels):
    assert listed(folder, data)[1] == labels


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("a.png Anna\nb.png\n", "Line 2 .* has no name"),
        ("a.png Anna\nabsent.png Ben\nx.png\n", r"Line 2 .* not there: .*absent\.png\. 1 more lines"),
        ("a.png 李雷\n".encode("gbk"), "Line 1 .* not UTF-8"),
        ("", "no picture to put"),
        (b"\0\1", "not a text file"),
    ],
)
def test_lists_that_are_refused_whole(folder, data, words):
    with pytest.raises(InputProblem, match=words):
        listed(folder, data)


def test_paths_of_a_list_that_are_absolute_stay(folder):
    assert listed(folder, f"{folder / 'a.png'} Anna")[0] == ["a.png"]


def test_lists_side_by_side(folder):
    pictures, labels = gallery([folder / "a.png", np.zeros((4, 4), np.uint8)], ("x y", 7))
    assert (len(pictures), labels) == (2, ["x y", "7"])
    assert gallery(folder, ["a", "b", "c"])[0] == [str(folder / name) for name in ("a.png", "b.png", "李.png")]
    assert gallery(str(folder / "a.png"), ["a"])[1] == ["a"]


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (["a.png"], ["x", "y"], "1 pictures .* for 2 labels"),
        (["a.png", "b.png"], [], "2 pictures .* for 0 labels"),
        (["a.png"], [" "], "Label 1 is empty"),
        (["a.png", "b.png"], ["x", None], "Label 2 is empty"),
        (["a.png"], ["\ud800"], "Label 1 is empty or no text"),
        (["a.png"], 7, "A int gives no labels"),
        (["a.png"], "gallery.txt", "gallery_imgs must be the folder"),
        (["absent.png"], ["x"], "absent.png is not there"),
        ([], [], "no picture to put"),
    ],
)
def test_sides_that_do_not_fit(folder, monkeypatch, images, labels, words):
    monkeypatch.chdir(folder)
    with pytest.raises((InputProblem, PhotoProblem), match=words):
        gallery(images, labels)


def test_a_picture_that_cannot_be_decoded_stops_building(tiny, folder):
    (folder / "z.png").write_bytes((folder / "a.png").read_bytes()[:60])
    with pytest.raises(PhotoProblem, match=r"z\.png"):
        tiny.build_index(folder, ["a", "b", "c", "d"])


@pytest.mark.parametrize(
    "label", ["a\nb", "#", "'", "\t x", "x" * 99, "a\u2028b", "🙂", "true", "0x1F", "a: b", "\x07"]
)
def test_strange_labels_come_back(tmp_path, label):
    index = IndexData.build(np.eye(1, 4, dtype=np.float32), [label], kind="Flat", metric="IP")
    index.save(tmp_path)
    assert IndexData.load(tmp_path).id_map == {0: label}


def test_ids(tmp_path):
    file = tmp_path / "remove_ids.txt"
    file.write_bytes(b"\xef\xbb\xbf1 Anna\r\n4\n\n4\n# of Tuesday\n 7\tDad\n")
    assert ids_of(str(file)) == [1, 4, 7]
    assert ids_of(np.array([3, 1])) == [3, 1]
    assert ids_of((5, "6")) == [5, 6]
    assert ids_of([]) == []
    file.write_text("1\nAnna\n-3\n", encoding="utf-8")
    with pytest.raises(InputProblem, match=r"Line 2 .* does not begin with an id: Anna\. 1 more"):
        ids_of(file)


ROWS = np.eye(3, 4, dtype=np.float32)


@pytest.fixture
def saved(tmp_path):
    folder = tmp_path / "index"
    IndexData.build(ROWS, ["Anna", "Ben", "007"], kind="Flat", metric="IP").save(folder)
    return folder


def rewritten(folder, old, new):
    file = folder / "id_map.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  1: Ben\n", "", "3 vectors, .* 2 labels"),
        ("  1: Ben\n", "  9: Ben\n", "id 1 of vector.index has no label"),
        ("  1: Ben\n", "  0: Ben\n", "id 0 stands in it twice"),
        ("metric_type: IP\n", "", "metric_type is missing"),
        ("  1: Ben\n", "  1: *x\n", "something other than plain text"),
        ("Anna", "!!python/object/apply:os.getcwd []", "something other|not valid"),
        ("  1: Ben\n", "  one: Ben\n", "'one' is not an id"),
    ],
)
def test_folders_that_are_torn_or_hostile(saved, old, new, words):
    rewritten(saved, old, new)
    with pytest.raises(IndexProblem, match=words):
        IndexData.load(saved)


def test_folders_that_lack_a_file_or_hold_another(saved):
    (saved / "vector.index").write_bytes(b"IxM2" + bytes(60))
    with pytest.raises(IndexProblem, match="not a sound face index"):
        IndexData.load(saved)
    for name in ("vector.index", "id_map.yaml"):
        (saved / name).unlink()
        with pytest.raises(IndexProblem, match=r"vector\.index is not there"):
            IndexData.load(saved)


def test_quoted_ids_are_ids_and_a_wrong_kind_is_told(saved, caplog):
    rewritten(saved, "  1: Ben", "  '1': Ben")
    rewritten(saved, "index_type: Flat\nmetric_type: IP", "index_type: HNSW32\nmetric_type: L2")
    index = IndexData.load(saved)
    assert (index.id_map[1], index.index_type, index.metric_type) == ("Ben", "Flat", "IP")
    assert "calls the index HNSW32 L2, but it is Flat IP" in caplog.text


def test_ids_follow_the_highest_as_in_paddlex(saved):
    index = IndexData.load(saved)
    assert list(index.remove([1]).append(ROWS[:1], ["Eve"]).id_map) == [0, 2, 3]
    assert list(index.remove([3]).append(ROWS[:1], ["Eve"]).id_map) == [0, 2, 3]
    assert list(index.remove(range(9)).append(ROWS[:1], ["Eve"]).id_map) == [0]


def test_a_full_or_wrong_place_keeps_what_was_there(saved, monkeypatch):
    index = IndexData.load(saved)
    before = {file.name: file.read_bytes() for file in saved.iterdir()}
    with pytest.raises(IndexProblem, match="cannot be written"):
        index.save(saved / "id_map.yaml")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(IndexProblem, match="No space left"):
        index.remove([0]).save(saved)
    assert before == {file.name: file.read_bytes() for file in saved.iterdir()}


def test_the_services_bytes(saved):
    import pickle

    index = IndexData.load(saved)
    again = IndexData.from_bytes(index.to_bytes())
    assert (again.id_map, again.index_type, again.metric_type) == (index.id_map, "Flat", "IP")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps((index.index_bytes, index.index_info), protocol)
        assert IndexData.from_bytes(data).index_bytes.tobytes() == index.index_bytes.tobytes()


class _Runs:
    def __reduce__(self):
        return (print, ("run",))


def test_bytes_that_would_run_code_or_fill_memory(saved, capsys):
    import pickle

    index = IndexData.load(saved)
    vectors, info = index.index_bytes, index.index_info
    for content in (
        _Runs(),
        (vectors, {"id_map": _Runs()}),
        (vectors, {"id_map": {0: 1}}),
        (vectors, []),
        (vectors.astype(np.float32), info),
        (np.array([_Runs()], object), info),
        vectors,
    ):
        with pytest.raises(IndexProblem, match="not sound"):
            IndexData.from_bytes(pickle.dumps(content))
    for data in (b"", b"\x80\x04r\xff\xff\xff\x7f.", b"\x80\x04\x8e" + b"\xff" * 7 + b"\x00.", b"garbage", b"(" * 9999):
        with pytest.raises(IndexProblem, match="not sound"):
            IndexData.from_bytes(data)
    with pytest.raises(Problem, match="torn"):
        IndexData.from_bytes(pickle.dumps((vectors, {**info, "id_map": {0: "Anna"}})))
    assert not capsys.readouterr().out
