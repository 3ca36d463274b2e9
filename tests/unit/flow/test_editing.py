"""Acceptance test 12 of the editing spec: what must come back, comes back."""

import math

import pytest
import torch
from analytic_mixture import SHAPE, Mixture, noises, relative
from audio_omni.core.errors import RequestError, SamplingError
from audio_omni.core.flow.editing import edit_friendly, ode_inversion
from audio_omni.core.flow.editing.flow_edit import flow_edit
from audio_omni.core.flow.editing.grid import edit_grid
from audio_omni.core.flow.editing.sdedit import sdedit
from audio_omni.core.flow.editing.v_prediction import flow_velocity
from audio_omni.core.flow.solvers import Euler, Midpoint
from hypothesis import given, settings
from hypothesis import strategies as st

STARTS = [0.1, 0.44, 0.73, 0.94, 1.0]


@pytest.mark.parametrize("t_start", STARTS)
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_edit_friendly_inversion_gives_the_recording_back(t_start, scale):
    world = Mixture()
    z_0 = world.sample(3, seed=1)
    velocity = world.velocity(0, scale)
    maps = edit_friendly.invert(velocity, z_0, noises(3, 5), edit_grid(100, t_start))
    assert relative(edit_friendly.apply(velocity, maps), z_0) <= 1e-5


def test_in_double_precision_it_gives_it_back_to_the_last_digits():
    world = Mixture(dtype=torch.float64)
    z_0 = world.sample(2, seed=1)
    velocity = world.velocity(1)
    draw = noises(2, 5, torch.float64)
    maps = edit_friendly.invert(velocity, z_0, draw, edit_grid(100, 0.73))
    assert relative(edit_friendly.apply(velocity, maps), z_0) <= 1e-13


def test_without_the_last_remainder_it_does_not():
    world = Mixture()
    z_0, velocity, grid = world.sample(3, seed=1), world.velocity(0), edit_grid(100, 0.73)
    maps = edit_friendly.invert(velocity, z_0, noises(3, 5), grid, keep_last=False)
    assert not maps.maps[-1].any()
    assert 1e-3 < relative(edit_friendly.apply(velocity, maps), z_0) < 0.05


def test_maps_are_neither_of_unit_variance_nor_independent():
    """What the spec measured, and why nothing may normalise them."""
    world = Mixture()
    grid = edit_grid(100, 1.0)
    found = edit_friendly.invert(world.velocity(0), world.sample(8, 2), noises(8, 3), grid).maps
    inner = found[5:-5].flatten(1)
    assert float(inner.var()) > 1.2
    pairs = torch.stack([torch.corrcoef(inner[i : i + 2])[0, 1] for i in range(len(inner) - 1)])
    assert -0.6 < float(pairs.mean()) < -0.4


def test_one_inversion_serves_many_texts_and_its_calls_go_together():
    world = Mixture()
    z_0, grid = world.sample(2, seed=1), edit_grid(100, 0.73)
    maps = edit_friendly.invert(world.velocity(0), z_0, noises(2, 5), grid, rows_together=20)
    assert world.calls == 2 * 73
    assert world.sizes == [20] * 7 + [6]
    edits = [edit_friendly.apply(world.velocity(text, 6.0), maps) for text in range(3)]
    assert world.calls == 4 * 2 * 73
    away = [float((edit - world.means[k]).norm()) for k, edit in enumerate(edits)]
    kept = [float((edit - world.means[0]).norm()) for edit in edits]
    assert all(near < far for near, far in zip(away[1:], kept[1:], strict=True))


