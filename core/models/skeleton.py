"""The beginning of a card for a model that nobody described: what the file shows is filled in, the rest is marked."""

from __future__ import annotations

import re
from pathlib import Path

from core.engines import Session, engines_for, open_session
from core.engines.feeds import describe
from core.models.cards import Card
from core.models.source import Source, look

_DETECTOR_OUTPUTS = {f"{part}_{stride}" for part in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)}
_NORMALIZE = """\
  order: FILL  # BGR or RGB
  scale: 1  # the tensor is (pixel * scale - mean) / std
  mean: FILL  # [127.5, 127.5, 127.5] for many models, [0, 0, 0] for raw pixels
  std: FILL  # [127.5, 127.5, 127.5] for many models, [1, 1, 1] for raw pixels
"""
_ANCHOR_FREE = """\
task: detect
decoder: anchor_free
passes: [640]
preprocess:
  resize: fit
  multiple: 32
"""
_DETECTOR = """\
task: FILL  # detect or feature
decoder: FILL  # of a detector: anchor_free or paddle_boxes; a face feature has length and alignment instead
preprocess:
  resize: FILL  # fit, ratio, stretch or native
  size: FILL  # [height, width]
"""
_FEATURE = """\
task: feature
length: {length}
alignment:
  kind: landmarks
  size: {side}
  # For 112 pixels mostly: [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
  # [70.7299, 92.2041]]; multiply by size / 112 for other sizes.
  template: FILL
thresholds: {{known: 0.42, unsure: 0.32, margin: 0.06}}  # to be measured with `facefolio evaluate`
preprocess:
  resize: stretch
  size: [{side}, {side}]
"""


def card_skeleton(path: Path) -> str:
    """The text of a card for the model at `path`; every FILL in it is to be replaced.

    Raises ModelProblem or EngineProblem when there is no model that can be opened.
    """
    return skeleton(look(path))


def skeleton(source: Source) -> str:
    """As `card_skeleton`, for files that are already found."""
    name = re.sub(r"[^A-Za-z0-9._+-]+", "-", source.path.stem).strip("-._+")[:64] or "model"
    card = Card(name, "feature", source.files, {}, source.folder)
    session = open_session(card, engine=next(iter(engines_for(card)), "auto"), device="cpu")
    try:
        return f"name: {name}\n{_ports(session)}{_task(session)}{_NORMALIZE}licence: FILL\n"
    finally:
        session.close()


def _ports(session: Session) -> str:
    ports = [("input", port) for port in session.inputs] + [("output", port) for port in session.outputs]
    return "".join(f"# {kind} {port.name}: {port.dtype} {describe(port.shape)}\n" for kind, port in ports)


def _task(session: Session) -> str:
    if {port.name for port in session.outputs} == _DETECTOR_OUTPUTS:
        return _ANCHOR_FREE
    length, side = _feature_sides(session)
    return _FEATURE.format(length=length, side=side) if length and side else _DETECTOR


def _feature_sides(session: Session) -> tuple[int, int]:
    """Length of the feature and side of the square picture; zeros when the model does not look like one."""
    pictures, features = [port.shape for port in session.inputs], [port.shape for port in session.outputs]
    if len(pictures) != 1 or len(features) != 1 or len(pictures[0]) != 4 or len(features[0]) < 2:
        return 0, 0
    height, width, length = pictures[0][2], pictures[0][3], features[0][1]
    alone = all(side == 1 for side in features[0][2:])
    return (length, height) if height and height == width and length and alone else (0, 0)
