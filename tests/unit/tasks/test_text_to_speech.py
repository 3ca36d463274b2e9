import json

import pytest
import torch
from audio_omni.core.errors import DataError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT, REFERENCE_AUDIO, TRANSCRIPT
from audio_omni.core.source import Row
from audio_omni.core.wording import TaskWording
from audio_omni.tasks.text_to_speech import UNWRITTEN, TextToSpeech

FULL_STOP = TaskWording(user="", voice_join="full_stop")


def voice(conversions=()):
    return Waveform(torch.full((1, 8000), 0.1), 16000, conversions)


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
    assert (reference.waveform, reference.role) == (None, "voice")
    assert made.seconds == 2
    assert made.conversions == ()


def test_with_a_voice_and_its_words():
    clip = voice(("resampled",))
    made = example({"transcript": "New.", "voice_audio": clip, "voice_transcript": "Old words"})
    assert made.payloads[TRANSCRIPT].text == "Old words. New."
    assert made.payloads[REFERENCE_AUDIO].waveform is clip
    assert made.conversions == ("resampled",)


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


def test_row_of_speech_with_a_voice():
    clip = voice()
    row = Row(
        "r1",
        {"transcript": "New.", "voice_transcript": "Old."},
        audio=voice,
        media={"voice_prompt": lambda: clip},
    )
    made = TextToSpeech().to_example(row)
    assert made.payloads[REFERENCE_AUDIO].waveform is clip
    assert made.payloads[TRANSCRIPT].text == "Old. New."
    assert made.target is not None


def test_row_without_a_transcript_is_named():
    with pytest.raises(DataError, match=r"Row 'r2'.*'text_to_speech'.*'transcript' is required"):
        TextToSpeech().to_example(Row("r2", {"caption": "speech"}))
