"""A model that predicts v over the cosine schedule, as a rectified flow sees it.

Such a model knows x_φ = cos φ x_0 + sin φ ε and predicts v = cos φ ε − sin φ x_0, φ = s π/2. Of
z_t = (1 − t) x_0 + t ε it is the same mixture but for its length: where tan φ = t / (1 − t), x_φ is
z_t / r with r = sqrt((1 − t)² + t²). So what the model takes for data and for noise is known at
every t, and their difference is the velocity. Nothing is approximated.

Shapes: R rows, then whatever latents have.

Source: Salimans & Ho 2022, "Progressive Distillation", appendix D (v).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..solvers import Velocity

PredictV = Callable[[Tensor, Tensor], Tensor]
"""Takes x_φ (R, …) and s (R,) in 0 … 1, and returns v̂ (R, …)."""


def flow_velocity(predict: PredictV) -> Velocity:
    """Return the velocity ε̂ − x̂_0 of a model that predicts v.

    Args:
        predict: the model under one description, guided or not.

    Returns:
        A velocity that takes z (R, …) and t (R,) in 0 … 1.
    """

    def velocity(z: Tensor, t: Tensor) -> Tensor:
        rows = (-1, *[1] * (z.ndim - 1))
        cos, sin = (part.to(z).view(rows) for part in (1 - t, t))
        length = torch.sqrt(cos**2 + sin**2)
        cos, sin = cos / length, sin / length
        x = z / length
        v = predict(x, torch.atan2(t, 1 - t) * (2 / math.pi))
        data, noise = cos * x - sin * v, sin * x + cos * v
        return noise - data

    return velocity
