"""Writes a trained network as ONNX: batch normalizations folded, dynamic batch (and picture size), opset 13.

Weights are stored as float16 and widened when the file is loaded: half the size, the same speed and, but for the fourth
digit of a weight, the same outputs.

python export.py feature|detector STATE.pt OUT.onnx
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from detection import OUTPUT_NAMES
from detector_net import DetectorNet
from feature_net import FeatureNet
from taught import DIM

OPSET = 13  # old enough for the engines in use, new enough for every operator here


class SplitOutputs(nn.Module):
    """The detector with its twelve named outputs, scores as probabilities."""

    def __init__(self, net: DetectorNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        levels = self.net(x)
        cls = [torch.sigmoid(level[..., :1]) for level in levels]
        obj = [torch.sigmoid(level[..., 1:2]) for level in levels]
        return (*cls, *obj, *(level[..., 2:6] for level in levels), *(level[..., 6:] for level in levels))


def simplify_reshapes(model: onnx.ModelProto, channels: int = 16) -> None:
    """Gives the cells' flattening a constant shape instead of one that is computed: simpler for every engine."""
    graph = model.graph
    graph.initializer.append(numpy_helper.from_array(np.array([0, -1, channels], np.int64), "cells_shape"))
    for node in graph.node:
        if node.op_type == "Reshape":
            node.input[1] = "cells_shape"
    needed = {output.name for output in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    unused = [item for item in graph.initializer if item.name not in needed]
    for item in unused:
        graph.initializer.remove(item)


def store_half(model: onnx.ModelProto, least: int = 1024) -> None:
    """Stores the large float32 weights as float16, each with a node that widens it: engines do so once, on loading."""
    graph, widening = model.graph, []
    for item in graph.initializer:
        values = numpy_helper.to_array(item)
        if values.dtype == np.float32 and values.size >= least:
            name = item.name
            item.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
            widening.append(onnx.helper.make_node("Cast", [item.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*widening, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def export_feature(net: FeatureNet, out: Path) -> None:
    axes = {"image": {0: "n"}, "feature": {0: "n"}}
    write(net, torch.zeros(1, 3, 112, 112), out, ["feature"], axes)


def export_detector(net: DetectorNet, out: Path) -> None:
    axes = {"image": {0: "n", 2: "h", 3: "w"}, **{name: {0: "n", 1: "cells"} for name in OUTPUT_NAMES}}
    write(SplitOutputs(net), torch.zeros(1, 3, 320, 320), out, OUTPUT_NAMES, axes)


def write(net: nn.Module, sample: Tensor, out: Path, names: list[str], axes: dict[str, dict[int, str]]) -> None:
    net = net.eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(
        net,
        (sample,),
        str(out),
        input_names=["image"],
        output_names=names,
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(str(out))
    if names == OUTPUT_NAMES:
        simplify_reshapes(model)
    else:
        model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = DIM  # the exporter loses it
    store_half(model)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(out))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["feature", "detector"])
    parser.add_argument("state", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    net = FeatureNet() if options.kind == "feature" else DetectorNet()
    net.load_state_dict(torch.load(options.state))
    (export_feature if options.kind == "feature" else export_detector)(net, options.out)
    print(options.out.stat().st_size, hashlib.sha256(options.out.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
