"""The inputs and outputs of a Paddle program, read from its file: a predictor does not tell shapes before it runs."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.engines.paddle_library import load
from core.engines.problems import unusable
from core.engines.session import Port
from core.errors import Text

_LIMIT = 64 << 20  # bytes of a program; the largest known ones have a few million
_DTYPES = {
    "f16": "float16", "f32": "float32", "f64": "float64", "bool": "bool", "ui8": "uint8",
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
}  # fmt: skip
_OLD_DTYPES = {0: "bool", 1: "int16", 2: "int32", 3: "int64", 4: "float16", 5: "float32", 6: "float64", 20: "uint8"}


def ports(path: Path) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """Inputs and outputs of inference.json or inference.pdmodel. Raises EngineProblem when it is neither."""
    try:
        if path.stat().st_size > _LIMIT:
            raise unusable(path, Text("it is too large for a program."), engine="Paddle")
        return _from_json(path) if path.suffix == ".json" else _from_protobuf(path)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise unusable(path, Text("it is not a Paddle program."), engine="Paddle") from error


def _from_json(path: Path) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    program = json.loads(path.read_bytes())
    if program["base_code"]["magic"] != "pir":
        raise ValueError("another kind of JSON")
    operations = list(_operations(program))
    inputs = tuple(_json_port(operation) for operation in operations if operation["#"] == "1.data")
    outputs = tuple(_json_port(operation) for operation in operations if operation["#"] == "1.fetch")
    return _both(inputs, outputs)


def _operations(program: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for block in program["program"]["regions"][0]["blocks"]:
        yield from block["ops"]


def _json_port(operation: dict[str, Any]) -> Port:
    name = next(item["AT"]["D"] for item in operation["A"] if item["N"] == "name")
    kind, shape = operation["O"][0]["TT"]["D"][:2]
    return Port(str(name), _sides(shape), _DTYPES[kind["#"].removeprefix("0.t_")])


def _from_protobuf(path: Path) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    block = _program(path).blocks[0]
    tensors = {item.name: _dense(item.type).tensor for item in block.vars}
    fed = [operation.outputs[0].arguments[0] for operation in block.ops if operation.type == "feed"]
    fetched = [operation.inputs[0].arguments[0] for operation in block.ops if operation.type == "fetch"]
    return _both(
        tuple(Port(name, _sides(tensors[name].dims), _OLD_DTYPES[tensors[name].data_type]) for name in fed),
        tuple(Port(name, _sides(tensors[name].dims), _OLD_DTYPES[tensors[name].data_type]) for name in fetched),
    )


def _dense(kind: Any) -> Any:
    return kind.dense_tensor if hasattr(kind, "dense_tensor") else kind.lod_tensor  # as it is called since 3.0, before


def _program(path: Path) -> Any:
    load()
    format_ = importlib.import_module("paddle.base.proto.framework_pb2")  # comes with Paddle, without types
    try:
        return format_.ProgramDesc.FromString(path.read_bytes())
    except Exception as error:  # the format's own DecodeError
        raise ValueError("not a program") from error


def _both(inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    if not inputs or not outputs:
        raise ValueError("no input or no output")
    return inputs, outputs


def _sides(shape: Any) -> tuple[int | None, ...]:
    return tuple(int(side) if side >= 0 else None for side in shape)
