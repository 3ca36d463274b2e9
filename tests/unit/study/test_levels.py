"""Clips of an item are equally loud, or the difference is told."""

import math

import numpy as np
import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.study.levels import PEAK_DBFS, loudness_lufs, match_levels

pytest.importorskip("pyloudnorm", reason="levels are measured with pyloudnorm (extra eval)")
RATE = 16000


def noise(level, seconds=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return Waveform(
        torch.from_numpy(level * rng.standard_normal((1, int(seconds * RATE)))).float(), RATE
    )


def spiky(peak=0.9):
    clip = noise(0.04)
    clip.samples[0, ::4000] = peak
    return clip


def peak_dbfs(clip):
    return 20 * math.log10(float(clip.samples.abs().max()))


def test_a_sine_has_the_loudness_of_the_standard():
    """BS.1770: 997 Hz at 0 dBFS in one channel is -3.01 LUFS; meters may differ by 0.1."""
    times = torch.arange(48000 * 2, dtype=torch.float64) / 48000
    sine = Waveform(torch.sin(2 * math.pi * 997 * times).float()[None], 48000)
    assert loudness_lufs(sine) == pytest.approx(-3.01, abs=0.1)


def test_loud_and_quiet_clips_come_to_the_target():
    found = match_levels({"quiet": noise(0.001), "loud": noise(0.1, seed=1)})
    for clip, level in found.values():
        assert level.lufs == pytest.approx(-23.0, abs=0.01)
        assert loudness_lufs(clip) == pytest.approx(-23.0, abs=0.01)
        assert level.told is None


def test_an_item_is_lowered_as_a_whole_so_that_a_spiky_clip_fits():
    found = match_levels({"spiky": spiky(), "even": noise(0.05)})
    levels = [level.lufs for _, level in found.values()]
    assert levels[0] == pytest.approx(levels[1], abs=0.02)
    assert -33 <= levels[0] < -24
    assert peak_dbfs(found["spiky"][0]) == pytest.approx(PEAK_DBFS, abs=0.01)
    assert all(level.told is None for _, level in found.values())


def test_a_clip_too_spiky_for_that_is_quieter_and_told():
    click = Waveform(torch.zeros(1, RATE), RATE)
    click.samples[0, 8000] = 0.5
    found = match_levels({"click": click, "even": noise(0.05)})
    assert found["even"][1].lufs == pytest.approx(-33.0, abs=0.01)
    assert peak_dbfs(found["click"][0]) == pytest.approx(PEAK_DBFS, abs=0.01)
    assert "quieter than the others" in found["click"][1].told


@pytest.mark.parametrize(
    ("clip", "why"),
    [(Waveform(torch.zeros(1, RATE), RATE), "silent"), (noise(0.1, seconds=0.3), "shorter")],
)
def test_what_cannot_be_measured_keeps_its_level_and_is_told(clip, why):
    found = match_levels({"odd": clip, "even": noise(0.05)})
    assert torch.equal(found["odd"][0].samples, clip.samples)
    assert found["odd"][1].lufs is None
    assert why in found["odd"][1].told
    assert found["even"][1].lufs == pytest.approx(-23.0, abs=0.01)
