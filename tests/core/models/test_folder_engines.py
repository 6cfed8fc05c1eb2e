"""PaddleX model folders with inference.onnx: every engine that reads ONNX runs them as their inference.yml says."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from core.engines import availability, open_session
from core.errors import Problem
from core.models.cards import Card
from core.models.store import ModelStore
from core.opencv import cv2
from core.paths import resources_folder
from core.types import Faces, Pixels
from core.vision.align import crop_faces
from core.vision.detector import Detector
from core.vision.feature import FeatureExtractor

ENGINES = ["onnxruntime", "openvino"]
FLOAT, INT32, INT64 = 1, 6, 7
NORMALIZE = {"type": "NormalizeImage", "mean": [0.1, 0.2, 0.3], "std": [0.5, 0.25, 0.125], "is_scale": True}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if availability()[request.param]:
        pytest.skip(str(availability()[request.param]))
    return str(request.param)


@pytest.fixture
def photo() -> Pixels:
    return cv2.blur(np.random.default_rng(3).integers(0, 256, (90, 160, 3), np.uint8), (9, 9)).astype(np.uint8)


# --- the least of ONNX's format: a detector that answers with the mean of what it sees


def field(number: int, value: bytes | str | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def port(name: str, kind: int, sides: tuple[int | str, ...]) -> bytes:
    shape = b"".join(field(1, field(1, side) if isinstance(side, int) else field(2, side)) for side in sides)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


def constant(name: str, values: list[float] | list[int], sides: tuple[int, ...], kind: int) -> bytes:
    raw = struct.pack(f"<{len(values)}{'f' if kind == FLOAT else 'q'}", *values)
    return b"".join(field(1, side) for side in sides) + field(2, kind) + field(8, name) + field(9, raw)


def node(kind: str, inputs: str, output: str, **attributes: int | list[int]) -> bytes:
    found = b"".join(field(1, name) for name in inputs.split()) + field(2, output) + field(4, kind)
    for name, value in attributes.items():
        whole = isinstance(value, int)
        content = field(3, value) if isinstance(value, int) else b"".join(field(8, one) for one in value)
        found += field(5, field(1, name) + content + field(20, 2 if whole else 7))
    return found


def detector_network(*, shape: bool) -> bytes:
    """One row (0, mean, box / scale) a picture; with `shape` the box is the picture's size in the network, doubled."""
    nodes = [
        node("ReduceMean", "image", "means", axes=[1, 2, 3], keepdims=0),
        node("Unsqueeze", "means column", "mean"),
        node("Mul", "mean zero", "class"),
        node("Gather", "scale_factor turned", "scales", axis=1),
        node("Div", "corners scales", "box"),
        node("Concat", "class mean box", "rows", axis=1),
        node("Mul", "means zero", "none"),
        node("Add", "none one", "ones"),
        node("Cast", "ones", "counts", to=INT32),
    ]
    inputs = [port("image", FLOAT, ("n", 3, "h", "w")), port("scale_factor", FLOAT, ("n", 2))]
    constants = [
        constant("column", [1], (1,), INT64),
        constant("zero", [0.0], (1,), FLOAT),
        constant("one", [1.0], (1,), FLOAT),
        constant("turned", [1, 0, 1, 0], (4,), INT64),
        constant("corners", [8.0, 4.0, 24.0, 20.0], (1, 4), FLOAT),
    ]
    if shape:
        inputs.insert(0, port("im_shape", FLOAT, ("n", 2)))
        constants.append(constant("half", [0.0, 0.0, 0.5, 0.5], (1, 4), FLOAT))
        nodes[4:5] = [
            node("Gather", "im_shape turned", "sides", axis=1),
            node("Mul", "sides half", "middle"),
            node("Div", "middle scales", "box"),
        ]
    outputs = [port("rows", FLOAT, ("k", 6)), port("counts", INT32, ("n",))]
    graph = b"".join(field(1, one) for one in nodes) + field(2, "graph")
    graph += b"".join(field(5, one) for one in constants)
    graph += b"".join(field(11, one) for one in inputs) + b"".join(field(12, one) for one in outputs)
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def folder(tmp_path: Path, name: str, steps: list[dict[str, Any]], *, shape: bool = False) -> Path:
    place = tmp_path / f"{name}_infer"
    place.mkdir()
    values = {"Global": {"model_name": name}, "draw_threshold": 0.0, "Preprocess": steps, "label_list": ["face"]}
    (place / "inference.yml").write_text(yaml.safe_dump(values))
    (place / "inference.onnx").write_bytes(detector_network(shape=shape))
    return place


def found_by(card: Card, engine: str, photo: Pixels) -> Faces:
    session = open_session(card, engine=engine, device="cpu", threads=1)
    try:
        return Detector(card, session).find_many([photo, photo], threshold=-100)[1]
    finally:
        session.close()


