"""Tagging, moving to another model and evaluating, with painted faces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.errors import InputProblem
from core.export.records import PhotoResult
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.jobs.enroll import EnrollOptions, accept, look
from core.jobs.evaluate import evaluate, principal, read_pairs
from core.jobs.journal import Journal
from core.jobs.refeature import refeature
from core.jobs.sources import Labelled, labelled
from core.jobs.tag import tag
from core.models.cards import Alignment, Card
from core.pictures import write_picture
from core.recognizer import Recognizer
from core.types import Faces, Floats, Frame

Photo = Callable[..., Path]
Finish = Callable[[Any], tuple[list[Any], Any]]


def test_tagging_names_faces_and_goes_on_past_a_bad_photo(
    finish: Finish, knowing: Recognizer, photo: Photo, paints: SimpleNamespace, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    results, _ = finish(tag([photo("a.png", paints.RED, paints.BLUE), bad, photo("b.png", paints.GREEN)], knowing))
    assert [[each.kind for each in result.decisions] for result in results] == [["known", "unknown"], [], ["known"]]
    assert results[0].matches[0][0].name == "Rosa"
    assert "bad.png" in str(results[1].problem)


def test_annotated_pictures_go_where_they_are_told(
    finish: Finish, knowing: Recognizer, photo: Photo, paints: SimpleNamespace, tmp_path: Path
) -> None:
    finish(tag([photo("a.png", paints.RED)], knowing, annotated=lambda path: tmp_path / "out" / path.name))
    assert (tmp_path / "out" / "a.png").stat().st_size > 0


def test_a_journal_spares_the_work(
    finish: Finish, knowing: Recognizer, photo: Photo, paints: SimpleNamespace, tmp_path: Path
) -> None:
    photos = [photo("a.png", paints.RED), photo("b.png", paints.GREEN)]
    with Journal(tmp_path / "j", {}, resume=False) as journal:
        first, _ = finish(tag(photos, knowing, journal=journal))
    blind: Any = SimpleNamespace(look_at_photo=None, recognize_photo=None)
    with Journal(tmp_path / "j", {}, resume=True) as journal:
        again, _ = finish(tag(photos, blind, journal=journal))
    assert [each.to_json() for each in again] == [each.to_json() for each in first]


class Brightness:
    """Another model: its feature is how bright each colour is, from a square crop of 64 pixels."""

    card = Card("light", "feature", {}, {}, Path(), length=3, space="light", alignment=Alignment("square", size=64))

    def features(self, crops: Any) -> Floats:
        middles = crops[:, 32, 32].astype(np.float32) + 1
        return np.asarray(middles / np.linalg.norm(middles, axis=1, keepdims=True), np.float32)


def test_a_gallery_moves_to_another_model_without_its_photos(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace, tmp_path: Path
) -> None:
    paths = {name: photo(f"{name}.png", colour) for name, colour in (("Rosa", paints.RED), ("Gino", paints.GREEN))}
    with Gallery.create(tmp_path / "g") as gallery:
        sources = [Labelled(path, name) for name, path in paths.items()]
        _, plan = finish(look(sources, recognizer, enrolled={}, options=EnrollOptions(min_quality=0.0)))
        accept(gallery, plan, FeatureModel("paint", "paint", 3))
        plan.close()
        for path in paths.values():
            path.unlink()
        imported = NewFace((0, 0, 0, 0), None, 0, 0, "list", "", (0, 0), b"", b"", (0, 0), 1, {"paint": np.eye(3)[0]})
        gallery.enroll([("Ivy", imported)], model=FeatureModel("paint", "paint", 3))
        extractor: Any = Brightness()
        _, problems = finish(refeature(gallery, extractor))
        assert len(problems) == 1
        assert "Ivy" in str(problems[0])
        assert "no usable picture" in str(problems[0])
        ids, features = gallery.features("light")
        names = [gallery.identity(gallery.face(int(face)).identity).name for face in ids]
        assert names == ["Rosa", "Gino"]
        assert features.argmax(1).tolist() == [2, 1]  # blue, green, red
        steps, _ = finish(refeature(gallery, extractor))
        assert [step is None for step in steps] == [False, True]  # only the face without a picture is tried again


def pairs_file(folder: Path, text: str) -> Path:
    file = folder / "pairs.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_evaluation_of_a_perfect_model(
    finish: Finish, recognizer: Recognizer, photo: Photo, paints: SimpleNamespace, tmp_path: Path
) -> None:
    for number in range(3):
        photo(f"r{number}.png", paints.RED, mark=number)
        photo(f"g{number}.png", paints.GREEN, mark=number)
    photo("nobody.png")
    lines = [f"r{a}.png r{b}.png 1\ng{a}.png r{b}.png 0" for a in range(3) for b in range(3)]
    file = pairs_file(tmp_path, "\n".join([*lines, "nobody.png r0.png 1"]))
    _, found = finish(evaluate(read_pairs(file), recognizer))
    assert (found.pairs, found.left_out) == (18, 1)
    assert found.folds.accuracy == 1
    assert all(each.true_share == 1 for each in found.accepts)
    assert "nobody.png" in str(found.problems[0])


@pytest.mark.parametrize("text", ["a b", "a b 2", "a b c 1", "a.png b.png 1\n" * 9, "a.png b.png 1\n" * 20])
def test_pairs_that_cannot_be_used_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputProblem, match="pairs"):
        read_pairs(pairs_file(tmp_path, text))


def test_folders_lists_and_single_pictures_are_sources(tmp_path: Path, paints: SimpleNamespace) -> None:
    for name in ("people/Rosa/1.png", "people/Rosa/old/2.png", "people/李雷/3.png", "people/loose.png", "Gino/1.png"):
        write_picture(tmp_path / name, paints.paint(paints.RED))
    found = labelled([tmp_path / "people"])
    assert [(each.name, each.problem is None) for each in found] == [
        ("", False),
        ("Rosa", True),
        ("Rosa", True),
        ("李雷", True),
    ]
    assert "loose.png" in str(found[0].problem)
    assert [each.name for each in labelled([tmp_path / "Gino"])] == ["Gino"]
    assert {each.name for each in labelled([tmp_path / "people"], name="Everyone")} == {"Everyone"}
    listed = tmp_path / "list.csv"
    listed.write_text("path,name\nGino/1.png,Gino Bianchi\n", encoding="utf-8")
    assert [(each.path, each.name) for each in labelled([listed])] == [(tmp_path / "Gino" / "1.png", "Gino Bianchi")]
    with pytest.raises(InputProblem, match="needs a name"):
        labelled([tmp_path / "Gino" / "1.png"])
    with pytest.raises(InputProblem, match="nowhere"):
        labelled([tmp_path / "nowhere"])


def test_a_damaged_line_of_the_journal_costs_only_the_work(
    finish: Finish, knowing: Recognizer, photo: Photo, paints: SimpleNamespace, tmp_path: Path
) -> None:
    picture = photo("a.png", paints.RED)
    with Journal(tmp_path / "j", {}, resume=False) as journal:
        journal.add(picture, {"boxes": "none of it"})
    with Journal(tmp_path / "j", {}, resume=True) as journal:
        results, _ = finish(tag([picture], knowing, journal=journal))
        assert results[0].decisions[0].kind == "known"
        assert PhotoResult.from_json(journal.result(picture)).matches[0][0].name == "Rosa"


def test_names_are_made_alike_before_anything_is_compared(tmp_path: Path, paints: SimpleNamespace) -> None:
    write_picture(tmp_path / "a.png", paints.paint(paints.RED))
    listed = tmp_path / "list.csv"
    lines = ["path;name", "a.png;Zoe\u0308", "a.png; Bob ", "a.png;" + "x" * 300]
    listed.write_text("\n".join(lines), encoding="utf-8")
    found = labelled([listed])
    assert [each.name for each in found if each.problem is None] == ["Zo\u00eb", "Bob"]
    assert [str(each.path) in str(each.problem) for each in found if each.problem] == [True]


def test_a_name_that_cannot_be_is_refused_before_the_work(tmp_path: Path, paints: SimpleNamespace) -> None:
    write_picture(tmp_path / "a.png", paints.paint(paints.RED))
    for name in ("", "\t", "x" * 300):
        with pytest.raises(InputProblem):
            labelled([tmp_path], name=name)


def test_the_face_a_picture_is_about_is_large_and_near_the_middle() -> None:
    frame = Frame(np.zeros((250, 250, 3), np.uint8))
    boxes = np.float32([[0, 0, 110, 110], [80, 80, 170, 170], [120, 120, 130, 130]])
    seen: Any = SimpleNamespace(frame=frame, faces=Faces(boxes, np.ones(3, np.float32)))
    assert principal(seen) == 1
