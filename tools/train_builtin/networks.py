"""The two students: residual networks of dense 3x3 convolutions, which train and run fast on a CPU."""

from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F  # noqa: N812
from onnx import numpy_helper
from torch import Tensor, nn


class ConvBN(nn.Module):
    """Convolution, batch normalization and, unless `act` is off, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, act: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
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


class DetectorNet(nn.Module):
    """(n, 3, h, w) -> for each stride 8, 16, 32: (n, cells, 16) = cls and obj logits, box 4, landmarks 10."""

    def __init__(self, channels: tuple[int, ...] = (16, 32, 48, 64, 64), head: int = 32, short: bool = False) -> None:
        super().__init__()
        c = channels
        self.stem = ConvBN(3, c[0], 3, 2)
        # A residual block here, at a quarter of the picture's size, would cost a fifth of the whole network.
        self.stage4 = ConvBN(c[0], c[1], 3, 2)
        # The second block of stage 8 costs a quarter of the network; the short one does without.
        self.stage8 = nn.Sequential(Residual(c[1], c[2], 2), *([] if short else [Residual(c[2], c[2])]))
        self.stage16 = nn.Sequential(Residual(c[2], c[3], 2), Residual(c[3], c[3]))
        self.stage32 = nn.Sequential(Residual(c[3], c[4], 2), Residual(c[4], c[4]), Residual(c[4], c[4]))
        self.lateral = nn.ModuleList([ConvBN(width, head, 1) for width in c[2:]])
        self.merge = nn.ModuleList([ConvBN(head, head, 3) for _ in c[2:]])
        self.out = nn.ModuleList([nn.Conv2d(head, 16, 1) for _ in c[2:]])
        for out in self.out:
            nn.init.normal_(out.weight, 0, 0.01)
            nn.init.zeros_(out.bias)
            out.bias.data[:2] = -2.0  # faces are rare: start with low scores

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.described(self.levels(x))

    def levels(self, x: Tensor) -> list[Tensor]:
        """The last maps of each stride: (n, head, h / stride, w / stride)."""
        fine = self.stage8(self.stage4(self.stem(x)))
        middle = self.stage16(fine)
        coarse = self.lateral[2](self.stage32(middle))
        middle = self.lateral[1](middle) + F.interpolate(coarse, scale_factor=2.0, mode="nearest")
        fine = self.lateral[0](fine) + F.interpolate(middle, scale_factor=2.0, mode="nearest")
        return [merge(level) for level, merge in zip((fine, middle, coarse), self.merge, strict=True)]

    def described(self, levels: list[Tensor]) -> list[Tensor]:
        """The last maps -> (n, cells, 16) for each stride."""
        return [out(level).permute(0, 2, 3, 1).flatten(1, 2) for level, out in zip(levels, self.out, strict=True)]


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
    return [(values[n.input[1]], values[n.input[2]]) for n in graph.node if n.op_type == "Conv"]


@torch.no_grad()
def load_folded(net: nn.Module, path: Path, batches: list[Tensor], rows: list[int | None] | None = None) -> None:
    """Takes over the weights of an exported network, whose batch normalizations were folded away.

    They are put back so that the function stays the same: each gets the mean and the variance of its convolution's
    output on `batches` as its statistics, and the scale and shift that undo them. `rows` names the file's convolution
    for each one here, None for a new one; by default they are the same.
    """
    convolutions, folded = _convolutions(net, batches[0]), _folded_weights(path)
    norms = _normalizations(net)
    for conv, row in zip(convolutions, rows or range(len(folded)), strict=True):
        bias = torch.zeros(conv.out_channels)
        if row is not None:
            conv.weight.copy_(torch.tensor(folded[row][0]))
            bias = torch.tensor(folded[row][1])
        if conv in norms:
            _make_neutral(norms[conv], bias)
        else:
            conv.bias.copy_(bias)
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
