"""The anchor has lost what lies above 3.5 kHz, and nothing else."""

import math

import pytest
import torch
from audio_omni.core.errors import MediaError
from audio_omni.core.media.waveform import Waveform
from audio_omni.evaluation.study.anchor import is_dull, low_anchor


def sine(hertz, rate=44100):
    times = torch.arange(rate, dtype=torch.float64) / rate
    return Waveform(torch.sin(2 * math.pi * hertz * times).float()[None].repeat(2, 1), rate)


@pytest.mark.parametrize(
    ("hertz", "lowest_db", "highest_db"),
    [
        (100, -0.01, 0.01),
        (3200, -0.05, 0.05),
        (3500, -6.1, -5.9),
        (3800, -140, -75),
        (9000, -200, -75),
    ],
)
def test_response(hertz, lowest_db, highest_db):
    clip = sine(hertz)
    passed = low_anchor(clip)
    middle = slice(10000, 30000)
    ratio = passed.samples[:, middle].square().mean() / clip.samples[:, middle].square().mean()
    assert lowest_db <= 10 * math.log10(float(ratio) + 1e-20) <= highest_db
    assert passed.samples.shape == clip.samples.shape


def test_it_comes_without_delay():
    clip = sine(440)
    assert torch.allclose(
        low_anchor(clip).samples[:, 5000:-5000], clip.samples[:, 5000:-5000], atol=1e-3
    )


def test_a_reference_without_highs_is_called_dull():
    low, high = sine(440), sine(6000)
    assert is_dull(low, low_anchor(low))
    assert not is_dull(high, low_anchor(high))


def test_a_rate_too_low_for_an_anchor_is_refused():
    with pytest.raises(MediaError, match="6000 Hz, which holds nothing above 3500 Hz"):
        low_anchor(sine(440, rate=6000))
