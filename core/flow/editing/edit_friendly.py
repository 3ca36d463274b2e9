"""Edit-friendly inversion (ZETA's idea) for a rectified flow: a noise map for every step.

The recording is noised at each time of the grid with noise of its own, and the map of a step is
what the flow would have had to draw to get from one noised copy to the next. Applied under another
text, the maps keep what the recording is and the text changes what it says.

Maps have more than unit variance, and neighbours are correlated: they must not be normalised.
Shapes: B batch, C channels, T frames, N steps, R rows = K · B.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..rectified_flow import interpolate
from ..solvers import Velocity
from .editor import OnStep
from .grid import check_finite, times

ROWS_TOGETHER = 16
"""Noised copies in one call of the network while inverting, since none depends on another."""


@dataclass(frozen=True)
class NoiseMaps:
    """An inverted recording: one serves any number of target texts.

    Attributes:
        grid: t_s = t_0 > … > t_N = 0.
        start: (B, C, T) the noised copy at t_s.
        maps: (N, B, C, T), the last of them a remainder, not a noise; zero if it is not kept.
    """

    grid: Sequence[float]
    start: Tensor
    maps: Tensor


def posterior_variance(t: float, s: float) -> float:
    """Return the variance of z_s given z_t and z_0: (t² − a² s²) s² / t², a = (1 − t) / (1 − s).

    Args:
        t: in (0, 1].
        s: in [0, t); the variance is 0 at s = 0.
    """
    a = (1 - t) / (1 - s)
    return max((t * t - a * a * s * s) * s * s / (t * t), 0.0)


def step_mean(z_t: Tensor, v: Tensor, t: float, s: float) -> Tensor:
    """Return μ = (1 − s) ẑ_0 + sqrt(s² − var) ẑ_1, where the flow expects z_s, (R, C, T)."""
    data, noise = z_t - t * v, z_t + (1 - t) * v
    return (1 - s) * data + math.sqrt(max(s * s - posterior_variance(t, s), 0.0)) * noise


def invert(
    velocity: Velocity,
    z_0: Tensor,
    draw: Callable[[], Tensor],
    grid: Sequence[float],
    *,
    keep_last: bool = True,
    rows_together: int = ROWS_TOGETHER,
) -> NoiseMaps:
    """Return the noise maps of recordings.

    Args:
        velocity: of the recording's description; takes R rows, see `FlowHandle.velocity`.
        z_0: (B, C, T) latents of the recordings.
        draw: draws standard normal noise (B, C, T); called once for each time but the last, in
            the order of the grid, because the copies are noised independently of one another.
        grid: t_s = t_0 > … > t_N = 0.
        keep_last: keep what remains at t = 0, without which a recording does not come back; the
            published code of ZETA leaves it out.
        rows_together: rows in one call of the network; what does not change the maps.

    Raises:
        SamplingError: if a map is not finite.

    Source: Huberman-Spiegelglas et al. 2024, "An Edit Friendly DDPM Noise Space", algorithm 1;
    Manor & Michaeli 2024 (ZETA).
    """
    batch, count = len(z_0), len(grid) - 1
    path = [interpolate(z_0, draw(), times(z_0, t)) for t in grid[:-1]] + [z_0]
    together = max(1, rows_together // batch)
    maps = []
    for first in range(0, count, together):
        chunk = range(first, min(first + together, count))
        z = torch.cat([path[i] for i in chunk])
        t = torch.cat([times(z_0, grid[i]) for i in chunk])
        velocities = velocity(z, t).split(batch)
        for i, v in zip(chunk, velocities, strict=True):
            left = path[i + 1] - step_mean(path[i], v, grid[i], grid[i + 1])
            check_finite(left, "The inversion", i + 1, count, grid[i])
            is_last = i == count - 1
            scale = 1.0 if is_last else math.sqrt(posterior_variance(grid[i], grid[i + 1]))
            maps.append(left / scale if keep_last or not is_last else torch.zeros_like(left))
    return NoiseMaps(tuple(grid), path[0], torch.stack(maps))


def apply(velocity: Velocity, inverted: NoiseMaps, on_step: OnStep | None = None) -> Tensor:
    """Return data (B, C, T) made from noise maps under a description.

    Args:
        velocity: of the target's description, guided or not.
        inverted: what `invert` gave.
        on_step: called after every step with its number, from 1, and the t it reached.

    Raises:
        SamplingError: if a step yields a non-finite value.
    """
    grid, z = inverted.grid, inverted.start
    count = len(grid) - 1
    for i in range(count):
        t, s = grid[i], grid[i + 1]
        scale = 1.0 if i == count - 1 else math.sqrt(posterior_variance(t, s))
        z = step_mean(z, velocity(z, times(z, t)), t, s) + scale * inverted.maps[i]
        check_finite(z, "Edit-friendly editing", i + 1, count, t)
        if on_step is not None:
            on_step(i + 1, s)
    return z
