"""The drawn town: complete, the same for the same seed, with a truth to trust, and never over someone's pictures."""

import json
from itertools import combinations

import numpy as np
import pytest

from core.demo.film import FRAME_SIZE, moving_people
from core.demo.scenes import SCENES, degrade, draw_backdrop, paste
from core.demo.town import GROUP_SIZE, NAMES, draw_group, draw_town, townspeople
from core.errors import InputProblem
from core.photos import open_photo

SMALL = {"people": 4, "portraits": 2, "groups": 3, "seed": 5}


def finish(job):
    """The steps of a job and what it returns."""
    steps = []
    while True:
        try:
            steps.append(next(job))
        except StopIteration as end:
            return steps, end.value


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("town")
    return folder, *finish(draw_town(folder, **SMALL))


def test_a_town_is_complete(drawn):
    _, steps, town = drawn
    assert [step.done for step in steps] == list(range(1, 12))
    assert {step.total for step in steps} == {11}
    assert all(step.item.is_file() for step in steps)
    assert {path.name for path in town.portraits.iterdir()} == set(NAMES[:4])
    assert sorted(path.name for path in (town.portraits / NAMES[1]).iterdir()) == ["0.jpg", "1.jpg"]
    assert sorted(path.name for path in town.groups.iterdir()) == ["0.jpg", "1.jpg", "2.jpg"]
    photo = open_photo(town.groups / "0.jpg")
    assert (photo.width, photo.height) == GROUP_SIZE
    assert photo.decode().shape == (800, 1280, 3)


def test_the_truth_on_disk_is_the_truth_returned(drawn):
    folder, _, town = drawn
    stored = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert stored == {
        f"groups/{group.file}": [{"name": name, "box": list(box)} for box, name in group.faces] for group in town.truth
    }


def test_the_same_seed_draws_the_same_town(drawn, tmp_path):
    finish(draw_town(tmp_path, **SMALL))
    assert files(tmp_path) == files(drawn[0])


def test_another_seed_draws_other_people():
    one, other = (list(townspeople(3, seed=seed).values()) for seed in (1, 2))
    assert all(a != b for a, b in zip(one, other, strict=True))


def test_the_first_people_do_not_depend_on_how_many_there_are():
    assert list(townspeople(6).items())[:3] == list(townspeople(3).items())


def test_names_never_repeat_and_are_fit_for_folders():
    names = list(townspeople(len(NAMES) * 2 + 1))
    assert len(set(names)) == len(names)
    assert names[-1] == f"{NAMES[0]} 3"
    assert not any(set(name) & set('/\\:*?"<>|') for name in names)


def overlap(one, other):
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


@pytest.mark.parametrize("seed", [1, 7])
def test_groups_hold_known_people_and_strangers_without_overlap(seed):
    inhabitants = townspeople(12, seed=seed)
    sizes = set()
    for number in range(10):
        _, faces = draw_group(inhabitants, number=number, seed=seed)
        names = [name for _, name in faces]
        known = [name for name in names if name]
        sizes.add(len(faces))
        assert 3 <= len(faces) <= 7
        assert 1 <= names.count(None) <= 2
        assert len(set(known)) == len(known) >= 1
        assert set(known) <= set(inhabitants)
        assert not any(overlap(one.box, other.box) for (one, _), (other, _) in combinations(faces, 2))
        assert [face.box[0] for face, _ in faces] == sorted(face.box[0] for face, _ in faces)
        for face, _ in faces:
            assert (face.landmarks > face.box[:2]).all()
            assert (face.landmarks < face.box[2:]).all()
            assert min(face.box) >= 0
            assert face.box[2] <= GROUP_SIZE[0]
            assert face.box[3] <= GROUP_SIZE[1]
    assert len(sizes) > 2


def test_a_town_may_be_drawn_again_but_not_over_another(tmp_path):
    finish(draw_town(tmp_path, people=1, portraits=1, groups=1))
    (tmp_path / "gallery").mkdir()
    finish(draw_town(tmp_path, people=1, portraits=1, groups=1))
    before = files(tmp_path)
    with pytest.raises(InputProblem, match="already holds other pictures"):
        next(draw_town(tmp_path, people=2, portraits=1, groups=1))
    assert files(tmp_path) == before


def test_someones_own_pictures_are_left_alone(tmp_path):
    mine = tmp_path / "portraits" / NAMES[0] / "0.jpg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(InputProblem, match="already holds other pictures"):
        next(draw_town(tmp_path))
    assert files(tmp_path) == {mine.relative_to(tmp_path).as_posix(): b"mine"}


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputProblem, match="cannot be written"):
        next(draw_town(tmp_path / "file" / "town"))


def test_a_town_given_up_midway_leaves_whole_pictures_and_can_be_finished(tmp_path, drawn):
    job = draw_town(tmp_path, **SMALL)
    for _ in range(3):
        step = next(job)
    job.close()
    assert not (tmp_path / "truth.json").exists()
    assert open_photo(step.item).decode().size
    finish(draw_town(tmp_path, **SMALL))
    assert files(tmp_path) == files(drawn[0])


@pytest.mark.parametrize("draw", [*SCENES.values(), draw_backdrop])
def test_scenes_fill_any_size(draw):
    for height, width in ((480, 640), (37, 21)):
        pixels = draw(np.random.default_rng(1), height, width)
        assert pixels.shape == (height, width, 3)
        assert pixels.dtype == np.uint8
        assert pixels.flags.writeable


def test_paste_cuts_off_what_reaches_over_an_edge():
    red = np.full((4, 4, 4), (0, 0, 200, 255), np.uint8)
    ground = np.zeros((6, 6, 3), np.uint8)
    paste(ground, red, x=-2, y=4)
    assert (ground[4:, :2] == (0, 0, 200)).all()
    assert np.count_nonzero(ground) == 4
    paste(ground, red, x=9, y=0)
    assert np.count_nonzero(ground) == 4


def test_paste_mixes_by_opacity():
    ground = np.full((1, 1, 3), 100, np.uint8)
    paste(ground, np.array([[[200, 200, 200, 51]]], np.uint8), x=0, y=0)
    assert ground.ravel().tolist() == [120, 120, 120]


def test_degrading_changes_light_and_stays_a_picture():
    pixels = draw_backdrop(np.random.default_rng(1), 40, 40)
    results = [degrade(pixels, np.random.default_rng(seed)) for seed in range(12)]
    assert all(result.dtype == np.uint8 and result.shape == pixels.shape for result in results)
    assert len({round(float(result.mean())) for result in results}) > 4


def test_a_film_moves_and_repeats_itself_for_a_seed():
    people = list(townspeople(3).values())
    frames, again = (list(moving_people(people, seconds=0.5, fps=10, seed=2)) for _ in range(2))
    assert len(frames) == 5
    assert {frame.shape for frame in frames} == {(FRAME_SIZE[1], FRAME_SIZE[0], 3)}
    assert all(np.array_equal(one, other) for one, other in zip(frames, again, strict=True))
    assert all(not np.array_equal(one, other) for one, other in combinations(frames, 2))


def test_a_film_of_nobody_shows_the_scene():
    (frame,) = moving_people([], seconds=0.1, fps=10)
    assert frame.any()
