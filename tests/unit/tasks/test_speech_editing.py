import pytest
import torch
from audio_omni.core.errors import DataError, RequestError
from audio_omni.core.media.audio import resample
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.payloads import PROMPT, REFERENCE_AUDIO, TRANSCRIPT
from audio_omni.core.source import Row
from audio_omni.tasks.speech_editing import SpeechEditing
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 1000
SPAN = {"start_seconds": 0.2, "end_seconds": 0.5}


def ramp(samples=1000, rate=RATE, first=1.0):
    return Waveform(torch.arange(first, first + samples)[None] / 10000, rate)


def example(source=None, transcript="New words here.", **values):
    task = SpeechEditing()
    request = {"source_audio": source or ramp(), "transcript": transcript, **SPAN, **values}
    return task.to_example(task.parse_request(request))


def reference(made):
    return made.payloads[REFERENCE_AUDIO]


def test_a_gap_takes_the_place_of_the_part():
    source = ramp()
    made = example(source, new_seconds=0.4)
    clip = reference(made).waveform.samples
    assert clip.shape == (1, 1100)
    assert torch.equal(clip[:, :200], source.samples[:, :200])
    assert torch.equal(clip[:, 600:], source.samples[:, 500:])
    assert not clip[:, 200:600].any()
    assert reference(made).role == "speech"
    assert reference(made).blanked == ((0.2, 0.6),)
    assert made.seconds == reference(made).seconds == 1.1
    assert made.conversions == ("0.200 … 0.500 s of the source are made anew, 0.400 s long",)


def test_the_transcript_is_the_whole_new_text():
    made = example(transcript=" New words here. ")
    assert made.payloads[TRANSCRIPT].text == "New words here."
    assert made.payloads[PROMPT].text == ""
    assert made.payloads[PROMPT].system


def test_a_part_that_keeps_its_length_stays_under_its_blank():
    source = ramp()
    made = example(source)
    assert reference(made).waveform is source
    assert reference(made).blanked == ((0.2, 0.5),)
    assert made.conversions[1].startswith("the new part lasts as long as the old one")


def test_the_length_follows_the_pace_of_the_source():
    """Ten characters in one second; three more of them take 0.3 s more."""
    made = example(transcript="one two three ab", source_transcript="one two abcd")
    assert reference(made).blanked == ((0.2, pytest.approx(0.8)),)
    assert made.seconds == pytest.approx(1.3)
    assert "lasts 0.600 s by the source's pace, for new_seconds was left out" in made.conversions[1]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), rate=st.sampled_from([8000, 11025, 16000, 44100]))
def test_nothing_but_the_part_is_touched(data, rate):
    samples = data.draw(st.integers(10, 5000))
    start = data.draw(st.integers(0, samples - 1))
    end = data.draw(st.integers(start + 1, samples))
    length = data.draw(st.integers(1, 5000))
    source = ramp(samples, rate)
    made = example(
        source, start_seconds=start / rate, end_seconds=end / rate, new_seconds=length / rate
    )
    clip = reference(made).waveform.samples
    assert clip.shape == (1, samples - (end - start) + length)
    assert torch.equal(clip[:, :start], source.samples[:, :start])
    assert torch.equal(clip[:, start + length :], source.samples[:, end:])
    assert reference(made).blanked == ((start / rate, (start + length) / rate),)
    assert made.seconds == clip.shape[1] / rate


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"end_seconds": 1.2}, r"from 0\.2 to 1\.2 s; the source lasts 1\.000 s at 1000 Hz"),
        ({"start_seconds": 1.0, "end_seconds": 1.1}, "the source lasts"),
        ({"start_seconds": 0.2, "end_seconds": 0.2004}, "at least one sample long"),
        ({"start_seconds": 0.5}, r"goes from 0\.5 to 0\.5 s; expected start_seconds below"),
        ({"start_seconds": 0.7}, r"goes from 0\.7 to 0\.5 s; expected start_seconds below"),
        ({"start_seconds": -0.1}, "field 'start_seconds'.*greater than or equal to 0"),
        ({"new_seconds": 0}, "field 'new_seconds'.*greater than 0"),
        ({"transcript": " "}, "field 'transcript'.*is empty; expected words"),
        ({"source_transcript": "new  Words here."}, "there is nothing to edit; expected other"),
        (
            {"transcript": "One.", "source_transcript": "Twenty six letters and more."},
            r"4 characters and source_transcript 24; .* would last -0\.533 s.*new_seconds",
        ),
        ({"instruction": "x"}, "unknown field 'instruction'"),
    ],
)
def test_bad_requests(values, message):
    with pytest.raises(RequestError, match=message):
        example(**values)


