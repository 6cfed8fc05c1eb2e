"""Every face is offered with a proposal; somebody chooses; only what is ticked is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import GalleryProblem, InputProblem
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.jobs.enroll_draft import EnrollDraft
from core.jobs.enroll_look import Called, Choosing, LookRequest, look_into, take_faces
from core.jobs.enroll_plan import EnrollOptions, EnrollPlan
from core.jobs.enroll_write import write_into, write_now
from core.jobs.sources import Labelled, pictures_alone
from core.jobs.spool import Spool
from core.pictures import encode_picture, write_picture
from core.recognizer import Recognizer

MODEL = FeatureModel("paint", "paint", 3)
OPTIONS = EnrollOptions(min_quality=0.0)
Finish = Callable[[Any], Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Gallery.create(tmp_path / "gallery") as gallery:
        return gallery.folder


@pytest.fixture
def choosing() -> Iterator[Choosing]:
    made = Choosing(EnrollPlan(Spool()), Called())
    yield made
    made.plan.close()


@pytest.fixture
def picture(tmp_path: Path, paints: SimpleNamespace) -> Callable[..., Path]:
    count = iter(range(1, 1000))

    def write(name: str, *colours: Any) -> Path:
        pixels = paints.paint(*colours)
        pixels[0, 0] = next(count)  # no two files are the same
        path = tmp_path / "in" / name
        write_picture(path, pixels)
        return path

    return write


@pytest.fixture
def looked(finish: Finish, folder: Path, choosing: Choosing) -> Callable[..., EnrollDraft]:
    """The draft after looking, as a window fills it."""

    def look(recognizer: Recognizer, request: LookRequest, options: EnrollOptions = OPTIONS) -> EnrollDraft:
        rows, plan = finish(look_into(request, lent(recognizer), choosing, options))
        draft = EnrollDraft(choosing)
        draft.add(rows)
        draft.settle(plan.rows)
        return draft

    return look


def lent(recognizer: Recognizer) -> Any:
    @contextmanager
    def lend() -> Iterator[Recognizer]:
        yield recognizer

    return lend


def shown(draft: EnrollDraft) -> list[tuple[str, bool]]:
    return [(draft.name(index), draft.is_ticked(index)) for index in range(len(draft))]


def said(draft: EnrollDraft, index: int) -> str:
    return " ".join(str(reason) for reason in draft.reasons(index))


def test_a_folder_per_person_is_ticked_under_their_names(looked, recognizer, picture, paints, folder, tmp_path):
    picture("Rosa/1.png", paints.RED)
    picture("Gino/1.png", paints.GREEN)
    draft = looked(recognizer, LookRequest(folder, (tmp_path / "in",)))
    assert sorted(shown(draft)) == [("Gino", True), ("Rosa", True)]
    counts = draft.counts()
    assert (counts.faces, counts.people, counts.new_people, counts.left_out) == (2, 2, 2, 0)


def test_nothing_is_written_by_looking_and_all_of_it_by_one_change(
    looked, recognizer, picture, paints, folder, tmp_path
):
    picture("Rosa/1.png", paints.RED)
    picture("Gino/1.png", paints.GREEN)
    draft = looked(recognizer, LookRequest(folder, (tmp_path / "in",)))
    with Gallery.open(folder) as gallery:
        assert gallery.identities() == []
        change = write_now(gallery, draft)
        assert str(change.label) == "Enroll 2 faces of 2 people"
        assert [person.name for person in gallery.identities()] == ["Gino", "Rosa"]
        gallery.undo()
        assert gallery.identities() == []


def test_a_picture_of_several_asks_which_one_is_meant(looked, recognizer, picture, paints, folder):
    photo = picture("both.png", paints.RED, paints.BLUE)
    draft = looked(recognizer, LookRequest(folder, (photo,), name="Rosa"))
    assert shown(draft) == [("", False), ("", False)]
    assert "2 faces in this picture: choose the one of Rosa." in said(draft, 0)
    draft.choose(1)
    assert shown(draft) == [("", False), ("Rosa", True)]
    draft.choose(0)  # the other one, after all
    assert shown(draft) == [("Rosa", True), ("", False)]
    draft.rename([1], "Bella")  # all may be taken, each under a name of its own
    assert shown(draft) == [("Rosa", True), ("Bella", True)]


def test_the_one_that_the_gallery_knows_is_proposed(looked, knowing, picture, paints, folder):
    photo = picture("both.png", paints.BLUE, paints.RED)
    draft = looked(knowing, LookRequest(folder, (photo,), name="Rosa"))
    assert shown(draft) == [("", False), ("Rosa", True)]
    assert "Another face in a picture of Rosa." in said(draft, 0)


def test_the_one_like_the_other_pictures_is_proposed(looked, recognizer, picture, paints, folder, tmp_path):
    for number in range(3):
        picture(f"Rosa/{number}.png", paints.RED)
    picture("Rosa/both.png", paints.BLUE, paints.RED)
    picture("Gino/1.png", paints.GREEN)
    draft = looked(recognizer, LookRequest(folder, (tmp_path / "in",)))
    group = [index for index, row in enumerate(draft.rows) if row.path.name == "both.png"]
    assert [(draft.name(index), draft.is_ticked(index)) for index in group] == [("", False), ("Rosa", True)]


def test_a_face_in_the_wrong_folder_is_left_out_and_says_why(looked, recognizer, picture, paints, folder, tmp_path):
    for number in range(3):
        picture(f"Rosa/{number}.png", paints.RED)
        picture(f"Gino/{number}.png", paints.GREEN)
    picture("Rosa/stray.png", paints.GREEN)
    draft = looked(recognizer, LookRequest(folder, (tmp_path / "in",)))
    stray = next(index for index, row in enumerate(draft.rows) if row.path.name == "stray.png")
    assert not draft.is_ticked(stray)
    assert "Looks more like Gino than Rosa." in said(draft, stray)
    assert list(draft.shown("doubtful")) == [stray]


def test_a_person_enrolled_under_another_name_is_a_doubt_until_named_so(looked, knowing, picture, paints, folder):
    draft = looked(knowing, LookRequest(folder, (picture("a.png", paints.RED),), name="Gino"))
    assert shown(draft) == [("Gino", False)]
    assert "Already enrolled under another name? Very near to Rosa (1.00)." in said(draft, 0)
    draft.rename([0], "Rosa")
    assert shown(draft) == [("Rosa", True)]
    assert not draft.is_doubtful(0)


def test_a_stranger_resembles_nobody_of_the_gallery(looked, knowing, picture, paints, folder):
    photos = (picture("a.png", paints.RED), picture("b.png", paints.BLUE))
    draft = looked(knowing, LookRequest(folder, photos, name="Dora"))
    assert draft.rows[1].nearest is not None  # somebody is always the nearest
    assert [near and near.name for near in map(draft.resembled, (0, 1))] == ["Rosa", None]


def test_pictures_without_a_name_get_that_of_the_gallery_or_none(looked, knowing, picture, paints, folder):
    photos = (picture("a.png", paints.RED), picture("b.png", paints.BLUE))
    draft = looked(knowing, LookRequest(folder, photos))
    assert shown(draft) == [("Rosa", True), ("", False)]
    assert "Nobody is named yet." in said(draft, 1)
    draft.tick([1], True)  # without a name there is nobody to add it to
    assert not draft.is_ticked(1)


def test_low_quality_is_left_out_with_the_reason_and_may_be_taken(looked, recognizer, picture, paints, folder):
    photo = picture("dark.png", (30, 20, 20))
    draft = looked(recognizer, LookRequest(folder, (photo,), name="Rosa"), replace(OPTIONS, min_quality=0.9))
    assert shown(draft) == [("Rosa", False)]
    assert "low quality" in said(draft, 0)
    draft.tick([0], True)
    assert draft.counts().faces == 1


def test_failed_pictures_are_rows_with_their_reason(looked, recognizer, picture, paints, folder, tmp_path):
    picture("Rosa/1.png", paints.RED)
    picture("Rosa/nobody.png")
    (tmp_path / "in" / "Rosa" / "torn.jpg").write_bytes(b"no picture")
    draft = looked(recognizer, LookRequest(folder, (tmp_path / "in",)))
    assert draft.counts().problems == 2
    assert draft.counts().left_out == 2
    reasons = [said(draft, index) for index in draft.shown("problems")]
    assert any("no face found" in reason for reason in reasons)
    assert not any("--" in reason for reason in reasons)


def test_a_picture_already_enrolled_is_told_and_not_counted(looked, recognizer, picture, paints, folder, choosing):
    photo = picture("a.png", paints.RED)
    draft = looked(recognizer, LookRequest(folder, (photo,), name="Rosa"))
    with Gallery.open(folder) as gallery:
        write_now(gallery, draft)
    choosing.plan.rows.clear()
    again = looked(recognizer, LookRequest(folder, (photo,), name="Rosa"))
    assert (again.counts().faces, again.counts().skipped) == (0, 1)


def test_people_of_one_name_are_told_apart(looked, recognizer, picture, paints, folder):
    face = looked(recognizer, LookRequest(folder, (picture("a.png", paints.RED),), name="Anna"))
    with Gallery.open(folder) as gallery:
        write_now(gallery, face)
        first = gallery.find("Anna").id
        gallery.enroll([("Other", next(face.accepted())[1])], model=MODEL)
        second = gallery.find("Other").id
        gallery.rename(second, "Anna")
    face.plan.rows.clear()
    draft = looked(recognizer, LookRequest(folder, (picture("b.png", paints.RED),), name="Anna"))
    assert shown(draft) == [("Anna", False)]
    assert "Several people are called Anna: choose which." in said(draft, 0)
    draft.rename([0], f"Anna (#{second})")
    with Gallery.open(folder) as gallery:
        write_now(gallery, draft)
        assert gallery.identity(second).faces == 2
        assert gallery.identity(first).faces == 1


def test_to_a_person_whatever_it_is_called(looked, recognizer, picture, paints, folder):
    draft = looked(recognizer, LookRequest(folder, (picture("a.png", paints.RED),), name="Anna"))
    with Gallery.open(folder) as gallery:
        write_now(gallery, draft)
        person = gallery.find("Anna").id
    draft.plan.rows.clear()
    draft = looked(recognizer, LookRequest(folder, (picture("b.png", paints.RED),), person=person))
    assert shown(draft) == [("Anna", True)]
    assert not draft.is_new(0)


def test_many_rows_are_named_and_ordered_at_once(looked, recognizer, picture, paints, folder, tmp_path):
    for number in range(4):
        picture(f"{number}.png", paints.RED)
    picture("4.png", paints.BLUE)
    draft = looked(recognizer, LookRequest(folder, (tmp_path / "in",), one_person=False))
    assert {name for name, _ in shown(draft)} == {""}
    draft.rename(list(range(3)), "Rosa")
    draft.rename([4], "Bella")
    assert list(draft.shown(order="person")) == [4, 0, 1, 2, 3]
    assert list(draft.shown(text="bel")) == [4]
    assert list(draft.shown(text="3.png")) == [3]
    assert draft.counts().faces == 4
    with pytest.raises(GalleryProblem):
        draft.rename([0], "x" * 300)
    draft.rename([0, 1], "")
    assert draft.counts().faces == 2


def test_what_somebody_decided_outlives_the_last_comparison(finish, recognizer, picture, paints, folder, choosing):
    for number in range(3):
        picture(f"Rosa/{number}.png", paints.RED)
        picture(f"Gino/{number}.png", paints.GREEN)
    stray = picture("Rosa/stray.png", paints.GREEN)
    rows, plan = finish(look_into(LookRequest(folder, (stray.parent.parent,)), lent(recognizer), choosing, OPTIONS))
    draft = EnrollDraft(choosing)
    draft.add(rows)
    index = next(index for index, row in enumerate(rows) if row.path == stray)
    draft.rename([index], "Gino")
    draft.settle(plan.rows)
    assert (draft.name(index), draft.is_ticked(index)) == ("Gino", True)


def test_a_picture_without_a_file_keeps_where_it_came_from(looked, recognizer, paints, folder):
    data = encode_picture(paints.paint(paints.RED), kind="png")
    pasted = Labelled(Path("clipboard"), "", data=data)
    draft = looked(recognizer, LookRequest(folder, pictures=(pasted,), name="Rosa"))
    (_, face), *rest = list(draft.accepted())
    assert (face.source, face.frame_size, rest) == ("clipboard", (160, 160), [])
    assert len(face.sha256) == 64


def test_faces_of_a_camera_become_one_person(finish, recognizer, looked, picture, paints, folder, choosing):
    draft = looked(recognizer, LookRequest(folder, (picture("a.png", paints.RED),), name="x"))
    faces = [replace(face, source="camera:0", sha256="") for _, face in draft.accepted()] * 2
    other = Choosing(EnrollPlan(Spool()), Called())
    rows, _ = finish(take_faces(faces, LookRequest(folder, name="Rosa"), lent(recognizer), other))
    taken = EnrollDraft(other)
    taken.add(rows)
    assert shown(taken) == [("Rosa", True), ("Rosa", True)]
    with Gallery.open(folder) as gallery:
        write_now(gallery, taken)
        assert gallery.find("Rosa").faces == 2
    other.plan.close()


def test_faces_of_another_model_are_refused(finish, recognizer, folder, choosing):
    face = NewFace((0, 0, 1, 1), None, 1.0, 1.0, "camera:0", "", (10, 10))
    with pytest.raises(InputProblem, match="another model"):
        finish(take_faces([face], LookRequest(folder), lent(recognizer), choosing))


def test_nothing_to_look_at_is_said(looked, recognizer, folder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputProblem, match="No pictures found"):
        looked(recognizer, LookRequest(folder, (tmp_path / "empty",)))


def test_a_cancelled_look_keeps_what_it_found(recognizer, picture, paints, folder, choosing, tmp_path):
    for number in range(9):
        picture(f"Rosa/{number}.png", paints.RED)
    job = look_into(LookRequest(folder, (tmp_path / "in",)), lent(recognizer), choosing, OPTIONS)
    draft = EnrollDraft(choosing)
    draft.add([next(job).item, next(job).item])
    job.close()
    with Gallery.open(folder) as gallery:
        write_now(gallery, draft)
        assert gallery.find("Rosa").faces == 2


def test_cancelled_writing_adds_nobody(looked, recognizer, picture, paints, folder, tmp_path):
    for number in range(20):
        picture(f"Rosa/{number}.png", paints.RED)
    draft = looked(recognizer, LookRequest(folder, (tmp_path / "in",)))
    job = write_into(folder, draft)
    next(job)
    job.close()
    with Gallery.open(folder) as gallery:
        assert gallery.identities() == []
        assert gallery.history() == []


def test_a_folder_of_pictures_alone_is_known(tmp_path: Path, picture, paints):
    picture("Rosa/1.png", paints.RED)
    picture("Rosa/2.png", paints.RED)
    assert pictures_alone(tmp_path / "in" / "Rosa") == 2
    assert pictures_alone(tmp_path / "in") == 0
    assert pictures_alone(tmp_path / "nowhere") == 0
