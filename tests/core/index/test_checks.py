import numpy as np
import pytest

from core.index import checks
from core.index.shelf import Shelf


def run(job):
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("kind", ["Flat", "HNSW32", "IVF"])
def test_a_sound_index(town, kind):
    shelf = Shelf(town)
    run(shelf.build("other", kind=kind, parameters={"lists": 1} if kind == "IVF" else None))
    report = run(checks.verify(shelf, "other"))
    assert report.sound
    assert (report.faces, report.sample) == (12, 12)
    assert report.recall_at_1 == 1.0
    assert report.recall_at_5 == 1.0
    assert 0 < report.median_ms <= report.p99_ms


def problems(shelf):
    return " ".join(str(problem) for problem in run(checks.verify(shelf, "default")).problems)


def test_never_saved(town):
    assert "never saved" in problems(Shelf(town))


def test_a_turned_bit_is_found(town):
    shelf = Shelf(town)
    shelf.save("default")
    path = shelf.folder("default") / "vector.index"
    data = bytearray(path.read_bytes())
    data[200] ^= 4
    path.write_bytes(data)
    assert "damaged" in problems(shelf)
    shelf.save("default")
    assert not problems(shelf)


def test_faces_lacking_or_gone_are_counted(town, model, units, new_face):
    shelf = Shelf(town)
    shelf.save("default")
    town.remove([town.find("Anna").id])
    town.enroll([("Eve", new_face(units(1, seed=9)[0]))], model=model)
    assert "lacks 1 faces" in problems(shelf)
    assert "holds 2 that are gone" in problems(shelf)


def test_vectors_that_are_not_the_gallerys_are_found(town, monkeypatch):
    shelf = Shelf(town)
    shelf.save("default")
    true = town.features
    monkeypatch.setattr(town, "features", lambda *given: (true(*given)[0], np.roll(true(*given)[1], 1, axis=0)))
    assert "12 vectors" in problems(shelf)


def test_a_renamed_person_makes_it_stale(town):
    shelf = Shelf(town)
    shelf.save("default")
    town.rename(town.find("Anna").id, "Anne")
    assert "names have changed" in problems(shelf)


def test_a_structure_that_finds_little_is_told(gallery, model, units, new_face):
    gallery.enroll((("Anna", new_face(row)) for row in units(2500)), model=model)
    shelf = Shelf(gallery)
    run(shelf.build("poor", kind="IVF", parameters={"lists": 50, "probes": 1}))
    report = run(checks.verify(shelf, "poor"))
    assert report.recall_at_1 < 0.95
    assert "finds only" in str(report.problems[0])
