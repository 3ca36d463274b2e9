"""What is measured where the first choice cannot be."""

from types import SimpleNamespace

import pytest
from audio_omni.core.source import Row
from audio_omni.plugins.demo.full.cases import Case, single_word
from audio_omni.plugins.demo.full.line import Line
from audio_omni.plugins.demo.full.measures import MEASURES
from audio_omni.plugins.demo.full.measuring import Measuring
from audio_omni.plugins.manager import build_plugin_manager


class Able(Measuring):
    """Measures what it is able to, and says of the rest why not."""

    def __init__(self, *able):
        super().__init__(None, None, None, 0)
        self.able = able

    def _line(self, asked, measure, anew):
        if measure.metric in self.able:
            return Line(asked.case, measure, None, None, None)
        return f"cannot {measure.metric}."


def measured(task, *able):
    measuring = Able(*able)
    asked = SimpleNamespace(case=Case(task, "manifest:x"))
    lines = [line.measure.metric for line in measuring.lines(asked)]
    return lines, [(item.metric, item.reason) for item in measuring.missing]


@pytest.mark.parametrize(
    ("task", "able", "expected"),
    [
        ("text_to_audio", ["event_heard", "own_recording_nearer"], ["event_heard"]),
        ("text_to_audio", ["own_recording_nearer"], ["own_recording_nearer"]),
        (
            "video_to_audio",
            ["reference_onset_error", "event_heard"],
            ["reference_onset_error", "event_heard"],
        ),
        ("text_to_speech", ["word_heard", "character_error_rate"], ["word_heard"]),
        (
            "speech_editing",
            ["character_error_rate_inside", "log_mel_distance_outside"],
            ["character_error_rate_inside", "log_mel_distance_outside"],
        ),
        ("voice_conversion", ["own_voice_nearer"], ["own_voice_nearer"]),
    ],
)
def test_the_first_that_can_be_measured_is(task, able, expected):
    assert measured(task, *able)[0] == expected


def test_what_is_missing_is_said_of_the_first_choice():
    lines, missing = measured("text_to_audio")
    assert lines == []
    assert missing == [("event_heard", "cannot event_heard.")]


def test_every_measure_is_a_registered_metric():
    host = build_plugin_manager()
    used = {m.metric for task in MEASURES.values() for choice in task for m in choice.choices}
    assert "own_recording_nearer" in used
    assert used <= {spec.name for spec in host.metrics}


@pytest.mark.parametrize(
    ("transcript", "word"),
    [("Seven", "seven"), ("two words", None), ("", None), (None, None)],
)
def test_a_word_alone_is_what_a_classifier_can_learn(transcript, word):
    fields = {} if transcript is None else {"transcript": transcript}
    assert single_word(Row(id="r", fields=fields)) == word
