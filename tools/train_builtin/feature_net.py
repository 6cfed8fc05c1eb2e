"""The feature model: a network of parts, each of which makes one map that the teacher has, too.

The units are of a kind that is the teacher's, too (wide, depthwise, narrow), but not the teacher's: other widths, other
activations, another stem and head.
"""

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from maps import Maps
from networks import ConvBN, Weighing
from taught import DIM

SIDE = 128  # the teacher's picture has 128 pixels: maps of equal sizes can be compared cell by cell


class Gate(nn.Module):
    """Weighs the channels by what is in the whole face."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(channels, channels // 8, 1)
        self.wide = nn.Conv2d(channels // 8, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.wide(F.relu(self.narrow(F.avg_pool2d(x, x.shape[-1])))).sigmoid()


class Unit(nn.Module):
    """Wide, 3x3 in every channel, narrow again and a gate, beside a shortcut where the size stays."""

    def __init__(self, inputs: int, wide: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.widen = ConvBN(inputs, wide, 1)
        self.spread = ConvBN(wide, wide, 3, stride, groups=wide)
        self.narrow = ConvBN(wide, outputs, 1, act=False)
        self.gate = Gate(outputs)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.gate(self.narrow(self.spread(self.widen(x))))
        return x + y if self.shortcut else y


def units(count: int, channels: int, wide: int) -> nn.Sequential:
    return nn.Sequential(*(Unit(channels, wide, channels) for _ in range(count)))


class Stem(nn.Sequential):
    """(n, 3, 128, 128) -> (n, 64, 32, 32)."""

    def __init__(self) -> None:
        spread, mix = ConvBN(32, 32, 3, act=False, groups=32), ConvBN(32, 64, 1)
        super().__init__(ConvBN(3, 32, 3, 2), spread, mix, ConvBN(64, 64, 3, 2), ConvBN(64, 64, 1, act=False), Gate(64))


class Head(nn.Sequential):
    """(n, 128, 8, 8) -> (n, 256). One kernel for each channel weighs the places of the face."""

    def __init__(self, hidden: int = 640) -> None:
        super().__init__(
            ConvBN(128, hidden, 1),
            Weighing(hidden, hidden, 8, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.Conv2d(hidden, DIM, 1, bias=False),
            nn.BatchNorm2d(DIM),
            nn.Flatten(1),
        )


class FeatureNet(nn.Module):
    """(n, 3, 112, 112) -> (n, 256)."""

    def __init__(self, fine: int = 144, coarse: int = 288) -> None:
        super().__init__()
        self.parts = nn.ModuleDict(
            {
                "stem": Stem(),
                "fine1": units(2, 64, fine),
                "fine2": units(2, 64, fine),
                "down1": Unit(64, coarse, 128, 2),
                "middle1": units(2, 128, coarse),
                "middle2": units(2, 128, coarse),
                "middle3": units(2, 128, coarse),
                "down2": Unit(128, 2 * coarse, 128, 2),
                "last": units(2, 128, coarse),
            }
        )
        self.head = Head()

    def maps(self, x: Tensor, given: Maps | None = None) -> Maps:
        """Each part's map; every part looks at the map before it, or at a `given` one, the teacher's."""
        made: Maps = {}
        x = F.interpolate(x, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
        for name, part in self.parts.items():
            made[name] = part(x)
            x = made[name] if given is None else given[name]
        return made

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.maps(x)["last"])
