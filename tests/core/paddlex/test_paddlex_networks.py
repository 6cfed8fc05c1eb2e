"""Networks of our own, built with paddle.nn and saved as PaddleX exports them, against what they gave when built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.engines import availability
from core.opencv import cv2
from core.paddlex import create_model, create_pipeline

# The networks run where Paddle may do as it likes; here only its files and numbers are read.
_MAKE = """
import os, sys, warnings
old = sys.argv[2] == "pdmodel"
os.environ["FLAGS_enable_pir_api"] = str(int(not old))
warnings.simplefilter("ignore")
import numpy
import paddle
from paddle.static import InputSpec

class Detector(paddle.nn.Layer):
    def __init__(self, takes_shape):
        super().__init__()
        self.takes_shape = takes_shape
        self.stem = paddle.nn.Conv2D(3, 8, 3, stride=2, padding=1)
        self.norm = paddle.nn.BatchNorm2D(8)
        self.head = paddle.nn.Conv2D(8, 5, 1)
        steps = (numpy.arange(6, dtype="float32") + 0.5) / 6
        middles = numpy.stack(numpy.meshgrid(steps, steps), -1).reshape(1, 36, 2)
        self.register_buffer("middles", paddle.to_tensor(middles))
    def forward(self, im_shape, image, scale_factor):
        x = paddle.nn.functional.hardswish(self.norm(self.stem(image)))
        x = self.head(paddle.nn.functional.adaptive_avg_pool2d(x, 6)).flatten(2).transpose([0, 2, 1])
        size = (im_shape if self.takes_shape else paddle.full_like(scale_factor, 96.0)).flip([1]).unsqueeze(1)
        middle = (self.middles + 0.2 * (paddle.nn.functional.hardsigmoid(x[:, :, :2]) - 0.5)) * size
        half = (0.08 + 0.1 * paddle.nn.functional.hardsigmoid(x[:, :, 2:4])) * size
        boxes = paddle.concat([middle - half, middle + half], -1)
        scale = scale_factor.flip([1])
        boxes = boxes / paddle.concat([scale, scale], -1).unsqueeze(1)
        scores = paddle.nn.functional.hardsigmoid(4 * x[:, :, 4:]).transpose([0, 2, 1])
        found, counts, _ = paddle.vision.ops.matrix_nms(
            boxes, scores, 0.3, 0.05, 100, 20, background_label=-1, return_index=False)
        return found, counts

class Sized(Detector):
    def __init__(self):
        super().__init__(False)
    def forward(self, image, scale_factor):
        return super().forward(None, image, scale_factor)

class Feature(paddle.nn.Layer):
    def __init__(self):
        super().__init__()
        self.body = paddle.nn.Sequential(
            paddle.nn.Conv2D(3, 8, 3, stride=4, padding=1), paddle.nn.BatchNorm2D(8), paddle.nn.PReLU(8),
            paddle.nn.Conv2D(8, 8, 3, stride=2, padding=1, groups=8), paddle.nn.AdaptiveAvgPool2D(4),
            paddle.nn.Flatten(), paddle.nn.Linear(128, 24))
    def forward(self, x):
        return self.body(x)

def lively(net):
    for layer in net.sublayers():
        if isinstance(layer, paddle.nn.BatchNorm2D):
            layer._mean.set_value(0.3 * paddle.randn(layer._mean.shape))
            layer._variance.set_value(0.5 + paddle.rand(layer._variance.shape))
    net.eval()
    return net

def spec(name, *sides):
    return InputSpec([None, *sides], "float32", name=name)

