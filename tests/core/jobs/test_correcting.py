"""A face of the results gets its name, is not that person, is no face - and rows follow the gallery."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import PhotoProblem
from core.export.records import PhotoResult
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel
from core.jobs.correcting import Named, deny, faces_of, name_face, name_faces, reject, restore
from core.photos import open_photo
from core.recognizer import Recognizer
from core.renewing import live_row_now, rows_now, without
from core.result_row import Answer, ResultRow, rows_of
from core.standing import Standing

Photo = Callable[..., Path]
Finish = Callable[[Any], tuple[list[Any], Any]]
MODEL = FeatureModel("paint", "paint", 3)


@pytest.fixture
def gallery(tmp_path: Path) -> Any:
    """Rosa (1) and Gino (2), as `knowing` names them, without faces."""
    with Gallery.create(tmp_path / "people") as made:
        yield made


@pytest.fixture
def seen(knowing: Recognizer, photo: Photo, paints: SimpleNamespace) -> Callable[..., list[ResultRow]]:
    def look(name: str, *colours: Any) -> list[ResultRow]:
        opened = open_photo(photo(name, *colours))
        return rows_of(PhotoResult.of(knowing.recognize_photo(opened), opened, sha256=opened.sha256), 1.0)

    return look


@pytest.fixture
def people(gallery: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace) -> Gallery:
    for name, colour in (("Rosa", paints.RED), ("Gino", paints.GREEN)):
        (row,) = seen(f"{name}.png", colour)
        name_face(gallery, row, name, faces_of(row, knowing), MODEL)
    return gallery


def now(rows: list[ResultRow], gallery: Gallery, recognizer: Recognizer) -> list[ResultRow]:
    return rows_now(rows, Standing.of(gallery, photos=[row.sha256 for row in rows]), recognizer.limits)


def test_an_unknown_face_becomes_a_new_person(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace
) -> None:
    rows = seen("a.png", paints.BLUE, paints.RED)
    assert [row.kind for row in rows] == ["unknown", "known"]
    change = name_face(people, rows[0], "Anna", faces_of(rows[0], knowing), MODEL)
    assert str(change.label) == "Enroll a face of Anna"
    (face,) = people.faces(people.find("Anna").id)
    assert face.box == pytest.approx(rows[0].box)
    after = now(rows, people, knowing)
    assert [(row.kind, row.name) for row in after] == [("known", "Anna"), ("known", "Rosa")]
    assert after[0].answer == Answer("person", face.identity, "Anna", (face.id,))
    people.undo()
    assert [row.kind for row in now(after, people, knowing)] == ["unknown", "known"]


def test_a_face_named_wrongly_is_moved(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace
) -> None:
    (row,) = seen("a.png", paints.BLUE)
    name_face(people, row, 1, faces_of(row, knowing), MODEL)
    before = len(people.faces())
    name_face(people, row, 2, faces_of(row, knowing), MODEL)
    assert len(people.faces()) == before
    assert now([row], people, knowing)[0].name == "Gino"


def test_nobody_is_twice_in_one_photo(people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace) -> None:
    rows = seen("a.png", paints.RED, paints.BLUE)
    name_face(people, rows[1], 1, faces_of(rows[1], knowing), MODEL)
    after = now(rows, people, knowing)
    assert [row.kind for row in after] == ["unsure", "known"]
    assert "already in this picture" in str(after[0].decision.reason)


def test_not_this_person(people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace) -> None:
    rows = seen("a.png", paints.RED)
    deny(people, [(rows[0], 1)])
    after = now(rows, people, knowing)
    assert after[0].kind == "unknown"
    assert [match.name for match in after[0].candidates] == ["Gino"]
    assert without(rows[0], 1, knowing.limits).decision == after[0].decision
    people.undo()
    assert now(after, people, knowing)[0].name == "Rosa"


def test_nobody_is_left(people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace) -> None:
    rows = seen("a.png", paints.RED)
    deny(people, [(rows[0], 1)])
    deny(people, [(rows[0], 2)])
    after = now(rows, people, knowing)[0]
    assert (after.kind, after.name) == ("unknown", "")
    assert "You said" in str(after.decision.reason)


def test_no_face_and_back(people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace) -> None:
    rows = seen("a.png", paints.RED)
    reject(people, [rows[0]])
    after = now(rows, people, knowing)
    assert after[0].kind == "no face"
    restore(people, [after[0]])
    assert now(after, people, knowing)[0].kind == "known"


def test_what_becomes_of_people(people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace) -> None:
    rows = seen("a.png", paints.RED)
    people.rename(1, "Rosalind")
    assert now(rows, people, knowing)[0].name == "Rosalind"
    people.merge(2, [1])
    assert now(rows, people, knowing)[0].name == "Gino"
    people.remove([2])
    assert now(rows, people, knowing)[0].kind == "unknown"


def test_an_answer_on_its_way_is_left_alone(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace
) -> None:
    (row,) = seen("a.png", paints.RED)
    waiting = replace(row, answer=Answer("person", 2, "Gino", saved=False))
    assert now([waiting], people, knowing)[0].answer == waiting.answer


@pytest.mark.parametrize("what", ["gone", "changed", "no face"])
def test_a_photo_that_is_not_what_it_was(
    seen: Any, knowing: Recognizer, photo: Photo, paints: SimpleNamespace, what: str
) -> None:
    (row,) = seen("a.png", paints.RED)
    if what == "gone":
        Path(row.source).unlink()
    elif what == "changed":
        photo("a.png", paints.GREEN)
    else:
        row = replace(row, box=(300.0, 20.0, 420.0, 140.0))
    with pytest.raises(PhotoProblem):
        faces_of(row, knowing)


def test_a_live_row_stands_on_its_faces(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace
) -> None:
    (photographed,) = seen("a.png", paints.BLUE)
    samples = [replace(face, sha256="", source="Camera") for face in faces_of(photographed, knowing)]
    row = replace(photographed, origin="live", source="Camera", sha256="", samples=lambda: samples, track=4)
    change = name_face(people, row, "Anna", faces_of(row, knowing), MODEL)
    said = replace(row, answer=Answer("person", 0, "Anna", tuple(change.faces)))
    standing = Standing.of(people, faces=change.faces)
    identity = people.find("Anna").id
    assert live_row_now(said, standing).answer == Answer("person", identity, "Anna", tuple(change.faces))
    people.undo()
    assert live_row_now(said, Standing.of(people, faces=change.faces)).answer is None
    with pytest.raises(PhotoProblem, match="not seen well enough"):
        faces_of(replace(row, samples=lambda: []), knowing)


# --- many at once -----------------------------------------------------------------------------------------------------


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The photos that were looked at, in order."""
    seen, look = [], Recognizer.look_at_photo

    def noted(recognizer: Recognizer, photo: Any) -> Any:
        seen.append(Path(photo.path).name)
        return look(recognizer, photo)

    monkeypatch.setattr(Recognizer, "look_at_photo", noted)
    return seen


