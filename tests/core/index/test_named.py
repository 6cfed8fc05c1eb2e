import numpy as np
import pytest

from core.errors import IndexProblem
from core.gallery.gallery import Gallery
from core.index.shelf import Shelf

SPACE = "test-space"


@pytest.fixture
def index(town):
    return Shelf(town).open()


def test_one_entry_per_identity_best_first(index, units):
    for matches in index.search(units(12), 6, space=SPACE):
        assert len({match.identity for match in matches}) == len(matches) == 6
        values = [match.similarity for match in matches]
        assert values == sorted(values, reverse=True)
        assert values[0] == pytest.approx(1, abs=1e-6)


def test_the_nearest_face_and_the_name_are_told(index, town, units):
    names = [index.search(units(12)[row : row + 1], 1, space=SPACE)[0][0].name for row in (0, 4, 9)]
    assert names == ["Anna", "李雷", "007"]
    faces, _ = town.owners()
    assert index.search(units(12)[4:5], 1, space=SPACE)[0][0].face == faces[4]


def test_somebody_with_very_many_faces_does_not_hide_the_others(town, model, units, new_face):
    rows = units(200, seed=5) * 0.01 + units(12)[:1]
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    town.enroll((("Anna", new_face(row)) for row in rows), model=model)
    (matches,) = Shelf(town).open().search(units(12)[:1], 5, space=SPACE)
    assert len({match.identity for match in matches}) == 5


def test_an_empty_gallery_answers_with_nothing(gallery, units):
    assert Shelf(gallery).open().search(units(3), 5, space="any") == ((), (), ())


def test_no_features_no_answers(index):
    assert index.search(np.zeros((0, 16), np.float32), 5, space=SPACE) == ()


def test_features_of_another_model_are_refused(index, units):
    with pytest.raises(IndexProblem, match="other-space"):
        index.search(units(1), 5, space="other-space")
    with pytest.raises(IndexProblem, match="16"):
        index.search(units(1, length=8), 5, space=SPACE)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_a_feature_without_direction_is_refused(index, units, value):
    rows = units(3)
    rows[1] = value
    with pytest.raises(IndexProblem, match="Feature 2"):
        index.search(rows, 5, space=SPACE)


def test_features_need_rows(index, units):
    with pytest.raises(IndexProblem, match="rows"):
        index.search(units(1)[0], 5, space=SPACE)


def test_length_of_a_feature_does_not_matter(index, units):
    (matches,) = index.search(units(1) * 7, 1, space=SPACE)
    assert matches[0].similarity == pytest.approx(1, abs=1e-6)


def test_names_and_owners_follow_the_gallery(town: Gallery, units):
    shelf = Shelf(town)
    index = shelf.open()
    anna, ben = town.find("Anna").id, town.find("Ben").id
    shelf.refresh(town.rename(anna, "Anne"))
    assert index.search(units(1), 1, space=SPACE)[0][0].name == "Anne"
    shelf.refresh(town.merge(ben, [anna]))
    assert index.search(units(1), 1, space=SPACE)[0][0].name == "Ben"
    shelf.refresh(town.undo())
    assert index.search(units(1), 1, space=SPACE)[0][0].identity == anna
