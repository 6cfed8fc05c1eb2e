"""Reading and writing cards as YAML. The reader is strict: it names the file and the field that does not fit."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path, PurePosixPath
from typing import Any

from core.errors import ModelProblem, Text
from core.models.card_fields import (
    Fault,
    boolean,
    choice,
    mapping,
    number,
    optional,
    record,
    several,
    text,
    whole,
)
from core.models.cards import Alignment, Card, Download, Preprocess, Thresholds
from core.models.yaml_file import read_yaml

CARD_FILE = "card.yaml"
ENGINE_NAMES = ("onnxruntime", "openvino", "paddle")
DECODERS = ("anchor_free", "paddle_boxes")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_ADDRESS = re.compile(r"https://[!-~]{1,500}")
_HEX = re.compile(r"[0-9a-f]{64}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


def model_name(value: Any, field: str) -> str:
    """A name that is a folder on every system."""
    if not isinstance(value, str) or not _NAME.fullmatch(value) or value.endswith(".") or _RESERVED.fullmatch(value):
        raise Fault(field, "a name of at most 64 letters, digits and . _ + - that begins with a letter or digit", value)
    return value


def _file_name(value: Any, field: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 255 or value != PurePosixPath(value).name:
        raise Fault(field, "the name of a file beside the card, without folders", value)
    if value in {".", ".."} or any(sign in value for sign in '\\:*?"<>|') or not value.isprintable():
        raise Fault(field, "the name of a file beside the card, without folders", value)
    return value


def _checksum(value: Any, field: str) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise Fault(field, "a SHA-256 of 64 lower-case hex digits", value)
    return value


def _address(value: Any, field: str) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise Fault(field, "an address that begins with https://", value)
    return value


def _plain(value: Any, field: str) -> Any:
    if not isinstance(value, str | int | float | bool) or (isinstance(value, str) and len(value) > 1000):
        raise Fault(field, "a number or a short text", value)
    return value


def _divisor(value: Any, field: str) -> float:
    if number(-1e6, 1e6)(value, field) == 0:
        raise Fault(field, "a number other than 0", value)
    return float(value)


_side = whole(1, 8192)
_PREPROCESS = {
    "resize": choice("fit", "ratio", "stretch", "native"),
    "size": optional(several(_side, least=2, most=2)),
    "multiple": whole(1, 512),
    "canvas": optional(several(_side, least=2, most=2)),
    "fill": several(number(-1e6, 1e6), least=3, most=3),
    "interpolation": choice("nearest", "linear", "cubic", "area", "lanczos"),
    "order": choice("BGR", "RGB"),
    "scale": _divisor,
    "mean": several(number(-1e6, 1e6), least=3, most=3),
    "std": several(_divisor, least=3, most=3),
}
_ALIGNMENT = {
    "kind": choice("landmarks", "square", "stretch"),
    "template": several(several(number(-8192, 8192), least=2, most=2), most=5),
    "size": whole(16, 1024),
    "margin": number(0, 4),
}
_THRESHOLDS = {
    "detect": number(0, 1),
    "known": number(-1, 1),
    "unsure": number(-1, 1),
    "margin": number(0, 2),
}
_DOWNLOAD = {
    "address": _address,
    "engine": choice(*ENGINE_NAMES),
    "megabytes": number(0, 1e5),
    "sha256": _checksum,
}
_CARD = {
    "name": model_name,
    "task": choice("detect", "feature"),
    "files": mapping(choice(*ENGINE_NAMES), several(_file_name, least=1, most=8)),
    "sha256": mapping(_file_name, _checksum),
    "preprocess": record(_PREPROCESS),
    "decoder": choice("", *DECODERS),
    "passes": several(_side, most=8),
    "large_face": number(0, 8192),
    "upright": number(0, 1),
    "nms_iou": number(0, 1),
    "inputs": several(choice("im_shape", "scale_factor"), most=2),
    "length": whole(0, 16384),
    "flip": boolean,
    "alignment": record(_ALIGNMENT),
    "thresholds": record(_THRESHOLDS),
    "space": text(200),
    "licence": text(200),
    "origin": text(2000),
    "figures": mapping(text(200), _plain),
    "note": text(4000),
    "download": optional(record(_DOWNLOAD, required=("address",))),
}
_check_card = record(_CARD, required=("name", "task"))


def read_card(path: Path) -> Card:
    """A card from a YAML file; its files are looked for beside it. Raises ModelProblem naming file and field."""
    return parse_card(read_yaml(path), path, folder=path.parent)


def parse_card(values: Any, path: Path, *, folder: Path) -> Card:
    """A card from the plain values of a YAML file. Raises ModelProblem naming `path` and the field."""
    try:
        card = _card(_check_card(values, ""), folder)
        _check_whole(card)
    except Fault as fault:
        raise refused(path, fault) from fault
    return card


def refused(path: Path, fault: Fault) -> ModelProblem:
    """The problem that tells which field of which file does not fit."""
    return ModelProblem(
        "{path}: {field} must be {wanted}, not {given}.",
        "Nothing was changed; mend the file.",
        path=path,
        field=fault.field,
        wanted=fault.wanted,
        given=fault.given,
    )


def write_card(card: Card) -> str:
    """The YAML text of a card, without what is as by default. Reading it gives an equal card."""
    values = {field.name: getattr(card, field.name) for field in dataclasses.fields(Card) if field.name in _CARD}
    default = Card(card.name, card.task, {}, {}, card.folder)
    kept = {
        name: value for name, value in values.items() if name in ("task", "name") or value != getattr(default, name)
    }
    text = _dumped(kept, readable=True)
    # Line and paragraph separators among the letters would come back as spaces: written as escapes they do not.
    return text if text.replace("\n", "").isprintable() else _dumped(kept, readable=False)


def _dumped(values: dict[str, Any], *, readable: bool) -> str:
    import yaml

    text: str = yaml.safe_dump(
        _listed(values), sort_keys=False, allow_unicode=readable, width=110, default_flow_style=None
    )
    return text


def _card(values: dict[str, Any], folder: Path) -> Card:
    parts = {"preprocess": Preprocess, "alignment": Alignment, "thresholds": Thresholds}
    made: dict[str, Any] = {name: kind(**values.pop(name)) for name, kind in parts.items() if name in values}
    found = values.pop("download", None)
    made["download"] = None if found is None else Download(**found)
    files, checksums = values.pop("files", {}), values.pop("sha256", {})
    return Card(folder=folder, files=files, sha256=checksums, **made, **values)


def _check_whole(card: Card) -> None:
    """What no single field shows."""
    if card.task == "detect" and not card.decoder:
        raise Fault("decoder", Text("one of {known} for a detector", {"known": ", ".join(DECODERS)}), card.decoder)
    if card.task == "feature" and not card.length:
        raise Fault("length", "the number of values of the feature", card.length)
    if card.task == "feature" and card.alignment.kind == "landmarks" and len(card.alignment.template) != 5:
        raise Fault("alignment.template", "five points, since alignment.kind is landmarks", card.alignment.template)
    if list(card.passes) != sorted(set(card.passes), reverse=True):
        raise Fault("passes", "sides from the largest to the smallest", list(card.passes))
    if card.thresholds.unsure > card.thresholds.known:
        raise Fault("thresholds.unsure", "at most thresholds.known", card.thresholds.unsure)
    if card.preprocess.resize in ("stretch", "ratio") and card.preprocess.size is None:
        why = Text("[height, width], since preprocess.resize is {kind}", {"kind": card.preprocess.resize})
        raise Fault("preprocess.size", why, None)
    unlisted = set(card.sha256) - {name for names in card.files.values() for name in names}
    if unlisted:
        raise Fault("sha256", "checksums of the files listed under files", min(unlisted))


def _listed(value: Any) -> Any:
    """Data classes and tuples as the mappings and lists that YAML has, defaults left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        default = type(value)()
        names = [field.name for field in dataclasses.fields(value)]
        return {name: _listed(getattr(value, name)) for name in names if getattr(value, name) != getattr(default, name)}
    if isinstance(value, dict):
        return {name: _listed(item) for name, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, tuple | list) else value
