"""The estimators of noise, bandwidth and clipping, on speech whose noise and band are known."""

import numpy as np
import pytest
import spoken_corpus
import torch
from audio_omni.plugins.audioedit.voice.quality import (
    longest_clipped_run,
    occupied_hz,
    snr_db,
)
from torchaudio.functional import resample

RATE = spoken_corpus.RATE


def speech(noise_db, name="anna", sentence=spoken_corpus.SENTENCES[0], seed=0):
    samples, words = spoken_corpus.utterance(name, sentence, noise_db=noise_db, seed=seed)
    return samples, words


def true_ratio(name, sentence, noise_db):
    """The power of what is said, over the noise's, in dB: what the samples were made with."""
    clean, words = speech(-200.0, name, sentence)
    said = np.concatenate([clean[int(w["start_s"] * RATE) : int(w["end_s"] * RATE)] for w in words])
    return 10 * np.log10(np.square(said, dtype=np.float64).mean()) - noise_db


@pytest.mark.parametrize("name", ["anna", "boris", "clara", "david"])
@pytest.mark.parametrize("noise_db", [-35.0, -45.0, -55.0])
def test_signal_to_noise_is_near_what_was_mixed(name, noise_db):
    sentence = spoken_corpus.SENTENCES[1]
    samples, _ = speech(noise_db, name, sentence)
    found = snr_db(samples, RATE)
    assert found == pytest.approx(true_ratio(name, sentence, noise_db), abs=3.0)


def test_ten_decibels_more_noise_are_ten_decibels_less():
    found = [snr_db(speech(level)[0], RATE) for level in (-60.0, -50.0, -40.0)]
    assert np.diff(found) == pytest.approx([-10, -10], abs=1.0)


def test_padding_and_an_offset_are_no_silence():
    samples, _ = speech(-45.0)
    padded = np.concatenate([np.zeros(RATE, np.float32), samples, np.zeros(RATE, np.float32)])
    assert snr_db(padded, RATE) == pytest.approx(snr_db(samples, RATE), abs=0.5)
    assert snr_db(samples + np.float32(0.04), RATE) == pytest.approx(snr_db(samples, RATE), abs=0.1)


def test_gain_changes_nothing():
    samples, _ = speech(-45.0)
    assert snr_db(samples * 0.1, RATE) == pytest.approx(snr_db(samples, RATE), abs=0.01)


def test_who_never_pauses_is_taken_for_noisier_than_it_is():
    """The documented bias is on the safe side."""
    tone = 0.2 * np.sin(np.arange(2 * RATE) * 0.1).astype(np.float32)
    assert snr_db(tone, RATE) < 1.0


def test_too_little_sound_has_no_estimate():
    assert snr_db(np.zeros(RATE, np.float32), RATE) is None
    assert snr_db(speech(-45.0)[0][: RATE // 10], RATE) is None
    assert snr_db(np.zeros(3, np.float32), RATE) is None


@pytest.mark.parametrize(("lower", "width"), [(8000, 6), (8000, 64), (11025, 64)])
def test_a_copy_of_a_lower_rate_has_nothing_above_its_band(lower, width):
    """Narrow filters leave images above the band: of 8 kHz few enough, of 11 kHz not always."""
    samples, _ = speech(-60.0)
    there = resample(torch.from_numpy(samples), RATE, lower, lowpass_filter_width=width)
    back = resample(there, lower, RATE, lowpass_filter_width=width).numpy()
    dither = np.random.default_rng(0).uniform(-0.5, 0.5, len(back)) / 2**15
    found = occupied_hz(back + dither.astype(np.float32), RATE)
    assert found < 6500
    assert found == pytest.approx(lower / 2, rel=0.25)


def test_speech_reaches_the_end_of_its_own_band():
    assert occupied_hz(speech(-60.0)[0], RATE) >= 7500
    assert occupied_hz(np.zeros(RATE, np.float32), RATE) == 0.0
    assert occupied_hz(np.zeros(9, np.float32), RATE) == 0.0


def test_a_wave_that_was_cut_stays_at_full_scale_for_samples():
    sine = np.sin(np.arange(1000) * 0.3).astype(np.float32)
    assert longest_clipped_run(sine * np.float32(0.99)) == 0
    assert longest_clipped_run(np.clip(sine * 1.5, -1, 1)) >= 3
    both = np.array([1, 1, -1, -1, 1, 0, -1, -1, -1, -1], np.float32)
    assert longest_clipped_run(both) == 4
    assert longest_clipped_run(np.zeros(0, np.float32)) == 0
