"""The smallest parts of the codec ``oobleck``: weight-normalised convolutions and the snake.

Every layer says which of its inputs an interval of its outputs depends on, so that a part of a
signal can be computed alone. Shapes: B batch, C channels, T steps along time, K kernel size.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

Interval = tuple[int, int]
"""Steps from the first up to, and without, the second."""


class Local(nn.Module):
    """A layer whose outputs depend on inputs near them.

    Attributes:
        rate: output steps from one input step to the next.
    """

    rate: int = 1

    def length(self, inputs: int) -> int:
        """Return the number of outputs for a number of inputs."""
        return inputs

    def needs(self, outputs: Interval) -> Interval:
        """Return the inputs that outputs depend on; may reach over the ends of the signal."""
        return outputs


class Snake(Local):
    """A periodic activation: x + sin²(αx) / β, with α and β kept as logarithms per channel.

    Source: Ziyin et al. 2020, "Neural Networks Fail to Learn Periodic Functions", with the
    amplitude of its own of Lee et al. 2022, "BigVGAN".
    """

    def __init__(self, channels: int) -> None:
        """Start with α = β = 1."""
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, T) activated."""
        frequency = self.alpha.exp()[:, None]
        amplitude = (1 / (self.beta.exp() + 1e-9))[:, None]
        # In place, for one copy of the largest signals instead of four.
        return (x * frequency).sin_().square_().mul_(amplitude).add_(x)


class WeightNorm(Local):
    """What both convolutions share: filters g · v / ‖v‖, the norm over all but the first axis.

    Frozen filters are multiplied out once. Filters that may be trained are multiplied out in
    every call: gradients reach g and v, and no change can be missed.

    Source: Salimans & Kingma 2016, "Weight Normalization", eq. 2.
    """

    bias: nn.Parameter | None

    def __init__(self, shape: tuple[int, int, int], bias: int, gain: float) -> None:
        """Draw directions from torch's global generator.

        Args:
            shape: of v; (out, in, K), or (in, out, K) if transposed.
            bias: number of output channels; 0 for no bias.
            gain: initial norm of every filter.
        """
        super().__init__()
        self.register_parameter("bias", nn.Parameter(torch.zeros(bias)) if bias else None)
        self.weight_g = nn.Parameter(torch.full((shape[0], 1, 1), gain))
        self.weight_v = nn.Parameter(torch.empty(shape))
        nn.init.kaiming_uniform_(self.weight_v, a=math.sqrt(5))
        self._folded: tuple[list[tuple[int, int]], Tensor] | None = None

    def filters(self) -> Tensor:
        """Return the filters, shaped like v."""
        if self.weight_g.requires_grad or self.weight_v.requires_grad:
            self._folded = None
            return self._fold()
        # A tensor's version counts what was written into it, by loading for example.
        state = [(t.data_ptr(), t._version) for t in (self.weight_g, self.weight_v)]
        if self._folded is None or self._folded[0] != state:
            with torch.inference_mode(False):  # usable in calls that record gradients too
                self._folded = (state, self._fold())
        return self._folded[1]

    def _fold(self) -> Tensor:
        norm = torch.linalg.vector_norm(self.weight_v, dim=(1, 2), keepdim=True)
        return self.weight_v * (self.weight_g / norm)


class Conv(WeightNorm):
    """A convolution of an odd kernel that keeps the length: zeros are added at both ends."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        dilation: int = 1,
        bias: bool = True,
        gain: float = 1.0,
    ) -> None:
        """Draw filters of norm ``gain``: white noise comes out at that many times its level."""
        super().__init__((outputs, inputs, kernel), outputs * bias, gain)
        self.dilation = dilation
        self.reach = dilation * (kernel - 1) // 2

    def needs(self, outputs: Interval) -> Interval:
        """Return the inputs within half a dilated kernel."""
        return outputs[0] - self.reach, outputs[1] + self.reach

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C_out, T) from (B, C_in, T)."""
        return functional.conv1d(
            x, self.filters(), self.bias, padding=self.reach, dilation=self.dilation
        )


class DownConv(WeightNorm):
    """Divides the length by the stride s: kernel 2s, ⌈s/2⌉ zeros added at both ends."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        """Draw filters that keep the level of white noise."""
        super().__init__((outputs, inputs, 2 * stride), outputs, gain=1.0)
        self.stride = stride
        self.padding = math.ceil(stride / 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C_out, T / s) from (B, C_in, T); an even stride drops what remains of T."""
        return functional.conv1d(x, self.filters(), self.bias, self.stride, self.padding)


class UpConv(WeightNorm):
    """Multiplies the length by the stride s: transposed, kernel 2s, ⌈s/2⌉ steps cut off both ends.

    With an even stride the length becomes exactly T · s; with an odd one the last step is missing.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        """Draw filters that keep the level of white noise: every output sums 2 · C_in taps."""
        gain = math.sqrt(outputs * stride / inputs)
        super().__init__((inputs, outputs, 2 * stride), outputs, gain)
        self.rate = stride
        self.padding = math.ceil(stride / 2)

    def length(self, inputs: int) -> int:
        """Return (T + 1) · s less what is cut off."""
        return (inputs + 1) * self.rate - 2 * self.padding

    def needs(self, outputs: Interval) -> Interval:
        """Return the inputs whose kernels, 2s long, touch the outputs."""
        first, last = outputs[0] + self.padding, outputs[1] - 1 + self.padding
        return first // self.rate - 1, last // self.rate + 1

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C_out, length) from (B, C_in, T)."""
        return functional.conv_transpose1d(x, self.filters(), self.bias, self.rate, self.padding)
