"""The card of a model: everything the program knows about it. Nothing else may depend on a particular model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Task = Literal["detect", "feature"]


@dataclass(frozen=True)
class Preprocess:
    """How pixels become the input tensor: resize, channel order, then (pixel * scale - mean) / std, NCHW float32."""

    # fit keeps the ratio; ratio keeps it as PaddleX does: the picture may lie either way in `size`; both pad right and
    # below
    resize: Literal["fit", "ratio", "stretch", "native"] = "fit"
    size: tuple[int, int] | None = None  # (height, width); for "fit" a square side is the longer side's length
    multiple: int = 1  # height and width of the tensor are padded up to a multiple of it
    interpolation: Literal["nearest", "linear", "cubic", "area", "lanczos"] = "linear"
    order: Literal["BGR", "RGB"] = "BGR"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # in the order of the channels as the model takes them
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    canvas: tuple[int, int] | None = None  # (height, width) to which the tensor is padded at least
    fill: tuple[float, float, float] = (0.0, 0.0, 0.0)  # pixel to pad with, in the order the model takes


@dataclass(frozen=True)
class Alignment:
    """How a face becomes the picture that a feature model takes.

    landmarks: a similarity transform moves the five landmarks onto `template`;
    square: the box, widened by `margin` of its longer side and made square, for detectors without landmarks;
    stretch: the box alone, ratio not kept (as PaddleX does).
    """

    kind: Literal["landmarks", "square", "stretch"] = "landmarks"
    template: tuple[tuple[float, float], ...] = ()  # five points in pixels of a `size` x `size` crop
    size: int = 112
    margin: float = 0.0


@dataclass(frozen=True)
class Thresholds:
    """Recommended limits, from the measurements that stand in the card's figures."""

    detect: float = 0.5  # score from which a detection counts
    known: float = 0.4  # cosine from which an identity counts as known
    unsure: float = 0.3  # cosine from which an identity is proposed
    margin: float = 0.05  # least distance to the second identity for known


@dataclass(frozen=True)
class Download:
    """Where the archive of a model's folder can be fetched."""

    address: str = ""  # https, a .tar, .tar.gz or .zip
    engine: Literal["onnxruntime", "openvino", "paddle"] = "paddle"  # that its files are for
    megabytes: float = 0.0  # as its makers say; 0 where they do not
    sha256: str = ""  # of the archive; empty where nobody published it


@dataclass(frozen=True)
class Card:
    """The description of one model."""

    name: str
    task: Task
    files: dict[str, tuple[str, ...]]  # engine name -> files, relative to `folder`; the first is the one to open
    sha256: dict[str, str]  # file -> checksum
    folder: Path
    preprocess: Preprocess = field(default_factory=Preprocess)
    decoder: str = ""  # name in vision.decoders, for detectors
    passes: tuple[int, ...] = ()  # longer sides at which a detector looks, largest first; empty = preprocess.size
    large_face: float = 0.0  # with several passes: faces larger than this in the smallest pass are taken from there
    upright: float = 0.8  # score from which a face surely stands as found; below it turned pictures are tried
    nms_iou: float = 0.4
    inputs: tuple[str, ...] = ()  # what further inputs mean ("im_shape", "scale_factor"); empty = image alone
    length: int = 0  # of the feature
    flip: bool = False  # add the feature of the mirrored crop
    alignment: Alignment = field(default_factory=Alignment)
    thresholds: Thresholds = field(default_factory=Thresholds)
    space: str = ""  # features of models with an equal space may be compared
    licence: str = ""
    origin: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    download: Download | None = None  # of a model that is not at hand
    built_in: bool = False
