"""Noise maps of a clip from every step on: inverted once, applied at any strength and text.

Shapes: S steps, B batch, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ....core.errors import ConfigError
from ....core.flow.editing import edit_friendly
from ....core.flow.editing.edit_friendly import NoiseMaps
from ....core.flow.editing.editor import FlowHandle
from ....core.flow.editing.grid import times
from ....core.flow.rectified_flow import interpolate


@dataclass(frozen=True, eq=False)
class Mapped:
    """A clip that was inverted from the strongest setting on.

    Attributes:
        maps: noise maps (S, B, D, T).
        path: the noised copies (B, D, T) at the time of every step.
    """

    maps: NoiseMaps
    path: Sequence[Tensor]

    def last(self, steps: int) -> NoiseMaps:
        """Return what begins so many steps before data.

        Raises:
            ConfigError: for more steps than were inverted.
        """
        first = len(self.path) - steps
        if not 0 <= first < len(self.path):
            raise ConfigError(f"{steps} steps are beyond the strongest setting, {len(self.path)}.")
        return NoiseMaps(self.maps.grid[first:], self.path[first], self.maps.maps[first:])


def mapped(flow: FlowHandle, grid: Sequence[float], *, scale: float, keep_last: bool) -> Mapped:
    """Return the noise maps of the clips that a flow is bound to, under their own description.

    Args:
        flow: the model.
        grid: t_s = t_0 > … > t_N = 0.
        scale: of the guidance of that description.
        keep_last: see `edit_friendly.invert`.

    Raises:
        RequestError, SamplingError: if the clip does not fit, or a step is not finite.
    """
    drawn: list[Tensor] = []

    def draw() -> Tensor:
        drawn.append(flow.noise())
        return drawn[-1]

    with torch.no_grad():
        z_0 = flow.encode()
        with flow.integrating():
            velocity = flow.velocity("source", scale)
            maps = edit_friendly.invert(velocity, z_0, draw, grid, keep_last=keep_last)
    path = [interpolate(z_0, e, times(z_0, t)) for e, t in zip(drawn, grid[:-1], strict=True)]
    return Mapped(maps, path)


def repeated(maps: NoiseMaps, texts: int) -> NoiseMaps:
    """Return the maps of one clip for a batch of several texts."""
    start = maps.start.repeat(texts, 1, 1)
    return NoiseMaps(maps.grid, start, maps.maps.repeat(1, texts, 1, 1))


def applied(flow: FlowHandle, maps: NoiseMaps) -> list[Tensor]:
    """Return the clips (C, N) that maps become under the descriptions of a flow, in one batch.

    Raises:
        SamplingError: if a step is not finite.
    """
    with torch.no_grad():
        with flow.integrating():
            z = edit_friendly.apply(flow.velocity("target", flow.guidance_scale), maps)
        return list(flow.decode(z))
