import pytest
import torch
from audio_omni.core.errors import DataError, MediaError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT, REFERENCE_AUDIO, TRANSCRIPT
from audio_omni.core.source import Row
from audio_omni.tasks.speaking import UNWRITTEN
from audio_omni.tasks.voice_conversion import NOT_HEARD, VoiceConversion

WORDS = {"transcript": "Good day.", "voice_transcript": "Hello"}


def clip(seconds, level=0.1):
    return Waveform(torch.full((1, round(seconds * 16000)), level), 16000)


def example(**changes):
    task = VoiceConversion()
    values = {"source_audio": clip(1.0), "voice_audio": clip(0.5, 0.3), **WORDS, **changes}
    given = {name: value for name, value in values.items() if value is not None}
    return task.to_example(task.parse_request(given))


def test_the_voice_is_the_reference_and_the_source_gives_the_length():
    voice = clip(0.5, 0.3)
    made = example(voice_audio=voice)
    reference = made.payloads[REFERENCE_AUDIO]
    assert reference.waveform is voice
    assert (reference.role, reference.seconds) == ("voice", 1.5)
    assert (made.seconds, made.skip_seconds) == (1.5, 0.5)
    assert made.payloads[TRANSCRIPT].text == "Hello. Good day."


def test_the_language_model_hears_nothing_and_that_is_told():
    made = example()
    assert (made.payloads[PROMPT].text, made.payloads[PROMPT].audio) == ("", None)
    assert made.payloads[PROMPT].system == "Speak the text in the given voice."
    assert made.conversions == (NOT_HEARD,)
    assert example(voice_transcript=None).conversions == (UNWRITTEN, NOT_HEARD)


def test_another_length_can_be_asked_for():
    assert example(seconds=0.7).seconds == pytest.approx(1.2)


def row(fields=WORDS, target=1.0, **media):
    opened = {"source_audio": lambda: clip(1.0), "voice_audio": lambda: clip(0.5, 0.3), **media}
    given = {name: load for name, load in opened.items() if load is not None}
    return Row("r1", fields, audio=lambda: clip(target, 0.2), media=given)


def test_a_row_learns_the_voice_and_the_target_behind_it():
    made = VoiceConversion().to_example(row())
    assert made.payloads[TRANSCRIPT].text == "Hello. Good day."
    assert (made.seconds, made.skip_seconds, made.id) == (1.5, 0.5, "r1")
    expected = torch.cat([clip(0.5, 0.3).samples, clip(1.0, 0.2).samples], dim=1)
    assert torch.equal(made.target.samples, expected)


def test_a_target_at_a_pace_of_its_own_keeps_its_length():
    """Sentences that two people read are not equally long."""
    made = VoiceConversion().to_example(row(target=1.25))
    assert made.target.seconds == made.seconds == made.payloads[REFERENCE_AUDIO].seconds == 1.75


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("voice_audio", "field 'voice_audio' is required"),
        ("source_audio", "field 'source_audio' is required"),
        ("transcript", "field 'transcript' is required"),
    ],
)
def test_a_request_needs_source_voice_and_words(missing, message):
    with pytest.raises(RequestError, match=message):
        example(**{missing: None})


@pytest.mark.parametrize(
    ("broken", "name"),
    [(row(voice_audio=None), "voice_audio"), (row({"speaker": "a"}), "transcript")],
)
def test_a_row_that_lacks_something_is_named(broken, name):
    with pytest.raises(DataError, match=rf"Row 'r1'.*'voice_conversion'.*'{name}' is required"):
        VoiceConversion().to_example(broken)


def test_a_voice_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(MediaError, match=r"no\.wav"):
        example(voice_audio=tmp_path / "no.wav")
