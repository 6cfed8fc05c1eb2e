from __future__ import annotations

import numpy as np
import pytest

from core.types import Faces
from core.vision import captions
from core.vision.captions import caption
from core.vision.draw import draw_faces

KINDS = ("known", "unsure", "unknown")


def faces_at(*boxes: tuple[float, ...]) -> Faces:
    return Faces(np.array(boxes, np.float32).reshape(-1, 4), np.ones(len(boxes), np.float32))


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (before != after).any(2)


@pytest.mark.parametrize("side", [40, 120, 600, 4000])
def test_boxes_and_captions_show_at_any_size_and_the_frame_is_left_alone(side: int) -> None:
    frame = np.full((side, side, 3), 128, np.uint8)
    before = frame.copy()
    out = draw_faces(frame, faces_at((side * 0.4, side * 0.4, side * 0.7, side * 0.8)), ["Anna 0.71"], ["known"])
    assert np.array_equal(frame, before)
    touched = changed(frame, out)
    corner, share = int(side * 0.8), touched.mean()
    assert touched[corner - 2 : corner + 3, side // 2].any()  # the lower line
    assert 0 < share < 0.9
    assert not touched[int(side * 0.55) : int(side * 0.6), int(side * 0.5) : int(side * 0.6)].any()  # the face itself


def test_kinds_differ_in_their_lines_and_not_in_colour_alone() -> None:
    frame = np.full((300, 300, 3), 128, np.uint8)
    shares = []
    for kind in KINDS:
        out = draw_faces(frame, faces_at((50, 50, 250, 250)), ["Anna"], [kind])
        shares.append(float(changed(frame, out)[250, 60:240].mean()))
    assert shares[0] == 1.0
    assert shares[0] > shares[1] > shares[2] > 0.2


def test_an_empty_caption_says_the_kind() -> None:
    frame = np.full((200, 200, 3), 128, np.uint8)
    face = faces_at((50, 80, 150, 180))
    assert np.array_equal(draw_faces(frame, face, [""], ["unknown"]), draw_faces(frame, face, ["unknown"], ["unknown"]))


def test_captions_avoid_each_other() -> None:
    frame = np.full((300, 800, 3), 128, np.uint8)
    side_by_side = faces_at((300, 100, 340, 150), (345, 100, 385, 150))
    alone = [draw_faces(frame, side_by_side[at : at + 1], ["Maximiliane"], ["known"]) for at in (0, 1)]
    together = draw_faces(frame, side_by_side, ["Maximiliane"] * 2, ["known"] * 2)
    both = changed(frame, together).sum()
    assert both > 0.93 * sum(changed(frame, each).sum() for each in alone)


def test_many_faces_at_the_edges_stay_inside() -> None:
    frame = np.full((120, 160, 3), 128, np.uint8)
    faces = faces_at((0, 0, 30, 30), (130, 0, 160, 30), (0, 90, 30, 120), (130, 90, 160, 120), (-50, -50, 500, 500))
    names = ["A name much too long for such a small picture", "B", "李雷", "", "D\nE"]
    out = draw_faces(frame, faces, names, ["known", "unsure", "unknown", "known", "unsure"])
    assert out.shape == frame.shape


def test_no_faces_change_nothing() -> None:
    frame = np.full((50, 60, 3), 7, np.uint8)
    assert np.array_equal(draw_faces(frame, Faces.none(), [], []), frame)


def line(text: str, *, widest: int = 1000) -> np.ndarray:
    return caption(text, size=24, widest=widest, ink=(255, 255, 255), ground=(60, 130, 20))


@pytest.mark.parametrize("text", ["Anna", "Zoë-Ann", "Мария", "Αθηνά", "محمد", "李雷", "山田太郎", "김", "A李a"])
def test_names_in_any_script_are_written(text: str) -> None:
    tile = line(text)
    assert (tile.reshape(-1, 3).max(1) > 200).mean() > 0.02
    assert tile[0, 0].tolist() == [60, 130, 20]


def test_different_chinese_names_look_different() -> None:
    if captions._font_for("李") not in {*captions._FONTS[7:], captions._OPENCV}:
        pytest.skip("this machine has no font with Chinese")
    assert not np.array_equal(line("李雷"), line("王梅"))


def test_writing_has_contrast_enough_to_read() -> None:
    from core.vision.draw import _STYLES

    def luminance(colour: tuple[int, int, int]) -> float:
        parts = [
            (each / 255 / 12.92 if each / 255 <= 0.03928 else ((each / 255 + 0.055) / 1.055) ** 2.4) for each in colour
        ]
        return 0.0722 * parts[0] + 0.7152 * parts[1] + 0.2126 * parts[2]

    for style in _STYLES.values():
        assert 1.05 / (luminance(style.colour) + 0.05) > 4.0


def test_a_long_name_is_cut_with_an_ellipsis() -> None:
    tile = line("Bartholomew Featherstonehaugh-Cholmondeley", widest=150)
    assert tile.shape[1] <= 150
    assert "…" in captions._cut("Bartholomew Featherstonehaugh", 24, 100)[-1][1]


def test_without_any_font_of_the_machine_pillows_own_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(captions, "_FONTS", ())
    monkeypatch.delattr(captions.cv2, "FontFace", raising=False)
    captions._font_for.cache_clear()
    try:
        assert (line("Anna").max(2) > 200).any()
    finally:
        captions._font_for.cache_clear()