def seen(photo: Pixels, size: tuple[int, int] | None) -> np.ndarray:
    """What the network is to see, by the rules of inference.yml alone: (h, w, 3)."""
    small = photo if size is None else cv2.resize(photo, size[::-1], interpolation=cv2.INTER_CUBIC)
    return (small[..., ::-1] / 255 - NORMALIZE["mean"]) / NORMALIZE["std"]


@pytest.mark.parametrize(
    ("resize", "size"),
    [
        ({"target_size": [32, 64], "keep_ratio": False, "interp": 2}, (32, 64)),
        ({"target_size": [64, 48], "keep_ratio": True, "interp": 2}, (36, 64)),
    ],
    ids=["stretched", "ratio kept"],
)
def test_detector_with_scale_factor(tmp_path, engine, photo, resize, size):
    steps = [{"type": "Resize", **resize}, NORMALIZE, {"type": "Permute"}]
    store = ModelStore(tmp_path / "models")
    card = store.add(folder(tmp_path, "PP-YOLOE_plus-S_face", steps))
    assert (card.inputs, list(card.files)) == (("scale_factor",), ["onnxruntime"])
    assert (card.folder / "inference.yml").is_file()
    assert not [one for one in store.check(card.name) if isinstance(one, Problem)]
    faces = found_by(card, engine, photo)
    assert faces.scores == pytest.approx(seen(photo, size).mean(), abs=1e-4)
    scale_y, scale_x = size[0] / 90, size[1] / 160
    wanted = np.array([8 / scale_x, 4 / scale_y, 24 / scale_x, 20 / scale_y])
    assert np.allclose(faces.boxes, wanted, atol=1e-3)


def test_detector_that_takes_the_picture_as_it_is(tmp_path, engine, photo):
    steps = [NORMALIZE, {"type": "Permute"}]
    card = ModelStore(tmp_path / "models").add(folder(tmp_path, "BlazeFace-FPN-SSH", steps, shape=True))
    assert (card.inputs, card.preprocess.resize) == (("im_shape", "scale_factor"), "native")
    faces = found_by(card, engine, photo)
    assert faces.scores == pytest.approx(seen(photo, None).mean(), abs=1e-4)
    assert np.allclose(faces.boxes, [0, 0, 80, 45], atol=1e-3)


def test_padding_is_seen_and_not_counted(tmp_path, engine, photo):
    steps = [
        {"type": "Resize", "target_size": [64, 64], "keep_ratio": True, "interp": 2},
        NORMALIZE,
        {"type": "Permute"},
        {"type": "PadStride", "stride": 32},
    ]
    card = ModelStore(tmp_path / "models").add(folder(tmp_path, "PicoDet_LCNet_x2_5_face", steps, shape=True))
    faces = found_by(card, engine, photo)
    inner = seen(photo, (36, 64))
    assert faces.scores == pytest.approx(inner.sum() / (3 * 64 * 64), abs=1e-4)
    assert np.allclose(faces.boxes, [0, 0, 80, 45], atol=1e-3)


def test_feature_folder(tmp_path, engine, photo):
    place = tmp_path / "MobileFaceNet_infer"
    place.mkdir()
    shutil.copyfile(resources_folder() / "models" / "face_feature.onnx", place / "inference.onnx")
    steps = [
        {"ResizeImage": {"size": 112, "interpolation": "bilinear", "backend": "cv2"}},
        {"NormalizeImage": {"scale": 0.25, "mean": [1.0, 2.0, 3.0], "std": [4.0, 5.0, 6.0], "order": "hwc"}},
        {"ToCHWImage": None},
    ]
    values = {"Global": {"model_name": "MobileFaceNet"}, "PreProcess": {"transform_ops": steps}}
    (place / "inference.yml").write_text(yaml.safe_dump(values))
    card = ModelStore(tmp_path / "models").add(place)
    assert (card.length, card.alignment.kind) == (256, "stretch")
    session = open_session(card, engine=engine, device="cpu", threads=1)
    whole = Faces(np.array([[0, 0, 160, 90]], np.float32), np.ones(1, np.float32))
    found = FeatureExtractor(card, session).features(crop_faces(photo, whole, card.alignment))
    small = cv2.resize(photo, (112, 112), interpolation=cv2.INTER_LINEAR)[..., ::-1]
    tensor = ((small * 0.25 - [1, 2, 3]) / [4, 5, 6]).transpose(2, 0, 1)[None].astype(np.float32)
    wanted = session.run({session.inputs[0].name: tensor})[0]
    session.close()
    assert np.allclose(found, wanted / np.linalg.norm(wanted), atol=1e-5)
