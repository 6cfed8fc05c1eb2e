"""The reference of PaddleX itself, and tiny models that need no Paddle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engines import availability
from core.paddlex import create_model, create_pipeline
from core.paddlex.pipeline import FaceRecognitionPipeline

DETECTORS = ("PP-YOLOE_plus-S_face", "PicoDet_LCNet_x2_5_face", "BlazeFace", "BlazeFace-FPN-SSH")


@pytest.fixture(scope="session")
def paddlex_data(shared_data: Path) -> Path:
    if availability()["paddle"]:
        pytest.skip(str(availability()["paddle"]))
    return shared_data / "paddlex"


@pytest.fixture(scope="session")
def same_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for models that stay open over tests, so that each is tried in a child process once."""
    return tmp_path_factory.mktemp("paddlex_home")


def configuration(root: Path, detector: str, **fields: Any) -> dict[str, Any]:
    modules = {"Detection": ("face_detection", detector), "Recognition": ("face_feature", "MobileFaceNet")}
    return {
        "pipeline_name": "face_recognition",
        "index": "None",
        "det_threshold": 0.6,
        "rec_threshold": 0.4,
        "rec_topk": 5,
        **fields,
        "SubModules": {
            part: {
                "module_name": module,
                "model_name": name,
                "model_dir": str(root / "models" / name),
                "batch_size": 1,
            }
            for part, (module, name) in modules.items()
        },
    }


@pytest.fixture(scope="session", params=DETECTORS)
def reference(request: pytest.FixtureRequest, paddlex_data: Path, same_home: Path) -> Iterator[Any]:
    """Each detector of the reference with its feature model: (name, pipeline)."""
    config = configuration(paddlex_data, request.param)
    with create_pipeline(config=config, device="cpu") as pipeline:
        _warm(pipeline, same_home)
        yield request.param, pipeline


@pytest.fixture(scope="session")
def feature_model(paddlex_data: Path, same_home: Path) -> Iterator[Any]:
    with create_model("MobileFaceNet", paddlex_data / "models" / "MobileFaceNet", engine="paddle") as model:
        _opened(lambda: list(model.predict(np.zeros((9, 9, 3), np.uint8) + 9)), same_home)
        yield model


def _warm(pipeline: FaceRecognitionPipeline, home: Path) -> None:
    picture = np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)
    _opened(lambda: pipeline.det_model.find([picture], 0.5), home)
    _opened(lambda: pipeline.rec_model.features([picture]), home)


def _opened(use: Callable[[], object], home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEFOLIO_HOME", str(home))
        use()


# ---- tiny models, written as ONNX files by hand

ROWS = [[0, 0.9, 10, 10, 50.7, 60.2], [0, 0.7, 40, 20, 90, 200], [0, 0.6, 70.2, 30.1, 70.9, 30.8]]
LENGTH = 16  # of the tiny feature
DETECTOR_YML = """Global: {model_name: PP-YOLOE_plus-S_face}
draw_threshold: 0.5
Preprocess:
- {type: Resize, target_size: [64, 64], keep_ratio: false, interp: 2}
- {type: NormalizeImage, mean: [0.0, 0.0, 0.0], std: [1.0, 1.0, 1.0], norm_type: none}
- {type: Permute}
label_list: [face]
"""
FEATURE_YML = """Global: {model_name: MobileFaceNet}
PreProcess:
  transform_ops:
  - ResizeImage: {size: [112, 112], return_numpy: false, interpolation: bilinear, backend: cv2}
  - NormalizeImage: {scale: 0.00392156862745098, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], order: hwc}
  - ToCHWImage: null
PostProcess: {NormalizeFeatures: null}
"""


def _number(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _field(place: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _number(place << 3) + _number(value)
    data = value.encode() if isinstance(value, str) else value
    return _number(place << 3 | 2) + _number(len(data)) + data


def _tensor(name: str, array: np.ndarray) -> bytes:
    kind = {"float32": 1, "int32": 6, "int64": 7}[str(array.dtype)]
    dims = b"".join(_field(1, side) for side in array.shape)
    return _field(5, dims + _field(2, kind) + _field(8, name) + _field(9, array.tobytes()))


def _port(place: int, name: str, shape: list[int | str], kind: int = 1) -> bytes:
    dims = b"".join(_field(1, _field(1 if isinstance(side, int) else 2, side)) for side in shape)
    return _field(place, _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, dims))))


