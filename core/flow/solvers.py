"""Fixed-step solvers of the flow's differential equation, from noise (t = 1) to data (t = 0).

Shapes: B batch, C channels, T frames.
"""

from __future__ import annotations

import abc
from collections.abc import Callable

import torch
from torch import Tensor

from ..errors import RequestError, SamplingError

Velocity = Callable[[Tensor, Tensor], Tensor]


class Solver(abc.ABC):
    """Integrates dx/dt = v(x, t) over an even grid; a subclass says what one step does.

    A solver that remembers earlier steps returns from `begin` an object of its own for every
    integration, so that two integrations at once never share a memory.
    """

    def begin(self) -> Solver:
        """Return the solver whose `step` takes one integration from its first step to its last."""
        return self

    @abc.abstractmethod
    def step(self, velocity: Velocity, x: Tensor, t: float, dt: float) -> Tensor:
        """Return x at t + dt (dt is negative: time runs from 1 to 0)."""

    def integrate(
        self,
        velocity: Velocity,
        noise: Tensor,
        steps: int,
        on_step: Callable[[int, float], None] | None = None,
        *,
        t_max: float = 1.0,
    ) -> Tensor:
        """Integrate the velocity field from noise to a latent.

        Args:
            velocity: maps x_t (B, C, T) and t (B,) to a tensor shaped like x_t.
            noise: (B, C, T), the state at ``t_max``.
            steps: number of steps, at least 1.
            on_step: called after every step with its number, from 1, and the t it reached.
            t_max: where to start; less than 1 when the state is noised data.

        Returns:
            Latent (B, C, T), same dtype as ``noise``.

        Raises:
            RequestError: if ``steps`` is less than 1 or ``t_max`` is not in (0, 1].
            SamplingError: if a step yields a non-finite value; names the step and t.

        Source: Liu et al. 2022, "Flow Straight and Fast".
        """
        x = noise
        grid = time_grid(steps, t_max)
        solver = self.begin()
        for i in range(steps):
            # Differences of the float32 grid, as in the release, not t_max / steps.
            t, dt = float(grid[i]), float(grid[i + 1] - grid[i])
            x = solver.step(velocity, x, t, dt)
            if not bool(torch.isfinite(x).all()):
                raise SamplingError(
                    f"{type(self).__name__} met a non-finite value in step {i + 1} of {steps}, "
                    f"at t = {t:.4f}; expected finite latents. Check the checkpoint, and try "
                    "float32 precision or a smaller guidance scale."
                )
            if on_step is not None:
                on_step(i + 1, float(grid[i + 1]))
        return x


class Euler(Solver):
    """First order: one evaluation per step."""

    def step(self, velocity: Velocity, x: Tensor, t: float, dt: float) -> Tensor:
        """Follow the velocity at the start of the step."""
        return x + dt * velocity(x, _times(x, t))


class Midpoint(Solver):
    """Second order: two evaluations per step."""

    def step(self, velocity: Velocity, x: Tensor, t: float, dt: float) -> Tensor:
        """Follow the velocity at the middle of an Euler step."""
        middle = x + (dt / 2) * velocity(x, _times(x, t))
        return x + dt * velocity(middle, _times(x, t + dt / 2))


class Heun(Solver):
    """Second order: two evaluations per step."""

    def step(self, velocity: Velocity, x: Tensor, t: float, dt: float) -> Tensor:
        """Follow the mean of the velocities at both ends of an Euler step."""
        start = velocity(x, _times(x, t))
        end = velocity(x + dt * start, _times(x, t + dt))
        return x + (dt / 2) * (start + end)


class AdamsBashforth2(Solver):
    """Second order at one evaluation per step, from the velocity of the step before.

    There is nothing before the first step, which is Euler's; the second makes up for it, so that
    the two together are one step of the midpoint rule and no order is lost.

    Source: Hairer, Nørsett & Wanner 1993, "Solving Ordinary Differential Equations I", III.1.
    """

    def __init__(self) -> None:
        """Start without a memory."""
        self._steps = 0
        self._last: tuple[Tensor, float] | None = None

    def begin(self) -> AdamsBashforth2:
        """Return a solver without a memory."""
        return AdamsBashforth2()

    def step(self, velocity: Velocity, x: Tensor, t: float, dt: float) -> Tensor:
        """Follow the velocity at the start of the step, extrapolated to its middle."""
        v = velocity(x, _times(x, t))
        last, self._last = self._last, (v, dt)
        self._steps += 1
        if last is None:
            return x + dt * v
        before, dt_before = last
        # Half a step ahead on the line through both; steps may differ in the grid's last digit.
        ahead = dt * (dt / dt_before) / 2
        if self._steps == 2:
            ahead += dt_before / 2  # Euler's first step, corrected by the slope now known
        return x + (dt * v + ahead * (v - before))


def time_grid(steps: int, t_max: float = 1.0) -> Tensor:
    """Return the times (steps + 1,) float32 from ``t_max`` down to 0.

    Raises:
        RequestError: if ``steps`` is less than 1 or ``t_max`` is not in (0, 1].
    """
    if steps < 1:
        raise RequestError(f"Got {steps} solver steps; expected at least 1.")
    if not 0 < t_max <= 1:
        raise RequestError(f"Got t_max = {t_max}; expected more than 0 and at most 1.")
    return torch.linspace(t_max, 0, steps + 1, dtype=torch.float32)


def _times(x: Tensor, t: float) -> Tensor:
    # Clamped: the last stage of a step may round to just below 0.
    return torch.full((len(x),), max(t, 0.0), device=x.device, dtype=torch.float32)
