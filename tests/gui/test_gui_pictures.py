"""Small pictures for lists."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtGui import QPixmap

from core.errors import Text
from core.export.records import PhotoResult
from core.gallery.gallery import Gallery
from core.gallery.records import FeatureModel, NewFace
from core.pictures import encode_picture, write_picture
from core.result_row import rows_of
from core.types import Decision, Faces
from gui import pictures as module
from gui.pictures import PictureKey
from gui.pixels import owned_image_of
from gui.seen import offer_faces, seen_key

MODEL = FeatureModel("test-space", "test model", 8)
RED, BLUE = (0, 0, 255), (255, 0, 0)


def painted(colour, width=112, height=112):
    return np.full((height, width, 3), colour, np.uint8)


def fill(folder, colours):
    with Gallery.open(folder) as gallery:
        for number, colour in enumerate(colours):
            crop = encode_picture(painted(colour), kind="jpeg", quality=95) if colour else b""
            feature = np.eye(8, dtype=np.float32)[number]
            face = NewFace((0, 0, 9, 9), None, 1, 1, "p.jpg", "", (9, 9), crop, crop, features={MODEL.space: feature})
            gallery.enroll([(f"P{number}", face)], model=MODEL)


@pytest.fixture
def pictures(kit, open_gallery, gallery_folder):
    fill(gallery_folder, [RED, None])
    open_gallery(gallery_folder)
    return kit.state.pictures


def got(pictures, key, qtbot):
    with qtbot.waitSignal(pictures.ready, check_params_cb=lambda came: came == key):
        assert pictures.get(key) is None
    return pictures.get(key)


def colour_of(pixmap):
    colour = pixmap.toImage().pixelColor(5, 5)
    return "red" if colour.red() > 200 else "blue" if colour.blue() > 200 else "other"


def test_a_crop_comes_later_and_then_is_at_hand(pictures, qtbot):
    found = got(pictures, PictureKey("crop", face=1, size=48), qtbot)
    assert max(found.width(), found.height()) == 48
    assert colour_of(found) == "red"


def test_a_face_without_a_picture_is_asked_once_and_known_to_have_none(pictures, qtbot):
    key = PictureKey("crop", face=2)
    assert got(pictures, key, qtbot) is None
    assert pictures.unreadable(key)
    assert not pictures._wanted


def test_a_part_of_a_photo(pictures, qtbot, tmp_path):
    photo = painted(RED, 400, 200)
    photo[:, 200:] = BLUE
    write_picture(tmp_path / "a.png", photo)
    whole = got(pictures, PictureKey("photo", path=str(tmp_path / "a.png"), size=100), qtbot)
    assert (whole.width(), whole.height()) == (100, 50)
    part = got(pictures, PictureKey("photo", path=str(tmp_path / "a.png"), box=(220, 20, 320, 120), size=64), qtbot)
    assert colour_of(part) == "blue"


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe0 torn"])
def test_a_bad_photo_is_unreadable_and_the_next_is_read(pictures, qtbot, tmp_path, data):
    (tmp_path / "bad.jpg").write_bytes(data)
    bad = PictureKey("photo", path=str(tmp_path / "bad.jpg"))
    assert got(pictures, bad, qtbot) is None
    assert pictures.unreadable(bad)
    assert got(pictures, PictureKey("crop", face=1), qtbot) is not None


def test_a_fault_while_reading_does_not_end_the_reading(pictures, qtbot, monkeypatch, caplog):
    def broken(self, key):
        raise ValueError("a fault")

    monkeypatch.setattr(module._Reader, "_photo", staticmethod(lambda key: broken(None, key)))
    assert got(pictures, PictureKey("photo", path="x.jpg"), qtbot) is None
    assert "a fault" in caplog.text
    assert got(pictures, PictureKey("crop", face=1), qtbot) is not None


def test_pictures_of_another_gallery_are_not_taken_for_this_one(
    kit, pictures, qtbot, open_gallery, tmp_path, monkeypatch
):
    """Faces of two galleries have the same numbers; one that is still being read belongs to the former."""
    reading, go_on = threading.Event(), threading.Event()
    read = module._Reader.read

    def slow(self, key, folder):
        image = read(self, key, folder)
        if not go_on.is_set():
            reading.set()
            assert go_on.wait(5)
        return image

    monkeypatch.setattr(module._Reader, "read", slow)
    key = PictureKey("crop", face=1)
    assert pictures.get(key) is None
    assert reading.wait(5)
    with Gallery.create(tmp_path / "other") as other:
        folder = other.folder
    fill(folder, [BLUE])
    open_gallery(folder)
    assert pictures.get(key) is None
    go_on.set()
    qtbot.waitUntil(lambda: pictures.get(key) is not None)
    assert colour_of(pictures.get(key)) == "blue"


def test_what_is_offered_is_at_hand_without_reading_and_forgotten_in_time(pictures, qtbot, monkeypatch):
    monkeypatch.setattr(module, "_OFFERED", 2)
    keys = [PictureKey("photo", path="gone.jpg", box=(0, 0, number, 9), size=20) for number in (5, 6, 7)]
    for key in keys:
        pictures.offer(key, owned_image_of(painted(RED, 20, 20)))
    assert [colour_of(pictures.get(key)) for key in keys[1:]] == ["red", "red"]
    assert colour_of(pictures.get(keys[1])) == "red", "it is kept like any other"
    assert got(pictures, keys[0], qtbot) is None
    assert pictures.unreadable(keys[0]), "the oldest was dropped, and its photo is not there"


def test_faces_are_cut_out_of_a_reduced_photo_unless_that_is_too_coarse(pictures):
    faces = Faces(
        np.float32([[400, 200, 600, 400], [100, 100, 140, 140]]),
        np.float32([0.9, 0.9]),
        np.zeros((2, 5, 2), np.float32),
    )
    decisions = (Decision("unknown", Text("because")),) * 2
    result = PhotoResult("gone.jpg", 1000, 800, faces, decisions=decisions, matches=((), ()))
    pixels = painted(BLUE, 250, 200)
    pixels[50:100, 100:150] = RED
    offer_faces(pictures, 56, result, pixels)
    large, small = (seen_key(row, 56) for row in rows_of(result, 0.0))
    assert large.box == (350, 150, 650, 450)
    found = pictures.get(large)
    assert (found.width(), found.height()) == (56, 56)
    image = found.toImage()
    assert image.pixelColor(28, 28).red() > 200
    assert image.pixelColor(2, 2).blue() > 200
    assert pictures.get(small) is None, "fifteen pixels: the photo is read for it"


def test_only_so_many_are_kept_and_the_newest_stay(pictures, monkeypatch):
    monkeypatch.setattr(module, "ROOM", 10 * 20 * 20 * 4)
    for number in range(100, 130):
        pictures.put(PictureKey("crop", face=number), QPixmap(20, 20))
    assert len(pictures._kept) == 10
    assert pictures._bytes == 10 * 20 * 20 * 4
    assert pictures.get(PictureKey("crop", face=129)) is not None
    pictures.put(PictureKey("crop", face=129), QPixmap(20, 20))
    assert pictures._bytes == 10 * 20 * 20 * 4
    pictures.forget()
    assert pictures._bytes == 0
