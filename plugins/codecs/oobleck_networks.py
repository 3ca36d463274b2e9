"""The encoder and the decoder of the codec ``oobleck``: blocks of dilated residual units.

The names of the weights are those of the published checkpoints.
Shapes: B batch, C channels, N samples, D latent width, T frames; with even strides N is T times
their product, with odd ones the decoder makes a few samples less.

Source: Evans et al. 2024, "Stable Audio Open", section 3.1; Kumar et al. 2023, "High-Fidelity
Audio Compression with Improved RVQGAN", section 3.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import cast

from torch import Tensor, nn

from .oobleck_layers import Conv, DownConv, Interval, Local, Snake, UpConv

DILATIONS = (1, 3, 9)
RESIDUAL_GAIN = 0.2
"""Initial norm of what a residual unit adds: many in a row hardly raise the level."""


class Chain(Local):
    """Layers in a row."""

    def __init__(self, *layers: nn.Module) -> None:
        """Keep the layers."""
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return the last layer's output."""
        return self.layers(x)


class UpwardChain(Chain):
    """Layers that keep or raise the rate, of which a part of the output can be computed alone."""

    def __init__(self, *layers: Local) -> None:
        """Keep the layers, and how much they raise the rate together."""
        super().__init__(*layers)
        self.rate = math.prod(layer.rate for layer in layers)

    def length(self, inputs: int) -> int:
        """Return the number of outputs of the last layer."""
        return reduce(lambda steps, layer: layer.length(steps), self._parts(), inputs)

    def needs(self, outputs: Interval) -> Interval:
        """Return the inputs of the first layer that outputs of the last depend on."""
        return self._intervals(outputs)[0]

    def part(self, x: Tensor, outputs: Interval) -> Tensor:
        """Return some of what `forward` returns, and compute nothing that it does not need.

        Every layer gets just the steps that the next ones depend on. What it computes at a cut,
        from zeros instead of the missing neighbours, is not among them.

        Args:
            x: (B, C, T), the whole input.
            outputs: which steps to return, at least one, within 0 … `length` (T).
        """
        length, first = x.shape[-1], 0
        for layer, needed in zip(self._parts(), self._intervals(outputs), strict=False):
            start, stop = max(needed[0], 0), min(needed[1], length)
            x = layer(x[..., start - first : stop - first])
            length, first = layer.length(length), start * layer.rate
        return x[..., outputs[0] - first : outputs[1] - first]

    def _intervals(self, outputs: Interval) -> list[Interval]:
        """Return what each layer needs of its input, and at last the outputs themselves."""
        intervals = [outputs]
        for layer in reversed(self._parts()):
            intervals.insert(0, layer.needs(intervals[0]))
        return intervals

    def _parts(self) -> list[Local]:
        return cast("list[Local]", list(self.layers))


class ResidualUnit(UpwardChain):
    """x + two convolutions, the first dilated, each after a snake."""

    def __init__(self, channels: int, dilation: int) -> None:
        """Build the unit; what it adds starts small."""
        super().__init__(
            Snake(channels),
            Conv(channels, channels, 7, dilation=dilation),
            Snake(channels),
            Conv(channels, channels, 1, gain=RESIDUAL_GAIN),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, T)."""
        return self.layers(x).add_(x)


class Encoder(Chain):
    """Waveforms (B, C, N) to twice the latent's channels (B, 2 · D, T): mean, then scale."""

    def __init__(
        self, channels: int, widths: Sequence[int], strides: Sequence[int], latent_dim: int
    ) -> None:
        """Build one block per stride, from ``widths[i]`` to ``widths[i + 1]`` channels."""
        blocks = [
            Chain(*_residuals(narrow), Snake(narrow), DownConv(narrow, wide, stride))
            for (narrow, wide), stride in zip(pairwise(widths), strides, strict=True)
        ]
        super().__init__(
            Conv(channels, widths[0], 7),
            *blocks,
            Snake(widths[-1]),
            Conv(widths[-1], 2 * latent_dim, 3),
        )


class Decoder(UpwardChain):
    """Latents (B, D, T) to waveforms (B, C, N), without a limit on their level."""

    def __init__(
        self, channels: int, widths: Sequence[int], strides: Sequence[int], latent_dim: int
    ) -> None:
        """Build the encoder's blocks backwards, from the last width to the first."""
        blocks = [
            UpwardChain(Snake(wide), UpConv(wide, narrow, stride), *_residuals(narrow))
            for (narrow, wide), stride in zip(pairwise(widths), strides, strict=True)
        ]
        super().__init__(
            Conv(latent_dim, widths[-1], 7),
            *reversed(blocks),
            Snake(widths[0]),
            Conv(widths[0], channels, 7, bias=False),
        )


def _residuals(channels: int) -> list[ResidualUnit]:
    return [ResidualUnit(channels, dilation) for dilation in DILATIONS]
