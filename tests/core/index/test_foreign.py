import shutil

import faiss
import numpy as np
import pytest
import yaml

from core.errors import IndexProblem
from core.index.foreign import export_index, read_paddlex_index, write_paddlex_index
from core.index.shelf import Shelf

REFERENCES = [
    "Flat_IP",
    "Flat_IP_appended",
    "Flat_IP_emptied",
    "Flat_IP_removed",
    "Flat_L2",
    "HNSW32_IP",
    "HNSW32_IP_appended",
    "HNSW32_L2",
    "IVF_IP",
    "IVF_L2",
]
FORMS = [(kind, metric) for kind in ("Flat", "HNSW32", "IVF") for metric in ("IP", "L2")]


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_folders_are_read(paddlex_data, name):
    folder = paddlex_data / "reference" / "index" / name
    read = read_paddlex_index(folder)
    kind, metric = name.split("_")[:2]
    assert (read.kind, read.metric) == (kind, metric)
    labels = yaml.safe_load((folder / "id_map.yaml").read_text(encoding="utf-8"))["id_map"]
    assert dict(zip(read.ids.tolist(), read.labels, strict=True)) == labels
    assert read.features.shape == (len(labels), 128)
    assert np.linalg.norm(read.features, axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_folders_are_written_again(paddlex_data, tmp_path, name):
    folder = paddlex_data / "reference" / "index" / name
    read = read_paddlex_index(folder)
    write_paddlex_index(
        tmp_path, ids=read.ids, labels=read.labels, features=read.features, kind=read.kind, metric=read.metric
    )
    assert (tmp_path / "id_map.yaml").read_bytes() == (folder / "id_map.yaml").read_bytes()
    if read.kind == "Flat":
        assert (tmp_path / "vector.index").read_bytes() == (folder / "vector.index").read_bytes()
    again = read_paddlex_index(tmp_path)
    assert np.array_equal(again.features, read.features)


@pytest.mark.parametrize("name", ["HNSW32_IP", "HNSW32_L2"])
def test_a_reference_graph_is_written_to_the_byte(paddlex_data, tmp_path, name):
    folder = paddlex_data / "reference" / "index" / name
    read = read_paddlex_index(folder)
    write_paddlex_index(
        tmp_path, ids=read.ids, labels=read.labels, features=read.features, kind=read.kind, metric=read.metric
    )
    assert (tmp_path / "vector.index").read_bytes() == (folder / "vector.index").read_bytes()


@pytest.fixture(params=FORMS, ids="-".join)
def written(request, tmp_path, units):
    kind, metric = request.param
    rows = units(40)
    labels = [f"Person {number}" for number in range(40)]
    write_paddlex_index(tmp_path / "out", ids=np.arange(40), labels=labels, features=rows, kind=kind, metric=metric)
    return tmp_path / "out"


def test_what_is_written_is_what_faiss_reads(written, units):
    index = faiss.read_index(str(written / "vector.index"))
    assert isinstance(index, faiss.IndexIDMap2)
    _, found = index.search(units(40), 1)
    assert found[:, 0].tolist() == list(range(40))
    read = read_paddlex_index(written)
    assert np.array_equal(read.features, units(40))
    assert read.labels[3] == "Person 3"


@pytest.mark.parametrize("count", [0, 1, 7])
@pytest.mark.parametrize(("kind", "metric"), FORMS)
def test_few_faces_are_written_in_every_form(tmp_path, units, count, kind, metric, capfd):
    write_paddlex_index(
        tmp_path, ids=np.arange(count), labels=["x"] * count, features=units(count), kind=kind, metric=metric
    )
    assert len(read_paddlex_index(tmp_path).ids) == count
    assert capfd.readouterr() == ("", "")


def test_torn_folders_are_named(written, tmp_path):
    for name in ("vector.index", "id_map.yaml"):
        copy = shutil.copytree(written, tmp_path / name)
        (copy / name).unlink()
        with pytest.raises(IndexProblem, match=name):
            read_paddlex_index(copy)
    text = (written / "id_map.yaml").read_text(encoding="utf-8")
    (written / "id_map.yaml").write_text(text.replace("  3: Person 3\n", ""), encoding="utf-8")
    with pytest.raises(IndexProblem, match="40 vectors"):
        read_paddlex_index(written)
    (written / "id_map.yaml").write_text(text.replace("  3: ", "  300: "), encoding="utf-8")
    with pytest.raises(IndexProblem, match="id 3 "):
        read_paddlex_index(written)


def test_a_file_that_claims_to_be_huge_is_not_read(written):
    with (written / "vector.index").open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(IndexProblem, match="too large"):
        read_paddlex_index(written)


def test_an_unwritable_place_is_told(tmp_path, units):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(IndexProblem, match="cannot be written"):
        write_paddlex_index(
            tmp_path / "out", ids=np.arange(1), labels=["x"], features=units(1), kind="Flat", metric="IP"
        )


def test_an_index_of_a_gallery_is_exported_without_the_removed(town, tmp_path, units):
    shelf = Shelf(town)
    shelf.remove("default", [town.find("Anna").id])
    assert export_index(shelf, "default", tmp_path / "out") == 10
    read = read_paddlex_index(tmp_path / "out")
    assert read.ids.tolist() == list(range(10))
    assert read.labels[:3] == ("Ben", "Ben", "李雷")
    assert np.array_equal(read.features, units(12)[2:])


def test_an_empty_gallery_has_nothing_to_export(gallery, tmp_path):
    with pytest.raises(IndexProblem, match="no features"):
        export_index(Shelf(gallery), "default", tmp_path)
