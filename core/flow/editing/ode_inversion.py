"""Inversion of the flow's differential equation: up to noise under one text, down under another.

Shapes: B batch, C channels, T frames.
"""

from __future__ import annotations

import itertools

from torch import Tensor

from ..solvers import Solver, Velocity
from .editor import OnStep
from .grid import check_finite, edit_grid


def invert(
    velocity: Velocity,
    z_0: Tensor,
    solver: Solver,
    *,
    t_start: float,
    steps: int,
    on_step: OnStep | None = None,
) -> Tensor:
    """Return the state at t_s that the flow leads to ``z_0``, by integrating it upwards.

    Integrated down again by the same solver and steps it gives ``z_0`` back, but for the
    solver's error: an identity for a second-order solver, hardly for Euler's.

    Args:
        velocity: of the recording's description, without guidance: with it, the way up and the
            way down are no longer the same.
        z_0: (B, C, T) latents of the recordings.
        solver: integrates from 0 to t_s.
        t_start: t_s in (0, 1].
        steps: of the whole way, of which t_s · steps are taken.
        on_step: called after every step with its number, from 1, and the t it reached.

    Raises:
        RequestError: for t_s or steps out of range.
        SamplingError: if a step yields a non-finite value.
    """
    grid = edit_grid(steps, t_start)[::-1]
    one_way, z = solver.begin(), z_0
    for i, (t, s) in enumerate(itertools.pairwise(grid), start=1):
        z = one_way.step(velocity, z, t, s - t)
        check_finite(z, "The inversion", i, len(grid) - 1, t)
        if on_step is not None:
            on_step(i, s)
    return z