@given(rows=st.integers(1, 40), start=st.floats(0.02, 1.0), count=st.integers(1, 3))
@settings(deadline=None, max_examples=25)
def test_how_many_go_together_changes_nothing(rows, start, count):
    world = Mixture(dtype=torch.float64)
    z_0, grid = world.sample(count, seed=4), edit_grid(20, start)

    def invert(together):
        draw = noises(count, 9, torch.float64)
        velocity = world.velocity(2, 2.0)
        return edit_friendly.invert(velocity, z_0, draw, grid, rows_together=together)

    torch.testing.assert_close(invert(rows).maps, invert(1).maps, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("t_start", [0.44, 0.73, 0.94])
def test_ode_inversion_by_midpoint_gives_the_recording_back(t_start):
    world = Mixture()
    z_0, velocity = world.sample(3, seed=1), world.velocity(0)

    def error(solver):
        up = ode_inversion.invert(velocity, z_0, solver, t_start=t_start, steps=50)
        steps = len(edit_grid(50, t_start)) - 1
        return relative(solver.integrate(velocity, up, steps, t_max=t_start), z_0)

    assert error(Midpoint()) <= 1e-4
    assert error(Euler()) > 10 * error(Midpoint())


def test_guidance_on_the_way_up_is_no_identity():
    """Why the way up has none."""
    world = Mixture()
    z_0, solver = world.sample(3, seed=1), Midpoint()

    def error(scale):
        up = ode_inversion.invert(world.velocity(0, scale), z_0, solver, t_start=0.94, steps=50)
        return relative(solver.integrate(world.velocity(0), up, 47, t_max=0.94), z_0)

    assert error(6.0) > 100 * error(1.0)


@given(start=st.floats(1e-7, 1e-4), steps=st.integers(1, 100), scale=st.floats(0, 12))
@settings(deadline=None, max_examples=25)
def test_sdedit_that_hardly_starts_is_the_identity(start, steps, scale):
    world = Mixture()
    z_0 = world.sample(2, seed=1)
    velocity, noise = world.velocity(1, scale), noises(2, 3)()
    edited = sdedit(velocity, z_0, noise, Euler(), t_start=start, steps=steps)
    assert relative(edited, z_0) <= 60 * start + 1e-6


def test_sdedit_from_pure_noise_forgets_the_recording():
    world, noise = Mixture(), noises(2, 3)()
    velocity = world.velocity(1, 6.0)

    def edited(seed):
        z_0 = world.sample(2, seed)
        return sdedit(velocity, z_0, noise, Euler(), t_start=1.0, steps=50)

    torch.testing.assert_close(edited(1), edited(2))
    torch.testing.assert_close(edited(1), Euler().integrate(velocity, noise, 50))


@given(
    start=st.floats(0.02, 1.0), scale=st.floats(0, 12), draws=st.integers(1, 3),
    seed=st.integers(0, 99),
)  # fmt: skip
@settings(deadline=None, max_examples=25)
def test_flow_edit_with_equal_texts_and_scales_is_the_identity(start, scale, draws, seed):
    world = Mixture()
    z_0, velocity = world.sample(2, seed), world.velocity(0, scale)
    grid = edit_grid(20, start)
    edited = flow_edit(velocity, velocity, z_0, noises(2, seed), grid, draws=draws)
    assert torch.equal(edited, z_0)


def test_flow_edit_moves_towards_the_target():
    world = Mixture()
    z_0 = world.means[:1] + 0.1 * world.sample(1, 7)
    source, target = world.velocity(0), world.velocity(1, 6.0)
    edited = flow_edit(source, target, z_0, noises(1, 3), edit_grid(50, 0.94), draws=2)
    before, after = ((z - world.means[1]).norm() for z in (z_0, edited))
    assert float(after) < 0.5 * float(before)


@pytest.mark.parametrize("t_start", [0, -0.1, 1.01, float("nan")])
def test_a_start_out_of_range_is_refused(t_start):
    world = Mixture()
    with pytest.raises(RequestError, match="expected more than 0"):
        edit_grid(100, t_start)
    with pytest.raises(RequestError, match="t_start"):
        sdedit(world.velocity(0), world.sample(1, 1), noises(1, 1)(), Euler(),
               t_start=t_start, steps=10)  # fmt: skip
    with pytest.raises(RequestError, match="0 solver steps"):
        edit_grid(0, 0.5)


def test_values_that_are_not_finite_stop_every_method():
    z_0 = Mixture().sample(1, 1)
    grid = edit_grid(4, 0.8)

    def broken(z, t):
        return z * float("inf")

    with pytest.raises(SamplingError, match=r"inversion.*step 1 of 3"):
        edit_friendly.invert(broken, z_0, noises(1, 1), grid)
    with pytest.raises(SamplingError, match="inversion"):
        ode_inversion.invert(broken, z_0, Euler(), t_start=0.8, steps=4)
    with pytest.raises(SamplingError, match="FlowEdit"):
        flow_edit(broken, lambda z, t: z, z_0, noises(1, 1), grid)
    maps = edit_friendly.invert(lambda z, t: z, z_0, noises(1, 1), grid)
    with pytest.raises(SamplingError, match="Edit-friendly"):
        edit_friendly.apply(broken, maps)


def test_steps_are_told_with_the_time_they_reached():
    world, seen = Mixture(), []
    told = lambda i, t: seen.append((i, round(t, 4)))  # noqa: E731
    z_0, grid = world.sample(1, 1), edit_grid(4, 0.5)
    maps = edit_friendly.invert(world.velocity(0), z_0, noises(1, 1), grid)
    edit_friendly.apply(world.velocity(0), maps, told)
    flow_edit(world.velocity(0), world.velocity(1), z_0, noises(1, 1), grid, on_step=told)
    ode_inversion.invert(world.velocity(0), z_0, Euler(), t_start=0.5, steps=4, on_step=told)
    assert seen == [(1, 0.25), (2, 0.0), (1, 0.25), (2, 0.0), (1, 0.25), (2, 0.5)]


def as_v(world, text, scale=1.0):
    """The same mixture as a model that predicts v over the cosine schedule knows it."""
    velocity = world.velocity(text, scale)

    def predict(x, s):
        phi = (s * math.pi / 2)[:, None, None]
        t = torch.sin(phi) / (torch.sin(phi) + torch.cos(phi))
        z = x * torch.sqrt((1 - t) ** 2 + t**2)
        v = velocity(z, t.flatten())
        data, noise = z - t * v, z + (1 - t) * v
        return torch.cos(phi) * noise - torch.sin(phi) * data

    return predict


@pytest.mark.parametrize("scale", [1.0, 3.0])
@given(t=st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=4), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_a_prediction_of_v_is_the_same_flow(scale, t, seed):
    world = Mixture(dtype=torch.float64)
    z = torch.randn(len(t), *SHAPE, dtype=torch.float64, generator=torch.manual_seed(seed))
    at = torch.tensor(t, dtype=torch.float64)
    ours = flow_velocity(as_v(world, 0, scale))(z, at)
    assert relative(ours, world.velocity(0, scale)(z, at)) < 1e-9


@pytest.mark.parametrize("sigma", [0.01, 0.5, 1.0, 7.0, 300.0])
def test_what_a_model_of_v_takes_for_data_is_what_its_own_scheduler_takes(sigma):
    """Against the library's preconditioning: x = x_0 + σ ε, seen as x / sqrt(σ² + 1)."""
    diffusers = pytest.importorskip("diffusers", reason="compares with diffusers")
    scheduler = diffusers.EDMDPMSolverMultistepScheduler(
        sigma_data=1.0, prediction_type="v_prediction"
    )
    generator = torch.Generator().manual_seed(0)
    noisy, said = (torch.randn(2, *SHAPE, generator=generator) for _ in range(2))
    level = torch.tensor(sigma)
    theirs = scheduler.precondition_outputs(noisy, said, level)
    t = torch.full((2,), sigma / (1 + sigma))  # the same ratio of noise and data
    z = noisy * (1 - t)[:, None, None]
    seen = []

    def predict(x, s):
        seen.append((x, s))
        return said

    data = z - t[:, None, None] * flow_velocity(predict)(z, t)
    torch.testing.assert_close(data, theirs, rtol=1e-4, atol=1e-4 * max(1.0, sigma))
    ((x, s),) = seen
    torch.testing.assert_close(x, scheduler.precondition_inputs(noisy, level), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(s, torch.full((2,), math.atan(sigma) * 2 / math.pi))


def test_noise_and_data_have_velocities_too():
    """At t = 1 nothing of the data is left, at 0 nothing of the noise; neither divides by zero."""
    z = torch.randn(2, *SHAPE, generator=torch.manual_seed(0))
    world = Mixture()
    ends = torch.tensor([1.0, 1e-6])
    assert torch.isfinite(flow_velocity(as_v(world, 0))(z, ends)).all()
