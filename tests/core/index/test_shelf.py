import json
import shutil

import numpy as np
import pytest

from core.errors import GalleryProblem, IndexProblem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.index import folder
from core.index.shelf import Shelf

SPACE = "test-space"


def run(job):
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


def people(index, units, k=6):
    return {match.name for matches in index.search(units(12), k, space=SPACE) for match in matches}


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
def test_built_saved_and_loaded(town, units, kind, monkeypatch):
    shelf = Shelf(town)
    run(shelf.build("other", kind=kind, metric="L2"))
    assert shelf.state("other").condition == "current"
    monkeypatch.setattr(town, "features", lambda space, faces=None: Gallery.features(town, space, faces[:20]))
    again = Shelf(town)
    assert len(people(again.open("other"), units)) == 6
    assert again.open("other").faces.whole.kind == kind


def test_the_number_of_links_is_kept(town, units):
    shelf = Shelf(town)
    run(shelf.build("sparse", kind="HNSW32", parameters={"m": 8}))
    again = Shelf(town)
    assert len(people(again.open("sparse"), units)) == 6
    whole = again.open("sparse").faces.whole
    assert whole.parameters["m"] == 8
    assert whole.inner.hnsw.nb_neighbors(1) == 8
    assert again.state("sparse").condition == "current"


def test_a_part_of_the_people_and_who_is_added_to_it(town, units):
    shelf = Shelf(town)
    anna, ben = town.find("Anna").id, town.find("Ben").id
    run(shelf.build("family", identities=[anna]))
    assert people(shelf.open("family"), units) == {"Anna"}
    shelf.append("family", [ben])
    assert people(shelf.open("family"), units) == {"Anna", "Ben"}
    shelf.remove("family", [anna])
    assert people(shelf.open("family"), units) == {"Ben"}
    town.undo()
    shelf.refresh()
    assert people(shelf.open("family"), units) == {"Anna", "Ben"}


def test_who_is_removed_from_default_stays_in_the_gallery(town, units):
    shelf = Shelf(town)
    index = shelf.open()
    shelf.remove("default", [town.find("Anna").id])
    assert "Anna" not in people(index, units)
    assert town.find("Anna").faces == 2
    shelf.append("default", [town.find("Anna").id])
    assert "Anna" in people(index, units)


def test_nobody_unknown_is_appended(town):
    shelf = Shelf(town)
    with pytest.raises(GalleryProblem, match="999"):
        shelf.append("default", [999])
    with pytest.raises(GalleryProblem, match="999"):
        run(shelf.build("x", identities=[999]))
    assert shelf.names() == ["default"]


def test_a_deleted_index_is_gone_until_undo(town, units):
    shelf = Shelf(town)
    run(shelf.build("family", identities=[town.find("Anna").id]))
    index = shelf.open("family")
    shelf.delete("family")
    assert not shelf.folder("family").exists()
    with pytest.raises(IndexProblem, match="deleted"):
        index.search(units(1), 1, space=SPACE)
    with pytest.raises(IndexProblem, match="family"):
        shelf.open("family")
    town.undo()
    assert people(shelf.open("family"), units) == {"Anna"}
    with pytest.raises(GalleryProblem):
        shelf.delete("default")


def test_an_undone_build_hides_the_index(town):
    shelf = Shelf(town)
    run(shelf.build("family"))
    town.undo()
    shelf.refresh()
    assert shelf.names() == ["default"]


def test_a_build_given_up_changes_nothing(town, units):
    shelf = Shelf(town)
    version = town.version()
    job = shelf.build("other", kind="HNSW32")
    next(job)
    job.close()
    assert town.version() == version
    assert not shelf.folder("other").exists()
    with pytest.raises(IndexProblem):
        run(shelf.build("other", kind="LSH"))


