"""Each change: what it does, what it refuses, and that undo and redo take it back and forth exactly."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import GalleryProblem, Text
from core.gallery.records import FeatureModel, IndexRule

OTHER = FeatureModel("other", "another model", 4)
CHANGES = {
    "rename": lambda g: g.rename(1, "Annika"),
    "annotate": lambda g: g.annotate(1, "likes\nsnow"),
    "cover": lambda g: g.set_cover(1, 1),
    "merge": lambda g: g.merge(1, [2, 3]),
    "move": lambda g: g.move([1, 3], 3),
    "split": lambda g: g.move([1, 2], "Dora"),
    "remove": lambda g: g.remove([1, 3]),
    "remove faces": lambda g: g.remove_faces([2, 3]),
    "model": lambda g: g.use_model(OTHER),
    "new index": lambda g: g.set_index(IndexRule("few", "HNSW32", "L2", {"M": 16}, "chosen", frozenset({2}))),
    "default index": lambda g: g.set_index(IndexRule("default", "IVF", identities=frozenset({3}))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_undo_and_redo_are_exact(people, view, change):
    before = view(people)
    made = change(people)
    after = view(people)
    assert after != before
    undone = people.undo()
    assert (undone.id, undone.undone, view(people)) == (made.id, True, before)
    assert people.redo() == made
    assert view(people) == after
    assert people.check() == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_is_kept_after_closing(people, view, change):
    change(people)
    after, folder, length = view(people), people.folder, len(people.history())
    people.close()
    with type(people).open(folder) as again:
        assert view(again) == after
        assert len(again.history()) == length
        assert again.undo() is not None


def test_enrolling_by_name_finds_or_makes(people, model, new_face):
    change = people.enroll([("Anna", new_face()), ("Dora", new_face()), (2, new_face())], model=model)
    assert {one.name: one.faces for one in people.identities()} == {"Anna": 4, "Bob": 3, "Carla": 1, "Dora": 1}
    assert change.identities == {1, 2, 4}
    assert change.faces == {7, 8, 9}
    assert str(change.label) == "Enroll 3 faces"
    people.undo()
    assert {one.name: one.faces for one in people.identities()} == {"Anna": 3, "Bob": 2, "Carla": 1}


def test_an_enrolled_face_reads_back_as_given(gallery, model, new_face):
    given = new_face(7)
    gallery.enroll([("Anna", given)], model=model, label=Text("From {what}", {"what": "a test"}))
    (face,) = gallery.faces()
    for name in ("box", "landmarks", "score", "quality", "source", "sha256", "frame_size"):
        assert getattr(face, name) == getattr(given, name)
    assert gallery.crop(face.id) == given.crop
    assert gallery.view(face.id) == (given.view, given.view_origin, given.view_scale)
    ids, features = gallery.features("space")
    assert ids.tolist() == [face.id]
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features[0], given.features["space"])
    assert str(gallery.history()[0].label) == "From a test"
    assert gallery.face(face.id).added > 1e9


def test_ids_are_never_used_again(people, model, new_face):
    used = set(people.owners()[0].tolist())
    people.undo()
    people.enroll([("Anna", new_face())], model=model)  # purges what could be redone
    people.erase([people.find("Anna").id])
    change = people.enroll([("Anna", new_face())], model=model)
    assert not change.faces & used
    assert min(change.faces) == 8
    assert min(change.identities) == 5


def test_a_new_change_gives_up_what_could_be_redone(people):
    people.move([1], "Dora")
    people.undo()
    people.rename(1, "Annika")
    assert people.next_redo is None
    assert people.redo() is None
    assert people.removed() == []  # Dora's row, which nothing can bring back, is gone
    assert [str(change.label) for change in people.history()] == ["Rename Anna to Annika", "Enroll 6 faces"]


def test_nothing_to_change_leaves_no_trace(people):
    people.rename(1, "Annika")
    people.undo()
    for change in (people.rename(1, " Anna "), people.merge(1, [1]), people.move([1], 1), people.move([], 2)):
        assert change.id == 0
    assert people.enroll([], model=FeatureModel("space", "a model", 8)).id == 0
    assert people.next_redo is not None
    assert len(people.history()) == 2


def test_hundreds_of_steps(gallery, model, new_face):
    gallery.enroll([("0", new_face())], model=model)
    for number in range(1, 301):
        gallery.rename(1, str(number))
    for number in reversed(range(300)):
        gallery.undo()
        assert gallery.identity(1).name == str(number)
    while gallery.redo():
        pass
    assert gallery.identity(1).name == "300"
    assert len(gallery.history(1000)) == 301
    assert len(gallery.history(5)) == 5


def test_the_cover_is_the_best_face_when_the_chosen_one_goes(gallery, model, new_face):
    gallery.enroll([("Anna", new_face(quality=quality)) for quality in (0.5, 0.9, 0.1)], model=model)
    assert gallery.identity(1).cover == 2
    gallery.set_cover(1, 3)
    assert gallery.identity(1).cover == gallery.identities()[0].cover == 3
    gallery.move([3], "Bob")
    assert gallery.identity(1).cover == gallery.identities()[0].cover == 2
    gallery.remove_faces([1, 2])
    assert gallery.identity(1).cover is gallery.identities()[0].cover is None
    gallery.undo()
    gallery.undo()
    assert gallery.identity(1).cover == 3


def test_a_removed_person_is_nowhere_but_among_the_removed(people):
    people.remove([1])
    assert [one.name for one in people.removed()] == ["Anna"]
    assert people.owners()[0].tolist() == [3, 5, 6]
    assert people.features("space")[0].tolist() == [3, 5, 6]
    assert people.without_feature("nothing").tolist() == [3, 5, 6]
    assert set.union(*people.sources().values()) == {2, 3}
    assert people.crop(1) == b"crop of 1"  # for whoever looks at the history
    with pytest.raises(GalleryProblem, match="no person #1"):
        people.identity(1)
    with pytest.raises(GalleryProblem, match="no face #1"):
        people.face(1)


REFUSED = {
    "no such person": (lambda g: g.rename(9, "X"), "no person #9"),
    "no such face": (lambda g: g.remove_faces([1, 99]), "no face #99"),
    "empty name": (lambda g: g.rename(1, " \t"), "must not be empty"),
    "cover of another": (lambda g: g.set_cover(1, 3), "not one of Anna"),
    "merge into nobody": (lambda g: g.merge(9, [1]), "no person #9"),
    "move to nobody": (lambda g: g.move([1], 9), "no person #9"),
    "remove nobody": (lambda g: g.remove([1, 9]), "no person #9"),
    "erase nobody": (lambda g: g.erase([1, 9]), "no person #9"),
    "chosen nobody": (lambda g: g.set_index(IndexRule("few", covers="chosen", identities=frozenset({9}))), "#9"),
    "default chosen": (lambda g: g.set_index(IndexRule("default", covers="chosen")), "covers everyone"),
    "default removed": (lambda g: g.remove_index("default"), "stays as long"),
    "index unknown": (lambda g: g.remove_index("few"), "There are: default"),
    "index as a path": (lambda g: g.set_index(IndexRule("../few")), "cannot be the name"),
    "index of windows": (lambda g: g.set_index(IndexRule("nul.x")), "cannot be the name"),
    "index but for case": (lambda g: g.set_index(IndexRule("Default")), "called default already"),
    "metric": (lambda g: g.set_index(IndexRule("few", metric="cosine")), "no metric cosine"),
    "covers": (lambda g: g.set_index(IndexRule("few", covers="some")), "not some"),
    "model of another length": (lambda g: g.use_model(FeatureModel("space", "x", 9)), "8 numbers, not 9"),
}


@pytest.mark.parametrize(("change", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_is_refused_and_changes_nothing(people, view, change, words):
    before = view(people), people.history()
    with pytest.raises(GalleryProblem, match=words):
        change(people)
    assert (view(people), people.history()) == before
    assert people.rename(1, "still works").id


def test_equal_names_are_told_apart_by_number(people, model, new_face):
    people.rename(2, "Anna")
    for attempt in (lambda: people.find("Anna"), lambda: people.enroll([("Anna", new_face())], model=model)):
        with pytest.raises(GalleryProblem, match="#1, #2"):
            attempt()
    assert people.find("#2").id == 2


def test_find_names_near_ones(people):
    assert people.find(" Carla ").id == 3
    for who in ("carla", "Karla", "Car"):
        with pytest.raises(GalleryProblem, match="Did you mean Carla"):
            people.find(who)
    for who in ("#9", "#x", "Zz", "\0", "\ud800", "", "#" + "9" * 400):
        with pytest.raises(GalleryProblem, match=r"There is no"):
            people.find(who)


def test_removed_people_keep_their_place_in_an_index(people):
    people.set_index(IndexRule("few", covers="chosen", identities=frozenset({1, 2})))
    people.remove([1])
    assert people.index_rule("few").identities == {2}
    people.undo()
    assert people.index_rule("few").identities == {1, 2}
    change = people.set_index(IndexRule("few", covers="chosen", identities=frozenset({2, 3})))
    assert change.indexes == {"few"}
    assert [people.index_rule("few").holds(one) for one in (1, 2, 3)] == [False, True, True]
    people.remove_index("few")
    assert [rule.name for rule in people.index_rules()] == ["default"]
    people.set_index(IndexRule("few"))
    assert people.index_rule("few") == IndexRule("few")


def test_features_of_another_model_are_added_once(people):
    assert people.without_feature("other").tolist() == [1, 2, 3, 4, 5, 6]
    features = np.eye(4, dtype=np.float32)
    people.add_features(OTHER, np.array([1, 2, 3]), features[:3])
    people.add_features(OTHER, np.array([3, 4, 99]), features[[0, 1, 2]])  # face 3 has one, face 99 is nobody's
    ids, kept = people.features("other")
    assert ids.tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(kept, features[[0, 1, 2, 1]])
    assert people.features("other", np.array([4, 2]))[0].tolist() == [2, 4]
    assert people.without_feature("other").tolist() == [5, 6]
    assert people.models() == [FeatureModel("space", "a model", 8), OTHER]
    assert people.model.space == "space"
    assert len(people.history()) == 1
    kept[:] = 0  # an array of the caller's own


@pytest.mark.parametrize("features", [np.ones((1, 4)), np.full((1, 4), np.nan), np.eye(1, 5), np.ones(4)])
def test_features_that_do_not_fit_are_refused(people, features):
    with pytest.raises(GalleryProblem):
        people.add_features(OTHER, np.array([1]), features)
    assert people.features("other")[0].size == 0


def test_the_first_model_becomes_the_one_in_use(gallery, model, new_face):
    assert gallery.model is None
    gallery.enroll([("Anna", new_face())], model=model)
    assert gallery.model == model
    gallery.undo()
    assert gallery.model is None


def test_version_differs_after_every_commit(people):
    with type(people).open(people.folder) as other:
        seen = {people.version()}
        people.rename(1, "X")
        seen.add(people.version())
        other.rename(1, "Y")
        seen.add(people.version())
        people.undo()
        seen.add(people.version())
        assert len(seen) == 4
        assert people.version() in seen


def test_paths_that_are_not_text_are_kept_readable(gallery, model, new_face):
    face = new_face()
    object.__setattr__(face, "source", "caf\udce9.jpg")
    gallery.enroll([("Anna", face)], model=model)
    assert gallery.faces()[0].source == "caf\\udce9.jpg"


def test_names_that_look_like_sql_are_names(people):
    name = "Robert'); DROP TABLE identities;--"
    people.rename(1, name)
    assert people.find(name).id == 1


def test_an_index_change_bears_the_label_given(gallery):
    change = gallery.set_index(IndexRule("fast"), label=Text("Build the index {name}", {"name": "fast"}))
    assert str(change.label) == str(gallery.history()[0].label) == "Build the index fast"
    assert str(gallery.set_index(IndexRule("fast", kind="HNSW32")).label) == "Set the index fast"
