"""FlowEdit: from recording to edit along the difference of two velocities, without inversion.

Shapes: B batch, C channels, T frames, K draws.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..rectified_flow import interpolate
from ..solvers import Velocity
from .editor import OnStep
from .grid import check_finite, times


def flow_edit(
    source: Velocity,
    target: Velocity,
    z_0: Tensor,
    draw: Callable[[], Tensor],
    grid: Sequence[float],
    *,
    draws: int = 1,
    on_step: OnStep | None = None,
) -> Tensor:
    """Return data (B, C, T) that differs from ``z_0`` as the two velocities do.

    At each time the recording is noised, and the edit so far with the same noise; x moves by the
    difference of what the flow says of the two, a mean over ``draws`` noises. Where texts and
    scales are equal nothing moves at all, to the last bit.

    Args:
        source: velocity of the recording's description; takes R = K · B rows.
        target: velocity of the target's description, likewise.
        z_0: (B, C, T) latents of the recordings.
        draw: draws standard normal noise (B, C, T).
        grid: t_s = t_0 > … > t_N = 0.
        draws: noises at each time.
        on_step: called after every step with its number, from 1, and the t it reached.

    Raises:
        SamplingError: if a step yields a non-finite value.

    Source: Kulikov et al. 2024, "FlowEdit", algorithm 1.
    """
    x, count = z_0, len(grid) - 1
    for i, (t, s) in enumerate(itertools.pairwise(grid), start=1):
        noised = [interpolate(z_0, draw(), times(z_0, t)) for _ in range(draws)]
        z_source = torch.cat(noised)
        # x − z_0 first: it is exactly 0 as long as nothing was moved.
        z_target = z_source + (x - z_0).repeat(draws, 1, 1)
        at = times(z_source, t)
        moved = target(z_target, at) - source(z_source, at)
        x = x + (s - t) * torch.stack(moved.split(len(z_0))).mean(dim=0)
        check_finite(x, "FlowEdit", i, count, t)
        if on_step is not None:
            on_step(i, s)
    return x