def test_many_faces_are_named_by_one_change(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace, looks: list[str], finish: Finish
) -> None:
    group, alone = seen("a.png", paints.BLUE, paints.RED), seen("b.png", paints.BLUE)
    gone = seen("c.png", paints.BLUE)
    Path(gone[0].source).unlink()
    namings = [(group[0], "Anna"), (group[1], 1), (gone[0], "Anna"), (alone[0], "Anna")]
    looks.clear()
    items, named = finish(name_faces(people.folder, namings, lambda: nullcontext(knowing)))
    assert looks == ["a.png", "b.png"], "a photo with two of the faces is read once"
    assert [type(item) for item in items] == [type(None), type(None), PhotoProblem, type(None)]
    anna = people.find("Anna").id
    assert isinstance(named, Named)
    assert named.identities == (anna, 1, 0, anna)
    assert [len(faces) for faces in named.faces] == [1, 1, 0, 1]
    assert {face.id for face in people.faces(anna)} == {*named.faces[0], *named.faces[3]}
    assert named.faces[1][0] in {face.id for face in people.faces(1)}
    assert [str(change.label) for change in named.changes] == ["Enroll 3 faces of 2 people"]
    people.undo()
    assert [person.name for person in people.identities()] == ["Gino", "Rosa"]
    assert len(people.faces()) == 2


def test_faces_enrolled_already_are_moved_beside_those_that_join(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace, finish: Finish
) -> None:
    first, second = seen("a.png", paints.BLUE)[0], seen("b.png", paints.BLUE, paints.RED)[0]
    name_face(people, first, 1, faces_of(first, knowing), MODEL)
    _, named = finish(name_faces(people.folder, [(first, 2), (second, 2)], lambda: nullcontext(knowing)))
    assert [str(change.label) for change in named.changes] == ["Move a face to Gino", "Enroll a face of Gino"]
    assert {face.id for face in people.faces(2)} >= {*named.faces[0], *named.faces[1]}
    assert len(people.faces(1)) == 1


def test_nothing_is_named_when_it_is_cancelled(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace
) -> None:
    rows = seen("a.png", paints.BLUE, paints.GREEN)
    before = len(people.faces())
    job = name_faces(people.folder, [(row, "Anna") for row in rows], lambda: nullcontext(knowing))
    next(job)
    job.close()
    assert len(people.faces()) == before


def test_several_are_no_faces_by_one_change(
    people: Gallery, seen: Any, knowing: Recognizer, paints: SimpleNamespace
) -> None:
    rows = [*seen("a.png", paints.RED, paints.GREEN), *seen("b.png", paints.BLUE)]
    assert str(reject(people, rows).label) == "Not faces: 3"
    after = now(rows, people, knowing)
    assert [row.kind for row in after] == ["no face"] * 3
    restore(people, after)
    assert [row.kind for row in now(after, people, knowing)] == ["known", "known", "unknown"]
    people.undo()
    assert [row.kind for row in now(after, people, knowing)] == ["no face"] * 3