root = sys.argv[1]
paddle.seed(5)
two = spec("im_shape", 2), spec("scale_factor", 2)
free = spec("image", 3, None, None)
made = {
    "PP-YOLOE_plus-S_face": (lively(Sized()), [free, two[1]]),
    "BlazeFace": (lively(Detector(True)), [two[0], free, two[1]]),
    "MobileFaceNet": (lively(Feature()), [spec("x", 3, 112, 112)]),
}
for name, (net, inputs) in made.items():
    given = numpy.load(f"{root}/{name}.npz")
    with paddle.no_grad():
        answers = net(*(paddle.to_tensor(given[each.name]) for each in inputs))
    answers = answers if isinstance(answers, (list, tuple)) else [answers]
    numpy.savez(f"{root}/{name}.answers.npz", *(each.numpy() for each in answers))
    paddle.jit.save(net, f"{root}/{name}/inference", input_spec=inputs)
"""
_YML = {
    "PP-YOLOE_plus-S_face": """
mode: paddle
draw_threshold: 0.5
metric: WiderFace
use_dynamic_shape: false
Global: {model_name: PP-YOLOE_plus-S_face}
arch: YOLO
min_subgraph_size: 3
Preprocess:
- {type: Resize, target_size: [96, 96], keep_ratio: false, interp: 2}
- {type: NormalizeImage, mean: [0, 0, 0], std: [1, 1, 1], norm_type: none}
- {type: Permute}
label_list: [face]
""",
    "BlazeFace": """
mode: paddle
draw_threshold: 0.5
Global: {model_name: BlazeFace}
arch: Face
Preprocess:
- {type: NormalizeImage, is_scale: false, mean: [123, 117, 104], std: [127.502231, 127.502231, 127.502231]}
- {type: Permute}
label_list: [face]
""",
    "MobileFaceNet": """
Global: {model_name: MobileFaceNet}
PreProcess:
  transform_ops:
  - ResizeImage: {size: [112, 112], return_numpy: false, interpolation: bilinear, backend: cv2}
  - NormalizeImage: {scale: 0.00392156862745098, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], order: hwc}
  - ToCHWImage: null
PostProcess: {NormalizeFeatures: null}
""",
}
ENDINGS = {"json": "inference.json", "pdmodel": "inference.pdmodel"}
LEAST = 0.3  # of a box's score


@pytest.fixture(scope="module")
def photos(draw) -> list[np.ndarray]:
    return [cv2.blur(draw(seed, 180, 240), (15, 15)).astype(np.uint8) for seed in (4, 9)]


@pytest.fixture(scope="module", params=sorted(ENDINGS))
def networks(request, photos, tmp_path_factory) -> Path:
    """The folders of three models in one of Paddle's formats; beside them NAME.answers.npz, of `photos`."""
    if availability()["paddle"]:
        pytest.skip(str(availability()["paddle"]))
    root: Path = tmp_path_factory.mktemp(f"networks_{request.param}")
    for name, text in _YML.items():
        (root / name).mkdir()
        (root / name / "inference.yml").write_text(text, encoding="utf-8")
        np.savez(root / f"{name}.npz", **prepared(name, photos))
    script = root / "make.py"  # Paddle reads the source of what it saves
    script.write_text(_MAKE, encoding="utf-8")
    command = [sys.executable, str(script), str(root), request.param]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert all((root / name / ENDINGS[request.param]).is_file() for name in _YML)
    return root


@pytest.fixture(autouse=True)
def home(same_home: Path, own_home: Path, monkeypatch) -> None:
    monkeypatch.setenv("FACEFOLIO_HOME", str(same_home))


def prepared(name: str, photos: list[np.ndarray]) -> dict[str, np.ndarray]:
    """What each network is given, made here by hand as the files above say."""
    pictures = [photo[:, :, ::-1].astype(np.uint8) for photo in photos]
    if name == "MobileFaceNet":
        small = [cv2.resize(each, (112, 112), interpolation=cv2.INTER_LINEAR) for each in pictures]
        return {"x": stacked(small, 127.5, 127.5)}
    height, width = pictures[0].shape[:2]
    if name == "BlazeFace":
        shape = np.array([[height, width]] * 2, np.float32)
        return {
            "image": stacked(pictures, np.array([123, 117, 104]), 127.502231),
            "im_shape": shape,
            "scale_factor": np.ones_like(shape),
        }
    small = [cv2.resize(each, (96, 96), interpolation=cv2.INTER_CUBIC) for each in pictures]
    return {"image": stacked(small, 0, 255), "scale_factor": np.array([[96 / height, 96 / width]] * 2, np.float32)}


