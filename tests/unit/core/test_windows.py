import itertools

import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT, REFERENCE_AUDIO, Example, Prompt, ReferenceAudio
from audio_omni.core.windows import (
    cut_into_windows,
    join_windows,
    source_of,
    window_starts,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def edit_of(samples, rate=100, channels=1):
    ramp = torch.arange(1, samples * channels + 1).reshape(channels, samples).float()
    payload = ReferenceAudio(Waveform(ramp, rate), role="source")
    payloads = {PROMPT: Prompt("x"), REFERENCE_AUDIO: payload}
    return Example(task="add", seconds=samples / rate, payloads=payloads)


@given(st.integers(1, 5000), st.integers(1, 700), st.integers(0, 699))
def test_windows_cover_everything_and_overlap_as_asked(samples, window, overlap):
    if overlap >= window:
        with pytest.raises(RequestError, match="shorter than a window"):
            window_starts(samples, window, overlap)
        return
    starts = window_starts(samples, window, overlap)
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    for before, after in itertools.pairwise(starts):
        assert before + window - after >= overlap
        assert after + window <= samples
    assert starts[-1] + window >= samples


@settings(deadline=None)
@given(st.integers(50, 3000), st.floats(0.5, 9.0), st.integers(1, 2))
def test_cut_and_joined_again_is_the_clip(samples, seconds, channels):
    example = edit_of(samples, channels=channels)
    parts, starts = cut_into_windows(example, seconds)
    clips = [source_of(part) for part in parts]
    assert all(clip.seconds <= seconds + 1e-9 for clip in clips)
    joined = join_windows(clips, starts, example.seconds)
    torch.testing.assert_close(joined.samples, source_of(example).samples, rtol=1e-5, atol=1e-3)


def test_windows_fade_into_one_another():
    one, two = (Waveform(torch.full((1, 10), value), 1) for value in (1.0, 3.0))
    joined = join_windows([one, two], [0, 7], 17)
    fade = joined.samples[0, 7:10]
    assert joined.samples[0, :7].tolist() == [1.0] * 7
    assert fade.tolist() == pytest.approx([1.5, 2.0, 2.5])
    assert joined.samples[0, 10:].tolist() == [3.0] * 7
    assert "joined 2 windows" in joined.conversions[-1]


def test_only_an_edit_has_a_source():
    assert source_of(Example("t", 1.0, {PROMPT: Prompt("x")})) is None
    voice = ReferenceAudio(Waveform(torch.zeros(1, 4), 4), role="voice")
    assert source_of(Example("t", 1.0, {REFERENCE_AUDIO: voice})) is None
    assert source_of(Example("t", 1.0, {REFERENCE_AUDIO: ReferenceAudio(None, "voice")})) is None
