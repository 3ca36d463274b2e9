"""What edits are compared by: onsets, pitch, spill, brightness, level, on sounds that are known."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.real import likeness
from audio_omni.plugins.audioedit.real.tracks import (
    get,
    log_spectral_distance_db,
    put,
    si_sdr_db,
)

RATE = 44100
TIME = np.arange(2 * RATE) / RATE


def notes(*pitches_hz, start=0.2, partials=4):
    """Plucked notes, one every 0.4 s."""
    total = np.zeros(len(TIME))
    for k, hz in enumerate(pitches_hz):
        t = TIME - (start + 0.4 * k)
        decay = np.where(t >= 0, np.exp(-6 * np.maximum(t, 0)), 0)
        total += decay * sum(np.sin(2 * np.pi * hz * p * t) / p for p in range(1, partials + 1))
    return (0.1 * total).astype(np.float32)


def noise(*, seed=0, low=0, high=22050):
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(TIME)))
    frequency = np.fft.rfftfreq(len(TIME), 1 / RATE)
    spectrum[(frequency < low) | (frequency > high)] = 0
    return (0.1 * np.fft.irfft(spectrum)).astype(np.float32)


def test_the_same_rhythm_matches_whatever_sounds():
    correlation, lag = likeness.onset_match(notes(220, 330, 440), notes(900, 500, 700), RATE)
    assert correlation > 0.9
    assert lag == 0


@pytest.mark.parametrize("late_ms", [20, 50])
def test_a_lag_is_found(late_ms):
    late = notes(220, 330, start=0.2 + late_ms / 1000)
    correlation, lag = likeness.onset_match(notes(220, 330), late, RATE)
    assert correlation > 0.9
    assert 1000 * lag == pytest.approx(late_ms, abs=10)


def test_another_rhythm_does_not_match():
    correlation, _ = likeness.onset_match(notes(220, 330, 440), notes(220, start=1.3), RATE)
    assert correlation < 0.5
    correlation, _ = likeness.onset_match(notes(220, 330, 440), noise(), RATE)
    assert correlation < 0.5


@pytest.mark.parametrize("hz", [82.4, 220.0, 523.3, 1046.5])
def test_pitch_is_found(hz):
    found = likeness.pitches(notes(hz), RATE)
    clear = found[found[:, 1] > 0.8, 0]
    assert len(clear) > 5
    assert np.median(clear) == pytest.approx(hz, rel=0.01)


@pytest.mark.parametrize(("ratio", "change"), [(1, 0), (2, 0), (0.5, 0), (2 ** (3 / 12), 3)])
def test_pitch_changes_modulo_octaves(ratio, change):
    found = likeness.pitch_change(notes(220, 294), notes(220 * ratio, 294 * ratio), RATE)
    assert found == pytest.approx(change, abs=0.2)


def test_what_has_no_pitch_keeps_none():
    assert likeness.pitch_change(noise(), notes(220), RATE) is None
    assert likeness.pitch_change(np.zeros(RATE, np.float32), notes(220), RATE) is None
    assert likeness.pitch_change(notes(220, 294), noise(), RATE) == 6.0


def test_spill_is_what_sounds_outside():
    gate = ((TIME > 0.5) & (TIME < 1)).astype(np.float32)
    assert likeness.spill_db(noise() * gate, [[0.5, 1.0]], RATE) == -100
    leaking = noise() * (gate + 0.1 * (1 - gate))
    assert likeness.spill_db(leaking, [[0.5, 1.0]], RATE) == pytest.approx(-20, abs=0.5)
    assert likeness.spill_db(noise(), [[0.0, 2.0]], RATE) == -100
    assert likeness.spill_db(noise() * gate, [], RATE) == -100


def test_bandwidth_is_lost_by_low_passing():
    assert likeness.bandwidth_loss(noise(), noise(high=8000), RATE) == pytest.approx(0.64, abs=0.02)
    assert likeness.bandwidth_loss(noise(high=8000), noise(), RATE) < -1
    assert likeness.bandwidth_loss(noise(), noise(seed=1), RATE) == pytest.approx(0, abs=0.01)
    assert likeness.bandwidth_loss(0 * noise(), noise(), RATE) == 0


def test_level_changes_are_in_loudness_units():
    assert likeness.level_change_lu(noise(), 2 * noise(), RATE) == pytest.approx(6.02, abs=0.01)
    assert likeness.level_change_lu(noise(), 0 * noise(), RATE) == -100
    assert likeness.level_change_lu(0 * noise(), noise(), RATE) == 100


def test_si_sdr_is_the_ratio_that_was_mixed():
    clean, other = noise(), noise(seed=1)
    other -= clean * (other @ clean) / (clean @ clean)
    level = 10 ** (-10 / 20) * np.sqrt((clean @ clean) / (other @ other))
    assert si_sdr_db(3 * (clean + level * other), clean) == pytest.approx(10, abs=0.01)
    assert si_sdr_db(clean, clean) == 100
    assert si_sdr_db(clean, 0 * clean) == -100


def test_spectral_distance_is_zero_for_the_same_and_a_gain_for_a_gain():
    assert log_spectral_distance_db(noise(), noise()) == 0
    assert log_spectral_distance_db(noise(), 0.5 * noise()) == pytest.approx(6.02, abs=0.05)


def test_parts_survive_being_kept(tmp_path):
    from audio_omni.plugins.audioedit.blobs import BlobStore

    blobs = BlobStore(tmp_path)
    quiet, hot = noise(), 20 * noise()
    kept = put(blobs, quiet, RATE)
    assert kept.keys() == {"sha256"}
    np.testing.assert_allclose(get(blobs, kept), quiet, atol=2**-23)
    kept = put(blobs, hot, RATE)
    assert kept["gain"] < 1
    np.testing.assert_allclose(get(blobs, kept), hot, atol=1e-5)
    assert get(blobs, put(blobs, 0 * quiet, RATE)).max() == 0
