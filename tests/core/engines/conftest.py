"""Models for the engines' tests: the built-in pair, a tiny Paddle model made here, and third-party ones if present."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.engines import availability
from core.paths import resources_folder

CHECKOUT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("FACEFOLIO_TEST_DATA", CHECKOUT.parent / "shared" / "data"))
_IR = DATA / "models/openvino_ir/face-reidentification-retail-0095/FP16/face-reidentification-retail-0095"


@dataclass(frozen=True)
class Form:
    """One network as one engine opens it; `reference` is the ONNX file whose numbers it must give."""

    network: str
    engine: str
    files: tuple[Path, ...]
    shape: tuple[int, ...]  # of one picture
    reference: Path


def _forms(network: str, shape: tuple[int, ...], onnx: Path, *others: tuple[str, tuple[Path, ...]]) -> list[Form]:
    forms = [("onnxruntime", (onnx,)), ("openvino", (onnx,)), *others]
    return [Form(network, engine, files, shape, onnx) for engine, files in forms]


def _paddle(folder: Path) -> tuple[str, tuple[Path, ...]]:
    return "paddle", (folder / "inference.json", folder / "inference.pdiparams")


BUILT_IN, FOREIGN = resources_folder() / "models", DATA / "models"
FORMS = [
    *_forms("detector", (3, 320, 320), BUILT_IN / "face_detector.onnx"),
    *_forms("feature", (3, 112, 112), BUILT_IN / "face_feature.onnx"),
    *_forms(
        "face_reid_0095",
        (3, 128, 128),
        FOREIGN / "face_reid_0095.onnx",
        ("openvino", (_IR.with_suffix(".xml"), _IR.with_suffix(".bin"))),
        _paddle(FOREIGN / "paddle_face_reid_0095"),
    ),
    *_forms("yunet_n", (3, 320, 320), FOREIGN / "yunet_n_dynamic.onnx", _paddle(FOREIGN / "paddle_yunet")),
]


@pytest.fixture(params=FORMS, ids=lambda form: f"{form.engine}-{form.network}{form.files[0].suffix}")
def form(request: pytest.FixtureRequest) -> Form:
    """Every engine with every network it has files for."""
    chosen: Form = request.param
    need_engine(chosen.engine)
    for file in (*chosen.files, chosen.reference):
        if not file.is_file():
            pytest.skip(f"{file.name} is not among the test data")
    return chosen


def need_engine(engine: str) -> None:
    reason = availability()[engine]
    if reason:
        pytest.skip(str(reason))


_MAKE = """
import os, sys, warnings
os.environ["FLAGS_enable_pir_api"] = sys.argv[2]
warnings.simplefilter("ignore")
import paddle
class Net(paddle.nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv = paddle.nn.Conv2D(3, 4, 3, stride=2, padding=1)
        self.head = paddle.nn.Linear(4, 8)
    def forward(self, x):
        x = paddle.nn.functional.leaky_relu(self.conv(x), 0.1)
        return self.head(x.mean([2, 3]))
paddle.seed(1)
net = Net()
net.eval()
spec = [paddle.static.InputSpec([None, 3, None, None], "float32", name="x")]
paddle.jit.save(net, sys.argv[1] + "/inference", input_spec=spec)
sample = (paddle.arange(2 * 3 * 16 * 20, dtype="float32") / 1000).reshape([2, 3, 16, 20])
import numpy
numpy.save(sys.argv[1] + "/expected.npy", net(sample).numpy())
"""


@pytest.fixture(scope="session")
def tiny_paddle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Paddle model of conv, leaky_relu and linear, and expected.npy: its answer to arange / 1000."""
    return _made(tmp_path_factory.mktemp("tiny_paddle"), new=True)


@pytest.fixture(scope="session")
def old_paddle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network saved as inference.pdmodel, the format before Paddle 3."""
    return _made(tmp_path_factory.mktemp("old_paddle"), new=False)


def _made(folder: Path, *, new: bool) -> Path:
    need_engine("paddle")
    script = folder / "make.py"  # Paddle reads the source of what it saves
    script.write_text(_MAKE, encoding="utf-8")
    subprocess.run(
        [sys.executable, str(script), str(folder), str(int(new))], check=True, capture_output=True, timeout=200
    )
    return folder


@pytest.fixture(scope="session")
def engines_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home shared by tests, so that a model tried once in a child process is not tried again."""
    return tmp_path_factory.mktemp("engines_home")
