"""An edit of a part of speech: outside it, the recording's own samples, bit for bit."""

import pytest
import torch
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.pasting import CROSSFADE_SECONDS, pasted
from audio_omni.core.payloads import REFERENCE_AUDIO, Example, ReferenceAudio
from hypothesis import given, settings
from hypothesis import strategies as st

RATE, N = 8000, 4000


def clip(seed, samples=N, rate=RATE, channels=1):
    generator = torch.Generator().manual_seed(seed)
    return Waveform(torch.rand(channels, samples, generator=generator) - 0.5, rate)


def example(waveform, blanked, role="speech"):
    payload = ReferenceAudio(waveform, role=role, blanked=blanked)
    return Example("speech_editing", N / RATE, {REFERENCE_AUDIO: payload})


@given(st.integers(0, N - 2), st.integers(1, N), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_outside_the_part_nothing_is_changed(start, length, seed):
    end = min(N, start + length)
    source, made = clip(seed), clip(seed + 1)
    result = pasted(made, example(source, ((start / RATE, end / RATE),)))
    assert torch.equal(result.samples[:, :start], source.samples[:, :start])
    assert torch.equal(result.samples[:, end:], source.samples[:, end:])
    fade = round(CROSSFADE_SECONDS * RATE)
    if end - start > 2 * fade:
        middle = slice(start + fade, end - fade)
        assert torch.equal(result.samples[:, middle], made.samples[:, middle])
    assert "kept the recording outside" in result.conversions[-1]


def test_fades_keep_the_power_and_stay_inside():
    source, made = clip(0, samples=80_000), clip(1, samples=80_000)
    result = pasted(made, example(source, ((2.0, 8.0),)))
    fade = round(CROSSFADE_SECONDS * RATE)
    inside = result.samples[:, 16000 : 16000 + fade]
    assert not torch.equal(inside, made.samples[:, 16000 : 16000 + fade])
    ratio = float(inside.square().mean() / made.samples.square().mean())
    assert ratio == pytest.approx(1.0, abs=0.3)


def test_two_parts_are_both_made_anew():
    source, made = clip(0), clip(1)
    result = pasted(made, example(source, ((0.1, 0.2), (0.3, 0.4))))
    assert torch.equal(result.samples[:, 1600:2400], source.samples[:, 1600:2400])
    assert torch.equal(result.samples[:, 1000:1400], made.samples[:, 1000:1400])


def test_a_recording_of_another_rate_and_length_is_brought_to_the_models():
    source, made = clip(0, samples=2 * N + 400, rate=2 * RATE, channels=2), clip(1)
    result = pasted(made, example(source, ((0.2, 0.3),)))
    assert result.samples.shape == made.samples.shape
    assert result.sample_rate_hz == RATE


@pytest.mark.parametrize(
    "other",
    [
        Example("add", 1.0, {}),
        example(clip(0), (), "speech"),
        example(clip(0), ((0.1, 0.2),), "source"),
        example(None, (), "voice"),
    ],
)
def test_other_examples_are_left_as_they_were_made(other):
    made = clip(1)
    assert pasted(made, other) is made


def test_a_part_that_is_too_loud_is_turned_down_alone():
    source, loud = clip(0), clip(1)
    made = Waveform(loud.samples * 5, RATE)
    result = pasted(made, example(source, ((0.1, 0.3),)))
    assert float(result.samples.abs().max()) <= 1.0
    assert torch.equal(result.samples[:, 2400:], source.samples[:, 2400:])
    assert "scaled the new part by 0." in result.conversions[-1]
