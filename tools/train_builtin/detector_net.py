"""The detector: a network of parts, each of which makes one map that the teacher has, too.

The units are not the teacher's: theirs are one pointwise and one depthwise convolution, and at a quarter of the
picture's size there are no dense ones.
"""

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from maps import Maps
from networks import ConvBN

WIDTH = 64


class Unit(nn.Module):
    """Depthwise 3x3, pointwise, depthwise 3x3; beside a shortcut unless it is the first of a part."""

    def __init__(self, inputs: int = WIDTH, outputs: int = WIDTH, first: bool = False) -> None:
        super().__init__()
        self.spread = ConvBN(inputs, inputs, 3, act=False, groups=inputs)
        self.mix = ConvBN(inputs, outputs, 1, act=False)
        self.gather = ConvBN(outputs, outputs, 3, act=False, groups=outputs)
        self.first = first

    def forward(self, x: Tensor) -> Tensor:
        y = self.gather(self.mix(self.spread(x)))
        return F.relu(y if self.first else x + y)


def units(count: int) -> list[nn.Module]:
    return [Unit(first=row == 0) for row in range(count)]


class DetectorNet(nn.Module):
    """(n, 3, h, w) -> for each stride 8, 16, 32: (n, cells, 16) = cls and obj logits, box 4, landmarks 10.

    `counts`: units of the parts stem, fine, middle, coarse, join16, join8 and of the three heads.
    """

    def __init__(self, counts: tuple[int, ...] = (1, 3, 3, 5, 1, 1, 1, 1, 2)) -> None:
        super().__init__()
        stem, fine, middle, coarse, join16, join8, *heads = (units(count) for count in counts)
        # Depthwise at half the picture's size would cost most; what is wide there is one convolution.
        gather = ConvBN(16, 16, 3, groups=16)
        self.first = nn.Sequential(ConvBN(3, 32, 3, 2), ConvBN(32, 16, 1, act=False), gather, nn.MaxPool2d(2))
        self.stem = nn.Sequential(Unit(16, 32, first=True), Unit(32, 32), Unit(32, 32), ConvBN(32, WIDTH, 3, 2), *stem)
        self.fine = nn.Sequential(*fine)
        self.middle = nn.Sequential(nn.MaxPool2d(2), *middle)
        self.coarse = nn.Sequential(nn.MaxPool2d(2), *coarse)
        self.join16, self.join8 = nn.Sequential(*join16), nn.Sequential(*join8)
        self.heads = nn.ModuleList(nn.Sequential(*head) for head in heads)
        self.out = nn.ModuleList(nn.Sequential(nn.Conv2d(WIDTH, 16, 1), nn.Conv2d(16, 16, 3, padding=1)) for _ in heads)
        for out in self.out:
            out[1].bias.data[:2] = -2.0  # faces are rare: start with low scores

    def maps(self, x: Tensor, given: Maps | None = None) -> Maps:
        """Each part's map; every part looks at the maps before it, or at `given` ones, the teacher's."""
        made: Maps = {}
        seen = made if given is None else given
        made["first"] = self.first(x)
        made["stem"] = self.stem(seen["first"])
        made["fine"] = self.fine(seen["stem"])
        made["middle"] = self.middle(seen["fine"])
        made["coarse"] = self.coarse(seen["middle"])
        made["join16"] = self.join16(seen["middle"] + enlarged(seen["coarse"]))
        made["join8"] = self.join8(seen["fine"] + enlarged(seen["join16"]))
        for stride, head in zip(("8", "16", "32"), self.heads, strict=True):
            made["head" + stride] = head(seen[{"8": "join8", "16": "join16", "32": "coarse"}[stride]])
        return made

    def described(self, maps: Maps) -> list[Tensor]:
        """The last maps -> (n, cells, 16) for each stride."""
        levels = [maps["head" + stride] for stride in ("8", "16", "32")]
        return [out(level).permute(0, 2, 3, 1).flatten(1, 2) for level, out in zip(levels, self.out, strict=True)]

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.described(self.maps(x))


def enlarged(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def load_grown(net: DetectorNet, state: Maps) -> None:
    """Takes over a network with as many units or fewer: new ones, which have a shortcut, change nothing at first."""
    for module in net.modules():
        if isinstance(module, Unit) and not module.first:
            nn.init.zeros_(module.gather.bn.weight)
    net.load_state_dict({**net.state_dict(), **state})
