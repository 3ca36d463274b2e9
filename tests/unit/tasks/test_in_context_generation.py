import pytest
import torch
from audio_omni.core.errors import DataError, RequestError
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT
from audio_omni.core.source import Row
from audio_omni.tasks.in_context_generation import InContextGeneration

FIELDS = {"instruction": "Play a slow tune with this instrument."}


def clip(level=0.1):
    return Waveform(torch.full((1, 8000), level), 16000, ("resampled",))


def test_the_language_model_hears_the_clip_and_reads_the_instruction():
    task, heard = InContextGeneration(), clip()
    values = {"reference_audio": heard, **FIELDS, "seconds": 2}
    made = task.to_example(task.parse_request(values))
    assert set(made.payloads) == {PROMPT}
    assert made.payloads[PROMPT].audio is heard
    assert made.payloads[PROMPT].text == FIELDS["instruction"]
    assert made.payloads[PROMPT].system
    assert (made.seconds, made.conversions) == (2, ("resampled",))


@pytest.mark.parametrize("name", ["audio", "reference_audio"])
def test_a_row_brings_the_clip_beside_its_target(name):
    heard, target = clip(), clip(0.2)
    row = Row("r1", FIELDS, audio=lambda: target, media={name: lambda: heard})
    made = InContextGeneration().to_example(row)
    assert made.payloads[PROMPT].audio is heard
    assert made.target is target


@pytest.mark.parametrize(
    ("fields", "media", "name"),
    [(FIELDS, {}, "reference_audio"), ({"caption": "a tune"}, {"audio": clip}, "instruction")],
)
def test_a_row_that_lacks_something_is_named(fields, media, name):
    with pytest.raises(DataError, match=rf"Row 'r1'.*'in_context_generation'.*'{name}' is requ"):
        InContextGeneration().to_example(Row("r1", fields, audio=clip, media=media))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({**FIELDS}, "field 'reference_audio' is required"),
        ({"instruction": "", "reference_audio": "a.wav"}, "field 'instruction'.*is empty"),
        ({**FIELDS, "reference_audio": 3}, "field 'reference_audio'.*is a int"),
    ],
)
def test_bad_requests(values, message):
    with pytest.raises(RequestError, match=message):
        InContextGeneration().parse_request(values)