def test_removed_people_are_not_in_the_saved_folder(town):
    shelf = Shelf(town)
    shelf.save("default")
    anna = town.find("Anna").id
    faces = [face.id for face in town.faces(anna)]
    shelf.refresh(town.remove([anna]))
    assert shelf.state("default").condition == "stale"
    shelf.save("default")
    body = folder.load(shelf.folder("default"), folder.read_sidecar(shelf.folder("default")))
    assert len(body) == 10
    assert not np.isin(faces, body.ids).any()
    assert "Anna" not in (shelf.folder("default") / "id_map.yaml").read_text(encoding="utf-8")


def test_a_renamed_person_is_renamed_in_the_folder(town):
    shelf = Shelf(town)
    shelf.save("default")
    town.rename(town.find("Anna").id, "Anne")
    assert shelf.state("default").condition == "stale"
    shelf.save("default")
    assert "Anne" in (shelf.folder("default") / "id_map.yaml").read_text(encoding="utf-8")
    assert shelf.state("default").condition == "current"


def test_saving_twice_writes_once(town):
    shelf = Shelf(town)
    shelf.save("default")
    before = (shelf.folder("default") / "facefolio.json").stat()
    shelf.save("default")
    assert (shelf.folder("default") / "facefolio.json").stat().st_ino == before.st_ino


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("file", ["vector.index", "facefolio.json", "id_map.yaml"])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "absent", "folder"])
def test_a_damaged_folder_is_made_anew(town, units, file, harm):
    shelf = Shelf(town)
    shelf.save("default")
    path = shelf.folder("default") / file
    if harm == "flip":
        flip(path)
    elif harm == "cut":
        path.write_bytes(path.read_bytes()[:-3])
    elif harm == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
        if harm == "folder":
            path.mkdir()
    again = Shelf(town)
    assert len(people(again.open(), units)) == 6
    again.save("default")
    assert again.state("default").condition == "current"
    assert not folder.faults(again.folder("default"), folder.read_sidecar(again.folder("default")))


def test_every_form_of_sidecar_is_survived(town, units):
    shelf = Shelf(town)
    shelf.save("default")
    path = shelf.folder("default") / "facefolio.json"
    good = json.loads(path.read_text(encoding="utf-8"))
    for key in good:
        for value in (None, -1, "x", [], {}, 1e308, {"m": 10**30}, [10**30], [-1], True):
            path.write_text(json.dumps({**good, key: value}), encoding="utf-8")
            assert len(people(Shelf(town).open(), units)) == 6
    for text in ("[]", "null", "[" * 100_000, '{"more": 1}', "{}"):
        path.write_text(text, encoding="utf-8")
        assert shelf.state("default").condition == "damaged"
        assert len(people(Shelf(town).open(), units)) == 6


def test_the_folder_of_another_gallery_is_not_taken(town, tmp_path, model, units, new_face):
    Shelf(town).save("default")
    with Gallery.create(tmp_path / "second") as second:
        second.enroll([("Eve", new_face(units(1, seed=9)[0]))], model=model)
        shelf = Shelf(second)
        shutil.copytree(town.folder / "indexes" / "default", shelf.folder("default"))
        assert shelf.state("default").condition == "stale"
        assert people(shelf.open(), units) == {"Eve"}


def test_a_gallery_put_in_place_of_another_is_noticed(town, tmp_path, model, units, new_face, monkeypatch):
    with Gallery.create(tmp_path / "second") as second:
        second.enroll([("Eve", new_face(row)) for row in units(12, seed=9)], model=model)
        shelf = Shelf(second)
        shelf.save("default")
        monkeypatch.setattr(town, "uuid", second.uuid)
        shutil.copytree(shelf.folder("default"), town.folder / "indexes" / "default")
    assert Shelf(town).open().search(units(1), 1, space=SPACE)[0][0].name == "Anna"


def test_what_a_killed_program_left_is_taken_back(town, units, monkeypatch):
    shelf = Shelf(town)
    shelf.save("default")
    place = shelf.folder("default")
    place.rename(place.with_name(".default.0123abcd.new"))
    again = Shelf(town)
    monkeypatch.setattr(town, "features", lambda space, faces=None: Gallery.features(town, space, faces[:12]))
    assert len(people(again.open(), units)) == 6
    assert again.state("default").condition == "current"


