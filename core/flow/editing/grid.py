"""The times that editors walk, from t_s down to data. Shapes: B batch, C channels, T frames."""

from __future__ import annotations

import torch
from torch import Tensor

from ...errors import RequestError, SamplingError
from ..solvers import time_grid


def steps_below(steps: int, t_start: float) -> int:
    """Return how many of the steps from 1 to 0 lie below t_s: the nearest number, at least 1.

    Raises:
        RequestError: if ``steps`` is less than 1 or ``t_start`` is not in (0, 1].
    """
    if not 0 < t_start <= 1:
        raise RequestError(
            f"Got t_start = {t_start}; expected more than 0, which keeps the recording, and at "
            "most 1, which forgets it. Try 0.73."
        )
    if steps < 1:
        raise RequestError(f"Got {steps} solver steps; expected at least 1.")
    return max(1, round(steps * t_start))


def edit_grid(steps: int, t_start: float) -> list[float]:
    """Return the times t_s = t_0 > … > t_N = 0 of an even grid, N = t_s · ``steps``.

    Raises:
        RequestError: as `steps_below`.
    """
    return [float(t) for t in time_grid(steps_below(steps, t_start), t_start)]


def times(z: Tensor, t: float) -> Tensor:
    """Return t for every row of z (R, …), (R,) float32."""
    return torch.full((len(z),), t, device=z.device, dtype=torch.float32)


def check_finite(z: Tensor, method: str, step: int, of: int, t: float) -> None:
    """Raise SamplingError if z holds a value that is not finite; names the step and t."""
    if not bool(torch.isfinite(z).all()):
        raise SamplingError(
            f"{method} met a non-finite value in step {step} of {of}, at t = {t:.4f}; expected "
            "finite latents. Check the checkpoint, and try float32 precision or a smaller "
            "guidance scale."
        )
