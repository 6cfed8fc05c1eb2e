"""Annotated pictures: captions in words, and a place of its own for each."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import core.vision.draw
from core.errors import InputProblem
from core.export.annotate import annotate, annotated_path, caption, prepare_folder

ROOT = Path("photos").absolute()
OUT = Path("out").absolute()


def test_captions_are_words(make_result):
    result = make_result()
    assert [caption(result, position) for position in range(3)] == ["Zoë 0.61", "Zoë? 0.61", "unknown"]


def test_without_decisions_nobody_is_named(make_result):
    assert caption(replace(make_result(), decisions=(), matches=()), 0) == "unknown"


def test_known_without_match_is_not_named(make_result):
    assert caption(replace(make_result(kinds=("known",)), matches=((),)), 0) == "unknown"


def test_annotating_marks_a_copy(make_result):
    pixels = np.full((600, 800, 3), 90, np.uint8)
    marked = annotate(pixels, make_result())
    assert marked.shape == pixels.shape
    assert (pixels == 90).all()
    assert (marked != 90).any()


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_boxes_fit_pictures_of_another_size(make_result, monkeypatch, share):
    seen = {}

    def record(pixels, faces, captions, kinds):
        seen.update(boxes=faces.boxes, captions=captions, kinds=kinds)
        return pixels

    monkeypatch.setattr(core.vision.draw, "draw_faces", record)
    result = make_result()
    annotate(np.zeros((int(600 * share), int(800 * share), 3), np.uint8), result)
    assert np.allclose(seen["boxes"], result.faces.boxes * share)
    assert list(seen["kinds"]) == ["known", "unsure", "unknown"]
    assert len(seen["captions"]) == 3


def test_a_picture_without_faces_stays_as_it_is(make_result, failed):
    pixels = np.full((60, 80, 3), 90, np.uint8)
    assert (annotate(pixels, make_result(kinds=())) == 90).all()
    assert (annotate(pixels, failed) == 90).all()


@pytest.mark.parametrize(
    ("photo", "place"),
    [
        (ROOT / "a.jpg", "a.jpg"),
        (ROOT / "2020" / "Ørjan 李雷" / "a.JPG", "2020/Ørjan 李雷/a.JPG"),
        (ROOT / "a.heic", "a.heic.faces.jpg"),
        (ROOT / "a.faces.jpg", "a.faces.jpg.faces.jpg"),
        (ROOT / "no suffix", "no suffix.faces.jpg"),
        (ROOT / "2020" / ".." / "a.png", "a.png"),
        (ROOT / "Elsewhere" / "a.png", "elsewhere/Elsewhere/a.png"),
    ],
)
def test_the_tree_is_mirrored(photo, place):
    assert annotated_path(OUT, photo, ROOT) == OUT / place


def test_relative_paths_mean_the_same():
    assert annotated_path(Path("out"), Path("photos/x/a.jpg"), Path("photos")) == Path("out/x/a.jpg")


@pytest.mark.parametrize("photo", [ROOT / ".." / "private" / "a.jpg", ROOT, ROOT.parent / "photos2" / "a.jpg"])
def test_photos_from_elsewhere_stay_inside_the_folder(photo):
    place = annotated_path(OUT, photo, ROOT)
    assert place.is_relative_to(OUT / "elsewhere")
    assert ".." not in place.parts


parts = st.sampled_from(
    ["a", "b", "..", "elsewhere", "_", "a.jpg", "a.heic", "a.heic.faces.jpg", "a.faces.jpg", "A.png", "a.jpg.jpg", "a."]
)
photos = st.lists(parts, min_size=1, max_size=5).map(lambda names: ROOT.joinpath(*names))


@given(photos, photos)
def test_two_photos_never_share_a_place(one, other):
    first, second = annotated_path(OUT, one, ROOT), annotated_path(OUT, other, ROOT)
    same = os.path.normpath(one) == os.path.normpath(other)
    assert (first == second) == same
    for place in (first, second):
        assert place.is_relative_to(OUT)
        assert ".." not in place.parts


def test_the_photo_itself_is_never_the_place(tmp_path):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"mine")
    with pytest.raises(InputProblem, match="take the place of the photo"):
        annotated_path(tmp_path, photo, tmp_path)


def test_nor_through_a_link(tmp_path):
    (tmp_path / "photos").mkdir()
    photo = tmp_path / "photos" / "a.jpg"
    photo.write_bytes(b"mine")
    try:
        (tmp_path / "link").symlink_to(tmp_path / "photos", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    with pytest.raises(InputProblem, match="take the place of the photo"):
        annotated_path(tmp_path / "link", photo, tmp_path / "photos")


def test_a_folder_for_annotated_pictures_is_new_empty_or_its_own(tmp_path):
    for folder in (tmp_path / "new" / "deep", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        prepare_folder(folder)
        (folder / "a.jpg").write_bytes(b"ours")
        prepare_folder(folder)
        assert (folder / "a.jpg").read_bytes() == b"ours"


def test_a_folder_with_someones_pictures_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"mine")
    with pytest.raises(InputProblem, match="already holds other files"):
        prepare_folder(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


def test_a_file_in_place_of_the_folder_is_a_problem(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputProblem, match="cannot be used"):
        prepare_folder(tmp_path / "file")
