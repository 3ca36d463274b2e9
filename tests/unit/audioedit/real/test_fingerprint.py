"""A separator's residue is found if there is any, and not if there is none."""

import numpy as np
import pytest
from audio_omni.plugins.audioedit.real.fingerprint import (
    Fingerprint,
    fingerprint,
    mean_log_mel,
    probe_accuracy,
)


def tracks(count, dull):
    """Noise of many colours; of each pair the second may lack what is above 10 kHz."""
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(count):
        for is_second in (False, True):
            spectrum = np.fft.rfft(rng.standard_normal(16000))
            spectrum *= np.linspace(1, 10 ** rng.uniform(-2, 0), len(spectrum))
            if is_second and dull:
                spectrum[5000:] *= 0.5
            rows.append(mean_log_mel(np.fft.irfft(spectrum).astype(np.float32), 32000))
    return np.array(rows), np.tile([False, True], count), np.repeat(np.arange(count) % 2 == 0, 2)


def test_a_residue_is_found():
    assert probe_accuracy(*tracks(60, dull=True)) > 0.95


def test_where_there_is_none_it_is_chance():
    assert probe_accuracy(*tracks(60, dull=False)) == pytest.approx(0.5, abs=0.15)


def test_a_warning_says_what_to_do():
    assert Fingerprint(0.6, 100).warning is None
    assert "tells separated tracks from recordings in 95% of 200" in Fingerprint(0.95, 100).warning


def test_few_pairs_tell_nothing(scenes, run):
    ran = run(scenes.add("clip").config())
    assert fingerprint(ran.records(), ran.workshop.blobs) is None


def test_pairs_of_a_data_set_are_told_apart(scenes, run):
    for k in range(20):
        scenes.add(f"clip-{k:02}", fault="noisy")
    ran = run(scenes.config())
    found = fingerprint(ran.records(), ran.workshop.blobs)
    assert found.items == 20
    assert found.accuracy > 0.9  # its residuals are noisy
    assert found.warning
