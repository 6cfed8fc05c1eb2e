"""The feature student, a residual network of dense 3x3 convolutions, and how it goes on from an earlier stage."""

from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F  # noqa: N812
from onnx import numpy_helper
from torch import Tensor, nn


class ConvBN(nn.Module):
    """Convolution, batch normalization and, unless `act` is off, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, *, act: bool = True, groups: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        return F.relu(x, inplace=True) if self.act else x


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = ConvBN(inputs, outputs, 3, stride)
        self.second = ConvBN(outputs, outputs, 3, act=False)
        plain = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if plain else ConvBN(inputs, outputs, 1, stride, act=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.second(self.first(x)) + self.shortcut(x), inplace=True)


class Apart(nn.Module):
    """How far a student's maps are from a teacher's, through a layer that only the training has."""

    def __init__(self, student: int, teacher: int) -> None:
        super().__init__()
        self.layer = nn.Conv2d(student, teacher, 1)
        self.bn = nn.BatchNorm2d(teacher, affine=False)  # the teacher's channels, as deviations

    def forward(self, student: Tensor, teacher: Tensor) -> Tensor:
        """(n, teacher, h, w) squared differences; the teacher's maps come in the student's size."""
        if teacher.shape[-2:] != student.shape[-2:]:
            teacher = F.interpolate(teacher, size=student.shape[-2:], mode="bilinear", align_corners=False)
        return (self.layer(student) - self.bn(teacher)).square()


class FeatureNet(nn.Module):
    """(n, 3, 112, 112) -> (n, 256)."""

    def __init__(
        self, channels: tuple[int, ...] = (32, 64, 128, 256), blocks: tuple[int, ...] = (1, 2, 2, 1), dim: int = 256
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [ConvBN(3, channels[0], 3, 2)]
        width = channels[0]
        for stage, (channel, count) in enumerate(zip(channels, blocks, strict=True)):
            for block in range(count):
                layers.append(Residual(width, channel, 2 if block == 0 and stage > 0 else 1))
                width = channel
        self.body = nn.Sequential(*layers)
        self.widen = ConvBN(width, 512, 1)
        # One 7x7 kernel for each channel weighs the places of the face; cheaper than a dense layer, better than a mean.
        self.pool = nn.Conv2d(512, 512, 7, groups=512, bias=False)
        self.pool_bn = nn.BatchNorm2d(512)
        self.project = nn.Conv2d(512, dim, 1, bias=False)
        self.project_bn = nn.BatchNorm2d(dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.described(self.body(x))

    def described(self, maps: Tensor) -> Tensor:
        """(n, 256, 7, 7), the body's last maps -> (n, 256)."""
        x = self.pool_bn(self.pool(self.widen(maps)))
        return self.project_bn(self.project(x)).flatten(1)


@torch.no_grad()
def load_grown(net: FeatureNet, state: dict[str, Tensor]) -> None:
    """Takes over a network with as many blocks or fewer: new blocks, the last of a stage, change nothing at first."""
    taken, old = {name: value for name, value in state.items() if not name.startswith("body.")}, 0
    for row, layer in enumerate(net.body):
        weight = state.get(f"body.{old}.second.conv.weight")
        if isinstance(layer, Residual) and (weight is None or len(weight) != layer.second.conv.out_channels):
            nn.init.zeros_(layer.second.bn.weight)
            part = layer.state_dict()
        else:
            head = f"body.{old}."
            part = {name.removeprefix(head): value for name, value in state.items() if name.startswith(head)}
            old += 1
        taken.update({f"body.{row}.{name}": value for name, value in part.items()})
    net.load_state_dict(taken)


def _convolutions(net: nn.Module, sample: Tensor) -> list[nn.Conv2d]:
    """The convolutions in the order in which they run: the order of the nodes in the exported file."""
    order: list[nn.Conv2d] = []
    hooks = [
        module.register_forward_hook(lambda conv, *_: order.append(conv))
        for module in net.modules()
        if isinstance(module, nn.Conv2d)
    ]
    with torch.no_grad():
        net.eval()(sample)
    for hook in hooks:
        hook.remove()
    return order


def _normalizations(net: nn.Module) -> dict[nn.Conv2d, nn.BatchNorm2d]:
    """The batch normalization behind each convolution: it is defined right after it."""
    pairs: dict[nn.Conv2d, nn.BatchNorm2d] = {}
    last: nn.Conv2d | None = None
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            last = module
        elif isinstance(module, nn.BatchNorm2d) and last is not None:
            pairs[last] = module
    return pairs


def _folded_weights(path: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    graph = onnx.load(str(path)).graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in values:  # weights stored as float16
            values[node.output[0]] = values[node.input[0]].astype(np.float32)
    return [(values[n.input[1]], values[n.input[2]]) for n in graph.node if n.op_type == "Conv"]


@torch.no_grad()
def load_folded(net: nn.Module, path: Path, batches: list[Tensor]) -> None:
    """Takes over the weights of an exported network, whose batch normalizations were folded away.

    They are put back so that the function stays the same: each gets the mean and the variance of its convolution's
    output on `batches` as its statistics, and the scale and shift that undo them.
    """
    convolutions, folded = _convolutions(net, batches[0]), _folded_weights(path)
    norms = _normalizations(net)
    for conv, (weight, bias) in zip(convolutions, folded, strict=True):
        conv.weight.copy_(torch.tensor(weight))
        _make_neutral(norms[conv], torch.tensor(bias))
    _restore_statistics(net, norms, batches)


def _make_neutral(norm: nn.BatchNorm2d, bias: Tensor) -> None:
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.fill_(1)
    norm.bias.copy_(bias)


def _restore_statistics(net: nn.Module, norms: dict[nn.Conv2d, nn.BatchNorm2d], batches: list[Tensor]) -> None:
    sums = {conv: [torch.zeros(conv.out_channels, dtype=torch.float64) for _ in range(2)] for conv in norms}
    counts = dict.fromkeys(norms, 0)

    def record(conv: nn.Module, _: object, output: Tensor) -> None:
        flat = output.double().transpose(0, 1).flatten(1)
        sums[conv][0] += flat.sum(1)
        sums[conv][1] += flat.square().sum(1)
        counts[conv] += flat.shape[1]

    hooks = [conv.register_forward_hook(record) for conv in norms]
    for batch in batches:
        net.eval()(batch)
    for hook in hooks:
        hook.remove()
    for conv, norm in norms.items():
        mean = sums[conv][0] / counts[conv]
        variance = sums[conv][1] / counts[conv] - mean.square()
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)
