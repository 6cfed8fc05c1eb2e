"""Run in a child process: strange inference.yml or pipeline files are read or refused, never more."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Problem
from core.models.card_file import read_card, write_card
from core.models.folder import read_folder

CASES = 10_000
DETECTOR = """\
draw_threshold: 0.5
Global: {model_name: BlazeFace}
Preprocess:
- {type: Resize, target_size: [64, 64], keep_ratio: false, interp: 2}
- {type: NormalizeImage, is_scale: true, mean: [1, 2, 3], std: [1.0, 1, 1], norm_type: none}
- type: Permute
label_list: [face]
"""
FEATURE = """\
Global: {model_name: MobileFaceNet}
PreProcess:
  transform_ops:
  - ResizeImage: {size: [112, 112], interpolation: bilinear}
  - NormalizeImage: {scale: 1.0/255.0, mean: &a [0.5, 0.5, 0.5], std: *a, order: hwc}
  - ToCHWImage: null
PostProcess: {NormalizeFeatures: null}
"""
PIPELINE = """\
pipeline_name: face_recognition
index: None
det_threshold: 0.6
rec_topk: 5
hpi_config: {backend: openvino}
engine_config: &e {cpu_threads: 4}
SubModules:
  Detection: {module_name: face_detection, model_name: BlazeFace, model_dir: null, batch_size: 1}
  Recognition: {module_name: face_feature, model_name: x, model_dir: "'1'", engine_config: *e}
"""
PIECES = (
    "&a *a <<: !!python/object:x !!binary !!set !!int !!float ? - : , [ ] { } ' \" | > # % @ ` \\ --- ... null ~ "
    "true None .nan .inf -.inf 1e999 0x1f 1:30 2024-01-01 -1 0 99999999999999999999 [] {} [[]] \t \0 \ufeff \u2028 李 "
    "type: Global: size: 1_0 0.5 *e &e"
).split(" ")

KINDS = ("insert", "cut", "copy", "turn", "piece", "value", "value")


def strange(text: str, seed: int) -> str:
    """`text` after some changes, each at a place and of a kind that the seed chooses."""
    chance = random.Random(seed)
    for _ in range(chance.randrange(5)):
        place, kind, number = chance.randrange(1 << 20), chance.choice(KINDS), chance.randrange(1 << 20)
        at = place % (len(text) + 1)
        end = at + number % 24
        if kind == "piece":
            text = text[:at] + PIECES[number % len(PIECES)] + text[at:]
        elif kind == "value":
            text = exchanged(text, place, PIECES[number % len(PIECES)])
        elif kind == "insert":
            text = text[:at] + "".join(chr(chance.randrange(32, 0x3000)) for _ in range(number % 8)) + text[at:]
        elif kind == "cut":
            text = text[:at] + text[end:]
        elif kind == "copy":
            text = text[:at] + text[at:end] * (number % 40) + text[at:]
        else:
            text = text[:at] + text[at:end][::-1] + text[end:]
    return text


def exchanged(text: str, place: int, piece: str) -> str:
    """Another value behind one of the colons."""
    parts = text.split(": ")
    index = 1 + place % max(len(parts) - 1, 1)
    if index < len(parts):
        rest = parts[index].lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/'\"")
        parts[index] = piece + rest
    return ": ".join(parts)


def description(path: Path) -> None:
    card = read_folder(path, files={"paddle": ("inference.json", "inference.pdiparams")})
    if card.task == "feature":
        return  # its length is not told by the file, so it is no whole card yet
    again = path.with_name("card.yaml")
    again.write_text(write_card(card), encoding="utf-8")
    assert read_card(again) == card


def pipeline(path: Path) -> None:
    from core.paddlex.config import pipeline_text, read_pipeline
    from core.paddlex.config_settings import to_settings

    config = read_pipeline(path)
    str(config.warnings)
    again = path.with_name("again.yaml")
    again.write_text(pipeline_text(config), encoding="utf-8")
    assert read_pipeline(again) == config
    to_settings(config)


def check_words(words: str) -> None:
    assert 20 < len(words) < 2000


def fuzz(bases: tuple[str, ...], read: Callable[[Path], None], folder: Path) -> int:
    path, read_well = folder / "inference.yml", 0

    @settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**40))
    def case(seed: int) -> None:
        nonlocal read_well
        path.write_text(strange(bases[seed % len(bases)], seed), encoding="utf-8")
        try:
            read(path)
            read_well += 1
        except Problem as problem:
            check_words(str(problem))

    case()
    return read_well


def limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def main(what: str) -> None:
    limit_memory()
    bases, read = ((DETECTOR, FEATURE), description) if what == "description" else ((PIPELINE,), pipeline)
    with tempfile.TemporaryDirectory() as folder:
        print(fuzz(bases, read, Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1])
