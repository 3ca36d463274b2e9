import torch
from audio_omni.core.flow.rectified_flow import (
    flow_loss,
    interpolate,
    sample_times,
    velocity_target,
)
from hypothesis import given
from hypothesis import strategies as st


@given(t=st.floats(0, 1), step=st.floats(0.01, 0.5))
def test_target_is_the_slope_of_the_path(t, step):
    x_0, noise = torch.randn(2, 1, 3, 4, dtype=torch.float64)
    path = [interpolate(x_0, noise, torch.tensor([s], dtype=torch.float64)) for s in (t, t + step)]
    slope = (path[1] - path[0]) / step
    torch.testing.assert_close(slope, velocity_target(x_0, noise), atol=1e-6, rtol=0)


def test_one_is_noise_and_zero_is_data():
    x_0, noise = torch.randn(2, 2, 3, 4)
    assert torch.equal(interpolate(x_0, noise, torch.ones(2)), noise)
    assert torch.equal(interpolate(x_0, noise, torch.zeros(2)), x_0)


def test_every_item_has_its_own_time():
    x_0, noise = torch.randn(2, 2, 3, 4)
    mixed = interpolate(x_0, noise, torch.tensor([0.0, 1.0]))
    assert torch.equal(mixed[0], x_0[0])
    assert torch.equal(mixed[1], noise[1])


def test_times_are_uniform_and_seeded():
    times = sample_times(20000, torch.Generator().manual_seed(0))
    assert torch.equal(times, sample_times(20000, torch.Generator().manual_seed(0)))
    assert times.min() >= 0
    assert times.max() < 1
    assert abs(times.mean() - 0.5) < 0.01
    assert abs(times.var() - 1 / 12) < 0.005


def test_loss_is_the_mean_square_over_valid_frames_of_each_example():
    velocity, target = torch.randn(2, 3, 4, 6)
    mask = torch.arange(6) < torch.tensor([6, 2, 1])[:, None]
    loss = flow_loss(velocity, target, mask)
    for i, frames in enumerate([6, 2, 1]):
        wanted = (velocity[i, :, :frames] - target[i, :, :frames]).square().mean()
        torch.testing.assert_close(loss[i], wanted)
    torch.testing.assert_close(flow_loss(velocity, target)[0], loss[0])


def test_padding_never_reaches_the_loss():
    velocity, target = torch.zeros(2, 1, 2, 3)
    velocity[..., 2] = float("nan")
    velocity.requires_grad_()
    loss = flow_loss(velocity, target, torch.tensor([[True, True, False]]))
    assert loss.tolist() == [0.0]
