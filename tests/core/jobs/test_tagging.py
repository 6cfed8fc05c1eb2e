"""Tagging a folder: with its journal, its tables, and what people said of faces."""

from __future__ import annotations

import csv
import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import InputProblem
from core.files import atomic_write
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, Verdict
from core.jobs.correcting import faces_of, name_face
from core.jobs.tagging import TagOptions, tag_folder
from core.recognizer import Recognizer
from core.result_row import rows_of

Photo = Callable[..., Path]
Finish = Callable[[Any], tuple[list[Any], Any]]
MODEL = FeatureModel("paint", "paint", 3)


@pytest.fixture
def knowing(recognizer: Recognizer, paints: SimpleNamespace) -> Recognizer:
    detector: Any = recognizer.detector
    detector.card = SimpleNamespace(name="painted")  # a journal tells by which models it was made
    return replace(recognizer, searcher=paints.Known({"Rosa": paints.RED, "Gino": paints.GREEN}))


@pytest.fixture
def gallery(tmp_path: Path) -> Any:
    with Gallery.create(tmp_path / "people") as made:
        yield made


@pytest.fixture
def town(tmp_path: Path, photo: Photo, paints: SimpleNamespace) -> Path:
    """Three photos; the people of `knowing` are Rosa (1) and Gino (2)."""
    (tmp_path / "in").mkdir()
    photo("in/a.png", paints.RED, paints.BLUE)
    photo("in/b.png", paints.GREEN)
    photo("in/c.png", paints.RED, paints.GREEN)
    return tmp_path / "in"


@pytest.fixture
def named(gallery: Gallery, town: Path, knowing: Recognizer, finish: Finish) -> Gallery:
    """Rosa and Gino are enrolled from a.png and b.png."""
    items, _ = finish(tag_folder(TagOptions(town), knowing, gallery))
    for item, name in ((items[0], "Rosa"), (items[1], "Gino")):
        row = rows_of(item, 1.0)[0]
        name_face(gallery, row, name, faces_of(row, knowing), MODEL)
    return gallery


def kinds(items: list[Any]) -> list[list[str]]:
    return [[decision.kind for decision in item.decisions] for item in items]


def test_whoever_looks_on_gets_the_pixels_of_every_photo_that_is_looked_at(
    gallery: Gallery, town: Path, knowing: Recognizer, finish: Finish
) -> None:
    (town / "broken.png").write_bytes(b"nothing")
    seen: dict[str, tuple[int, ...]] = {}

    def looked(result: Any, pixels: Any) -> None:
        seen[Path(result.path).name] = (len(result.faces), *pixels.shape[1:])

    finish(tag_folder(TagOptions(town, resume=True), knowing, gallery, looked=looked))
    assert {name: shape[0] for name, shape in seen.items()} == {"a.png": 2, "b.png": 1, "c.png": 2}
    assert all(shape[2] == 3 for shape in seen.values())
    seen.clear()
    finish(tag_folder(TagOptions(town, resume=True), knowing, gallery, looked=looked))
    assert not seen, "what the journal holds is not decoded again"


class Blind:
    """A recognizer that must not be asked."""

    def __init__(self, like: Recognizer) -> None:
        self.detector, self.extractor, self.limits = like.detector, like.extractor, like.limits
        self.top_k, self.det_threshold = like.top_k, like.det_threshold

    def recognize_photo(self, photo: Any) -> Any:
        raise AssertionError(f"{photo.path} was looked at again")


def test_tables_are_written_at_the_end(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer, tmp_path: Path
) -> None:
    options = TagOptions(town, csv=tmp_path / "t.csv", json=tmp_path / "t.json", annotated=tmp_path / "drawn")
    items, tagged = finish(tag_folder(options, knowing, named))
    assert kinds(items) == [["known", "unknown"], ["known"], ["known", "known"]]
    assert dict(tagged.counts) == {"photos": 3, "faces": 5, "known": 4, "unknown": 1}
    assert tagged.written == (options.csv, options.json)
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text("utf-8-sig").splitlines()))
    assert [row["name"] for row in rows] == ["Rosa", "", "Gino", "Rosa", "Gino"]
    assert len(json.loads((tmp_path / "t.json").read_text("utf-8"))) == 3
    assert len(list((tmp_path / "drawn").glob("*.png"))) == 3


def test_a_table_without_room_does_not_take_the_other_with_it(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, **values: Any) -> Any:
        if path.suffix == ".csv":
            raise OSError(errno.ENOSPC, "No space left on device")
        return atomic_write(path, **values)

    monkeypatch.setattr("core.export.table.atomic_write", full)
    options = TagOptions(town, csv=tmp_path / "t.csv", json=tmp_path / "t.json")
    _, tagged = finish(tag_folder(options, knowing, named))
    assert tagged.written == (tmp_path / "t.json",)
    assert "No space left" in str(tagged.unwritten[0])


