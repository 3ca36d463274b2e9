import math

import pytest
import torch
from audio_omni.core.data.uri import open_source
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.evaluation.metrics import mel_cepstral_distortion as module
from audio_omni.evaluation.metrics.config import MelCepstralDistortionConfig
from audio_omni.evaluation.metrics.mel_cepstral_distortion import MelCepstralDistortion
from audio_omni.plugins.manager import build_plugin_manager

RATE = 16000


def vowel(pitch_hz, formants_hz, seconds=0.5, gain=0.1):
    """A buzz whose harmonics are louder near the formants."""
    t = torch.arange(int(RATE * seconds), dtype=torch.float64) / RATE
    total = torch.zeros_like(t)
    for k in range(1, int(RATE / 2 / pitch_hz)):
        level = sum(math.exp(-(((k * pitch_hz - f) / 200.0) ** 2)) for f in formants_hz)
        total += (level + 0.01) * torch.sin(2 * math.pi * k * pitch_hz * t)
    return (gain * total / total.abs().max())[None].float()


A, E = (700, 1200), (300, 2300)


def score(made, wanted, **options):
    clip = Measured(Waveform(made, RATE), None if wanted is None else Waveform(wanted, RATE))
    return MelCepstralDistortion(MelCepstralDistortionConfig(**options)).score(clip)


def test_a_copy_is_zero_away():
    assert score(vowel(120, A), vowel(120, A)) == 0.0


def test_level_does_not_count():
    near = score(vowel(120, A, gain=0.05), vowel(120, A, gain=0.5), floor_dbfs=-160.0)
    assert near == pytest.approx(0.0, abs=1e-3)


def test_another_pace_is_nearer_than_another_vowel():
    """The same two vowels, the first held longer: no frame in its place is right."""
    wanted = torch.cat([vowel(120, A, 0.3), vowel(120, E, 0.6)], dim=1)
    slow = torch.cat([vowel(120, A, 0.9), vowel(120, E, 0.2)], dim=1)
    other = torch.cat([vowel(120, E, 0.9), vowel(120, A, 0.2)], dim=1)
    assert score(slow, wanted) < 0.2 * score(other, wanted)


@pytest.mark.parametrize("k", [1, 5, 13])
def test_envelopes_that_differ_by_a_wave_are_its_root_mean_square_apart(monkeypatch, k):
    """A wave of 6 dB, k half periods over the mel bands, in every frame."""
    bands = torch.arange(40, dtype=torch.float64)[:, None] + 0.5
    wave_db = 6.0 * torch.cos(math.pi / 40 * k * bands).expand(40, 9)
    flat = torch.ones(40, 9, dtype=torch.float64)
    powers = [flat * 10 ** (wave_db / 10), flat]
    monkeypatch.setattr(module, "power_spectrum", lambda *_, **__: powers.pop(0))
    monkeypatch.setattr(module, "mel_filters", lambda *_: torch.eye(40, dtype=torch.float64))
    assert score(vowel(120, A), vowel(120, A), floor_dbfs=-200.0) == pytest.approx(6 / 2**0.5)


def test_a_voice_is_nearer_to_itself_than_to_another():
    """The world's speakers say the same word: a take through more noise, another speaker."""
    rows = open_source("soundworld:voice_conversion", {}, build_plugin_manager())
    row = rows.row(0)
    wanted, source = row.audio(), row.media["source_audio"]()
    noisy = wanted.samples + 1e-3 * torch.randn(
        wanted.samples.shape, generator=torch.Generator().manual_seed(0)
    )
    near = score(noisy, wanted.samples, sample_rate_hz=wanted.sample_rate_hz)
    far = score(source.samples, wanted.samples, sample_rate_hz=wanted.sample_rate_hz)
    assert near < 0.5 * far


def test_no_reference_is_refused():
    with pytest.raises(RequestError, match="reference that says the same"):
        score(vowel(120, A), None)
