"""What both networks are made of."""

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


class Halving(nn.Conv2d):
    """Depthwise, 3x3, stride 2. While it learns, every place is computed and every second one used.

    PyTorch's gradient of a depthwise convolution with a stride takes several times as long on CPU. Dimensions change
    places because the gradient of a slice takes its memory layout from the slice.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        every = F.conv2d(x, self.weight, None, 1, self.padding, groups=self.groups)
        return every.permute(0, 2, 3, 1)[:, ::2, ::2].permute(0, 3, 1, 2)


class Weighing(nn.Conv2d):
    """One kernel for each channel as large as the picture, for the same reason a sum of products while it learns."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        return (x.permute(0, 2, 3, 1) * self.weight[:, 0].permute(1, 2, 0)).sum((1, 2))[:, :, None, None]


class ConvBN(nn.Module):
    """Convolution, batch normalization and, unless `act` is off, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, *, act: bool = True, groups: int = 1
    ) -> None:
        super().__init__()
        kind = Halving if stride == 2 and groups == inputs == outputs else nn.Conv2d
        self.conv = kind(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(x))
        return F.relu(x, inplace=True) if self.act else x