def test_pictures_without_room_cost_no_names(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, **values: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.pictures.atomic_write", full)
    options = TagOptions(town, annotated=tmp_path / "drawn", threads=1)
    items, tagged = finish(tag_folder(options, knowing, named))
    assert kinds(items) == [["known", "unknown"], ["known"], ["known", "known"]]
    told = [item for item in items if item.problem is not None]
    assert 1 <= len(told) <= 2  # one photo may have been at work beside
    assert tagged.counts["failed"] == len(told)


def test_going_on_though_the_gallery_changed(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer, photo: Photo, paints: SimpleNamespace
) -> None:
    finish(tag_folder(TagOptions(town), knowing, named))
    named.rename(1, "Rosalind")
    blind: Any = Blind(knowing)
    items, _ = finish(tag_folder(TagOptions(town, resume=True, whatever_changed=True), blind, named))
    assert items[0].matches[0][0].name == "Rosalind"
    with pytest.raises(AssertionError, match="looked at again"):
        finish(tag_folder(TagOptions(town, resume=True), blind, named))
    photo("in/d.png", paints.GREEN)
    with pytest.raises(AssertionError, match=r"d\.png was looked at again"):
        finish(tag_folder(TagOptions(town, resume=True, whatever_changed=True), blind, named))


def test_other_limits_decide_anew_without_looking(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer
) -> None:
    finish(tag_folder(TagOptions(town), knowing, named))
    blind: Any = Blind(knowing)
    blind.limits = replace(knowing.limits, known=2.0, unsure=0.5)
    items, _ = finish(tag_folder(TagOptions(town, resume=True, whatever_changed=True), blind, named))
    assert kinds(items) == [["unsure", "unknown"], ["unsure"], ["unsure", "unsure"]]


def test_what_was_said_of_faces_holds_for_new_and_old_results(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer
) -> None:
    items, _ = finish(tag_folder(TagOptions(town), knowing, named))
    rosa, gino = rows_of(items[2], 1.0)
    named.judge([Verdict(rosa.sha256, rosa.box, 1)])
    named.judge([Verdict(gino.sha256, gino.box, None)])
    for options in (TagOptions(town), TagOptions(town, resume=True, whatever_changed=True)):
        items, _ = finish(tag_folder(options, knowing, named))
        assert kinds(items) == [["known", "unknown"], ["known"], ["unknown"]]
        assert [match.name for match in items[2].matches[0]] == ["Gino"]
    named.undo()
    named.undo()
    items, _ = finish(tag_folder(TagOptions(town, resume=True, whatever_changed=True), knowing, named))
    assert kinds(items)[2] == ["known", "known"]


def test_some_photos_alone(finish: Finish, named: Gallery, town: Path, knowing: Recognizer, tmp_path: Path) -> None:
    options = TagOptions(town, only=(town / "b.png",), resume=True, whatever_changed=True, csv=tmp_path / "t.csv")
    items, _ = finish(tag_folder(options, knowing, named))
    assert [Path(item.path).name for item in items] == ["b.png"]
    rows = list(csv.DictReader((tmp_path / "t.csv").read_text("utf-8-sig").splitlines()))
    assert len(rows) == 5  # the table holds what earlier runs found as well


def test_a_folder_that_vanishes_on_the_way(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer, tmp_path: Path
) -> None:
    job = tag_folder(TagOptions(town, threads=1), knowing, named)
    next(job)
    town.rename(tmp_path / "elsewhere")
    with pytest.raises(InputProblem, match="is gone"):
        finish(job)
    (tmp_path / "elsewhere").rename(town)
    items, _ = finish(tag_folder(TagOptions(town, resume=True, whatever_changed=True), knowing, named))
    assert len(items) == 3


@pytest.mark.parametrize("there", [True, False])
def test_nothing_to_tag(gallery: Gallery, knowing: Recognizer, tmp_path: Path, finish: Finish, there: bool) -> None:
    folder = tmp_path / "none"
    if there:
        folder.mkdir()
    with pytest.raises(InputProblem):
        finish(tag_folder(TagOptions(folder), knowing, gallery))


def test_a_folder_within_is_left_out_when_not_wanted(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer, photo: Photo, paints: SimpleNamespace
) -> None:
    (town / "more").mkdir()
    photo("in/more/e.png", paints.RED)
    items, _ = finish(tag_folder(TagOptions(town, recursive=False), knowing, named))
    assert len(items) == 3
    items, _ = finish(tag_folder(TagOptions(town), knowing, named))
    assert len(items) == 4


def test_a_journal_without_room_says_so_and_what_it_held_stays(
    finish: Finish, named: Gallery, town: Path, knowing: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.jobs.journal import Journal

    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    finish(tag_folder(TagOptions(town, only=(town / "a.png",)), knowing, named))
    begin = Journal._begin

    def filled(self: Journal) -> None:
        begin(self)
        self._file = Full(self._file)  # type: ignore[assignment]

    monkeypatch.setattr(Journal, "_begin", filled)
    with pytest.raises(InputProblem, match="cannot be kept"):
        finish(tag_folder(TagOptions(town, resume=True), knowing, named))
    monkeypatch.undo()
    blind: Any = Blind(knowing)
    only = (town / "a.png",)
    items, _ = finish(tag_folder(TagOptions(town, resume=True, only=only), blind, named))
    assert kinds(items) == [["known", "unknown"]]
