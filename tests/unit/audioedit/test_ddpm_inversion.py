"""Edit-friendly inversion over discrete steps, where the right noise is known exactly."""

import math

import pytest
import torch
from audio_omni.plugins.audioedit.providers import ddpm_inversion as ddpm

ALPHAS = torch.cumprod(1 - torch.linspace(0.0015**0.5, 0.0195**0.5, 1000).square(), 0)
MEANS = torch.randn(3, 32, generator=torch.Generator().manual_seed(3))
DEVIATION = 0.5


class Gaussian:
    """The exact ε̂ of data around one of three means; text `None` is around none of them."""

    def __init__(self):
        self.rows = []

    def __call__(self, text):
        mean = torch.zeros(32) if text is None else MEANS[text]

        def predict(x, timesteps):
            self.rows.append(len(x))
            alpha = ALPHAS[timesteps][:, None]
            spread = alpha * DEVIATION**2 + 1 - alpha
            return (1 - alpha).sqrt() * (x - alpha.sqrt() * mean) / spread

        return predict


def draws(seed, like):
    generator = torch.Generator().manual_seed(seed)
    return lambda: torch.randn(like.shape, generator=generator)


def data(count=2):
    generator = torch.Generator().manual_seed(9)
    return MEANS[:1] + DEVIATION * torch.randn(count, 32, generator=generator)


def relative(found, wanted):
    return float((found - wanted).norm() / wanted.norm())


def test_points_are_those_of_the_library():
    diffusers = pytest.importorskip(
        "diffusers", reason="needs diffusers: pip install 'audio-omni[diffusers]'"
    )
    scheduler = diffusers.DDIMScheduler(
        beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", steps_offset=1
    )
    scheduler.set_timesteps(200)
    points = ddpm.schedule(scheduler.alphas_cumprod, 200)
    assert [p.timestep for p in points[:-1]] == scheduler.timesteps.tolist()
    assert points[-1] == ddpm.Point(0, 1.0)
    variance = scheduler._get_variance(points[40].timestep, points[41].timestep)
    assert ddpm.variance(points[40], points[41]) == pytest.approx(float(variance), rel=1e-5)


def test_a_step_without_map_is_the_librarys_step():
    diffusers = pytest.importorskip(
        "diffusers", reason="needs diffusers: pip install 'audio-omni[diffusers]'"
    )
    scheduler = diffusers.DDIMScheduler(
        beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", steps_offset=1,
        clip_sample=False,
    )  # fmt: skip
    scheduler.set_timesteps(200)
    points = ddpm.schedule(scheduler.alphas_cumprod, 200)
    x, noise, drawn = (torch.randn(1, 4, 8, 8) for _ in range(3))
    step = scheduler.step(noise, points[7].timestep, x, eta=1.0, variance_noise=drawn)
    ours = ddpm.step_mean(x, noise, points[7], points[8])
    ours = ours + math.sqrt(ddpm.variance(points[7], points[8])) * drawn
    torch.testing.assert_close(ours, step.prev_sample, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("steps", [1, 7, 40, 60])
def test_equal_texts_give_the_recording_back(steps):
    predict, x_0 = Gaussian()(0), data()
    maps = ddpm.invert(predict, x_0, draws(1, x_0), ddpm.schedule(ALPHAS, 60))
    assert relative(ddpm.apply(predict, maps.last(steps)), x_0) <= 1e-5


def test_without_the_last_remainder_they_do_not():
    predict, x_0 = Gaussian()(0), data()
    maps = ddpm.invert(predict, x_0, draws(1, x_0), ddpm.schedule(ALPHAS, 60), keep_last=False)
    assert relative(ddpm.apply(predict, maps), x_0) > 1e-4


def test_another_text_moves_the_recording_there_and_further_the_earlier_it_begins():
    world, x_0 = Gaussian(), data()
    maps = ddpm.invert(world(0), x_0, draws(1, x_0), ddpm.schedule(ALPHAS, 60))
    away = [
        float((ddpm.apply(world(1), maps.last(steps)) - MEANS[1]).norm()) for steps in (10, 30, 60)
    ]
    assert away == sorted(away, reverse=True)
    assert away[2] < 0.8 * float((x_0 - MEANS[1]).norm())


@pytest.mark.parametrize("together", [1, 3, 100])
def test_how_many_steps_go_together_changes_nothing(together):
    world, x_0 = Gaussian(), data()
    points = ddpm.schedule(ALPHAS, 10)
    one = ddpm.invert(world(0), x_0, draws(1, x_0), points, together=1)
    other = ddpm.invert(world(0), x_0, draws(1, x_0), points, together=together)
    for first, second in zip(one.maps, other.maps, strict=True):
        torch.testing.assert_close(first, second)
    assert world.rows[-1] <= 2 * together


@pytest.mark.parametrize("steps", [0, 1001])
def test_steps_that_the_schedule_does_not_have(steps):
    with pytest.raises(ValueError, match="1…1000"):
        ddpm.schedule(ALPHAS, steps)
