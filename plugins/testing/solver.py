"""The contract of a solver. Time runs from 1 (noise) to 0 (data)."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from ...core.errors import SamplingError
from .base import PluginContract, expect
from .compare import difference


class SolverContract(PluginContract):
    """Tests that every solver passes.

    A subclass sets ``plugin`` and ``name``.

    Class attributes:
        order: order of convergence: doubling the steps divides the error by about 2^order.
    """

    kind = "solver"
    order: ClassVar[int] = 1

    def build(self) -> Any:
        """Return the solver."""
        return self.implementation()

    def noise(self) -> Tensor:
        """Return (2, 3, 4) seeded noise."""
        return torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0)).double()

    def test_exact_for_a_constant_velocity(self) -> None:
        """A straight path needs one step."""
        noise = self.noise()
        velocity = torch.full_like(noise, 0.7)
        result = self.build().integrate(lambda x, t: velocity, noise, 1)
        found = difference(result, noise - velocity, path="x_0", atol=1e-6)
        expect(not found, f"A constant velocity is not integrated exactly: {found}")

    def test_converges_with_its_order(self) -> None:
        """On dx/dt = x the error falls as fast as the order says."""
        noise = self.noise()
        exact = noise * math.exp(-1)
        errors = [
            float((self.build().integrate(lambda x, t: x, noise, steps) - exact).abs().max())
            for steps in (16, 32)
        ]
        reached = math.log2(errors[0] / errors[1])
        expect(reached > self.order - 0.2, f"Order {reached:.2f}; declared {self.order}.")

    def test_costs_what_it_declares(self) -> None:
        """The network is called steps × evaluations_per_step times, with times (B,) in 0…1."""
        times: list[Tensor] = []
        ticks: list[int] = []

        def velocity(x: Tensor, t: Tensor) -> Tensor:
            times.append(t)
            return x

        self.build().integrate(velocity, self.noise(), 5, lambda step, t: ticks.append(step))
        expected = 5 * self.spec.evaluations_per_step
        expect(len(times) == expected, f"{len(times)} evaluations in 5 steps; not {expected}.")
        expect(len(ticks) == 5, f"on_step was called {len(ticks)} times in 5 steps.")
        for t in times:
            inside = tuple(t.shape) == (2,) and bool(((t >= 0) & (t <= 1)).all())
            expect(inside, f"The velocity was asked at t = {t}; expected (2,) within 0…1.")

    def test_one_solver_integrates_twice_alike(self) -> None:
        """Nothing that a solver remembers within an integration reaches the next."""
        solver, noise = self.build(), self.noise()
        first = solver.integrate(lambda x, t: x, noise, 4)
        found = difference(first, solver.integrate(lambda x, t: x, noise, 4), path="x_0", atol=0)
        expect(not found, f"The second integration of one solver differs: {found}")

    def test_keeps_shape_dtype_and_noise(self) -> None:
        """The result is shaped like the noise, which is left as it was."""
        noise = self.noise().float()
        before = noise.clone()
        result = self.build().integrate(lambda x, t: -x, noise, 3)
        same = result.shape == noise.shape and result.dtype == noise.dtype
        expect(same, f"Got {tuple(result.shape)} of {result.dtype}.")
        expect(torch.equal(before, noise), "The solver overwrote the noise it was given.")

    def test_refuses_a_velocity_that_is_not_finite(self) -> None:
        """A step that yields NaN raises instead of going on."""
        with pytest.raises(SamplingError):
            self.build().integrate(lambda x, t: x * float("nan"), self.noise(), 2)