def _node(kind: str, inputs: str, output: str, **attributes: int | list[int]) -> bytes:
    body = b"".join(_field(1, name) for name in inputs.split()) + _field(2, output) + _field(4, kind)
    for name, value in attributes.items():
        if isinstance(value, int):
            body += _field(5, _field(1, name) + _field(3, value) + _field(20, 2))
        else:
            body += _field(5, _field(1, name) + b"".join(_field(8, each) for each in value) + _field(20, 7))
    return _field(1, body)


def _model(*parts: bytes) -> bytes:
    return _field(1, 8) + _field(8, _field(1, "") + _field(2, 13)) + _field(7, b"".join(parts) + _field(2, "tiny"))


def tiny_detector() -> bytes:
    """Finds ROWS in every picture, whatever is on it."""
    return _model(
        _node("ReduceMean", "image", "mean", axes=[1, 2, 3], keepdims=1),
        _node("Reshape", "mean columns", "level"),
        _node("Mul", "level nothing", "zeros"),
        _node("Add", "zeros rows", "several"),
        _node("Reshape", "several six", "boxes"),
        _node("Reshape", "zeros line", "zero_line"),
        _node("Add", "zero_line three", "number"),
        _node("Cast", "number", "counts", to=6),
        _tensor("columns", np.array([-1, 1, 1], np.int64)),
        _tensor("nothing", np.zeros(1, np.float32)),
        _tensor("rows", np.array([ROWS], np.float32)),
        _tensor("six", np.array([-1, 6], np.int64)),
        _tensor("line", np.array([-1], np.int64)),
        _tensor("three", np.array([len(ROWS)], np.float32)),
        _port(11, "image", ["n", 3, "h", "w"]),
        _port(11, "scale_factor", ["n", 2]),
        _port(12, "boxes", ["m", 6]),
        _port(12, "counts", ["n"], 6),
    )


def tiny_feature() -> bytes:
    """LENGTH sums over an 8 x 8 grid of the picture."""
    weights = np.random.default_rng(3).standard_normal((192, LENGTH)).astype(np.float32)
    return _model(
        _node("AveragePool", "x", "grid", kernel_shape=[14, 14], strides=[14, 14]),
        _node("Flatten", "grid", "flat", axis=1),
        _node("MatMul", "flat weights", "feature"),
        _tensor("weights", weights),
        _port(11, "x", ["n", 3, 112, 112]),
        _port(12, "feature", ["n", LENGTH]),
    )


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the folders PP-YOLOE_plus-S_face and MobileFaceNet."""
    root = tmp_path_factory.mktemp("tiny models")
    tiny = {"PP-YOLOE_plus-S_face": (tiny_detector(), DETECTOR_YML), "MobileFaceNet": (tiny_feature(), FEATURE_YML)}
    for name, (program, text) in tiny.items():
        folder = root / "models" / name
        folder.mkdir(parents=True)
        (folder / "inference.onnx").write_bytes(program)
        (folder / "inference.yml").write_text(text, encoding="utf-8")
    return root / "models"


@pytest.fixture(scope="session")
def make_config(tiny_models: Path) -> Callable[..., dict[str, Any]]:
    """The configuration of the tiny models, some fields replaced."""
    return lambda **fields: configuration(tiny_models.parent, "PP-YOLOE_plus-S_face", **fields)


@pytest.fixture(scope="session")
def tiny(make_config: Callable[..., dict[str, Any]]) -> Iterator[FaceRecognitionPipeline]:
    with create_pipeline(config=make_config(), device="cpu") as pipeline:
        yield pipeline


def drawn(seed: int, height: int = 120, width: int = 100) -> np.ndarray:
    """(height, width, 3) uint8: colours that change slowly, different for every seed."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), np.uint8)
    return np.ascontiguousarray(np.kron(small, np.ones((height // 6, width // 5, 1), np.uint8)))


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """images/Anna/a1.png, a2.png, images/李 雷/s1.png, images/Ben/b1.png and a gallery.txt of them."""
    from PIL import Image

    root = tmp_path_factory.mktemp("pictures")
    names = ["images/Anna/a1.png", "images/Anna/a2.png", "images/李 雷/s1.png", "images/Ben/b1.png"]
    for seed, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawn(seed)).save(root / name)
    lines = [f"{name} {Path(name).parent.name}\n" for name in names]
    (root / "gallery.txt").write_text("".join(lines), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def draw() -> Callable[..., np.ndarray]:
    return drawn
