import pytest
import torch
from audio_omni.core.errors import RequestError
from audio_omni.core.geometry import Geometry
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.models.lengths import length_of, spoken_seconds, told_length
from audio_omni.core.payloads import (
    REFERENCE_AUDIO,
    TRANSCRIPT,
    Example,
    ReferenceAudio,
    Transcript,
)

GEOMETRY = Geometry(sample_rate_hz=1000, channels=1, hop=10, clip_seconds=3.0)
VOICE = Waveform(torch.zeros(1, 1000), 1000)


def spoken(text, *, repeated=0, seconds=None, voice=None):
    return Example(
        task="text_to_speech",
        seconds=seconds,
        payloads={
            TRANSCRIPT: Transcript(text, repeated),
            REFERENCE_AUDIO: ReferenceAudio(voice, role="voice"),
        },
        skip_seconds=0.0 if voice is None else voice.seconds,
    )


def test_a_target_is_as_long_as_it_is_whatever_was_asked():
    assert length_of(spoken("ten chars!", seconds=2.0), torch.zeros(1, 1234), GEOMETRY, 10) == 1234


@pytest.mark.parametrize(
    ("example", "pace", "samples"),
    [
        (spoken("ten chars!"), None, 3000),
        (spoken("ten chars!"), 10.0, 1000),
        (spoken("ten chars!", seconds=0.5), 10.0, 500),
        (spoken("many words " * 20), 10.0, 3000),
        (spoken("ten chars!", voice=VOICE), 10.0, 2000),
        (spoken("hello hello ten chars", repeated=20, voice=VOICE), 10.0, 1050),
    ],
    ids=["no pace", "pace", "asked", "cut to a clip", "voice unwritten", "pace of the voice"],
)
def test_a_request_is_as_long_as_its_words_take(example, pace, samples):
    assert length_of(example, None, GEOMETRY, pace) == samples


def test_what_is_too_long_is_refused():
    told = r"got 3.500 s of audio; this model makes at most 3 s. Ask for fewer seconds.$"
    with pytest.raises(RequestError, match=told):
        length_of(spoken("x", seconds=3.5), None, GEOMETRY, None)


def test_a_source_that_is_too_long_is_told_how_much_the_model_hears():
    source = ReferenceAudio(Waveform(torch.zeros(1, 3500), 1000))
    example = Example(task="remove", seconds=3.5, payloads={REFERENCE_AUDIO: source})
    with pytest.raises(RequestError, match=r"got 3.500 s .* at most 2.5 s. Cut the source, or"):
        length_of(example, None, GEOMETRY, None, 2.5)
    with pytest.raises(RequestError, match=r"got 3.500 s .* at most 3 s"):
        length_of(spoken("x", seconds=3.5), None, GEOMETRY, None, 2.5)


def test_an_example_without_words_has_no_length_of_its_own():
    assert spoken_seconds(Example(task="t", seconds=None, payloads={}), 10.0) is None


def test_a_voice_is_told_how_long_the_result_is():
    told = told_length(spoken("x", voice=VOICE), 2.0).payloads[REFERENCE_AUDIO]
    assert (told.seconds, told.waveform) == (2.0, VOICE)
    silent = spoken("x")
    assert told_length(silent, 2.0) is silent
