from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engines.session import Port
from core.errors import ModelProblem
from core.models.cards import Preprocess, Thresholds
from core.opencv import cv2
from core.types import Faces
from core.vision.align import STANDARD, crop_faces
from core.vision.detector import Detector

IMAGE = Port("image", (None, 3, None, None), "float32")
PARTS = [f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)]


def blob_model(feeds: dict[str, Any]) -> list[np.ndarray]:
    """A "detector" that sees each bright cell of stride 32 as a face three cells wide, scored by its brightness."""
    bright = feeds["image"].mean(1)
    count, height, width = bright.shape
    outputs: dict[str, np.ndarray] = {}
    for stride in (8, 16, 32):
        cells = (height // stride) * (width // stride)
        for part, values in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            outputs[f"{part}_{stride}"] = np.zeros((count, cells, values), np.float32)
    grid = bright.reshape(count, height // 32, 32, width // 32, 32).mean((2, 4)).reshape(count, -1, 1)
    outputs["cls_32"] = outputs["obj_32"] = grid.astype(np.float32)
    outputs["bbox_32"][:] = (0.5, 0.5, np.log(3), np.log(3))
    outputs["kps_32"][:] = np.array([(0.2, 0.3), (0.8, 0.3), (0.5, 0.5), (0.3, 0.8), (0.7, 0.8)]).reshape(-1)
    return [outputs[name] for name in PARTS]


@pytest.fixture
def make_detector(fake_session: Any, make_card: Any) -> Any:
    def make(answer: Any = blob_model, ports: Any = (IMAGE,), outputs: Any = PARTS, **card: Any) -> Detector:
        rules = Preprocess(resize="fit", size=(320, 320), multiple=32, scale=1 / 255)
        return Detector(make_card(**{"preprocess": rules, **card}), fake_session(answer, ports, outputs))

    return make


def frame_with(*bright: tuple[int, int, int], width: int = 320, height: int = 320) -> np.ndarray:
    """A dark frame with bright cells (column, row, brightness) of 32 pixels."""
    frame = np.zeros((height, width, 3), np.uint8)
    for column, row, value in bright:
        frame[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32] = value
    return frame


def test_faces_are_found_best_first_in_frame_pixels(make_detector: Any) -> None:
    faces = make_detector().find(frame_with((2, 2, 200), (7, 6, 250)))
    assert np.allclose(faces.scores, [250 / 255, 200 / 255], atol=1e-3)
    assert np.allclose(faces.boxes, [[192, 160, 288, 256], [32, 32, 128, 128]], atol=1e-2)


def test_the_threshold_is_the_cards_unless_given(make_detector: Any) -> None:
    detector, frame = make_detector(), frame_with((2, 2, 100), (7, 6, 250))
    assert len(detector.find(frame)) == 1
    assert len(detector.find(frame, threshold=0.3)) == 2
    assert len(detector.find(frame, threshold=0.99)) == 0


def test_boxes_are_cut_at_the_frame(make_detector: Any) -> None:
    boxes = make_detector().find(frame_with((0, 9, 250))).boxes
    assert boxes.min() >= 0
    assert boxes.max() <= 320


def test_many_frames_are_run_together_where_their_sizes_agree(make_detector: Any) -> None:
    detector = make_detector()
    frames = [
        frame_with((1, 1, 250)),
        frame_with((2, 2, 250), height=160),
        frame_with((3, 3, 250)),
        frame_with((4, 2, 250), height=160),
        frame_with(),
    ]
    found = detector.find_many(frames)
    assert [each["image"].shape for each in detector.session.feeds] == [(3, 3, 320, 320), (2, 3, 160, 320)]
    assert [len(faces) for faces in found] == [1, 1, 1, 1, 0]
    for frame, faces in zip(frames, found, strict=True):
        alone = detector.find(frame)
        assert np.array_equal(alone.boxes, faces.boxes)
        assert np.array_equal(alone.scores, faces.scores)
    assert detector.find_many([]) == []


def sized_model(*faces: tuple[int, float, float, float, float]) -> Any:
    """Answers one face per given (longer side of the pass, x, y, size, score), in pixels of that pass."""

    def answer(feeds: dict[str, Any]) -> list[np.ndarray]:
        count, _, height, width = feeds["image"].shape
        outputs = dict(zip(PARTS, blob_model({"image": np.zeros((count, 3, height, width))}), strict=True))
        for side, x, y, size, score in faces:
            if side != max(height, width):
                continue
            cell = int(y // 8) * (width // 8) + int(x // 8)
            outputs["cls_8"][:, cell] = outputs["obj_8"][:, cell] = score
            outputs["bbox_8"][:, cell] = (x / 8 - x // 8, y / 8 - y // 8, np.log(size / 8), np.log(size / 8))
        return [outputs[name] for name in PARTS]

    return answer


def test_each_pass_is_believed_for_the_sizes_it_sees_well(make_detector: Any) -> None:
    model = sized_model(
        (320, 160, 160, 150, 0.7),  # large: from the small pass ...
        (640, 330, 330, 280, 0.9),  # ... although the large pass scores its poorer box higher
        (320, 40, 40, 30, 0.9),  # small: not from the small pass ...
        (640, 80, 80, 50, 0.6),  # ... but from the large one
        (640, 500, 500, 290, 0.9),  # a large face that the small pass does not confirm
    )
    detector = make_detector(model, passes=(640, 320), large_face=90.0, preprocess=Preprocess(multiple=32))
    faces = detector.find(np.zeros((640, 640, 3), np.uint8))
    assert np.allclose(faces.boxes, [[170, 170, 470, 470], [55, 55, 105, 105]], atol=1)
    assert np.allclose(faces.scores, [0.7, 0.6], atol=1e-3)


def test_a_face_at_the_limit_is_taken_from_either_pass_once(make_detector: Any) -> None:
    for sizes in ((85, 184), (95, 176)):
        model = sized_model((320, 160, 160, sizes[0], 0.8), (640, 320, 320, sizes[1], 0.8))
        detector = make_detector(model, passes=(640, 320), large_face=90.0, preprocess=Preprocess(multiple=32))
        assert len(detector.find(np.zeros((640, 640, 3), np.uint8))) == 1
    for only in ((320, 160, 160, 80, 0.8), (640, 320, 320, 190, 0.8)):
        detector = make_detector(
            sized_model(only), passes=(640, 320), large_face=90.0, preprocess=Preprocess(multiple=32)
        )
        assert len(detector.find(np.zeros((640, 640, 3), np.uint8))) == 1


def test_small_pictures_get_only_the_passes_that_help(make_detector: Any) -> None:
    detector = make_detector(passes=(640, 320), large_face=90.0, preprocess=Preprocess(multiple=32))

    def sides(longest: int) -> list[int]:
        detector.session.feeds.clear()
        detector.find(np.zeros((longest // 2, longest, 3), np.uint8))
        return sorted(feeds["image"].shape[3] for feeds in detector.session.feeds)

    assert sides(1280) == [320, 640]
    assert sides(250) == [320, 640]
    assert sides(120) == [320]
    assert sides(10) == [320]


@pytest.mark.parametrize(
    ("upright", "lying", "turned"),
    [
        (0.8, 200, True),  # 0.78, below the card's score: looks further, finds 0.98
        (0.8, 215, False),  # 0.84: sure enough
        (0.92, 215, True),
        (0.92, 247, False),  # 0.97
        (0.6, 140, True),  # 0.55 to 0.98: clearly better
        (0.1, 24, True),
        (0.95, 240, False),  # 0.94 to 0.98: no card makes so little a reason to turn
        (0.9, 228, True),  # 0.89 to 0.98: more than half of the doubt of 0.1
        (0.5, 126, False),  # 0.49 to 0.73 would be better by less than half of the doubt of 0.5
    ],
)
def test_from_the_cards_score_on_a_face_stands_as_it_was_found(
    make_detector: Any, upright: float, lying: int, turned: bool
) -> None:
    best = 187 if upright == 0.5 else 250

    def model(feeds: dict[str, Any]) -> list[np.ndarray]:
        """Sees the bright cell better where the mark stands at the left upper corner."""
        seen = feeds["image"].copy()
        if seen[0, :, :16, :16].mean() < 0.9:
            seen *= lying / best
        seen[..., :32, :32] = 0  # the mark is no face
        return blob_model({"image": seen})

    frame = frame_with((6, 3, best), width=320, height=160)
    frame[:16, :16] = 255
    detector = make_detector(model, nms_iou=0.1, upright=upright, thresholds=Thresholds(detect=0.05))
    faces = detector.find(np.ascontiguousarray(cv2.rotate(frame, cv2.ROTATE_90_CLOCKWISE)), turned=True)
    assert faces.scores[0] == pytest.approx((best if turned else lying) / 255, abs=0.01)


@pytest.mark.parametrize("way", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_turned_faces_are_mapped_back(make_detector: Any, way: int) -> None:
    def upright_only(feeds: dict[str, Any]) -> list[np.ndarray]:
        marked = feeds["image"].copy()
        # the mark must stand at the left upper corner for this model to see anything
        if marked[0, :, :16, :16].mean() < 0.9:
            marked[:] = 0
        return blob_model({"image": marked})

    upright = frame_with((6, 3, 250), width=320, height=160)
    upright[:16, :16] = 255
    detector = make_detector(upright_only, nms_iou=0.1)
    expected = detector.find(upright)
    assert len(expected) == 1
    turned = np.ascontiguousarray(cv2.rotate(upright, way))
    assert len(detector.find(turned)) == 0
    faces = detector.find(turned, turned=True)
    assert len(faces) == 1
    x1, y1, x2, y2 = faces.boxes[0].round().astype(int)
    assert turned[(y1 + y2) // 2, (x1 + x2) // 2].mean() > 200
    assert {x2 - x1, y2 - y1} == {96}
    # the landmarks keep their meaning: turned the same way, they are the upright ones
    height, width = upright.shape[:2]
    x, y = expected.landmarks[0].T
    places = {
        cv2.ROTATE_90_CLOCKWISE: (height - y, x),
        cv2.ROTATE_180: (width - x, height - y),
        cv2.ROTATE_90_COUNTERCLOCKWISE: (y, width - x),
    }
    assert np.allclose(faces.landmarks[0], np.stack(places[way], 1), atol=1e-3)


@pytest.mark.parametrize(("glance", "looks"), [(0.7, 1), (0.8, 2)])
def test_a_turn_that_is_dim_at_a_glance_gets_no_full_look(make_detector: Any, glance: float, looks: int) -> None:
    def model(feeds: dict[str, Any]) -> list[np.ndarray]:
        """One face of the same place in the picture: 0.85 where the mark is at the left upper corner."""
        images = feeds["image"]
        side = max(images.shape[2:])
        outputs = dict(zip(PARTS, blob_model({"image": np.zeros_like(images)}), strict=True))
        for row, image in enumerate(images):
            score = 0.85 if image[:, :8, :8].mean() > 0.5 else glance
            outputs["cls_8"][row, 90] = outputs["obj_8"][row, 90] = score
            outputs["bbox_8"][row, 90] = (0.5, 0.5, *[np.log(side / 80)] * 2)
        return [outputs[name] for name in PARTS]

    rules = Preprocess(multiple=32, scale=1 / 255)
    detector = make_detector(model, passes=(640, 320), large_face=90.0, preprocess=rules, upright=0.91)
    frame = np.zeros((320, 640, 3), np.uint8)
    frame[:32, :32] = 255
    faces = detector.find(frame, turned=True)
    assert faces.scores[0] == pytest.approx(0.85)
    assert sum(max(feeds["image"].shape[2:]) == 640 for feeds in detector.session.feeds) == looks


def test_paddle_inputs_are_told_their_meaning(make_detector: Any) -> None:
    three = (Port("im_shape", (None, 2), "float32"), IMAGE, Port("scale_factor", (None, 2), "float32"))

    def graph(feeds: dict[str, Any]) -> list[np.ndarray]:
        count = len(feeds["image"])
        rows = [[0, 0.9, 10 * n, 0, 10 * n + 8, 8] for n in range(1, count + 1)]
        return [np.array(rows, np.float32), np.ones(count, np.int32)]

    rules = Preprocess(resize="stretch", size=(64, 32))
    detector = make_detector(graph, three, ("b", "n"), preprocess=rules, decoder="paddle_boxes")
    found = detector.find_many([np.zeros((128, 96, 3), np.uint8), np.zeros((32, 64, 3), np.uint8)])
    feeds = detector.session.feeds[0]
    assert feeds["im_shape"].tolist() == [[64, 32], [64, 32]]
    assert np.allclose(feeds["scale_factor"], [[0.5, 1 / 3], [2, 0.5]])
    assert [faces.boxes.tolist() for faces in found] == [[[10, 0, 18, 8]], [[20, 0, 28, 8]]]
    assert found[0].landmarks is None
    renamed = (IMAGE, Port("x1", (None, 2), "float32"))
    detector = make_detector(
        graph, renamed, ("b", "n"), preprocess=rules, decoder="paddle_boxes", inputs=("scale_factor",)
    )
    detector.find(np.zeros((128, 96, 3), np.uint8))
    assert np.allclose(detector.session.feeds[0]["x1"], [[0.5, 1 / 3]])


def test_what_a_card_does_not_tell_is_refused(make_detector: Any) -> None:
    with pytest.raises(ModelProblem, match="decoder 'ssd'"):
        make_detector(decoder="ssd")
    with pytest.raises(ModelProblem, match="meaning its card does not tell: mystery"):
        make_detector(ports=(IMAGE, Port("mystery", (None, 2), "float32")))


def test_a_model_of_one_input_size_gets_that_size(make_detector: Any) -> None:
    detector = make_detector(ports=(Port("image", (None, 3, 192, 256), "float32"),), passes=(640, 320))
    faces = detector.find(frame_with((4, 4, 250), (5, 4, 250), (4, 5, 250), (5, 5, 250), width=512, height=320))
    assert detector.session.feeds[0]["image"].shape == (1, 3, 192, 256)
    assert detector.longest_side == 256
    assert len(faces) == 1


def test_longest_side(make_detector: Any) -> None:
    assert make_detector().longest_side == 320
    assert make_detector(passes=(960, 320)).longest_side == 960
    assert make_detector(preprocess=Preprocess(resize="native")).longest_side is None


def plausible(faces: Faces) -> bool:
    """Eyes above nose above mouth, left left of right, all inside the box."""
    assert faces.landmarks is not None
    (x1, y1, x2, y2), points = faces.boxes[0], faces.landmarks[0]
    inside = (points > (x1, y1)).all() and (points < (x2, y2)).all()
    left, right, nose, mouth_left, mouth_right = points
    ordered = left[0] < nose[0] < right[0] and max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])
    return bool(inside and ordered and mouth_left[0] < mouth_right[0])


def test_a_real_portrait_is_found(detector: Detector, portrait: np.ndarray) -> None:
    faces = detector.find(portrait)
    assert np.abs(faces.boxes[0] - (177, 61, 271, 180)).max() < 20
    assert faces.scores[0] > 0.7
    assert plausible(faces)


@pytest.mark.parametrize("size", [140, 300, 900, 1500])
def test_a_real_portrait_is_found_at_any_size(detector: Detector, portrait: np.ndarray, size: int) -> None:
    faces = detector.find(cv2.resize(portrait, (size, size), interpolation=cv2.INTER_AREA))
    found = faces.boxes[0] * 512 / size
    assert np.abs(found - (177, 61, 271, 180)).max() < 25


@pytest.mark.parametrize("way", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_a_real_portrait_lying_on_a_side_gives_the_same_crop(
    detector: Detector, portrait: np.ndarray, way: int
) -> None:
    upright = detector.find(portrait)
    turned = np.ascontiguousarray(cv2.rotate(portrait[:300, 60:390], way))
    faces = detector.find(turned, turned=True)
    expected = crop_faces(portrait, upright[:1], STANDARD)[0]
    # upside down it would differ by 75; the landmarks move a little with the size of the picture
    assert np.abs(crop_faces(turned, faces[:1], STANDARD)[0].astype(int) - expected).mean() < 30


def test_no_face_is_found_where_none_is(detector: Detector) -> None:
    for value in (0, 128, 255):
        assert len(detector.find(np.full((200, 300, 3), value, np.uint8), turned=True)) == 0
    assert len(detector.find(np.zeros((1, 1, 3), np.uint8))) == 0
    assert len(detector.find(np.zeros((3, 2000, 3), np.uint8))) == 0


def test_the_faces_of_group_photos_are_found(detector: Detector, shared_data: Path) -> None:
    import csv

    from core.photos import open_photo

    with (shared_data / "photos" / "group_faces.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = 0
    for name in sorted({row["file"] for row in rows}):
        boxes = detector.find(open_photo(shared_data / "photos" / name).decode()).boxes
        for row in (row for row in rows if row["file"] == name):
            middle = (float(row["x1"]) + float(row["x2"])) / 2, (float(row["y1"]) + float(row["y2"])) / 2
            found += bool(((boxes[:, :2] < middle) & (boxes[:, 2:] > middle)).all(1).any())
    assert found >= 0.97 * len(rows)


PADDLE_MODELS = ["BlazeFace", "BlazeFace-FPN-SSH", "PP-YOLOE_plus-S_face", "PicoDet_LCNet_x2_5_face"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PADDLE_MODELS)
def test_paddlex_detectors_give_what_paddlex_gave(shared_data: Path, name: str) -> None:
    pytest.importorskip("paddle")
    from core.engines import open_session
    from core.models.folder import read_folder
    from core.photos import open_photo

    root = shared_data / "paddlex"
    files = {"paddle": ("inference.json", "inference.pdiparams")}
    card = read_folder(root / "models" / name / "inference.yml", files=files)
    detector = Detector(card, open_session(card, engine="paddle", threads=1))
    for file in sorted((root / "reference" / "detect" / name).glob("*.json")):
        expected = json.loads(file.read_text(encoding="utf-8"))
        faces = detector.find(open_photo(root / expected["input_path"]).decode())
        boxes = [each["coordinate"] for each in expected["boxes"]]
        assert np.allclose(faces.boxes, boxes, atol=1e-2)
        assert np.allclose(faces.scores, [each["score"] for each in expected["boxes"]], atol=1e-4)
    detector.session.close()
