"""Edit-friendly inversion for models that predict noise over discrete steps (ZETA as published).

x_t = √ā_t x_0 + √(1 − ā_t) ε. From x_t the model expects x_s = √ā_s x̂_0 + √(1 − ā_s − var) ε̂, with
the posterior's variance var; what differs from the noised recording is the map of that step. It is
`core.flow.editing.edit_friendly` over another schedule.

Shapes: B batch, R rows = K · B, then whatever latents have.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

PredictNoise = Callable[[Tensor, Tensor], Tensor]
"""Takes x (R, …) and timesteps (R,), and returns ε̂ (R, …)."""


@dataclass(frozen=True)
class Point:
    """A time of the schedule.

    Attributes:
        timestep: as the network is told; 0 for data, which it is never told.
        alpha_bar: ā; 1 for data.
    """

    timestep: int
    alpha_bar: float


@dataclass(frozen=True)
class NoiseMaps:
    """An inverted recording; one serves any number of texts, from any of its points on.

    Attributes:
        points: from the noisiest to data.
        path: noised copies (B, …), one for each point but data.
        maps: (B, …) one for each step, the last a remainder and not a noise.
    """

    points: Sequence[Point]
    path: Sequence[Tensor]
    maps: Sequence[Tensor]

    def last(self, steps: int) -> NoiseMaps:
        """Return what begins so many steps before data."""
        first = len(self.maps) - steps
        return NoiseMaps(self.points[first:], self.path[first:], self.maps[first:])


def schedule(alphas_cumprod: Tensor, steps: int) -> list[Point]:
    """Return ``steps`` evenly spaced points from noise, and data.

    Args:
        alphas_cumprod: (M,) ā of every timestep of training.
        steps: how many to take.

    Raises:
        ValueError: for more steps than there are timesteps, or none.
    """
    trained = len(alphas_cumprod)
    if not 0 < steps <= trained:
        raise ValueError(f"Got {steps} steps; expected 1…{trained}.")
    apart, offset = trained // steps, int(steps < trained)
    chosen = [k * apart + offset for k in reversed(range(steps))]
    return [*(Point(t, float(alphas_cumprod[t])) for t in chosen), Point(0, 1.0)]


def variance(at: Point, to: Point) -> float:
    """Return the variance of x_s given x_t and x_0; 0 at data."""
    return (1 - to.alpha_bar) / (1 - at.alpha_bar) * (1 - at.alpha_bar / to.alpha_bar)


def step_mean(x: Tensor, noise: Tensor, at: Point, to: Point) -> Tensor:
    """Return where the model expects x_s, given x_t and its ε̂."""
    data = (x - math.sqrt(1 - at.alpha_bar) * noise) / math.sqrt(at.alpha_bar)
    left = max(1 - to.alpha_bar - variance(at, to), 0.0)
    return math.sqrt(to.alpha_bar) * data + math.sqrt(left) * noise


def invert(
    predict: PredictNoise,
    x_0: Tensor,
    draw: Callable[[], Tensor],
    points: Sequence[Point],
    *,
    keep_last: bool = True,
    together: int = 8,
) -> NoiseMaps:
    """Return the noise maps of recordings.

    Args:
        predict: ε̂ under the recording's description, guided or not.
        x_0: (B, …) latents.
        draw: draws standard normal noise like ``x_0``, anew for each point: the copies are noised
            independently of one another.
        points: from the noisiest to data.
        keep_last: keep what remains at the last step, without which no recording comes back; the
            published code leaves it out.
        together: points in one call of the network, since none depends on another.

    Source: Huberman-Spiegelglas et al. 2024, algorithm 1; Manor & Michaeli 2024.
    """
    path = [math.sqrt(p.alpha_bar) * x_0 + math.sqrt(1 - p.alpha_bar) * draw() for p in points[:-1]]
    ends = [*path[1:], x_0]
    maps = []
    for first in range(0, len(path), together):
        chunk = range(first, min(first + together, len(path)))
        rows = torch.cat([path[i] for i in chunk])
        noises = predict(rows, _timesteps([points[i] for i in chunk], len(x_0), x_0))
        for i, noise in zip(chunk, noises.split(len(x_0)), strict=True):
            left = ends[i] - step_mean(path[i], noise, points[i], points[i + 1])
            maps.append(left / _scale(points[i], points[i + 1]))
    if not keep_last:
        maps[-1] = torch.zeros_like(maps[-1])
    return NoiseMaps(points, path, maps)


def apply(predict: PredictNoise, inverted: NoiseMaps) -> Tensor:
    """Return latents (B, …) made from noise maps under another description."""
    x = inverted.path[0]
    for i, noise_map in enumerate(inverted.maps):
        at, to = inverted.points[i], inverted.points[i + 1]
        noise = predict(x, _timesteps([at], len(x), x))
        x = step_mean(x, noise, at, to) + _scale(at, to) * noise_map
    return x


def _scale(at: Point, to: Point) -> float:
    found = variance(at, to)
    return math.sqrt(found) if found > 0 else 1.0


def _timesteps(points: Sequence[Point], batch: int, like: Tensor) -> Tensor:
    told = torch.tensor([p.timestep for p in points], device=like.device)
    return told.repeat_interleave(batch)
