"""SDEdit: noise a latent half-way, and let the flow make data of it again.

Shapes: B batch, C channels, T frames.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..rectified_flow import interpolate
from ..solvers import Solver, Velocity
from .editor import OnStep
from .grid import steps_below


def sdedit(
    velocity: Velocity,
    z_0: Tensor,
    noise: Tensor,
    solver: Solver,
    *,
    t_start: float,
    steps: int,
    on_step: OnStep | None = None,
) -> Tensor:
    """Return data made from (1 − t_s) z_0 + t_s ε by the flow of the target's description.

    Args:
        velocity: maps z_t (B, C, T) and t (B,) to a tensor shaped like z_t.
        z_0: (B, C, T) latents of the recordings.
        noise: (B, C, T) ε, standard normal.
        solver: integrates from t_s to 0.
        t_start: t_s in (0, 1]; near 0 keeps the recording, 1 forgets it.
        steps: of the whole way from 1 to 0, of which t_s · steps are taken.
        on_step: called after every step with its number, from 1, and the t it reached.

    Raises:
        RequestError: for t_s or steps out of range.
        SamplingError: if a step yields a non-finite value.

    Source: Meng et al. 2022, "SDEdit", equation 6, for a rectified flow.
    """
    taken = steps_below(steps, t_start)
    noised = interpolate(z_0, noise, torch.full((len(z_0),), t_start, device=z_0.device))
    return solver.integrate(velocity, noised, taken, on_step, t_max=t_start)
