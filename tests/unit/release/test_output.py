"""Sixteen-bit samples as the published interface returns them."""

import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.plugins.release.output import to_int16
from hypothesis import given
from hypothesis import strategies as st


def test_clips_follow_one_another_and_share_one_peak():
    audio = torch.tensor([[[0.5, 0.0], [0.25, -0.5]], [[-1.0, 0.1], [2.0, 0.0]]])
    strip = to_int16(audio)
    assert strip.dtype == torch.int16
    assert strip.tolist() == [[8191, 0, -16383, 1638], [4095, -8191, 32767, 0]]


@pytest.mark.parametrize("samples", [0, 3])
def test_silence_stays_silent(samples):
    assert to_int16(torch.zeros(2, 2, samples)).tolist() == [[0] * 2 * samples] * 2


def test_another_shape_is_refused():
    with pytest.raises(RequestError, match="expected"):
        to_int16(torch.zeros(2, 3))


@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 3),
    level=st.floats(1e-3, 1e3),
    seed=st.integers(0, 99),
)
def test_the_loudest_sample_is_at_full_scale_and_nothing_wraps(sizes, level, seed):
    audio = level * torch.randn(sizes, generator=torch.Generator().manual_seed(seed))
    strip = to_int16(audio)
    batch, channels, samples = sizes
    assert strip.shape == (channels, batch * samples)
    assert int(strip.int().abs().max()) == 32767
    flat = audio.transpose(0, 1).flatten(1)
    assert bool(((strip == 0) | (strip.sign() == flat.sign())).all())