def stacked(pictures: list[np.ndarray], mean, std: float) -> np.ndarray:
    return np.stack([((each - mean) / std).transpose(2, 0, 1) for each in pictures]).astype(np.float32)


def expected_boxes(networks: Path, name: str, photo: np.ndarray) -> list[np.ndarray]:
    """(n, 5) for each picture: score and box of what is above LEAST, within the picture."""
    answers = np.load(networks / f"{name}.answers.npz")
    rows, counts = answers["arr_0"], answers["arr_1"]
    height, width = photo.shape[:2]
    told = []
    for part in np.split(rows, np.cumsum(counts)[:-1]):
        boxes = part[part[:, 1] > LEAST][:, 1:]
        boxes[:, 1:] = boxes[:, 1:].clip(0, [width, height, width, height])
        told.append(boxes[(boxes[:, 3] > boxes[:, 1]) & (boxes[:, 4] > boxes[:, 2])])
    return told


@pytest.mark.parametrize("name", ["PP-YOLOE_plus-S_face", "BlazeFace"])
def test_a_detector_finds_what_its_network_found(networks, photos, name):
    expected = expected_boxes(networks, name, photos[0])
    assert all(len(each) >= 2 for each in expected)  # or the test would show nothing
    with create_model(name, networks / name, device="cpu", engine="paddle") as model:
        for batch_size in (1, 2):
            results = list(model.predict(photos, batch_size=batch_size, threshold=LEAST))
            found = [[[box["score"], *box["coordinate"]] for box in result["boxes"]] for result in results]
            for here, there in zip(found, expected, strict=True):
                assert np.array(here) == pytest.approx(there, abs=1e-3)
                assert [row[0] for row in here] == pytest.approx(there[:, 0], abs=1e-5)


def test_a_feature_is_what_its_network_gave(networks, photos):
    answer = np.load(networks / "MobileFaceNet.answers.npz")["arr_0"]
    expected = answer / np.linalg.norm(answer, axis=1, keepdims=True)
    assert abs(float(expected[0] @ expected[1])) < 0.999  # two pictures, two features
    with create_model("MobileFaceNet", networks / "MobileFaceNet", device="cpu", engine="paddle") as model:
        for batch_size in (1, 2):
            found = [result["feature"] for result in model.predict(photos, batch_size=batch_size)]
            assert np.stack(found) == pytest.approx(expected, abs=1e-5)


def test_the_pipeline_runs_on_both(networks, photos):
    modules = {"Detection": ("face_detection", "BlazeFace"), "Recognition": ("face_feature", "MobileFaceNet")}
    parts = {
        part: {"module_name": module, "model_name": name, "model_dir": str(networks / name)}
        for part, (module, name) in modules.items()
    }
    config = {"pipeline_name": "face_recognition", "det_threshold": LEAST, "SubModules": parts}
    with create_pipeline(config=config, device="cpu", engine="paddle") as pipeline:
        index = pipeline.build_index(photos, ["Anna", "Ben"], index_type="Flat")
        [result] = pipeline.predict(photos[0], index=index, rec_threshold=-1.0)
        expected = expected_boxes(networks, "BlazeFace", photos[0])[0]
        x1, y1, x2, y2 = expected[0, 1:].astype(int)
        crop = np.ascontiguousarray(photos[0][y1:y2, x1:x2])
        features = np.stack([each["feature"] for each in pipeline.rec_model.predict([crop, *photos])])
        assert len(result["boxes"]) == len(expected)
        assert sorted(result["boxes"][0]["rec_scores"]) == pytest.approx(sorted(features[1:] @ features[0]), abs=1e-4)
