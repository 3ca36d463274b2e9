import math

import pytest
import torch
from audio_omni.core.errors import RequestError, SamplingError
from audio_omni.core.flow.solvers import AdamsBashforth2, Euler, Heun, Midpoint, time_grid
from hypothesis import given
from hypothesis import strategies as st

SOLVERS = [(Euler, 1, 1), (Midpoint, 2, 2), (Heun, 2, 2), (AdamsBashforth2, 2, 1)]


def exact_error(solver, steps):
    """Return |x(0) − numerical| for dx/dt = 2 t x, whose solution is x(1) exp(t² − 1)."""

    def velocity(x, t):
        return 2 * t.double()[:, None, None] * x

    end = solver().integrate(velocity, torch.ones(1, 1, 1, dtype=torch.float64), steps)
    return abs(end.item() - math.exp(-1))


@pytest.mark.parametrize(("solver", "order", "_evaluations"), SOLVERS)
@pytest.mark.parametrize("steps", [16, 32, 64])
def test_error_falls_with_the_order(solver, order, _evaluations, steps):
    ratio = exact_error(solver, steps) / exact_error(solver, 2 * steps)
    assert 0.8 * 2**order < ratio < 1.25 * 2**order


@pytest.mark.parametrize(("solver", "_order", "evaluations"), SOLVERS)
def test_costs_its_evaluations_per_step(solver, _order, evaluations):
    times = []

    def velocity(x, t):
        assert t.shape == (3,)
        times.append(t[0].item())
        return x

    solver().integrate(velocity, torch.zeros(3, 2, 4), 5)
    assert len(times) == 5 * evaluations
    assert min(times) >= 0
    assert max(times) == 1


@pytest.mark.parametrize(("solver", "_order", "_evaluations"), SOLVERS)
@given(steps=st.integers(1, 40))
def test_straight_flow_is_exact_in_any_number_of_steps(solver, _order, _evaluations, steps):
    data, noise = torch.randn(2, 2, 3, 5, dtype=torch.float64)
    got = solver().integrate(lambda x, t: noise - data, noise, steps)
    torch.testing.assert_close(got, data, atol=1e-6, rtol=0)
    assert got.dtype == noise.dtype


def test_reports_every_step_and_the_time_it_reached():
    seen = []
    Euler().integrate(lambda x, t: x, torch.zeros(1, 1, 1), 4, lambda i, t: seen.append((i, t)))
    assert seen == [(1, 0.75), (2, 0.5), (3, 0.25), (4, 0.0)]


def test_grid_starts_where_asked():
    assert time_grid(2, 0.5).tolist() == [0.5, 0.25, 0.0]


@pytest.mark.parametrize("steps", [0, -3])
def test_no_steps_are_refused(steps):
    with pytest.raises(RequestError, match=rf"Got {steps} solver steps; expected at least 1"):
        Euler().integrate(lambda x, t: x, torch.zeros(1, 1, 1), steps)


@pytest.mark.parametrize("t_max", [0.0, 1.5])
def test_start_outside_the_flow_is_refused(t_max):
    with pytest.raises(RequestError, match=rf"t_max = {t_max}"):
        Euler().integrate(lambda x, t: x, torch.zeros(1, 1, 1), 2, t_max=t_max)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize(("solver", "_order", "evaluations"), SOLVERS)
def test_non_finite_velocity_names_step_and_time(solver, _order, evaluations, bad):
    def velocity(x, t):
        return torch.where(t[:, None, None] < 0.45, torch.full_like(x, bad), x)

    # One evaluation a step looks at t = 0.25 in the last step only; two look ahead before.
    step, t = ("4", r"0\.2500") if evaluations == 1 else ("3", r"0\.5000")
    message = rf"{solver.__name__} met a non-finite value in step {step} of 4, at t = {t}"
    with pytest.raises(SamplingError, match=message):
        solver().integrate(velocity, torch.ones(2, 1, 3), 4)


@pytest.mark.parametrize(("solver", "_order", "_evaluations"), SOLVERS)
def test_one_solver_integrates_again_and_again(solver, _order, _evaluations):
    """Nothing of an integration is left for the next one, even if the first was stopped."""
    one, noise = solver(), torch.ones(1, 1, 1)
    wanted = solver().integrate(lambda x, t: x * t[:, None, None], noise, 3)
    with pytest.raises(SamplingError):
        one.integrate(lambda x, t: x * float("nan"), noise, 3)
    for _ in range(2):
        assert torch.equal(one.integrate(lambda x, t: x * t[:, None, None], noise, 3), wanted)


def test_first_two_steps_of_adams_bashforth_are_one_of_midpoint():
    def velocity(x, t):
        return x * t.double()[:, None, None]

    noise = torch.ones(1, 1, 1, dtype=torch.float64)
    got = AdamsBashforth2().integrate(velocity, noise, 2)
    torch.testing.assert_close(got, Midpoint().integrate(velocity, noise, 1))
