import pytest
import torch
from audio_omni.core.errors import ConfigError, MediaError
from audio_omni.core.media.mel import LogMel, mel_filterbank


def log_mel():
    return LogMel(sample_rate_hz=16000, fft_size=512, hop=128, mels=40)


def test_shapes_keep_leading_dimensions():
    result = log_mel()(torch.zeros(2, 3, 1280))
    assert result.shape == (2, 3, 40, log_mel().frames(1280)) == (2, 3, 40, 11)


def test_a_tone_is_loudest_in_the_band_around_it():
    tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16000) / 16000)
    front_end = log_mel()
    band = int(front_end(tone).mean(-1).argmax())
    bin_of_tone = 1000 // (16000 // 512)
    assert front_end.filterbank[bin_of_tone].argmax() == band


def test_filters_overlap_and_stay_within_their_band():
    bank = mel_filterbank(bins=1025, sample_rate_hz=16000, mels=20, f_min_hz=500.0, f_max_hz=6000.0)
    frequencies = torch.linspace(0, 8000, 1025)
    used = bank.sum(1) > 0
    assert frequencies[used].min() >= 500
    assert frequencies[used].max() <= 6000
    assert bank.max() <= 1
    assert (bank.amax(0) > 0.8).all()


def test_band_above_half_the_rate_is_refused():
    with pytest.raises(ConfigError, match=r"from 0 to 9000 Hz.*within 0 … 8000 Hz"):
        LogMel(sample_rate_hz=16000, fft_size=512, hop=128, mels=8, f_max_hz=9000)


def test_clip_too_short_to_reflect():
    with pytest.raises(MediaError, match=r"Got 256 samples.*more than 256"):
        log_mel()(torch.zeros(256))
