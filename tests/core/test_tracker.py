"""Names stay steady: people move, cross, turn away, vanish for a moment, and are mistaken now and then."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from core.decision import Limits, decide_all
from core.demo import film
from core.demo.film import moving_people
from core.demo.scenes import draw_park
from core.demo.town import draw_portrait, townspeople
from core.errors import Text
from core.photos import decode_picture
from core.recognizer import Recognizer, Sighting
from core.tracker import Steadiness, Tracked, Tracker
from core.types import Faces, Floats, Frame, Match, Quality, Recognition

LIMITS = Limits(known=0.42, unsure=0.3, margin=0.06)
ANNA, BEN, EVE = 1, 2, 3
NAMES = {ANNA: "Anna", BEN: "Ben"}
STEP = 0.04  # seconds between frames
GOOD = Quality(0.9, 100, 100, 120)
PIXELS = np.zeros((480, 640, 3), np.uint8)


@dataclass(frozen=True)
class Seen:
    """One face of a painted frame. `looks` is who it is, `like` how near that comes to the enrolled faces."""

    looks: int
    x: float
    y: float = 200
    like: dict[int, float] = field(default_factory=dict)
    quality: Quality = GOOD
    shade: int = 100


def feature(looks: int, number: int) -> Floats:
    own = np.zeros(16, np.float32)
    own[looks] = 1
    own[8:] = 0.05 * np.sin(np.arange(8) + number)
    return np.asarray(own / np.linalg.norm(own), np.float32)


class Stage:
    """Feeds painted frames to a tracker, the features it remembers being left out as in a recognizer."""

    def __init__(self, steadiness: Steadiness | None = None, limits: Limits = LIMITS) -> None:
        self.tracker, self.limits, self.number = Tracker(steadiness), limits, 0
        self.seconds, self.fresh = 0.0, np.zeros(0, bool)

    def show(self, *seen: Seen, space: str = "s", after: float = STEP) -> tuple[Tracked, ...]:
        self.seconds += after
        self.number += 1
        boxes = np.array([(each.x, each.y, each.x + 100, each.y + 120) for each in seen], np.float32).reshape(-1, 4)
        faces = Faces(boxes, np.ones(len(seen), np.float32), np.zeros((len(seen), 5, 2), np.float32))
        frame = Frame(PIXELS, self.number, self.seconds, "camera:0")
        crops = np.array([np.full((112, 112, 3), each.shade) for each in seen], np.uint8).reshape(-1, 112, 112, 3)
        known = self.tracker.recall(frame, faces, crops)
        self.fresh = np.array([each is None for each in known], bool)
        rows = [feature(each.looks, self.number) if old is None else old for each, old in zip(seen, known, strict=True)]
        features = np.array(rows, np.float32).reshape(-1, 16)
        qualities = tuple(each.quality for each in seen)
        matches = tuple(found(each) for each in seen)
        sighting = Sighting(frame, faces, crops, qualities, features, crops, fresh=self.fresh)
        recognition = Recognition(frame, faces, features, qualities, matches, decide_all(matches, self.limits))
        return self.tracker.update(sighting, recognition, limits=self.limits, space=space)

    def run(self, frames: int, *seen: Seen) -> list[tuple[Tracked, ...]]:
        return [self.show(*seen) for _ in range(frames)]


def found(seen: Seen) -> tuple[Match, ...]:
    similarities = {who: 0.7 if who == seen.looks else 0.05 for who in NAMES} | seen.like
    return tuple(sorted((Match(w, NAMES[w], s, w) for w, s in similarities.items()), key=lambda m: -m.similarity))


def names(tracked: tuple[Tracked, ...]) -> list[str | None]:
    return [each.match.name if each.match else None for each in tracked]


def anna(x: float = 100, **more: Any) -> Seen:
    return Seen(ANNA, x, **more)


def ben(x: float = 400, **more: Any) -> Seen:
    return Seen(BEN, x, **more)


def test_a_name_is_given_once_it_is_sure_and_then_kept() -> None:
    told = Stage().run(10, anna())
    assert [names(each)[0] for each in told[:4]] == [None, None, "Anna", "Anna"]
    assert {each[0].track for each in told} == {told[0][0].track}
    assert told[1][0].decision.kind == "unsure"
    assert told[-1][0].decision.kind == "known"
    assert [each[0].is_new_sighting for each in told] == [False, False, True, *[False] * 7]


def test_a_stranger_stays_unknown_and_is_told_once() -> None:
    told = [each[0] for each in Stage().run(40, Seen(EVE, 100))]
    assert {each.match for each in told} == {None}
    assert {each.decision.kind for each in told} == {"unknown"}
    assert sum(each.is_new_sighting for each in told) == 1
    assert next(each for each in told if each.is_new_sighting).age >= 1.0


def test_one_bad_sight_changes_nothing() -> None:
    stage = Stage(Steadiness(reuse=0))
    stage.run(10, anna())
    turned = anna(like={ANNA: 0.2, BEN: 0.6})
    assert [names(stage.show(turned)) for _ in range(2)] == [["Anna"]] * 2
    assert [names(each) for each in stage.run(5, anna())] == [["Anna"]] * 5


def test_a_name_changes_when_the_other_is_clearly_better_for_several_frames() -> None:
    stage = Stage(Steadiness(reuse=0))
    stage.run(5, anna(like={ANNA: 0.45, BEN: 0.2}))
    told = stage.run(40, anna(like={ANNA: 0.2, BEN: 0.8}))
    assert names(told[3]) == ["Anna"]
    assert names(told[-1]) == ["Ben"]
    assert sum(each[0].is_new_sighting for each in told) == 1


def test_a_name_that_nothing_speaks_for_any_more_is_dropped() -> None:
    stage = Stage()
    stage.run(10, anna())
    told = stage.run(100, anna(like={ANNA: 0.0, BEN: 0.0}))
    assert names(told[-1]) == [None]
    assert told[-1][0].decision.kind == "unknown"


def test_good_sights_count_more_than_blurred_ones() -> None:
    stage = Stage(Steadiness(reuse=0))
    blurred = anna(like={ANNA: 0.1, BEN: 0.5}, quality=replace(GOOD, score=0.1))
    told = [stage.show(anna() if number % 2 else blurred) for number in range(20)]
    assert {name for each in told for name in names(each)} == {None, "Anna"}


def test_nobody_is_named_twice_at_a_time() -> None:
    stage = Stage()
    told = stage.run(20, anna(100), Seen(EVE, 400, like={ANNA: 0.6}))
    assert names(told[-1]) == ["Anna", None]
    assert told[-1][1].decision == replace(
        told[-1][1].decision,
        kind="unsure",
        reason=Text("{name} is already in this picture with a nearer face.", {"name": "Anna"}),
    )


def test_the_real_one_takes_the_name_from_who_had_it_wrongly() -> None:
    stage = Stage(Steadiness(reuse=0))
    wrong = Seen(EVE, 400, like={ANNA: 0.5})
    assert names(stage.run(10, wrong)[-1]) == ["Anna"]
    told = stage.run(20, wrong, anna(100))
    assert names(told[-1]) == [None, "Anna"]
    assert all(names(each).count("Anna") == 1 for each in told)


def test_twice_in_a_picture_is_allowed_when_the_limits_say_so() -> None:
    stage = Stage(limits=replace(LIMITS, once_per_photo=False))
    assert names(stage.run(10, anna(100), anna(400))[-1]) == ["Anna", "Anna"]


def test_people_who_cross_keep_their_tracks_and_names() -> None:
    stage = Stage()
    first = stage.show(anna(50), ben(450))
    tracks = [each.track for each in first]
    for number in range(1, 60):
        told = stage.show(anna(50 + number * 7), ben(450 - number * 7))
        assert [each.track for each in told] == tracks, number
    assert names(told) == ["Anna", "Ben"]


def test_somebody_hidden_while_crossing_is_found_again() -> None:
    stage = Stage()
    tracks: dict[int, set[int]] = {ANNA: set(), BEN: set()}
    for number in range(60):
        seen = [anna(50 + number * 7), ben(450 - number * 7)]
        seen = seen[:1] if abs(seen[0].x - seen[1].x) < 60 else seen  # Ben is behind Anna
        for each, told in zip(seen, stage.show(*seen), strict=False):
            tracks[each.looks].add(told.track)
    assert [len(each) for each in tracks.values()] == [1, 1]


def test_another_person_in_the_same_place_is_another_track() -> None:
    stage = Stage()
    before = stage.run(10, anna())[-1][0]
    after = stage.show(ben(100, shade=150))[0]
    assert after.track != before.track
    assert after.match is None


def test_a_face_missed_for_a_moment_is_shown_where_it_must_be() -> None:
    stage = Stage()
    for number in range(10):
        told = stage.show(anna(100 + number * 5))
    missed = stage.show()
    assert (missed[0].track, missed[0].face, names(missed)) == (told[0].track, None, ["Anna"])
    assert missed[0].box[0] == pytest.approx(150, abs=3)
    assert stage.show(anna(155))[0].track == told[0].track


def test_a_face_that_is_gone_for_long_is_another_track_when_it_comes_back() -> None:
    stage = Stage()
    before = stage.run(10, anna())[-1][0].track
    assert stage.show(after=0.5) == ()
    after = stage.show(anna(), after=0.5)[0].track
    assert after > before


def test_tracks_last_from_frame_to_frame_however_rare_frames_are() -> None:
    stage = Stage()
    told = [stage.show(anna(), after=1.5)[0] for _ in range(6)]
    assert names((told[-1],)) == ["Anna"]
    assert len({each.track for each in told[1:]}) == 1


def test_boxes_are_carried_on_to_newer_frames() -> None:
    stage = Stage()
    for number in range(10):
        told = stage.show(anna(100 + number * 5))[0]
    assert told.box_at(told.seconds + STEP)[0] == pytest.approx(told.box[0] + 5, abs=1)
    assert told.box_at(told.seconds + 60)[0] < told.box[0] + 50
    assert told.box_at(told.seconds - 1) == told.box


def test_a_face_that_has_not_changed_is_not_looked_at_again() -> None:
    stage = Stage()
    fresh = []
    for _ in range(60):
        stage.show(anna())
        fresh.append(bool(stage.fresh[0]))
    assert fresh[:3] == [True] * 3
    assert 1 <= sum(fresh[4:]) <= 4  # once a second
    stage.show(anna(shade=140))
    assert stage.fresh[0], "it looks different"
    stage.show(anna(130, shade=140))
    assert stage.fresh[0], "it moved"


@pytest.mark.parametrize("seen", [Seen(EVE, 100), anna(like={ANNA: 0.35})])
def test_who_has_no_name_is_looked_at_again_each_time(seen: Seen) -> None:
    stage = Stage()
    for _ in range(20):
        stage.show(seen)
        assert stage.fresh.all()


def test_faces_over_one_another_are_looked_at_each_time() -> None:
    stage = Stage()
    stage.run(10, anna(100), ben(300))
    stage.show(anna(100), ben(130))
    assert stage.fresh.all()


def test_features_of_another_model_are_forgotten() -> None:
    stage = Stage()
    stage.run(10, anna())
    told = stage.show(anna(), space="other")
    assert names(told) == [None]
    assert {space for face in stage.tracker.samples(told[0].track) for space in face.features} <= {"other"}


def test_another_gallery_names_anew_but_keeps_tracks_and_samples() -> None:
    stage = Stage()
    before = stage.run(10, anna())[-1][0]
    stage.tracker.forget_names()
    told = stage.run(3, anna(like={ANNA: 0.1, BEN: 0.9}))
    assert [each[0].track for each in told] == [before.track] * 3
    assert [names(each) for each in told] == [[None], [None], ["Ben"]]
    assert stage.tracker.samples(before.track)


def test_samples_are_few_good_and_different() -> None:
    stage = Stage(Steadiness(reuse=0))
    for number in range(400):
        score = 0.1 if number % 3 == 0 else 0.5 + 0.001 * number
        quality = replace(GOOD, score=score, yaw=40 * np.sin(number / 20))
        track = stage.show(anna(quality=quality))[0].track
    samples = stage.tracker.kept(track)
    assert len(samples) == 8
    assert min(sample.quality.score for sample in samples) >= 0.45
    assert np.ptp([sample.quality.yaw for sample in samples]) > 50
    assert [sample.quality.score for sample in samples] == sorted((s.quality.score for s in samples), reverse=True)


def test_samples_hold_all_that_a_gallery_keeps() -> None:
    stage = Stage()
    track = stage.run(10, anna(shade=90))[-1][0].track
    face = stage.tracker.samples(track)[0]
    assert (face.source, face.sha256, face.frame_size) == ("camera:0", "", (640, 480))
    assert face.box == (100, 200, 200, 320)
    assert decode_picture(face.crop).shape == (112, 112, 3)
    assert abs(int(decode_picture(face.crop).mean()) - 90) <= 1
    assert decode_picture(face.view).shape[:2] == (204, 204)
    assert face.features["s"].shape == (16,)


def test_samples_wait_a_while_after_somebody_left_and_memory_stays_bounded() -> None:
    stage = Stage()
    for number in range(60):
        left = stage.show(Seen(number % 8, 100), after=3.0 if number > 1 else STEP)[0].track
        stage.show(after=3.0)
        stage.show(after=9.0)
    stage.show(after=30.0)
    assert stage.tracker.samples(left)
    assert sum(bool(stage.tracker.kept(track)) for track in range(1, left + 1)) == 24
    assert stage.tracker.samples(10_000) == []


def test_a_crowd_of_false_faces_does_not_gather_tracks() -> None:
    stage = Stage()
    for number in range(20):
        told = stage.show(*(Seen(k % 8, 20 + k * 30, y=number * 20 % 300) for k in range(20)))
        assert len(told) < 60
    assert len(stage.tracker._tracks) <= 32


def test_the_same_frames_give_the_same_answers() -> None:
    def play() -> list[tuple[int, str | None, bool]]:
        stage = Stage()
        told = [stage.show(anna(50 + k * 7), ben(450 - k * 7), Seen(EVE, 250, y=20)) for k in range(50)]
        return [(t.track, t.match and t.match.name, t.is_new_sighting) for each in told for t in each]

    assert play() == play()


class Portraits:
    """An exact search over the features of some portraits."""

    def __init__(self, recognizer: Recognizer, people: dict[str, Any]) -> None:
        self.names = list(people)
        self.rows = [
            [recognizer.look(Frame(draw_portrait(person, np.random.default_rng((5, who, k))))).features for k in (0, 1)]
            for who, person in enumerate(people.values())
        ]

    def search(self, features: Floats, top_k: int, *, space: str) -> tuple[tuple[Match, ...], ...]:
        best = [(features @ np.concatenate(rows).T).max(1) for rows in self.rows]
        answers = []
        for place in range(len(features)):
            found = [Match(who, self.names[who - 1], float(best[who - 1][place]), who) for who in (1, 2, 3, 4)]
            answers.append(tuple(sorted(found, key=lambda match: -match.similarity)[:top_k]))
        return tuple(answers)


def truth_of(cast: list[Any], seconds: float) -> list[float]:
    """The middle of each person's head in the film, pixels from the left."""
    rng = np.random.default_rng(0)
    width, height = film.FRAME_SIZE
    draw_park(rng, height, width)
    size = int(min(height * 0.36, 0.95 * width * 1.5 / len(cast)))
    walkers = [film._Walker(p, k / len(cast), rng.uniform(), rng.uniform(2.5, 4)) for k, p in enumerate(cast)]
    return [film._spot(walker, seconds, width * 1.5, size).x for walker in walkers]


