import math

import pytest
from audio_omni.core.errors import RequestError
from audio_omni.core.geometry import Geometry
from hypothesis import given
from hypothesis import strategies as st


def geometry(rate=16000, hop=256, seconds=3.0):
    return Geometry(sample_rate_hz=rate, channels=1, hop=hop, clip_seconds=seconds)


@given(
    rate=st.sampled_from([8000, 16000, 22050, 44100, 48000]),
    hop=st.integers(1, 4096),
    seconds=st.floats(1e-4, 600),
)
def test_frames_cover_the_samples_and_no_more(rate, hop, seconds):
    g = geometry(rate, hop, seconds)
    frames = g.clip_frames
    assert (frames - 1) * hop < g.clip_samples <= frames * hop
    assert abs(g.clip_samples / rate - seconds) <= max(0.5, 1) / rate


def test_release_window_has_236_frames_of_2048_when_cut_to_whole_frames():
    assert geometry(44100, 2048, 236 * 2048 / 44100).clip_frames == 236


@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf])
def test_an_impossible_duration_is_refused(seconds):
    with pytest.raises(RequestError, match="expected a number above 0"):
        geometry().samples(seconds)
