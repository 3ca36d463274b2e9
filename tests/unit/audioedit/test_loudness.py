"""Loudness and peaks agree with the libraries that are known for them."""

import numpy as np
import pyloudnorm
import pytest
from audio_omni.plugins.audioedit.sound.fft_sizes import quick_size
from audio_omni.plugins.audioedit.sound.guards import bandwidth_hz, fault, to_mono
from audio_omni.plugins.audioedit.sound.loudness import (
    block_powers,
    gated_loudness,
    k_weighted,
    loudness_of,
    lufs,
    most_true_peak,
    to_db,
    true_peak,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

RATE = 44100


def noise(seed, seconds, level=0.05):
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE)
    swell = 1 + 0.9 * np.sin(np.arange(n) / RATE * rng.uniform(0.5, 9))
    return (level * swell * rng.standard_normal(n)).astype(np.float32)


@given(st.integers(0, 999), st.integers(5, 40), st.floats(-60, 0))
@settings(max_examples=25, deadline=None)
def test_loudness_is_that_of_pyloudnorm(seed, tenths, gain_db):
    """For whole tenths of a second; of others pyloudnorm may count a last block that is cut off."""
    samples = noise(seed, tenths / 10) * np.float32(10 ** (gain_db / 20))
    theirs = pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(float))
    ours = lufs(samples, RATE)
    if theirs < -69.9:
        assert ours is None or ours < -69
    else:
        assert ours == pytest.approx(theirs, abs=2e-3)


def test_weighing_is_linear():
    a, b = noise(1, 2.0), noise(2, 2.0)
    together = k_weighted(a, RATE) + k_weighted(b, RATE)
    assert np.abs(k_weighted(a + b, RATE) - together).max() < 1e-6
    assert gated_loudness(together, RATE) == pytest.approx(lufs(a + b, RATE), abs=1e-4)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 44103, 44104, 48000])
@pytest.mark.parametrize("seconds", [0.4, 0.55, 2.0, 2.37])
def test_block_powers_are_the_mean_squares_of_blocks(rate, seconds):
    samples = noise(9, 3.0)[: round(seconds * rate)]
    block, step = round(0.4 * rate), round(0.1 * rate)
    starts = range(0, len(samples) - block + 1, step)
    expected = [np.mean(samples[k : k + block].astype(float) ** 2) for k in starts]
    assert block_powers(samples, rate) == pytest.approx(expected, rel=1e-9)


def test_a_gain_is_its_square_on_blocks():
    samples = noise(10, 2.0)
    louder = gated_loudness(samples * np.float32(4.0), RATE)
    assert loudness_of(16 * block_powers(samples, RATE)) == pytest.approx(louder, abs=1e-6)
    assert loudness_of(block_powers(samples * 0, RATE)) is None


@given(st.integers(0, 999))
@settings(max_examples=25, deadline=None)
def test_no_true_peak_is_above_its_bound(seed):
    rng = np.random.default_rng(seed)
    samples = np.sign(rng.standard_normal(200)).astype(np.float32)  # as bad as it gets
    assert true_peak(samples) <= most_true_peak(samples)
    assert most_true_peak(-samples) == most_true_peak(samples)


def test_quick_sizes_have_small_factors():
    for least in (1, 1000, 441001, 445096):
        size = quick_size(least)
        assert least <= size <= 1.05 * least + 2
        for prime in (2, 3, 5, 7, 11, 13):
            while size % prime == 0:
                size //= prime
        assert size == 1


def test_short_sounds_are_repeated_and_silence_has_no_loudness():
    repeated = np.resize(noise(3, 0.1), round(0.5 * RATE)).astype(float)
    theirs = pyloudnorm.Meter(RATE).integrated_loudness(repeated)
    assert lufs(noise(3, 0.1), RATE) == pytest.approx(theirs, abs=2e-3)
    assert lufs(np.zeros(RATE, np.float32), RATE) is None
    assert lufs(np.zeros(0, np.float32), RATE) is None
    assert to_db(0.0) is None


@given(st.integers(0, 999))
@settings(max_examples=15, deadline=None)
def test_true_peak_is_that_of_full_oversampling(seed):
    dull = np.convolve(noise(seed, 0.5), [0.25, 0.5, 0.25], "same")
    samples = dull.astype(np.float32)  # near half the rate twelve taps read too low
    theirs = np.abs(resample_poly(samples.astype(float), 4, 1)).max()
    assert true_peak(samples) >= np.abs(samples).max()
    assert abs(20 * np.log10(true_peak(samples) / theirs)) < 0.25


def test_the_peak_between_samples_is_found():
    t = np.arange(RATE) / RATE
    sine = np.sin(2 * np.pi * (RATE / 4) * t + np.pi / 4).astype(np.float32)
    assert np.abs(sine).max() == pytest.approx(0.7071, abs=1e-3)
    assert true_peak(sine) == pytest.approx(1.0, abs=0.02)


def test_channels_that_cancel_are_not_mixed():
    x = noise(4, 1.0)
    assert np.array_equal(to_mono(np.stack([x, -0.98 * x])).samples, x)
    assert to_mono(np.stack([x, -x])).note.startswith("antiphase")
    assert np.allclose(to_mono(np.stack([x, x])).samples, x)
    assert to_mono(np.stack([x] * 8)).note == "mixed 8 → 1 channel (mean)"


@pytest.mark.parametrize(
    ("reason", "samples"),
    [
        ("not_finite", np.array([0.1, np.nan, 0.2] * 50, np.float32)),
        ("silent", np.zeros(1000, np.float32)),
        ("silent", np.zeros(1, np.float32)),
        ("clipped", np.sign(noise(5, 0.1))),
        ("dc_offset", noise(6, 0.1) + np.float32(0.1)),
    ],
)
def test_faults_have_codes(reason, samples):
    assert fault(samples)[0] == reason


def test_sound_without_a_fault_has_none():
    assert fault(noise(7, 0.5)) is None


def test_bandwidth_is_that_of_the_band():
    t = np.arange(RATE) / RATE
    tones = sum(np.sin(2 * np.pi * f * t) for f in (200, 900, 3000)).astype(np.float32)
    assert 2900 < bandwidth_hz(tones, RATE) < 3100
    assert bandwidth_hz(noise(8, 1.0), RATE) > 20000
