"""Drawn people: the same for the same chance, with a truth that fits the picture."""

from dataclasses import replace

import numpy as np
import pytest

from core.demo.people import draw_person, draw_pose, imagine_person, imagine_pose
from core.demo.traits import BEARDS, FRINGES, GLASSES, HAIR_STYLES, HATS, MOUTHS, NOSES, Pose

SIZES = (50, 160, 300)


def rng(*seed):
    return np.random.default_rng(seed)


def test_the_same_chance_draws_the_same_person():
    assert imagine_person(rng(1)) == imagine_person(rng(1))
    assert imagine_person(rng(1)) != imagine_person(rng(2))
    first, again = (draw_person(imagine_person(rng(1)), rng(9)) for _ in range(2))
    assert np.array_equal(first.pixels, again.pixels)
    assert first.box == again.box


@pytest.mark.parametrize("size", SIZES)
def test_the_box_holds_the_landmarks_and_lies_in_the_drawing(size):
    for number in range(25):
        drawing = draw_person(imagine_person(rng(3, number)), rng(4, number), size)
        x1, y1, x2, y2 = drawing.box
        assert drawing.pixels.shape == (size, size, 4)
        assert drawing.landmarks.shape == (5, 2)
        assert drawing.landmarks.dtype == np.float32
        assert 0 <= x1 < x2 <= size
        assert 0 <= y1 < y2 <= size
        assert (drawing.landmarks > (x1, y1)).all()
        assert (drawing.landmarks < (x2, y2)).all()


def test_the_landmarks_stand_in_their_order():
    eye_left, eye_right, nose, mouth_left, mouth_right = draw_pose(imagine_person(rng(5)), Pose()).landmarks
    assert eye_left[0] < nose[0] < eye_right[0]
    assert mouth_left[0] < mouth_right[0]
    assert eye_left[1] < nose[1] < mouth_left[1]


def test_a_turn_to_the_right_moves_the_face_to_the_right():
    person = imagine_person(rng(5))
    ahead, turned = (draw_pose(person, Pose(yaw=yaw)) for yaw in (0.0, 0.8))
    assert (turned.landmarks[:, 0] > ahead.landmarks[:, 0]).all()


TRAITS = [
    *(("hair_style", kind) for kind in dict.fromkeys(HAIR_STYLES)),
    *(("fringe", kind) for kind in FRINGES),
    *(("nose", kind) for kind in NOSES),
    *(("glasses", kind) for kind in GLASSES),
    *(("beard", kind) for kind in BEARDS),
    *(("hat", kind) for kind in HATS),
    ("freckles", True),
    ("mole", (0.3, 0.3)),
    ("lashes", True),
]


@pytest.mark.parametrize(("name", "kind"), TRAITS)
def test_every_trait_shows(name, kind):
    plain = replace(
        imagine_person(rng(6)), hair_style="short", glasses="none", beard="none", hat="none", freckles=False, mole=None
    )
    other = {"hair_style": "curls", "fringe": "swept", "nose": "edge", "glasses": "dark", "beard": "chin", "hat": "cap"}
    before = replace(plain, **{name: other.get(name, False if kind is True else None)})
    if getattr(before, name) == kind:
        before = replace(plain, **{name: {"hair_style": "bald", "fringe": "parted", "nose": "round"}.get(name, "none")})
    assert not np.array_equal(
        draw_pose(before, Pose()).pixels, draw_pose(replace(before, **{name: kind}), Pose()).pixels
    )


def test_every_mouth_and_a_blink_show():
    person = replace(imagine_person(rng(6)), beard="none", glasses="none")
    looks = [Pose(mouth=mouth) for mouth in MOUTHS] + [Pose(blink=True)]
    pictures = {draw_pose(person, pose).pixels.tobytes() for pose in looks}
    assert len(pictures) == len(looks)


def test_less_liveliness_gives_calmer_poses():
    lively, calm = (imagine_pose(rng(8), liveliness=share) for share in (1.0, 0.5))
    assert calm == replace(lively, yaw=lively.yaw / 2, pitch=lively.pitch / 2, roll=lively.roll / 2)
