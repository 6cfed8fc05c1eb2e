"""A PaddleX model folder as a card: its inference.yml says how pictures are prepared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import ModelProblem, Text, phrase
from core.models.card_fields import Fault, boolean, choice, number, several, text, whole
from core.models.card_file import model_name, refused
from core.models.cards import Alignment, Card, Preprocess, Thresholds
from core.models.yaml_file import read_yaml

Operation = tuple[str, dict[str, Any], str]  # kind, arguments, field in the file
_INTERPOLATIONS = ("nearest", "linear", "cubic", "area", "lanczos")  # by OpenCV's number
# PaddleX decides by name which models also take the picture's size.
_TAKES_SHAPE = ("BlazeFace", "DETR", "DINO", "RCNN", "YOLOv3", "CenterNet", "PP-DocLayout")
_FRACTION = re.compile(r"\s*([0-9.]+)\s*/\s*([0-9.]+)\s*")
_BYTE = 1 / 255


def read_folder(path: Path, *, files: dict[str, tuple[str, ...]]) -> Card:
    """The card of the model described by `path` (an inference.yml) whose files per engine are `files`.

    Raises ModelProblem naming the file and the field or the operations that are not known. The feature's length is 0:
    the file does not tell it.
    """
    values = read_yaml(path, aliases=True)
    try:
        return _card(values, path, files)
    except Fault as fault:
        raise refused(path, fault) from fault


def _card(values: Any, path: Path, files: dict[str, tuple[str, ...]]) -> Card:
    if not isinstance(values, dict):
        raise Fault(Text("the file"), "a mapping of fields", values)
    name = model_name(_inside(values, "Global").get("model_name"), "Global.model_name")
    card = Card(name, "detect", files, {}, path.parent, origin=phrase("a PaddleX model folder"))
    if "Preprocess" in values:
        return _detector(card, values, path)
    if "PreProcess" in values:
        return _feature(card, values, path)
    raise Fault("Preprocess", "given (for a detector), or PreProcess (for a face feature)", None)


def _detector(card: Card, values: dict[str, Any], path: Path) -> Card:
    steps = {
        "Resize": _resize,
        "Pad": _pad,
        "NormalizeImage": _normalize,
        "Permute": _keep,
        "PadStride": _pad_stride,
    }
    start = Preprocess(resize="native", order="RGB")
    return replace(
        card,
        preprocess=_prepared(start, list(_detector_operations(values["Preprocess"])), steps, path),
        decoder="paddle_boxes",
        inputs=("im_shape", "scale_factor") if any(part in card.name for part in _TAKES_SHAPE) else ("scale_factor",),
        thresholds=Thresholds(detect=number(0, 1)(values.get("draw_threshold", 0.5), "draw_threshold")),
    )


def _feature(card: Card, values: dict[str, Any], path: Path) -> Card:
    steps = {"ResizeImage": _resize_image, "NormalizeImage": _normalize, "ToCHWImage": _keep}
    operations = list(_feature_operations(_inside(values, "PreProcess").get("transform_ops")))
    after = values.get("PostProcess")
    if after is not None and (not isinstance(after, dict) or set(after) - {"NormalizeFeatures"}):
        raise Fault("PostProcess", "NormalizeFeatures alone", after)
    prepared = _prepared(Preprocess(resize="native", order="RGB"), operations, steps, path)
    if prepared.size is None or prepared.size[0] != prepared.size[1]:
        raise Fault("PreProcess.transform_ops", "a list with one ResizeImage to a square", prepared.size)
    return replace(
        card, task="feature", preprocess=prepared, alignment=Alignment(kind="stretch", size=prepared.size[0])
    )


def _prepared(
    start: Preprocess,
    operations: list[Operation],
    steps: Mapping[str, Callable[[Preprocess, dict[str, Any], str], Preprocess]],
    path: Path,
) -> Preprocess:
    unknown = [kind for kind, _, _ in operations if kind not in steps]
    if unknown:
        raise ModelProblem(
            "{path} prepares pictures by steps that are not known here: {unknown}.",
            "Nothing was added. Known are: {known}.",
            path=path,
            unknown=", ".join(unknown),
            known=", ".join(steps),
        )
    order = [list(steps).index(kind) for kind, _, _ in operations]
    if order != sorted(set(order)):
        kinds = [kind for kind, _, _ in operations]
        raise Fault(
            Text("the list of steps"), Text("in the order {steps}, each once", {"steps": ", ".join(steps)}), kinds
        )
    for kind, arguments, field in operations:
        start = steps[kind](start, arguments, field)
    return start


def _detector_operations(value: Any) -> Iterator[Operation]:
    for index, item in enumerate(_items(value, "Preprocess")):
        field = f"Preprocess[{index}]"
        kind = text(60)(item.get("type"), f"{field}.type")
        yield kind, {name: one for name, one in item.items() if name != "type"}, field


def _feature_operations(value: Any) -> Iterator[Operation]:
    for index, item in enumerate(_items(value, "PreProcess.transform_ops")):
        field = f"PreProcess.transform_ops[{index}]"
        if len(item) != 1:
            raise Fault(field, "one step", item)
        kind, arguments = next(iter(item.items()))
        if arguments is not None and not isinstance(arguments, dict):
            raise Fault(f"{field}.{kind}", "a mapping of arguments", arguments)
        yield text(60)(kind, field), arguments or {}, f"{field}.{kind}"


def _items(value: Any, field: str) -> tuple[dict[str, Any], ...]:
    def mapping(item: Any, where: str) -> dict[str, Any]:
        if not isinstance(item, dict):
            raise Fault(where, "a mapping", item)
        return item

    return several(mapping, least=1)(value, field)


def _inside(values: dict[str, Any], field: str) -> dict[str, Any]:
    inside = values.get(field)
    if not isinstance(inside, dict):
        raise Fault(field, "a mapping", inside)
    return inside


def _size(value: Any, field: str) -> tuple[int, int]:
    """Two sides, or one for both."""
    side = whole(1, 8192)
    if isinstance(value, int):
        return side(value, field), side(value, field)
    first, second = several(side, least=2, most=2)(value, field)
    return first, second


def _resize(before: Preprocess, arguments: dict[str, Any], field: str) -> Preprocess:
    _known(arguments, field, "target_size", "keep_ratio", "interp")
    height, width = _size(arguments.get("target_size"), f"{field}.target_size")
    kept = boolean(arguments.get("keep_ratio", False), f"{field}.keep_ratio")
    way: Any = _INTERPOLATIONS[whole(0, 4)(arguments.get("interp", 2), f"{field}.interp")]
    return replace(before, resize="ratio" if kept else "stretch", size=(height, width), interpolation=way)


def _resize_image(before: Preprocess, arguments: dict[str, Any], field: str) -> Preprocess:
    # PaddleX ignores the interpolation that is written there and takes the linear one.
    _known(arguments, field, "size", "return_numpy", "interpolation", "backend")
    width, height = _size(arguments.get("size"), f"{field}.size")
    return replace(before, resize="stretch", size=(height, width), interpolation="linear")


def _normalize(before: Preprocess, arguments: dict[str, Any], field: str) -> Preprocess:
    _known(arguments, field, "mean", "std", "is_scale", "norm_type", "scale", "order", "channel_num")
    choice("none", "mean_std")(arguments.get("norm_type", "none"), f"{field}.norm_type")
    triple = several(number(-1e6, 1e6), least=3, most=3)
    mean = triple(arguments.get("mean", [0.485, 0.456, 0.406]), f"{field}.mean")
    std = triple(arguments.get("std", [0.229, 0.224, 0.225]), f"{field}.std")
    if 0 in std:
        raise Fault(f"{field}.std", "three numbers other than 0", list(std))
    scaled = boolean(arguments.get("is_scale", True), f"{field}.is_scale")
    scale = _scale(arguments.get("scale"), f"{field}.scale") if "scale" in arguments else _BYTE if scaled else 1.0
    (m0, m1, m2), (s0, s1, s2) = mean, std
    return replace(before, scale=scale, mean=(m0, m1, m2), std=(s0, s1, s2))


def _pad(before: Preprocess, arguments: dict[str, Any], field: str) -> Preprocess:
    """Up to a size, right and below, before the pixels are normalized."""
    _known(arguments, field, "size", "fill_value")
    fill = several(number(-1e6, 1e6), least=3, most=3)(arguments.get("fill_value", [127.5] * 3), f"{field}.fill_value")
    return replace(before, canvas=_size(arguments.get("size"), f"{field}.size"), fill=(fill[0], fill[1], fill[2]))


def _pad_stride(before: Preprocess, arguments: dict[str, Any], field: str) -> Preprocess:
    """Up to multiples of the stride, with zeros of the finished tensor: a pixel that normalizes to 0."""
    _known(arguments, field, "stride")
    stride = whole(0, 512)(arguments.get("stride", 32), f"{field}.stride")
    if stride > 1 and before.canvas:
        raise Fault(field, "left out, since the pictures are padded by Pad already", arguments)
    if stride <= 1:
        return before
    zero = tuple(mean / before.scale for mean in before.mean)
    return replace(before, multiple=stride, fill=(zero[0], zero[1], zero[2]))


def _keep(before: Preprocess, arguments: dict[str, Any], field: str) -> Preprocess:
    if arguments:
        raise Fault(field, "without arguments", arguments)
    return before


def _scale(value: Any, field: str) -> float:
    """A number, or a fraction as text ("1.0/255.0")."""
    found = _FRACTION.fullmatch(value) if isinstance(value, str) else None
    if found:
        try:
            value = float(found[1]) / float(found[2])
        except (ValueError, ZeroDivisionError) as error:
            raise Fault(field, "a number or a fraction", value) from error
    return number(1e-9, 1e9)(value, field)


def _known(arguments: dict[str, Any], field: str, *names: str) -> None:
    for name, value in arguments.items():
        if name not in names:
            known = Text("one of the known arguments ({known})", {"known": ", ".join(names)})
            raise Fault(f"{field}.{name}", known, value)
