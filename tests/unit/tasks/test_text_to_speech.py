import json

import pytest
import torch
from audio_omni.core.errors import DataError, RequestError
from audio_omni.core.media.audio import resample
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT, REFERENCE_AUDIO, TRANSCRIPT
from audio_omni.core.source import Row
from audio_omni.core.wording import TaskWording
from audio_omni.tasks.speaking import UNWRITTEN, joined
from audio_omni.tasks.text_to_speech import TextToSpeech
from hypothesis import given, settings
from hypothesis import strategies as st

FULL_STOP = TaskWording(user="", voice_join="full_stop")


def voice(conversions=()):
    return Waveform(torch.full((1, 8000), 0.1), 16000, conversions)


def speech(samples, rate=16000, channels=1):
    return Waveform(torch.linspace(-0.5, 0.5, samples).repeat(channels, 1), rate)


def example(values, wording=None):
    task = TextToSpeech(wording)
    return task.to_example(task.parse_request(values))


def test_language_model_reads_the_wording_alone():
    prompt = example({"transcript": "Good morning."}).payloads[PROMPT]
    assert prompt.text == ""
    assert prompt.system == "Speak the text."


def test_without_a_voice():
    made = example({"transcript": " Good morning. ", "seconds": 2})
    assert made.payloads[TRANSCRIPT].text == "Good morning."
    reference = made.payloads[REFERENCE_AUDIO]
    assert (reference.waveform, reference.role, reference.seconds) == (None, "voice", None)
    assert made.seconds == 2
    assert made.conversions == ()


def test_with_a_voice_and_its_words():
    clip = voice(("resampled",))
    made = example({"transcript": "New.", "voice_audio": clip, "voice_transcript": "Old words"})
    assert made.payloads[TRANSCRIPT].text == "Old words. New."
    assert made.payloads[REFERENCE_AUDIO].waveform is clip
    assert made.payloads[REFERENCE_AUDIO].seconds is None
    assert made.conversions == ("resampled",)


def test_what_is_made_begins_with_the_voice():
    made = example({"transcript": "New.", "voice_audio": voice(), "seconds": 1.5})
    assert (made.seconds, made.skip_seconds) == (2.0, 0.5)
    assert made.payloads[REFERENCE_AUDIO].seconds == 2.0


def test_a_voice_without_its_words_is_told():
    made = example({"transcript": "New.", "voice_audio": voice()})
    assert made.payloads[TRANSCRIPT].text == "New."
    assert made.conversions == (UNWRITTEN,)


def test_words_without_their_voice_are_refused():
    with pytest.raises(RequestError, match="voice_transcript without voice_audio"):
        example({"transcript": "New.", "voice_transcript": "Old."})


@pytest.mark.parametrize(
    ("before", "joined"),
    [
        ("Is it?", "Is it? New"),
        ("Stop... ", "Stop... New"),
        ("Hello there", "Hello there. New"),
        ("你好。", "你好。New"),
        ("你好！", "你好！ New"),
        ("  ", "New"),
        (None, "New"),
    ],
)
def test_sentences_keep_their_closing_mark(before, joined):
    assert TextToSpeech().spoken(" New ", before) == joined


def test_full_stop_is_the_published_rule(shared_dir):
    path = shared_dir / "goldens" / "prompts_sha256.json"
    if not path.is_file():
        pytest.skip("needs goldens/prompts_sha256.json in the shared folder")
    cases = json.loads(path.read_text())["tts_join"]
    task = TextToSpeech(FULL_STOP)
    for case in cases:
        assert task.spoken(case["text"], case["reference"]) == case["result"]


@pytest.mark.parametrize("name", ["voice_prompt", "voice_audio"])
def test_row_of_speech_with_a_voice(name):
    clip = voice()
    row = Row(
        "r1",
        {"transcript": "New.", "voice_transcript": "Old."},
        audio=lambda: speech(12000),
        media={name: lambda: clip},
    )
    made = TextToSpeech().to_example(row)
    assert made.payloads[REFERENCE_AUDIO].waveform is clip
    assert made.payloads[TRANSCRIPT].text == "Old. New."
    assert torch.equal(made.target.samples, torch.cat([clip.samples, speech(12000).samples], 1))
    assert made.target.conversions == ("put behind 0.500 s of the voice",)
    assert (made.seconds, made.skip_seconds) == (1.25, 0.5)
    assert made.payloads[REFERENCE_AUDIO].seconds == 1.25


def test_row_of_speech_without_a_voice_is_its_target():
    target = speech(12000)
    made = TextToSpeech().to_example(Row("r1", {"transcript": "New."}, audio=lambda: target))
    assert made.target is target
    assert (made.seconds, made.skip_seconds) == (None, 0.0)


@settings(max_examples=40, deadline=None)
@given(
    rates=st.tuples(*[st.sampled_from([8000, 16000, 22050, 44100])] * 2),
    samples=st.tuples(*[st.integers(1, 3000)] * 2),
    channels=st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2)]),
)
def test_the_voice_is_joined_sample_exact(rates, samples, channels):
    before, new = (
        speech(samples[0], rates[0], channels[0]),
        speech(samples[1], rates[1], channels[1]),
    )
    both = joined(before, new)
    heard = resample(before, rates[1]).samples.shape[1]
    assert both.sample_rate_hz == rates[1]
    assert both.samples.shape == (channels[1], heard + samples[1])
    assert torch.equal(both.samples[:, heard:], new.samples)
    told = sum(note.startswith("voice: ") for note in both.conversions)
    assert told == (rates[0] != rates[1]) + (channels[0] != channels[1])


def test_row_without_a_transcript_is_named():
    with pytest.raises(DataError, match=r"Row 'r2'.*'text_to_speech'.*'transcript' is required"):
        TextToSpeech().to_example(Row("r2", {"caption": "speech"}))