@pytest.mark.parametrize("missing", ["source_audio", "transcript", "start_seconds", "end_seconds"])
def test_what_a_request_needs(missing):
    values = {"source_audio": ramp(), "transcript": "New.", **SPAN}
    del values[missing]
    with pytest.raises(RequestError, match=f"field '{missing}' is required"):
        SpeechEditing().parse_request(values)


def test_any_row_of_speech_teaches_the_task():
    target = ramp(1001)
    made = SpeechEditing().to_example(Row("r1", {"transcript": "Words."}, audio=lambda: target))
    assert made.target is target
    assert reference(made).waveform is target
    assert reference(made).blanked == ((0.25, 0.75),)
    assert made.seconds == reference(made).seconds == 1.001


def pair(target=None, fields=(), source=None):
    """A row whose samples 200 … 500 of the source become 400 new ones."""
    source = source or ramp()
    new = ramp(400, first=5000.0)
    whole = torch.cat([source.samples[:, :200], new.samples, source.samples[:, 500:]], dim=1)
    target = target or Waveform(whole, RATE)
    values = {"transcript": "New.", "source_transcript": "Old.", **SPAN, **dict(fields)}
    return Row("r1", values, audio=lambda: target, media={"source_audio": lambda: source})


@pytest.mark.parametrize("fields", [(), {"new_seconds": 0.4}])
def test_a_pair_has_its_own_part_and_the_target_s_sound_in_it(fields):
    """What training draws anew is learned from, so the truth must lie under the blank."""
    row = pair(fields=fields)
    made = SpeechEditing().to_example(row)
    assert torch.equal(reference(made).waveform.samples, row.audio().samples)
    assert reference(made).blanked == ((0.2, 0.6),)
    assert made.seconds == made.target.seconds == 1.1
    assert made.payloads[TRANSCRIPT].text == "New."


def test_what_a_pair_keeps_is_that_of_its_source():
    row = pair(target=Waveform(torch.full((1, 1100), 0.7), RATE))
    clip = reference(SpeechEditing().to_example(row)).waveform.samples
    assert torch.equal(clip[:, :200], ramp().samples[:, :200])
    assert torch.equal(clip[:, 600:], ramp().samples[:, 500:])
    assert bool((clip[:, 200:600] == 0.7).all())


def test_source_and_target_may_have_unlike_rates():
    made = SpeechEditing().to_example(pair(target=resample(pair().audio(), 2000)))
    assert reference(made).waveform.sample_rate_hz == RATE
    assert reference(made).blanked == ((0.2, 0.6),)
    assert made.target.sample_rate_hz == 2000


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (pair(ramp()), "Row 'r1': its target equals its source sample by sample"),
        (pair(fields={"new_seconds": 0.3}), r"lasts 1\.100 s; expected 0\.700 s .* 0\.300 s of"),
        (pair(ramp(600, first=2)), r"lasts 0\.600 s; expected 0\.700 s of the source and a new"),
        (pair(fields={"end_seconds": 1.5}), "Row 'r1' does not fit.*the source lasts 1.000 s"),
        (pair(fields={"end_seconds": 0.1}), "Row 'r1'.*expected start_seconds below end_seconds"),
        (pair(fields={"end_seconds": None}), "Row 'r1'.*'end_seconds' is required"),
        (Row("r1", {"caption": "x"}, audio=ramp), "Row 'r1'.*'transcript'"),
        (Row("r1", {"transcript": "x", **SPAN}), "Row 'r1'.*'source_audio' is required"),
    ],
)
def test_bad_rows(row, message):
    with pytest.raises(DataError, match=message):
        SpeechEditing().to_example(row)