def test_in_the_drawn_film_every_track_keeps_one_right_name() -> None:
    from core.assembly import open_bench
    from core.models.store import ModelStore
    from core.settings import Settings

    people = list(townspeople(7).items())
    town = dict(people[place] for place in (0, 2, 3, 5))
    cast = list(town.values())
    rate, tracker, told = 10, Tracker(), dict[int, list[tuple[float, str | None, str]]]()
    with open_bench(Settings(), ModelStore(), threads=1) as bench:
        recognizer = bench.recognizer(Settings(), Portraits(bench.recognizer(Settings()), town))
        for number, pixels in enumerate(moving_people(cast, seconds=6, fps=rate)):
            seen = recognizer.look(Frame(pixels, number, number / rate, "sample"), recall=tracker.recall)
            answers = tracker.update(seen, recognizer.name(seen), limits=recognizer.limits, space="s")
            places = truth_of(cast, number / rate)
            for each in answers:
                if each.face is None:
                    continue
                who = int(np.argmin(np.abs(np.array(places) - (each.box[0] + each.box[2]) / 2)))
                name = list(town)[who]
                told.setdefault(each.track, []).append((each.age, each.match and each.match.name, name))
    long = [track for track in told.values() if track[-1][0] >= 1.5]
    assert {name for track in long for _, _, name in track} == {*town}
    for track in told.values():
        assert len({name for _, _, name in track}) == 1, "a track went from one person to another"
        assert {given for _, given, _ in track} <= {None, track[0][2]}, "a wrong name"
        assert {given for age, given, _ in track if age >= 1.0} <= {track[0][2]}, "no steady name after a second"