def test_a_full_disk_leaves_the_old_folder(town, units, monkeypatch, model, new_face):
    shelf = Shelf(town)
    shelf.save("default")
    town.enroll([("Eve", new_face(units(1, seed=9)[0]))], model=model)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(IndexProblem, match="No space left"):
        shelf.save("default")
    monkeypatch.undo()
    assert [path.name for path in shelf.folder("default").parent.iterdir()] == ["default"]
    assert folder.load(shelf.folder("default"), folder.read_sidecar(shelf.folder("default"))) is not None
    assert "Eve" in {match.name for match in shelf.open().search(units(1, seed=9), 1, space=SPACE)[0]}


def test_another_model_makes_another_index(town, units):
    shelf = Shelf(town)
    index = shelf.open()
    other = FeatureModel("other-space", "Other", 8)
    faces, _ = town.owners()
    town.add_features(other, faces[:4], units(4, length=8, seed=3))
    shelf.refresh(town.use_model(other))
    assert len(index) == 4
    assert len(index.search(units(4, length=8, seed=3), 5, space="other-space")[0]) == 2
    with pytest.raises(IndexProblem, match=SPACE):
        index.search(units(1), 1, space=SPACE)
    shelf.save("default")
    assert shelf.state("default").faces == 4
    shelf.refresh(town.undo())
    assert len(people(index, units)) == 6


def test_changes_by_another_program_are_noticed(town, units):
    shelf = Shelf(town)
    index = shelf.open()
    with Gallery.open(town.folder) as other:
        other.remove([other.find("Anna").id])
    assert shelf.refresh()
    assert "Anna" not in people(index, units)
    assert not shelf.refresh()


def test_a_change_beside_a_foreign_one_is_read_whole(town, units):
    shelf = Shelf(town)
    index = shelf.open()
    with Gallery.open(town.folder) as other:
        other.remove([other.find("Ben").id])
    shelf.refresh(town.remove([town.find("Anna").id]))
    assert not {"Anna", "Ben"} & people(index, units)


def test_everyone_removed_is_saved_as_an_empty_index(town, units):
    shelf = Shelf(town)
    town.remove([identity.id for identity in town.identities()])
    shelf.save("default")
    assert (shelf.folder("default") / "id_map.yaml").read_text(encoding="utf-8").startswith("id_map: {}\n")
    assert Shelf(town).open().search(units(1), 5, space=SPACE) == ((),)


def test_state_counts(town):
    shelf = Shelf(town)
    state = shelf.state("default")
    assert (state.condition, state.faces, state.identities, state.opened, state.disk) == ("missing", 12, 6, False, 0)
    shelf.save("default")
    state = shelf.state("default")
    assert (state.condition, state.dead, state.late, state.space, state.length) == ("current", 0, 0, SPACE, 16)
    assert state.disk > 12 * 64
    assert state.memory >= 12 * 64


def test_closing_saves_only_what_is_slow_to_make_again(town, monkeypatch):
    with Shelf(town) as shelf:
        shelf.open()
    assert not shelf.folder("default").exists()
    monkeypatch.setattr("core.index.shelf._MANY", 5)
    with Shelf(town) as shelf:
        shelf.open()
    assert shelf.state("default").condition == "current"


def test_a_large_graph_serves_exactly_until_it_is_made(town, units, monkeypatch):
    monkeypatch.setattr("core.index.face_index._QUICK", 4)
    shelf = Shelf(town)
    run(shelf.build("graph", kind="HNSW32"))
    shutil.rmtree(shelf.folder("graph"))
    again = Shelf(town)
    index = again.open("graph")
    assert index.faces.whole is None
    assert len(people(index, units)) == 6
    run(again.compact("graph"))
    assert index.faces.whole.kind == "HNSW32"
    assert again.state("graph").condition == "current"
