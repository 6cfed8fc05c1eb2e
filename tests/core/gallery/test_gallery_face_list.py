"""Faces in order, new people without faces, and that a small change is taken up as a whole reading would."""

from __future__ import annotations

import pytest

from core.errors import GalleryProblem
from core.gallery.face_list import FACE_ORDERS, face_list, renewed


def test_orders_keep_the_newest_first_among_equals(gallery, model, new_face) -> None:
    faces = [("Bob", 0.5), ("Anna", 0.9), ("Bob", 0.5), ("Anna", 0.1)]
    gallery.enroll([(name, new_face(quality=quality)) for name, quality in faces], model=model)
    found = {order: face_list(gallery, order=order).ids.tolist() for order in FACE_ORDERS}
    assert found == {
        "newest": [4, 3, 2, 1],
        "oldest": [1, 2, 3, 4],
        "best": [2, 3, 1, 4],
        "worst": [4, 3, 1, 2],
        "person": [4, 2, 3, 1],
    }
    assert face_list(gallery, [1, 99]).ids.tolist() == [3, 1]


@pytest.mark.parametrize("order", FACE_ORDERS)
def test_a_small_change_is_taken_up_alike(people, model, new_face, order) -> None:
    for change in (
        lambda: people.remove_faces([2, 3]),
        lambda: people.move([1], "Carla"),
        people.undo,
        lambda: people.enroll([("Dora", new_face())], model=model),
        lambda: people.remove([1]),
    ):
        before = face_list(people, order=order)
        touched = change().faces
        after, whole = renewed(people, before, touched, order), face_list(people, order=order)
        assert after.ids.tolist() == whole.ids.tolist()
        assert [face.identity for face in after.faces] == [face.identity for face in whole.faces]


def test_a_person_is_added_without_faces_and_undone(people) -> None:
    change = people.add(" Anna ")
    (made,) = change.identities
    assert (people.identity(made).name, people.identity(made).faces) == ("Anna", 0)
    assert str(change.label) == "New person Anna"
    people.undo()
    with pytest.raises(GalleryProblem):
        people.identity(made)
    with pytest.raises(GalleryProblem, match="empty"):
        people.add("  ")
